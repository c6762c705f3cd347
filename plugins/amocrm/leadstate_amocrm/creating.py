"""Create leads with contact and company, each once.

amoCRM has no idempotency keys, so that the creation's token is kept in a custom field
of the lead, and a repeated creation looks for it among all leads that are not older.
Leads are created one by one: of a bulk that is refused nobody knows which were made.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from leadstate.adapters import (
    Applied,
    Created,
    CreateOutcome,
    Refused,
    RemoteObject,
    Write,
)
from leadstate.errors import ConfigurationError, RetryLater

from .batching import following
from .errors import problem_of
from .lifecycle import LOST
from .payloads import complex_rows
from .reading import Names, split, values_in
from .values import UnfitValue

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from leadstate.adapters import Create

    from .api import AmoCrmApi
    from .batching import Rows
    from .lifecycle import Definitions
    from .reading import Reader
    from .writing import Writer
    from .writing_bodies import Body, Composer

__all__ = ["ObjectCreator"]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_CLOCKS = timedelta(minutes=15)  # how far amoCRM's clock may be from ours
_MOST_PAGES = 40
_REASONS = ("loss_reason", "loss_reason_id")
_NAMES = ("name", "email", "phone")


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectCreator:
    """Creates leads for one binding."""

    api: AmoCrmApi
    rows: Rows
    reader: Reader
    writer: Writer
    composer: Composer
    names: Names

    def create(self, creations: Sequence[Create]) -> list[CreateOutcome]:
        """Create leads; one outcome per creation, in order."""
        if not creations:
            return []
        self._token_field()  # without it nothing is created
        known = self._known([one for one in creations if one.repeated])
        made: dict[str, str] = {}
        refused: dict[str, Refused] = {}
        try:
            for creation in creations:
                if creation.token in known:
                    continue
                found = self._create(creation)
                if isinstance(found, Refused):
                    refused[creation.token] = found
                else:
                    made[creation.token] = found
            shown = self._shown(creations, {**known, **made})
        except RetryLater as error:
            if error.sent or not made:
                raise
            after = error.after_seconds
            raise RetryLater(str(error), after_seconds=after, sent=True) from None
        return [
            refused.get(one.token) or self._answer(one, shown, known)
            for one in creations
        ]

    def _answer(
        self,
        creation: Create,
        shown: Mapping[str, RemoteObject],
        known: Mapping[str, str],
    ) -> CreateOutcome:
        found = shown.get(creation.token)
        if found is None:
            message = "the lead was created, and was gone when it was read back"
            return Refused(token=creation.token, message=message)
        # Duplicate control may name a lead that was there: it has no token of ours.
        existed = creation.token in known or found.token != creation.token
        return Created(token=creation.token, object=found, existed=existed)

    # -- looking -----------------------------------------------------------------------

    def _known(self, creations: Sequence[Create]) -> dict[str, str]:
        """Return token -> lead for those that an earlier try made.

        A walk and no search: whether a search knows of a lead at once is not
        established (facts of 2026-11-22).
        """
        if not creations:
            return {}
        wanted = {one.token for one in creations}
        oldest = min(one.created_at for one in creations) - _CLOCKS
        since = (oldest - _EPOCH) // timedelta(seconds=1)
        found: dict[str, str] = {}
        number, size, seen = 1, self.api.settings.page_size, 0
        for _ in range(_MOST_PAGES):
            order = ("created_at", "desc")
            part = self.api.page("leads", order, page=number, limit=size)
            for row in part.rows:
                values = values_in(row, self.composer.token_field)
                token = str(values.values[0].get("value")) if values else ""
                if token in wanted:
                    found.setdefault(token, row.id)
            seen = (number - 1) * size + len(part.rows)
            last = min((row.created_at or 0 for row in part.rows), default=0)
            if not part.more or last < since or wanted <= found.keys():
                return found
            number, size = following(seen, self.api.settings.page_size)
        raise RetryLater(
            "more than 10,000 leads are newer than a creation whose answer was lost; "
            "whether it was made cannot be seen"
        )

    # -- making ------------------------------------------------------------------------

    def _create(self, creation: Create) -> str | Refused:
        """Create one lead and return its id."""
        wanted = {n: t for n, t in creation.properties.items() if t.strip()}
        try:
            after = self._put_off(wanted)
            body = self._body(creation, {**wanted, **dict.fromkeys(after, "")})
        except (UnfitValue, ConfigurationError) as error:
            message = self.api.client.clean(f"cannot be created: {error}")
            return Refused(token=creation.token, message=message)
        answer = self.api.create_complex([body])
        if answer.status >= 400:  # noqa: PLR2004
            words = problem_of(answer).words() or f"status {answer.status}"
            message = self.api.client.clean(f"amoCRM refused: {words}")
            if answer.status == 504:  # noqa: PLR2004
                raise RetryLater(message, sent=True)
            return Refused(token=creation.token, message=message)
        rows = complex_rows(answer)
        if not rows:
            raise RetryLater("amoCRM's answer names no lead", sent=True)
        lead = rows[0].id
        return self._finish(creation, lead, after) or lead

    def _put_off(self, wanted: Mapping[str, str]) -> dict[str, str]:
        """Return what goes into a second write: lost with its reason.

        amoCRM refuses to create a lead that is lost for a reason (facts of 2026-11-22).
        """
        reasons = {name: wanted[name] for name in _REASONS if name in wanted}
        stage = {name: text for name, text in wanted.items() if name in _STATUS}
        if not reasons or self._target(wanted).get("status_id") != LOST:
            return {}
        return reasons | stage

    def _target(self, wanted: Mapping[str, str]) -> Mapping[str, str]:
        stage = {n: t for n, t in wanted.items() if n in (*_STATUS, *_PIPELINE)}
        return self._definitions.target(stage, self._main_pipeline())

    def _body(self, creation: Create, properties: Mapping[str, str]) -> Body:
        parts: dict[str, dict[str, str]] = {
            "leads": {},
            "contacts": {},
            "companies": {},
        }
        for name, text in properties.items():
            kind, own = split(name)
            if text:
                parts[kind][own] = text
        Names.of(properties)
        lead = self.composer.body(
            "leads", parts["leads"], None, pipeline_id=self._main_pipeline()
        )
        tags = lead.pop("tags_to_add", None)
        lead.setdefault("name", _name_of(parts))
        owner = self.api.settings.responsible_user_id
        if owner is not None:
            lead.setdefault("responsible_user_id", int(owner))
        embedded: Body = {"tags": tags} if tags else {}
        for kind in ("contacts", "companies"):
            if parts[kind]:
                parts[kind].setdefault("name", _own_name(parts[kind]))
                embedded[kind] = [self.composer.body(kind, parts[kind], None)]
        fields = lead.pop("custom_fields_values", [])
        token = {"field_id": self._token_field(), "values": [{"value": creation.token}]}
        return lead | {
            "custom_fields_values": [
                *(fields if isinstance(fields, list) else []),
                token,
            ],
            "_embedded": embedded,
            "request_id": "0",
        }

    def _finish(
        self, creation: Create, lead: str, after: Mapping[str, str]
    ) -> Refused | None:
        if not after:
            return None
        write = Write(token=creation.token, id=lead, properties=after)
        (outcome,) = self.writer.write([write])
        if isinstance(outcome, Applied):
            return None
        words = outcome.message if isinstance(outcome, Refused) else "it has changed"
        message = f"lead {lead} was created and could not be put to lost: {words}"
        return Refused(token=creation.token, message=message)

    def _shown(
        self, creations: Sequence[Create], leads: Mapping[str, str]
    ) -> dict[str, RemoteObject]:
        asked = [name for one in creations for name in one.properties]
        rows = self.rows.fetch("leads", leads.values())
        living = [row for row in rows.values() if not row.is_deleted]
        try:
            names = self.names.joined(Names.of(asked))
        except ConfigurationError:  # told as a refusal of that creation
            names = self.names
        objects = {one.id: one for one in self.reader.objects(living, names)}
        return {
            token: objects[lead] for token, lead in leads.items() if lead in objects
        }

    # -- what the account defines ------------------------------------------------------

    @property
    def _definitions(self) -> Definitions:
        return self.composer.definitions

    def _main_pipeline(self) -> str:
        pipelines = self._definitions.pipelines()
        main = [one for one in pipelines if one.is_main] or pipelines
        if not main:
            raise ConfigurationError("the amoCRM account has no pipeline")
        return main[0].id

    def _token_field(self) -> int:
        found = self._definitions.field("leads", self.composer.token_field)
        if found is None:
            raise ConfigurationError(
                f"amoCRM's leads have no custom field {self.composer.token_field!r}, "
                "which makes sure that a lead is created once; make it with: leadstate "
                "setup --apply"
            )
        return int(found.id)


_STATUS = ("status_id", "status")
_PIPELINE = ("pipeline_id", "pipeline")


def _name_of(parts: Mapping[str, Mapping[str, str]]) -> str:
    """Name a lead as people do: by its person, else by its company."""
    return _own_name(parts["contacts"]) or _own_name(parts["companies"]) or "Lead"


def _own_name(properties: Mapping[str, str]) -> str:
    full = [properties.get(name, "") for name in ("first_name", "last_name")]
    texts = [properties.get("name", ""), " ".join(filter(None, full))]
    texts += [properties.get(name, "") for name in _NAMES]
    return next((text for text in texts if text), "")
