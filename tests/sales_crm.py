"""The sales team's CRM in the acceptance tests: an amoCRM sandbox and its people."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    import httpx

PATH_SECRET = "canary-webhook-secret-3b7f"
ACCOUNT = 7000001
PIPELINE = "7100001"
STATUSES = {
    "sal": "7100103",
    "sql": "7100104",
    "backlog": "7100105",
    "nurture": "7100106",
    "won": "142",
    "lost": "143",
}
STAGES = {status: stage for stage, status in STATUSES.items()}
WRITES = ("leads.update", "contacts.update", "leads.complex", "leads.create")
NOTHING = (None, "", [])


@dataclass(frozen=True)
class SalesCrm:
    """What people do in the sandbox, and what they see there."""

    url: str
    http: httpx.Client

    def control(self, method: str, path: str, body: Any = None) -> Any:
        """Call the sandbox's control API."""
        answer = self.http.request(method, f"{self.url}/_sandbox/{path}", json=body)
        answer.raise_for_status()
        return answer.json() if answer.content else None

    # -- people ------------------------------------------------------------------------

    def edit(self, lead: str, **properties: object) -> None:
        """Change a lead; ``cf_NEED`` is the custom field NEED."""
        named = {
            name.replace("cf_", "cf.", 1): value for name, value in properties.items()
        }
        body = {"object": "leads", "id": lead, "properties": named}
        self.control("POST", "edit", body)

    def drag(self, lead: str, stage: str) -> None:
        """Drag a lead into a stage of the pipeline."""
        self.edit(lead, pipeline_id=PIPELINE, status_id=STATUSES[stage])

    def end(self, how: str, lead: str, **more: str) -> None:
        """Archive or restore a lead, or merge it with an ``other``."""
        self.control("POST", how, {"object": "leads", "id": lead, **more})

    def faults(self, *faults: dict[str, object]) -> None:
        """Let the network and the API misbehave; nothing ends it."""
        self.control("PUT", "faults", list(faults))

    # -- what they see -----------------------------------------------------------------

    def lead(self, lead: str) -> dict[str, Any]:
        """Return a lead whole."""
        found: dict[str, Any] = self.control("GET", f"state/leads/{lead}")
        return found

    def leads_of(self, email: str) -> list[str]:
        """Return the living leads of the contacts with an address."""
        page = self.control("GET", "state/contacts?limit=1000")
        return [
            lead
            for contact in page["results"]
            if _has(contact["properties"].get("cf.EMAIL"), email)
            for lead in contact["associations"].get("leads", [])
            if not self.lead(lead)["archived"]
        ]

    def stage(self, lead: str) -> str:
        """Return the stage that a lead shows."""
        return STAGES.get(str(self.lead(lead)["properties"]["status_id"]), "elsewhere")

    def notes(self, lead: str) -> list[str]:
        """Return the notes under a lead."""
        return [str(one["params"].get("text")) for one in self.lead(lead)["notes"]]

    def shared(self, lead: str) -> dict[str, object]:
        """Return what both CRMs have to show alike, in one spelling."""
        found = self.lead(lead)["properties"]
        day, fit = found.get("cf.DECISION_DATE"), found.get("cf.TECHNICAL_FIT")
        return {
            "stage": STAGES.get(str(found["status_id"]), "elsewhere"),
            "budget": float(found.get("cf.BUDGET") or 0),
            "need": found.get("cf.NEED") or "",
            "decision_date": _day(day) if day else "",
            "technical_fit": "" if fit is None else str(bool(fit)).lower(),
            "job_role": found.get("cf.JOB_ROLE") or "",
        }

    # -- the sandbox's own log ---------------------------------------------------------

    def log(self, since: int = 0) -> list[dict[str, Any]]:
        """Return the requests after ``since``."""
        page = self.control("GET", f"log?since={since}&limit=10000")
        entries: list[dict[str, Any]] = page["entries"]
        return entries

    def calls(self, kind: str) -> int:
        """Return how many requests of a kind came."""
        found: int = self.control("GET", "log/summary")["by_kind"].get(kind, 0)
        return found


def _has(given: object, email: str) -> bool:
    listed = given if isinstance(given, list) else [given]
    texts = [one.get("value") if isinstance(one, dict) else one for one in listed]
    return any(str(one or "").casefold() == email.casefold() for one in texts)


def _day(value: object) -> str:
    if isinstance(value, str) and not value.isdigit():
        return value[:10]
    at = datetime.fromtimestamp(int(str(value)), tz=ZoneInfo("Europe/Berlin"))
    return at.date().isoformat()
