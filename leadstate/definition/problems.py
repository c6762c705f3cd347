"""A mistake in a file, as one line that a person can mend it from; and all their codes.

A reader never stops at the first mistake: it adds a `Problem` to its `Problems` and
goes on.  Nothing here reads a file.

    >>> problems = Problems("lead.yaml")
    >>> problems.error("LS104", Mark(31, 9), "transition 'qualify' leads to 'MQLL'",
    ...     hint="Did you mean 'mql'?")
    >>> print(*problems.lines())
    LS104 lead.yaml:31:9 transition 'qualify' leads to 'MQLL'. Did you mean 'mql'?
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

__all__ = ["CODES", "Mark", "Problem", "Problems", "Severity", "listed", "shown"]

CODES: Final[dict[str, str]] = {
    "LS000": "More mistakes were found than are shown.",
    "LS001": "The file cannot be read.",
    "LS002": "The file is not clean UTF-8 text.",
    "LS003": "The file is too large, too deep or has too many parts.",
    "LS004": "The text is not YAML.",
    "LS005": "A key stands twice in one mapping.",
    "LS006": "Anchors, aliases and merge keys are not accepted.",
    "LS007": "YAML tags are not accepted.",
    "LS008": "The file does not hold exactly one document.",
    "LS009": "A key is empty or is not plain text.",
    "LS101": "A value has the wrong shape: a text, a list or a mapping was expected.",
    "LS102": "A key is unknown here.",
    "LS103": "A required key is missing.",
    "LS104": "A stage is named that the file does not declare.",
    "LS105": "A field is named that the file does not declare.",
    "LS106": "A criterion is named that the file does not declare.",
    "LS107": "A transition is named that the file does not declare.",
    "LS108": "A calendar is named that the file does not declare.",
    "LS109": "A team or role is named that is not listed under teams.",
    "LS110": "A word is not one of the words possible here.",
    "LS111": "A name is not lower-case letters, digits and _, or is reserved.",
    "LS112": "A value is not a number, or is outside its range.",
    "LS113": "A value is not a length of time.",
    "LS114": "A time zone is unknown.",
    "LS115": "Business hours cannot be read, overlap or are never.",
    "LS116": "A date or a region for public holidays cannot be read, or is not known.",
    "LS117": "A value stands twice in one list.",
    "LS118": "Keys stand together that exclude each other, or one needs another.",
    "LS119": "There are more entries than one workflow may have.",
    "LS120": "Options are missing on a choice, or stand on another type.",
    "LS121": "A name is a word that other YAML tools read as true, false or nothing.",
    "LS122": "A reason is named that the file does not declare.",
    "LS123": "A text has a {placeholder} that is unknown or cannot be read.",
    "LS301": "There is no initial stage, or more than one.",
    "LS302": "No path leads from the initial stage to this stage.",
    "LS303": "A stage has no way out and is not an end.",
    "LS304": "A transition leaves a closed stage without naming it.",
    "LS305": "Two automatic transitions could both be right at the same moment.",
    "LS306": "Automatic transitions go round in a circle.",
    "LS307": "An automatic transition asks for nothing.",
    "LS308": "An automatic transition asks for a reason that nobody can give.",
    "LS309": "A broken SLA takes a transition that does not leave its stage.",
    "LS310": "A parked stage never wakes by itself.",
    "LS311": "A wake-up cannot work as written.",
    "LS312": "A criterion is declared and never used.",
    "LS313": "A score is declared and never used.",
    "LS314": "A transition leads from a stage to itself.",
    "LS315": "A field cannot tell records apart.",
    "LS316": "Personal data is not marked as personal.",
    "LS317": "A role looks like a misspelt team.",
    "LS318": "An `else` has nothing to come after.",
    "LS319": "A reason is declared and never used.",
    "LS320": "More than one field says who owns the record.",
    "LS321": "The record's owner is needed, and no field holds it.",
    "LS322": "An SLA counts in the hours of a team that has none.",
    "LS323": "An SLA ends with the event that starts it.",
    "LS324": "A broken SLA or a wake-up would always be refused.",
    "LS325": "Broken SLAs move a record round in a ring.",
    "LS326": "An SLA that is broken has no consequence.",
    "LS327": "A pause never ends.",
    "LS328": "Two SLAs of one stage have the same name.",
    "LS329": "An action sets a field that it may not set.",
    "LS330": "A condition can never be met.",
    "LS331": "An automatic transition asks for an approval that nobody can give.",
    "LS332": "A wake-up waits for what an automatic transition already waits for.",
    "LS401": "The binding belongs to another workflow.",
    "LS402": "An event is bound that no score counts and no clock waits for.",
    "LS403": "A stage has no place in the CRM.",
    "LS404": "Two stages write the same values; reading cannot tell them apart.",
    "LS405": "A stage is never recognised: an earlier one matches all it matches.",
    "LS406": "A mapped value is not an option of the field.",
    "LS407": "A stage does not write a property that tells other stages apart.",
    "LS408": "A field or event of the workflow is not bound.",
    "LS409": "A stage written to the CRM is read back as another one.",
    "LS410": "A hand-off happens in a stage that has no place in the CRM.",
    "LS501": "The scenarios belong to another workflow.",
    "LS502": "Two scenarios have the same name.",
    "LS503": "A value is not of its field's type.",
    "LS504": "A moment cannot be read.",
    "LS505": "An event is named that no score counts.",
    "LS506": "A scenario expects nothing.",
    "LS507": "An expectation cannot come true.",
    "LS508": "A reason is named that the transition does not list.",
    "LS601": "A setting is missing.",
    "LS602": "A setting is unknown.",
    "LS603": "A setting's value cannot be used.",
    "LS604": "A secret stands in the settings file as plain text.",
    "LS701": "An e-mail address cannot be read.",
    "LS702": "Two people are the same user of a CRM.",
    "LS703": "An absence ends before it begins.",
    "LS704": "A person has a role that the workflow never names.",
    "LS705": "A connection is named that the settings do not have.",
    "LS801": "A record is started in a workflow that the installation does not have.",
    "LS802": "A record is started in a stage that the other workflow does not have.",
    "LS803": "A field is copied that the other workflow lacks or has otherwise.",
    "LS804": "Workflows start records in a circle.",
}
"""Code -> its meaning in one sentence.  LS2xx are `leadstate.guards.MISTAKES`."""

_MOST = 100
_KNOWN_SHOWN = 12
_LONGEST_SHOWN = 60


class Mark(NamedTuple):
    """A place in a file: line and column, both from 1."""

    line: int
    column: int


class Severity(StrEnum):
    """Whether the file can be used in spite of it."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One mistake.

    Attributes:
        what: What is wrong, as a clause.
        why: What makes it wrong, as a clause; "" when ``what`` says it.
        hint: What would be right, in whole sentences; "" when nothing can be said.
    """

    code: str
    file: str
    line: int
    column: int
    what: str
    why: str = ""
    hint: str = ""
    severity: Severity = Severity.ERROR

    def __str__(self) -> str:
        """Return the one line to print."""
        warning = "warning: " if self.severity is Severity.WARNING else ""
        why = f", {self.why}" if self.why else ""
        hint = f" {self.hint}" if self.hint else ""
        place = f"{self.file}:{self.line}:{self.column}"
        return f"{self.code} {place} {warning}{self.what}{why}.{hint}"


class Problems:
    """Collects the mistakes of one file."""

    def __init__(self, file: str) -> None:
        self.file = file
        self._found: dict[Problem, None] = {}
        self._muted: set[Mark] = set()
        self._left_off = 0

    def error(
        self, code: str, at: Mark, what: str, *, why: str = "", hint: str = ""
    ) -> None:
        """Add a mistake that makes the file unusable."""
        self._add(code, at, what, why, hint, Severity.ERROR)

    def warning(
        self, code: str, at: Mark, what: str, *, why: str = "", hint: str = ""
    ) -> None:
        """Add something that is probably not meant."""
        self._add(code, at, what, why, hint, Severity.WARNING)

    def _add(  # noqa: PLR0913, PLR0917 - one argument for each part of a problem
        self, code: str, at: Mark, what: str, why: str, hint: str, severity: Severity
    ) -> None:
        if at in self._muted:
            return
        if self.full:
            self._left_off += 1
            return
        line, column = at
        problem = Problem(
            code=code,
            file=self.file,
            line=line,
            column=column,
            what=_one_line(what),
            why=_one_line(why),
            hint=_one_line(hint),
            severity=severity,
        )
        self._found[problem] = None

    def mute(self, at: Mark) -> None:
        """Say nothing more about a place: what stands there was refused altogether."""
        self._muted.add(at)

    @property
    def full(self) -> bool:
        """Whether further mistakes are only counted, so that a bomb stays cheap."""
        return len(self._found) >= _MOST

    @property
    def failed(self) -> bool:
        """Whether one of them is an error."""
        return any(found.severity is Severity.ERROR for found in self._found)

    def has(self, code: str) -> bool:
        """Whether a mistake of this kind was found."""
        return any(found.code == code for found in self._found)

    def all(self) -> tuple[Problem, ...]:
        """Return them in file order."""
        found = sorted(self._found, key=lambda one: (one.line, one.column, one.code))
        if self._left_off:
            found.append(self._rest(found[-1]))
        return tuple(found)

    def lines(self) -> tuple[str, ...]:
        """Return the errors as printable lines, in file order."""
        return tuple(str(one) for one in self.all() if one.severity is Severity.ERROR)

    def _rest(self, last: Problem) -> Problem:
        return Problem(
            code="LS000",
            file=self.file,
            line=last.line,
            column=last.column,
            what=f"{self._left_off} more mistakes are not shown",
            hint="Mend these first.",
        )

    def known(self, word: str, known: Iterable[str]) -> str:
        """Return ``Did you mean …? Known: …`` for a word that is none of these."""
        names = list(known)
        if self.full or not names:
            return "None is declared." if not names else ""
        near = _nearest(word, names)
        meant = f"Did you mean {shown(near)}? " if near else ""
        return f"{meant}Known: {listed(names)}."


def _nearest(word: str, names: Collection[str]) -> str | None:
    folded = {name.casefold(): name for name in reversed(list(names))}
    wanted = word.strip().casefold()[:_LONGEST_SHOWN]
    near = difflib.get_close_matches(wanted, folded, n=1)
    if not near:
        plain = wanted.replace(" ", "_").replace("-", "_")
        near = difflib.get_close_matches(plain, folded, n=1)
    return folded[near[0]] if near else None


def _one_line(text: str) -> str:
    if text.isprintable():
        return text
    return "".join(
        letter if letter.isprintable() else ascii(letter)[1:-1] for letter in text
    )


def shown(text: str) -> str:
    """Return text from a file in quotes: short, on one line, harmless to a terminal."""
    short = text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}…"
    return f"'{_one_line(short)}'"


def listed(names: Iterable[str]) -> str:
    """Return the first names of a list for a message."""
    bare = [shown(name)[1:-1] for name in names]
    more = ", …" if len(bare) > _KNOWN_SHOWN else ""
    return ", ".join(bare[:_KNOWN_SHOWN]) + more
