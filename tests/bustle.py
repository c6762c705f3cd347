"""Marketing and sales at work on the same people, in two CRMs, by chance."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import random

    from conftest import Pair

LOSSY = (
    {"kind": "drop", "probability": 0.15},
    {"kind": "duplicate", "probability": 0.3},
    {"kind": "reorder", "probability": 0.3},
)
ROLES = ("owner", "director", "manager", "specialist")
STAGES = ("sal", "sql", "backlog", "nurture", "lost", "won")


def handed_off(pair: Pair, number: int) -> list[tuple[str, str]]:
    """Have so many people in both CRMs, by a service that runs: contact and lead."""
    contacts = [pair.qualified() for _ in range(number)]
    pair.until(lambda: all(map(pair.kinds, contacts)), "taken in")
    for contact in contacts:
        pair.drag(contact, "sal")
    pair.until(lambda: all(map(pair.linked, contacts)), "handed off")
    pair.settle()
    return [(one, pair.linked(one)[0]) for one in contacts]


@dataclass
class Bustle:
    """Marketing and sales at work on the same people, by chance."""

    pair: Pair
    people: list[tuple[str, str]]
    chance: random.Random
    made: Counter[str] = field(default_factory=Counter)

    def play(self, edits: int) -> None:
        """Edit at random; now and then everything comes to rest."""
        while self.made.total() < edits:
            burst = min(self.chance.choice((1, 3, 10, 40)), edits - self.made.total())
            for _ in range(burst):
                self.edit()
            if self.chance.random() < 0.2:
                self.pair.settle(looks=1)

    def edit(self) -> None:
        """One person changes one thing to something that it is not."""
        contact, lead = self.chance.choice(self.people)
        number = self.made.total()
        if self.chance.random() < 0.5:
            self._in_hubspot(contact, number)
        else:
            self._in_amocrm(lead, number)

    def _in_hubspot(self, contact: str, number: int) -> None:
        what = self.chance.choice(("stage", "budget", "need", "date", "fit", "role"))
        shown = self.pair.shared(contact)
        if what == "stage":
            self.pair.drag(contact, self._other(STAGES, shown["stage"]))
        else:
            name, value = self._value(what, shown, number)
            self.pair.edit(contact, **{name: value})
        self.made["hubspot"] += 1

    def _in_amocrm(self, lead: str, number: int) -> None:
        what = self.chance.choice(("stage", "budget", "need", "date", "fit", "role"))
        shown = self.pair.sales.shared(lead)
        if what == "stage":
            self.pair.sales.drag(lead, self._other(STAGES, shown["stage"]))
        else:
            name, value = self._value(what, shown, number)
            self.pair.sales.edit(lead, **{f"cf_{name.upper()}": value})
        self.made["amocrm"] += 1

    def _value(
        self, what: str, shown: dict[str, object], number: int
    ) -> tuple[str, str]:
        match what:
            case "budget":
                return "budget", str(5000 + number)
            case "need":
                return "need", f"need {number}"
            case "date":
                day = f"2027-{1 + number % 12:02}-{1 + number % 28:02}"
                return "decision_date", day
            case "fit":
                fits = self._other(("true", "false"), shown["technical_fit"])
                return "technical_fit", fits
            case _:
                return "job_role", self._other(ROLES, shown["job_role"])

    def _other(self, known: tuple[str, ...], shown: object) -> str:
        return self.chance.choice([one for one in known if one != shown])
