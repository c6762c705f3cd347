"""Read the fields of a workflow file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadstate.domain.lifecycle import Field
from leadstate.domain.values import FieldType

from .draft import MOST_FIELDS
from .keys import FIELD
from .nodes import TextNode, wrapped
from .problems import shown
from .reader import Reader, open_mapping

if TYPE_CHECKING:
    from .draft import LifecycleDraft
    from .nodes import Located
    from .problems import Mark

__all__ = ["check_owner", "label_of", "read_fields"]

_IDENTIFYING = (
    FieldType.EMAIL,
    FieldType.PHONE,
    FieldType.TEXT,
    FieldType.INTEGER,
)
_PERSONAL = (FieldType.EMAIL, FieldType.PHONE)


def label_of(name: str) -> str:
    """Return what people read when the file gives no label: ``company_size``."""
    words = name.replace("_", " ")
    return words[:1].upper() + words[1:]


def read_fields(draft: LifecycleDraft) -> None:
    """Read every field; one that has mistakes is known, and used by nobody."""
    for name, node in draft.reader.named("fields", MOST_FIELDS):
        read = _field(draft, name, node)
        if read is not None:
            draft.fields[name.value] = read
            _check_identity(draft, read)
            _check_single(draft, read)
    draft.broken |= set(draft.names.fields or ()) - draft.fields.keys()


def _field(draft: LifecycleDraft, name: TextNode, node: Located) -> Field | None:
    if isinstance(node, TextNode) and not node.empty:
        node = wrapped("type", node)  # `need: text`
    reader = open_mapping(node, FIELD, draft.problems, f"field {shown(name.value)}")
    if reader is None:
        return None
    field_type = reader.word("type", FieldType)
    options = _options(reader, field_type) or _region(reader, field_type)
    label = reader.text("label") or label_of(name.value)
    identity, personal = reader.flag("identity"), reader.flag("personal")
    roles = [
        reader.refer(node, "team or role", draft.names.teams, "may be set by")
        for node in reader.words("by")
    ]
    if field_type is None or (field_type is FieldType.CHOICE and not options):
        return None
    return Field(
        name=name.value,
        type=field_type,
        label=label,
        options=options,
        identity=identity,
        personal=personal,
        by=tuple(role for role in roles if role),
    )


def _options(reader: Reader, field_type: FieldType | None) -> tuple[str, ...]:
    reader.items("options")
    options = tuple(node.value for node in reader.words("options"))
    if field_type is FieldType.CHOICE and not options:
        reader.problems.error(
            "LS120",
            reader.at("options"),
            f"{reader.name} is a choice without options",
            hint="Add `options: [first, second]`.",
        )
    elif field_type not in (FieldType.CHOICE, None) and reader.has("options"):
        reader.problems.error(
            "LS120",
            reader.at("options"),
            f"{reader.name} has options and is of type {field_type}",
            hint="Write `type: choice`, or delete the options.",
        )
    return options


def _region(reader: Reader, field_type: FieldType | None) -> tuple[str, ...]:
    """Return the region of a phone's national numbers, if the file names one."""
    node = reader.text_node("region")
    if node is None:
        return ()
    from phonenumbers import SUPPORTED_REGIONS  # noqa: PLC0415 - slow, and rare

    if field_type is FieldType.PHONE and node.value in SUPPORTED_REGIONS:
        return (node.value,)
    known = field_type is not FieldType.PHONE
    reader.problems.error(
        "LS120",
        node.mark,
        f"{reader.name} has region {shown(node.value)}",
        why="and only a phone has one" if known else "which no country has",
        hint="Write `type: phone` and a country's two letters: `region: DE`.",
    )
    return ()


def _check_identity(draft: LifecycleDraft, field: Field) -> None:
    if field.identity and field.type not in _IDENTIFYING:
        draft.problems.error(
            "LS315",
            draft.tree.place("fields", field.name, "identity"),
            f"field {shown(field.name)} is of type {field.type}",
            why="which cannot tell one record from another",
            hint="Mark a field of type email, phone, text or integer as identity.",
        )
    if field.type in _PERSONAL and not field.personal:
        draft.problems.warning(
            "LS316",
            draft.tree.place("fields", field.name),
            f"field {shown(field.name)} is not marked as personal",
            why="and a privacy deletion would leave it standing",
            hint="Add `personal: true`.",
        )


def _check_single(draft: LifecycleDraft, field: Field) -> None:
    owners = [one.name for one in draft.fields.values() if one.type is FieldType.OWNER]
    if field.type is FieldType.OWNER and len(owners) > 1:
        draft.problems.error(
            "LS320",
            draft.tree.place("fields", field.name),
            f"field {shown(field.name)} is a second owner of the record",
            why=f"and {shown(owners[0])} already is one",
            hint="Keep the one that the CRMs show, and make the other a text.",
        )


def check_owner(draft: LifecycleDraft, at: Mark, what: str) -> None:
    """Report that something needs the record's owner, when no field holds one."""
    declared = draft.names.fields
    unread = declared is None or set(declared) - draft.fields.keys()
    if unread or any(one.type is FieldType.OWNER for one in draft.fields.values()):
        return
    draft.problems.error(
        "LS321",
        at,
        what,
        why="and no field holds the record's owner",
        hint="Add a field `owner: {type: owner}`, and bind it to the CRM's owner.",
    )
