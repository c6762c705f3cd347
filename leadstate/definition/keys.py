"""Which keys each mapping of a file may have: one table, for readers and for editors.

The readers refuse every key that is not here, and `leadstate.definition.schema` turns
the same tables into JSON Schema.  A key that only one of the two knows cannot exist.
"""

from __future__ import annotations

from typing import Final

from leadstate.domain.action import AssignBy
from leadstate.domain.binding import Sync
from leadstate.domain.lifecycle import OutsideAnswer, StageKind
from leadstate.domain.receipt import RefusalCode
from leadstate.domain.sla import Reentry
from leadstate.domain.values import FieldType

from .shapes import NAME, Fragment, Key, Shape
from .shapes import either as _either
from .shapes import list_of as _list
from .shapes import map_of as _map
from .shapes import ref as _ref
from .shapes import words as _words

__all__ = ["NAME", "Fragment", "Key", "Shape"]

DURATION: Final = (
    r"^([0-9]+(\.[0-9]+)? *(s|seconds?|min|minutes?|h|hours?|d|days?|w|weeks?) *)+$"
)
_TEXT: Final[Fragment] = {"type": "string", "minLength": 1}
_SCALAR: Final[Fragment] = {"type": ["string", "number", "boolean", "null"]}
_FLAG: Final[Fragment] = {"type": "boolean"}
_NUMBER: Final[Fragment] = {"type": "number"}
_POSITIVE: Final[Fragment] = {"type": "number", "exclusiveMinimum": 0}
_NAME: Final = _ref("name")
_NAMES: Final = _either(_NAME, _list(_NAME))
_NOTHING: Final[Fragment] = {"type": "null"}
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
    Key("by", _NAMES, "Roles that may set it in Leadstate; anybody unless said."),
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
        "Weekdays (mon-fri, sat) -> hours (09:00-12:30); 22:00-06:00 ends on the next"
        " day.", required=True),
    Key("holidays", {"type": "string", "pattern": "^[A-Z]{2}(-[A-Z0-9]{1,3})?$"},
        "Country or region whose public holidays are closed, such as DE-BE."),
    Key("closed", _list(_ref("date")), "Further dates on which it is closed."),
    Key("extra", _map(_RANGES, r"^\d{4}-\d{2}-\d{2}$"),
        "Dates with hours of their own, even on a weekend or a holiday."),
))  # fmt: skip
TEAM: Final = Shape("team", "A team or role.", (
    Key("calendar", _NAME, "Its business hours; `always` is day and night."),
))  # fmt: skip
ASSIGN: Final = Shape("assign", "Who gets the record.", (
    Key("team", _TEXT, "The team or role to choose from, or one person's name.",
        required=True),
    Key("by", _words(*AssignBy), "`round_robin`, whoever has waited longest (unless"
        " said), or `least_loaded`, whoever has the fewest open records."),
    Key("keep", _FLAG, "Whether an owner of that team who is there stays."),
))  # fmt: skip
TASK: Final = Shape("task", "A task in the CRM.", (
    Key("text", _TEXT, "What there is to do.", required=True),
    Key("due", _DURATION, "So long after it is given; 1 day unless said."),
    Key("to", _TEXT, "The person who gets it; the record's owner unless said."),
))  # fmt: skip
NOTIFY: Final = Shape("notify", "A message through a channel of the settings file.", (
    Key("channel", _TEXT, "The channel's name.", required=True),
    Key("text", _TEXT, "The message.", required=True),
    Key("subject", _TEXT, "The subject of an e-mail; others show it first."),
))  # fmt: skip
CALL: Final = Shape("call", "Something that a plugin does.", (
    Key("name", _TEXT, "The plugin's name for it.", required=True),
), rest=_SCALAR, rest_about=("a setting", "A text for the plugin."))  # fmt: skip
_ACTIONS: Final = (
    Key("assign", _either(_TEXT, ASSIGN.ref), "Give the record an owner."),
    Key("task", _either(_TEXT, TASK.ref), "Give a task in the CRM."),
    Key("note", _TEXT, "Leave a note on the record in the CRM."),
    Key("set", _map(_either(_SCALAR, _list(_SCALAR))), "Set fields; '' empties one."),
    Key("notify", NOTIFY.ref, "Send a message."),
    Key("escalate", _TEXT, "List the record for a person, in the name of a person or"
        " team; `escalate` alone means the team that owns the stage."),
    Key("call", CALL.ref, "Let a plugin do it."),
)  # fmt: skip
ACTION: Final = Shape("action", "One thing to do besides moving. Texts may hold"
    " {placeholders}.", _ACTIONS, single=True)  # fmt: skip
