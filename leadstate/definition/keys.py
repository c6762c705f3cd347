"""Which keys each mapping of a file may have: one table, for readers and for editors.

The readers refuse every key that is not here, and `leadstate.definition.schema` turns
the same tables into JSON Schema.  A key that only one of the two knows cannot exist.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

from leadstate.domain.binding import Sync
from leadstate.domain.lifecycle import OutsideAnswer, StageKind
from leadstate.domain.receipt import RefusalCode
from leadstate.domain.values import FieldType

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Fragment", "Key", "Shape"]

Fragment: TypeAlias = "Mapping[str, object]"
"""A piece of JSON Schema."""

NAME: Final = "^[a-z][a-z0-9_]{0,63}$"
DURATION: Final = (
    r"^([0-9]+(\.[0-9]+)? *(s|seconds?|min|minutes?|h|hours?|d|days?|w|weeks?) *)+$"
)


@dataclass(frozen=True, slots=True)
class Key:
    """One key: its name, what may stand behind it, what it means."""

    name: str
    value: Fragment
    about: str
    required: bool = False


@dataclass(frozen=True, slots=True)
class Shape:
    """One kind of mapping, with all keys it may have."""

    name: str
    about: str
    keys: tuple[Key, ...]
    rest: Fragment | None = None
    """What stands behind all other keys, where those are names of the file's own."""

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all keys, in the order in which people write them."""
        return tuple(key.name for key in self.keys)

    @property
    def ref(self) -> Fragment:
        """The reference to this shape in a schema."""
        return {"$ref": f"#/$defs/{self.name}"}


def _ref(name: str) -> Fragment:
    return {"$ref": f"#/$defs/{name}"}


def _words(*words: str) -> Fragment:
    return {"enum": list(words)}


def _list(items: Fragment) -> Fragment:
    return {"type": "array", "items": items}


def _either(*fragments: Fragment) -> Fragment:
    return {"anyOf": list(fragments)}


def _map(values: Fragment, names: str = NAME) -> Fragment:
    return {
        "type": "object",
        "propertyNames": {"pattern": names},
        "additionalProperties": values,
    }


_TEXT: Final[Fragment] = {"type": "string", "minLength": 1}
_SCALAR: Final[Fragment] = {"type": ["string", "number", "boolean", "null"]}
_FLAG: Final[Fragment] = {"type": "boolean"}
_NUMBER: Final[Fragment] = {"type": "number"}
_POSITIVE: Final[Fragment] = {"type": "number", "exclusiveMinimum": 0}
_NAME: Final = _ref("name")
_NAMES: Final = _either(_NAME, _list(_NAME))
_TEXTS: Final = _either(_TEXT, _list(_TEXT))
_DURATION: Final = _ref("duration")
_CONDITION: Final = _ref("condition")
_ANSWER: Final = _words(*OutsideAnswer)
_RANGES: Final = _either(_ref("hours"), _list(_ref("hours")))
_WILD: Final = _words("any", "any open", "any parked")
_SOURCE: Final = _either(_WILD, _NAME)

LABEL: Final = Key("label", _TEXT, "What people read instead of the name.")

GROUP: Final = Shape("group", "A condition made of conditions.", (
    Key("all", _list(_CONDITION), "Every one must be met."),
    Key("any", _list(_CONDITION), "At least one must be met."),
    Key("none", _list(_CONDITION), "None may be met."),
    Key("not", _CONDITION, "It must not be met."),
    Key("at_least", {"type": "integer", "minimum": 1}, "So many `of` must be met."),
    Key("of", _list(_CONDITION), "What at_least counts."),
))  # fmt: skip
FIELD: Final = Shape("field", "A typed field of the record.", (
    Key("type", _words(*FieldType), "What the values are.", required=True),
    LABEL,
    Key("options", _list(_SCALAR), "The possible values of a choice, in order."),
    Key("region", {"type": "string", "pattern": "^[A-Z]{2}$"},
        "Country of a phone's numbers that have no country code, such as DE."),
    Key("identity", _FLAG, "Whether the value tells records apart."),
    Key("personal", _FLAG, "Whether the value is personal data, to be erasable."),
))  # fmt: skip
RULE: Final = Shape("rule", "Points for what the lead tells us.", (
    Key("points", _NUMBER, "Points when the condition is met.", required=True),
    Key("when", _CONDITION, "The condition.", required=True),
))  # fmt: skip
EVENT: Final = Shape("event", "Points for what the lead does.", (
    Key("points", _NUMBER, "Points at the moment of the event.", required=True),
    Key("at_most", _POSITIVE, "Cap on the points of all events of this kind."),
))  # fmt: skip
SCORE: Final = Shape("score", "A score of rules and events.", (
    LABEL,
    Key("half_life", _DURATION, "After this time an event counts half."),
    Key("at_most", _POSITIVE, "Cap on the whole score."),
    Key("rules", _list(RULE.ref), "Points for what the lead tells us."),
    Key("events", _map(_either(_NUMBER, EVENT.ref)), "Points for what the lead does."),
))  # fmt: skip
CRITERION: Final = Shape("criterion", "A named condition.", (
    LABEL,
    Key("when", _CONDITION, "The condition.", required=True),
))  # fmt: skip
CALENDAR: Final = Shape("calendar", "Business hours.", (
    Key("timezone", _TEXT, "IANA name, such as Europe/Berlin; else the workflow's."),
    Key("hours", _map(_RANGES, "^[a-z]{3}( *- *[a-z]{3})?$"),
        "Weekdays (mon-fri, sat) -> hours (09:00-12:30).", required=True),
    Key("holidays", {"type": "string", "pattern": "^[A-Z]{2}(-[A-Z0-9]{1,3})?$"},
        "Country or region whose public holidays are closed, such as DE-BE."),
    Key("closed", _list(_ref("date")), "Further dates on which it is closed."),
    Key("extra", _map(_RANGES, r"^\d{4}-\d{2}-\d{2}$"),
        "Dates with hours of their own."),
))  # fmt: skip
MOVE: Final = Shape("sla_move", "The transition a breach takes.", (
    Key("move", _NAME, "A transition that leaves this stage.", required=True),
))  # fmt: skip
_THEN: Final = _either(_words("escalate"), MOVE.ref)
SLA: Final = Shape("sla", "A promise about the time in a stage.", (
    Key("within", _DURATION, "The time that is promised.", required=True),
    Key("calendar", _NAME, "Whose hours count; `always` counts day and night.",
        required=True),
    Key("warn_at", _either(_ref("percent"), _list(_ref("percent"))),
        "Shares of the time at which to warn, such as 80%."),
    Key("then", _either(_THEN, _list(_THEN)), "What a breach does."),
))  # fmt: skip
WAKE: Final = Shape("wake", "When a parked stage lets go.", (
    Key("after", _DURATION, "This long after entering the stage."),
    Key("on", _NAME, "On the date in this field."),
    Key("before", _DURATION, "This long before that date."),
    Key("to", _NAME, "The stage to go to.", required=True),
))  # fmt: skip
STAGE: Final = Shape("stage", "A stage.", (
    LABEL,
    Key("owner", _NAME, "The team that answers for records in this stage."),
    Key("kind", _words(*StageKind), "What being here means; open unless said."),
    Key("initial", _FLAG, "Whether new records start here."),
    Key("sla", _map(SLA.ref), "Promises about the time in this stage."),
    Key("wake", WAKE.ref, "When a parked stage lets go."),
))  # fmt: skip
TRANSITION: Final = Shape("transition", "A named way from stage to stage.", (
    LABEL,
    Key("from", _either(_SOURCE, _list(_SOURCE)),
        "The stages it leaves; `any open`, `any parked` or `any`.", required=True),
    Key("to", _NAME, "The stage it leads to.", required=True),
    Key("automatic", _FLAG, "Whether it is taken as soon as the guard is met."),
    Key("else", _FLAG, "Whether it waits until no automatic one above it is met."),
    Key("by", _NAMES, "Roles that may take it by hand; anybody unless said."),
    Key("when", _CONDITION, "The guard."),
    Key("reason", _TEXTS, "Possible reasons; one of them is then required."),
    Key("outside", _ANSWER, "The answer to this move in the CRM against the guard."),
))  # fmt: skip
WORKFLOW: Final = Shape("workflow", "One lead lifecycle.", (
    Key("workflow", _NAME, "Its name; bindings and scenarios refer to it.",
        required=True),
    Key("title", _TEXT, "What people read instead of the name."),
    Key("timezone", _TEXT, "IANA name; decides which day is today. UTC unless said."),
    Key("teams", _list(_NAME), "All teams and roles; without it any name will do."),
    Key("outside_moves", _ANSWER, "The answer to a move in the CRM that no transition"
        " allows."),
    Key("fields", _map(_either(_words(*FieldType), FIELD.ref)), "Fields of a record."),
    Key("scores", _map(_either(_list(RULE.ref), SCORE.ref)), "Scores."),
    Key("criteria", _map(_either(_CONDITION, CRITERION.ref)), "Named conditions."),
    Key("calendars", _map(CALENDAR.ref), "Business hours."),
    Key("stages", _map(_either(STAGE.ref, {"type": "null"})), "Stages, in order.",
        required=True),
    Key("transitions", _map(TRANSITION.ref), "Transitions, tried in this order.",
        required=True),
))  # fmt: skip

SOURCE: Final = Shape("field_source", "Where a field's value comes from.", (
    Key("property", _TEXT, "The CRM's property; company.NAME reads the company.",
        required=True),
    Key("values", _map(_SCALAR, "^.+$"), "The CRM's value -> the workflow's."),
    Key("sync", _words(*Sync), "How it is kept equal when several CRMs carry it:"
        " `owner`, this CRM's value counts; `copy`, the owner's is written here;"
        " `newest`, the newest edit counts. Without it, it is only read."),
))  # fmt: skip
BINDING: Final = Shape("binding", "One workflow mapped to one CRM.", (
    Key("binding", _NAME, "The workflow's name.", required=True),
    Key("adapter", _NAME, "The adapter, such as hubspot.", required=True),
    Key("object", _NAME, "The CRM's kind of object, such as contacts.", required=True),
    Key("fields", _map(_either(_TEXT, SOURCE.ref)), "Field -> property."),
    Key("events", _map(_TEXT), "Event -> date-time property."),
    Key("stages", _map(_either(_words("unmapped"),
                               _map(_either(_SCALAR, _list(_SCALAR)), "^.+$"))),
        "Stage -> property -> values; the first is written.", required=True),
    Key("reason", _TEXT, "The property that carries the reason of a move."),
    Key("ignore", _list(_map(_either(_SCALAR, _list(_SCALAR)), "^.+$")),
        "Objects that show all of one of these are none of the workflow's."),
    Key("hand_off", _NAMES, "Entering one of these stages creates the object here, if"
        " the record has none yet."),
))  # fmt: skip

_MOMENT: Final = _either(_TEXT, _list(_TEXT))
UNPARSABLE: Final = Shape("unparsable", "A value that is wrong on purpose.", (
    Key("unparsable", _TEXT, "What the CRM sends.", required=True),
))  # fmt: skip
GIVEN: Final = Shape("given", "The record; every other key is a field.", (
    Key("stage", _NAME, "Where it is.", required=True),
    Key("entered", _TEXT, "When it came there, such as 3 days ago."),
    Key("events", _map(_MOMENT), "Event -> when it happened."),
), rest=_either(_SCALAR, _list(_SCALAR), UNPARSABLE.ref))  # fmt: skip
WHEN: Final = Shape("when", "What happens to the record.", (
    Key("move", _NAME, "Somebody asks for this transition."),
    Key("as", _NAMES, "The roles this person has."),
    Key("note", _TEXT, "The note this person writes."),
    Key("moved in crm", _NAME, "Somebody moves the record to this stage in the CRM."),
    Key("timer", _NAME, "The timer of this transition comes due."),
    Key("reason", _TEXT, "The reason that goes with the move."),
))  # fmt: skip
THEN: Final = Shape("then", "What is expected.", (
    Key("stage", _NAME, "The record moves and ends here."),
    Key("stays", _NAME, "The record stays here."),
    Key("via", _NAMES, "The transitions taken, in order."),
    Key("refused", _words(*RefusalCode), "Why the move is refused."),
    Key("outside", _ANSWER, "The answer to a move in the CRM."),
    Key("met", _NAMES, "Criteria that are met."),
    Key("unmet", _NAMES, "Criteria that are not met, for whatever cause."),
    Key("missing", _NAMES, "Fields that a criterion asks for and the record lacks."),
))  # fmt: skip
SCENARIO: Final = Shape("scenario", "One example of how the lifecycle behaves.", (
    Key("name", _TEXT, "What it shows, as a sentence.", required=True),
    Key("given", GIVEN.ref, "The record.", required=True),
    Key("when", _either(_words("changed", "timer"), WHEN.ref), "What happens.",
        required=True),
    Key("then", THEN.ref, "What is expected.", required=True),
))  # fmt: skip
SCENARIOS: Final = Shape("scenarios", "Examples that prove a workflow.", (
    Key("workflow", _TEXT, "The workflow file, beside this one.", required=True),
    Key("scenarios", _list(SCENARIO.ref), "The examples.", required=True),
))  # fmt: skip
