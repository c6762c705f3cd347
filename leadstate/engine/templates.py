"""Texts of actions: what ``{budget}`` or ``{stage}`` stands for at that moment.

A text is filled in, never run: a placeholder is a bare name in braces, its value is
plain text, and what nobody knows stays readable.  Nothing here sends anything.

>>> render("{name} wants {{a demo}}: {what}", {"name": "Ada"})
'Ada wants {a demo}: {what}'
"""

from __future__ import annotations

import re
import unicodedata
from datetime import datetime
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from leadstate.engine.receipts import finding_lines, open_criteria
from leadstate.guards.render import observed

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from leadstate.domain.lifecycle import Lifecycle
    from leadstate.domain.receipt import Receipt
    from leadstate.domain.record import Record
    from leadstate.domain.values import Value

__all__ = ["LONGEST_VALUE", "render", "template_values"]

LONGEST_VALUE: Final = 500
"""Characters of one value that a text shows; a longer one ends in ``…``."""

_PIECE: Final = re.compile(r"\{\{|\}\}|\{([a-z][a-z0-9_]*)\}")
_TURNS: Final = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Signs that turn the direction of writing: with them a text shows what it is not."""

_NOTHING: Final = "nothing"


def render(text: str, values: Mapping[str, str]) -> str:
    """Return a text with its placeholders filled in.  Never fails.

    ``{{`` and ``}}`` stand for braces.  A name without a value stays as it is written:
    the workflow check refuses it, and a text that went out shows what was meant.

    Args:
        text: The text as the workflow has it; its own lines stay.
        values: Name -> plain text.  Line breaks and control characters in it become
            spaces, and `LONGEST_VALUE` characters are shown: what a lead typed into a
            form cannot lay out a message anew.
    """

    def filled(piece: re.Match[str]) -> str:
        name = piece[1]
        if name is None:
            return piece[0][0]
        return _plain(values[name]) if name in values else piece[0]

    return _PIECE.sub(filled, text)


def _plain(value: str) -> str:
    if not value.isprintable():
        shown = "".join(map(_harmless, value[: 4 * LONGEST_VALUE]))
        value = " ".join(shown.split())
    cut = len(value) > LONGEST_VALUE
    return f"{value[: LONGEST_VALUE - 1]}…" if cut else value


def _harmless(sign: str) -> str:
    if sign in _TURNS or unicodedata.category(sign) == "Cs":
        return ""
    return " " if unicodedata.category(sign) in ("Cc", "Zl", "Zp") else sign


def template_values(  # noqa: PLR0913 - what a text may name, keyword-only
    lifecycle: Lifecycle,
    record: Record,
    *,
    receipts: Iterable[Receipt] = (),
    sla: str = "",
    due: datetime | None = None,
    actor: str = "",
    reason: str | None = None,
    transition: str | None = None,
    from_stage: str | None = None,
) -> dict[str, str]:
    """Return what every name of a text stands for: the fields, then the built-in names.

    A field goes before a built-in name (`leadstate.domain.action.TEMPLATE_NAMES`).
    What is not known is "", and ``missing`` is "nothing" when nothing is missing.

    Args:
        record: As it stands when the action is decided.
        receipts: Of the transitions that leave its stage (`decide.examine`).
        sla: The SLA that is warned of or broken.
        due: When it breaks (aware); shown in the lifecycle's time zone.
        actor: Who moved the record, or asked for it.
        reason: As given; shown by its label where the workflow has one.
        transition: The one just taken; else the one that brought the record here.
        from_stage: Where it was; else where the record came from.
    """
    zone = ZoneInfo(lifecycle.timezone)
    stage = lifecycle.stages.get(record.stage)
    owner = lifecycle.owner_field
    built_in = {
        "actor": actor,
        "due": _moment(due, zone) if due else "",
        "from_stage": from_stage or record.came_from or "",
        "missing": _missing(receipts),
        "owner": _readable(record.values.get(owner), zone) if owner else "",
        "pass": str(record.pass_number),
        "reason": lifecycle.reasons.get(reason, reason) if reason else "",
        "record": record.id,
        "sla": sla,
        "stage": record.stage,
        "stage_label": stage.label if stage else record.stage,
        "transition": transition or record.entered_via or "",
    }
    fields = {
        name: _readable(record.values.get(name), zone) for name in lifecycle.fields
    }
    return built_in | fields


def _missing(receipts: Iterable[Receipt]) -> str:
    """Return what stands in the way of leaving, each once: ``Budget; Need``."""
    found = [one for receipt in receipts for one in open_criteria(receipt)]
    lines = (next(finding_lines(one)).partition(" ")[2] for one in found)
    return "; ".join(dict.fromkeys(lines)) or _NOTHING


def _readable(value: Value, zone: ZoneInfo) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, datetime):
        return _moment(value, zone)
    return observed(value) or ""


def _moment(moment: datetime, zone: ZoneInfo) -> str:
    """Return a moment as people there write it: ``2026-03-10 13:00 Europe/Berlin``."""
    try:
        local = moment.astimezone(zone)
    except OverflowError:  # the first or the last day that there is
        return moment.isoformat()
    return f"{local.replace(tzinfo=None).isoformat(' ', 'minutes')} {zone.key}"