START: Final = Shape("start", "A record that begins in another workflow.", (
    Key("workflow", _NAME, "The workflow of the new record.", required=True),
    Key("stage", _NAME, "Where it enters that workflow.", required=True),
    Key("copy", _NAMES, "The fields that it gets; unless said, every one that both"
        " workflows have under one name and with one type."),
))  # fmt: skip
ENTRY: Final = Shape("entry", "One thing that entering a stage does.", (
    *_ACTIONS,
    Key("start", START.ref, "Start a record in a workflow of the installation, at most"
        " one a pass."),
), single=True)  # fmt: skip
MOVE: Final = Shape("sla_move", "The transition that a broken SLA takes.", (
    Key("transition", _NAME, "It must leave the stage.", required=True),
    Key("reason", _TEXT, "Why, as the history and the CRM say it; one of the"
        " transition's reasons."),
))  # fmt: skip
CONSEQUENCE: Final = Shape("consequence", "One thing that a broken SLA does.", (
    Key("move", _either(_NAME, MOVE.ref), "Take this transition."), *_ACTIONS,
), single=True)  # fmt: skip
_ACTION: Final = _either(_words("escalate"), ACTION.ref)
_DONE: Final = _either(_ACTION, _list(_ACTION))
_ENTRY: Final = _either(_words("escalate"), ENTRY.ref)
_CONSEQUENCE: Final = _either(_words("escalate"), CONSEQUENCE.ref)
_WARNING: Final = _either(_ref("percent"), _DURATION)
SLA: Final = Shape("sla", "How long a record may stay in a stage.", (
    Key("within", _DURATION, "The time that it allows.", required=True),
    Key("calendar", _NAME, "Whose hours count: a calendar; `always`, day and night;"
        " `team`, the hours of the team that owns the stage; `owner`, those of the"
        " record's owner, less absences.", required=True),
    Key("start", _NAME, "The event that starts the clock, or `assigned`, when the"
        " record gets an owner; entering the stage unless said."),
    Key("until", _NAME, "The event that keeps the SLA, or `assigned`; leaving the"
        " stage unless said."),
    Key("warn_at", _either(_WARNING, _list(_WARNING)),
        "When to warn: shares of the time, such as 80%, or so long before it is due,"
        " such as 1 hour."),
    Key("pause", _CONDITION, "While this is met, the clock stands still."),
    Key("on_reentry", _words(*Reentry), "What a second stay in the stage does to the"
        " clock: `reset`, it starts anew (unless said); `keep`, time used up in this"
        " pass counts on."),
    Key("on_warning", _DONE, "What a warning does."),
    Key("then", _either(_CONSEQUENCE, _list(_CONSEQUENCE)),
        "What a broken SLA does."),
))  # fmt: skip
WAKE: Final = Shape("wake", "When a parked stage lets go: whichever comes first.", (
    Key("after", _DURATION, "This long after entering the stage."),
    Key("on", _NAME, "On the date in this field."),
    Key("before", _DURATION, "This long before that date."),
    Key("when", _CONDITION, "As soon as this is met."),
    Key("to", _NAME, "The stage to go to; `back` is where the record came from.",
        required=True),
    Key("assign", _either(_TEXT, ASSIGN.ref), "Who gets the record then."),
    Key("max_passes", {"type": "integer", "minimum": 2},
        "A record that made so many trips through the funnel wakes no more."),
    Key("otherwise", _NAME, "The stage for those; without it they are listed for a"
        " person."),
    Key("sla", _map(SLA.ref), "SLAs of a record that woke, in the stage it goes"
        " to."),
))  # fmt: skip
STAGE: Final = Shape("stage", "A stage.", (
    LABEL,
    Key("owner", _NAME, "The team that answers for records in this stage."),
    Key("kind", _words(*StageKind), "What being here means; open unless said."),
    Key("initial", _FLAG, "Whether new records start here."),
    Key("on_enter", _either(_ENTRY, _list(_ENTRY)), "What entering does."),
    Key("on_leave", _DONE, "What leaving does."),
    Key("sla", _map(SLA.ref), "How long a record may stay in this stage."),
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
    Key("approval", _NAMES, "Roles of which somebody else must agree."),
    Key("outside", _ANSWER, "The answer to this move in the CRM against the guard."),
))  # fmt: skip
WORKFLOW: Final = Shape("workflow", "One lead lifecycle.", (
    Key("workflow", _NAME, "Its name; bindings and scenarios refer to it.",
        required=True),
    Key("title", _TEXT, "What people read instead of the name."),
    Key("timezone", _TEXT, "IANA name; decides which day is today. UTC unless said."),
    Key("teams", _either(_list(_NAME), _map(_either(TEAM.ref, _NOTHING))),
        "All teams and roles; without it any name will do."),
    Key("reasons", _map(_either(_TEXT, _NOTHING), "^.+$"),
        "All reasons of moves -> what people read; without it any text will do."),
    Key("outside_moves", _ANSWER, "The answer to a move in the CRM that no transition"
        " allows."),
    Key("fields", _map(_either(_words(*FieldType), FIELD.ref)), "Fields of a record."),
    Key("scores", _map(_either(_list(RULE.ref), SCORE.ref)), "Scores."),
    Key("criteria", _map(_either(_CONDITION, CRITERION.ref)), "Named conditions."),
    Key("calendars", _map(CALENDAR.ref), "Business hours."),
    Key("stages", _map(_either(STAGE.ref, _NOTHING)), "Stages, in order.",
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
BUSINESS: Final = r"^([0-9]{1,4}) business (minutes?|hours?|days?)$"
_WAIT: Final = _either(_DURATION, {"type": "string", "pattern": BUSINESS})
UNPARSABLE: Final = Shape("unparsable", "A value that is wrong on purpose.", (
    Key("unparsable", _TEXT, "What the CRM sends.", required=True),
))  # fmt: skip
GIVEN: Final = Shape("given", "The record; every other key is a field.", (
    Key("stage", _NAME, "Where it is.", required=True),
    Key("at", _TEXT, "The moment that is now, such as 2026-03-10 13:00, in the"
        " workflow's time zone; the moment of the test unless said."),
    Key("entered", _TEXT, "When it came there, such as 3 days ago."),
    Key("came_from", _NAME, "The stage it was in before."),
    Key("pass", {"type": "integer", "minimum": 1},
        "Its trip through the funnel; the first unless said."),
    Key("events", _map(_MOMENT), "Event -> when it happened."),
), rest=_either(_SCALAR, _list(_SCALAR), UNPARSABLE.ref))  # fmt: skip
WHEN: Final = Shape("when", "What happens to the record.", (
    Key("move", _NAME, "Somebody asks for this transition."),
    Key("as", _NAMES, "The roles this person has."),
    Key("approved_as", _NAMES, "The roles of somebody else, who has agreed."),
    Key("note", _TEXT, "The note this person writes."),
    Key("moved in crm", _NAME, "Somebody moves the record to this stage in the CRM."),
    Key("timer", _NAME, "The timer of this transition comes due."),
    Key("after", _WAIT, "So much time passes, and nobody touches the record: 31 days,"
        " 4 business hours, 2 business days."),
    Key("calendar", _NAME, "Whose business time passes; that of the team that owns the"
        " stage, or of its SLAs, unless said."),
    Key("reason", _TEXT, "The reason that goes with the move."),
))  # fmt: skip
THEN: Final = Shape("then", "What is expected.", (
    Key("stage", _NAME, "The record moves and ends here."),
    Key("stays", _NAME, "The record stays here."),
    Key("via", _NAMES, "The transitions taken, in order."),
    Key("refused", _words(*RefusalCode), "Why the move is refused."),
    Key("outside", _ANSWER, "The answer to a move in the CRM."),
    Key("warned", _NAMES, "The SLAs that warn while time passes, and no others."),
    Key("breached", _NAMES, "The SLAs that are broken, and no others."),
    Key("escalated", _TEXTS, "The teams and people who have to act, and no others."),
    Key("starts", _NAMES, "The workflows in which a record begins, and no others."),
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

ABSENCE: Final = Shape("absence", "Days on which somebody is away.", (
    Key("from", _ref("date"), "The first day.", required=True),
    Key("to", _ref("date"), "The last day; it counts too.", required=True),
    Key("why", _TEXT, "What people read."),
))  # fmt: skip
PERSON: Final = Shape("person", "Somebody who works with leads.", (
    LABEL,
    Key("email", _TEXT, "Where mail reaches the person."),
    Key("roles", _NAMES, "The teams and roles that the person has."),
    Key("users", _map(_either(_SCALAR, _list(_SCALAR)), "^.+$"),
        "Connection -> the ids under which that CRM knows the person; the first is"
        " written."),
    Key("calendar", _NAME, "The person's own hours: a calendar of the workflow."),
    Key("absent", _list(_either(_ref("date"), ABSENCE.ref)), "When the person is"
        " away."),
    Key("gets_leads", _FLAG, "Whether `assign` may choose the person; true unless"
        " said."),
))  # fmt: skip
PEOPLE: Final = Shape("people", "Who works with leads.", (
    Key("people", _map(PERSON.ref), "Everybody, by names of your own.",
        required=True),
))  # fmt: skip
COLUMNS: Final = Shape("columns", "Which column of a file says what.", (
    Key("record_id", _TEXT, "Whose row it is.", required=True),
    Key("at", _TEXT, "When it happened."),
    Key("from_stage", _TEXT, "The stage before; empty where nobody knows."),
    Key("to_stage", _TEXT, "The stage entered; empty in a row of values alone."),
    Key("actor", _TEXT, "Who did it."),
    Key("reason", _TEXT, "Why."),
))  # fmt: skip
IMPORT: Final = Shape("import", "How a file of stage moves and values is read.", (
    Key("import", _TEXT, "What the file's origin is called.", required=True),
    Key("columns", COLUMNS.ref, "What the columns say.", required=True),
    Key("moves", _map(_TEXT), "Stage -> the column of when it was entered, in a file"
        " with one row a record."),
    Key("fields", _map(_TEXT), "Field -> the column of its value."),
    Key("stages", _map(_NAME, "^.+$"), "What the file calls a stage -> the stage."),
    Key("timezone", _TEXT, "The zone of times that say none, such as Europe/Berlin."),
    Key("time_format", _TEXT, "How times are written, such as %m/%d/%Y; ISO 8601 unless"
        " said."),
    Key("encoding", _TEXT, "How the text is encoded, such as cp1252; UTF-8 unless"
        " said."),
    Key("delimiter", _TEXT, "What stands between two cells; a comma unless said, tab"
        " for a tabulator."),
    Key("connection", _NAME, "The connection of which record_id is an object's id."),
))  # fmt: skip
