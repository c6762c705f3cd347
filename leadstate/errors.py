"""Every public exception, grouped by what the caller should do about it.

    LeadstateError
    ├── ConfigurationError     a person must mend a file or a setting
    │   └── WorkflowError      … a workflow or binding file, every mistake listed
    ├── UsageError             the request names what is not there or not allowed
    ├── RetryLater             nothing is wrong with the request; pause, try again
    │   ├── StoreUnavailable   … the database cannot take a write now
    │   └── VersionConflict    … somebody else moved the record first
    ├── SkipRecord             this one record cannot go on; quarantine it, go on
    ├── FatalAdapterError      only a person can mend this connection
    └── WebhookRefused         a webhook that is not the CRM's
        ├── BadSignature       … its signature or time is wrong (401)
        └── BadBody            … its body is not the CRM's (400)

An expected "no" (a guard that refuses, a CRM that says no to a write) is a value,
never an exception.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = [
    "BadBody",
    "BadSignature",
    "ConfigurationError",
    "FatalAdapterError",
    "LeadstateError",
    "RetryLater",
    "SkipRecord",
    "StoreUnavailable",
    "UsageError",
    "VersionConflict",
    "WebhookRefused",
    "WorkflowError",
]


class LeadstateError(Exception):
    """The base of every exception that Leadstate raises on purpose."""


class ConfigurationError(LeadstateError):
    """A person must mend a file or a setting; trying again changes nothing."""


class WorkflowError(ConfigurationError):
    """A workflow, binding or settings file has mistakes; all of them are listed.

    Attributes:
        problems: One printable line a mistake, in file order:
            ``CODE file:line:column what, why, what would be right``.
    """

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(self.problems))


class UsageError(LeadstateError):
    """The request names something that does not exist or is not allowed."""


class RetryLater(LeadstateError):
    """Nothing is wrong with the request; the other side cannot take it now.

    Attributes:
        after_seconds: How long to wait, or None when the other side did not say.
        sent: True when the request may have reached the other side, so that its
            effect is unknown until it is read back.
    """

    def __init__(
        self, message: str, *, after_seconds: float | None = None, sent: bool = False
    ) -> None:
        self.after_seconds = after_seconds
        self.sent = sent
        super().__init__(message)


class StoreUnavailable(RetryLater):
    """The database cannot take the write now (full, locked, read-only, gone)."""


class VersionConflict(RetryLater):
    """The record changed between reading and committing; decide again."""


class SkipRecord(LeadstateError):
    """This record cannot go on; put it aside with the reason, go on with others."""


class FatalAdapterError(LeadstateError):
    """Only a person can mend this connection (revoked token, blocked account).

    A service pauses its loop and tries again once a minute, so that it goes on by
    itself when the person has acted; its other connections never stop.
    """


class WebhookRefused(LeadstateError):
    """A request to the receiver that is not a webhook of the CRM."""


class BadSignature(WebhookRefused):
    """The signature does not match, or its time is outside the window."""


class BadBody(WebhookRefused):
    """The body is authentic or unsigned, but not in the CRM's format."""
