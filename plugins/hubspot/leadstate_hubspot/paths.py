"""Every path of HubSpot's API that the adapter calls, for every version of it.

Since September 2027 only date-based versions are supported (HubSpot changelog, "Legacy
APIs and legacy apps: what's going unsupported and when", seen 2026-11-22).
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Paths"]


@dataclass(frozen=True, slots=True)
class Paths:
    """Paths of one API version, such as ``2026-09`` or ``v3``."""

    version: str

    def records(self, kind: str) -> str:
        """List and create records of a kind."""
        if self._legacy:
            return f"/crm/v3/objects/{kind}"
        return f"/crm/objects/{self.version}/{kind}"

    def batch(self, kind: str, verb: str) -> str:
        """Read or update up to 100 records."""
        return f"{self.records(kind)}/batch/{verb}"

    def search(self, kind: str) -> str:
        """Search records of a kind."""
        return f"{self.records(kind)}/search"

    def associated(self, kind: str, record_id: str, to: str) -> str:
        """List what one record is associated with."""
        base = f"/crm/v4/objects/{kind}" if self._legacy else self.records(kind)
        return f"{base}/{record_id}/associations/{to}"

    def associations(self, kind: str, to: str) -> str:
        """Read the associations of many records."""
        return f"{self._pairs(kind, to)}/batch/read"

    def association_labels(self, kind: str, to: str) -> str:
        """List the ways in which two kinds of records can be associated."""
        return f"{self._pairs(kind, to)}/labels"

    def properties(self, kind: str, name: str = "") -> str:
        """List the properties of a kind, or show one."""
        version = "v3" if self._legacy else self.version
        return f"/crm/properties/{version}/{kind}" + (f"/{name}" if name else "")

    @property
    def account(self) -> str:
        """Details of the account."""
        return f"/account-info/{'v3' if self._legacy else self.version}/details"

    @property
    def daily_usage(self) -> str:
        """Today's calls of private apps and service keys."""
        version = "v3" if self._legacy else self.version
        return f"/account-info/{version}/api-usage/daily/private-apps"

    @property
    def token(self) -> str:
        """Exchange a code or a refresh token for an access token."""
        return f"/oauth/{'v3' if self._legacy else self.version}/token"

    @property
    def introspect(self) -> str:
        """Tell what a token is and may do."""
        return f"{self.token}/introspect"

    def pipelines(self, kind: str) -> str:
        """List the pipelines of a kind with their stages."""
        version = "v3" if self._legacy else self.version
        return f"/crm/pipelines/{version}/{kind}"

    def stages(self, kind: str, pipeline: str) -> str:
        """List and create the stages of one pipeline."""
        return f"{self.pipelines(kind)}/{pipeline}/stages"

    def webhooks(self, app_id: str, what: str) -> str:
        """An app's webhook ``settings`` or ``subscriptions``.

        The prefix is not uniform: ``webhooks`` for v3 and 2026-03, ``app-webhooks``
        since 2026-09 (specifications of 2026-08-21).
        """
        version = "v3" if self._legacy else self.version
        prefix = "webhooks" if version in {"v3", "2026-03"} else "app-webhooks"
        return f"/{prefix}/{version}/{app_id}/{what}"

    def _pairs(self, kind: str, to: str) -> str:
        version = "v4" if self._legacy else self.version
        if self._legacy:
            return f"/crm/{version}/associations/{kind}/{to}"
        return f"/crm/associations/{version}/{kind}/{to}"

    @property
    def _legacy(self) -> bool:
        return self.version in {"v3", "v4"}
