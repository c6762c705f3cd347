"""The rows of a spend file: what each may say, and every mistake by its row."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from difflib import get_close_matches
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

__all__ = ["COLUMNS", "CURRENCY", "Spend", "SpendForm", "SpendRows", "no_currency"]

COLUMNS: Final = {
    "month": "The month, such as 2026-03; instead of `from` and `to`.",
    "from": "The first day, such as 2026-03-01.",
    "to": "The last day, included.",
    "source": "Where the leads came from, as the records say it.",
    "campaign": "The campaign; empty for what was spent on the source as a whole.",
    "amount": "How much, net: digits and a decimal point, nothing else.",
    "currency": "Three letters, such as EUR.",
}
"""The columns that a spend file may have, in any order."""

_MONTH = re.compile(r"([0-9]{4})-(0[1-9]|1[0-2])")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
CURRENCY = re.compile(r"[A-Z]{3}")
_AMOUNT = re.compile(r"[0-9]{1,15}(\.[0-9]{1,6})?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Spend:
    """One row of a spend file.

    Attributes:
        row: Its number in the file, the head being 1.
        since: The first day, in the workflow's timezone.
        until: The last day, included.
        campaign: None for what was spent on the source as a whole.
        amount: Exact, never negative.
        currency: Three capital letters.
    """

    row: int
    since: date
    until: date
    source: str
    campaign: str | None
    amount: Decimal
    currency: str

    @property
    def days(self) -> int:
        """How many days the amount is for."""
        return (self.until - self.since).days + 1

    @property
    def key(self) -> tuple[str, str | None, str]:
        """What it was spent on, without regard to case, and in what currency."""
        campaign = None if self.campaign is None else self.campaign.casefold()
        return self.source.casefold(), campaign, self.currency


@dataclass(frozen=True, slots=True, kw_only=True)
class SpendForm:
    """How a spend file is written.

    Attributes:
        encoding: A name that Python knows; a byte order mark of UTF-8 is skipped.
        decimal_comma: Whether amounts are written ``1234,50``.
        currency: Of files without that column.
        sources: The possible sources, where the workflow lists them; else any.
    """

    encoding: str = "utf-8"
    decimal_comma: bool = False
    currency: str | None = None
    sources: Sequence[str] = ()


class SpendRows:
    """Takes rows, and collects every mistake in `mistakes`."""

    def __init__(self, name: str, form: SpendForm) -> None:
        self.mistakes: list[str] = []
        self._name = name
        self._form = form
        self._sources = {one.casefold(): one for one in form.sources}

    def take(self, rows: list[list[str]]) -> tuple[Spend, ...]:
        """Return what the rows say; the mistakes stand in ``mistakes``."""
        if not any(rows):
            self._wrong(1, "the file is empty")
            return ()
        head = [one.casefold() for one in rows[0]]
        if not self._head_is_right(head):
            return ()
        found = [
            spend
            for number, row in enumerate(rows[1:], start=2)
            if any(row) and (spend := self._row(number, head, row)) is not None
        ]
        self._refuse_twice(found)
        if not found and not self.mistakes:
            self._wrong(1, "the file has a head and no row")
        return tuple(found)

    def _wrong(self, row: int, what: str) -> None:
        self.mistakes.append(f"{self._name}: row {row}: {what}")

    def _head_is_right(self, head: list[str]) -> bool:
        before = len(self.mistakes)
        for name in dict.fromkeys(head):
            if name not in COLUMNS:
                close = get_close_matches(name, COLUMNS, n=1)
                hint = f" Did you mean {close[0]!r}?" if close else ""
                known = ", ".join(COLUMNS)
                self._wrong(
                    1, f"there is no column {name[:80]!r}; known: {known}.{hint}"
                )
            elif head.count(name) > 1:
                self._wrong(1, f"the column {name!r} stands twice")
        for name in ("source", "amount"):
            if name not in head:
                self._wrong(1, f"the column {name!r} is missing")
        days = "from" in head and "to" in head
        if ("month" in head) is days or ("from" in head) is not ("to" in head):
            self._wrong(1, "either 'month' is needed, or 'from' and 'to'")
        if "currency" not in head and self._form.currency is None:
            self._wrong(
                1, "there is no column 'currency'; say it for all: --currency EUR"
            )
        return len(self.mistakes) == before

    def _row(self, number: int, head: list[str], row: list[str]) -> Spend | None:
        if len(row) != len(head):
            self._wrong(
                number,
                f"has {len(row)} cells, and the head has {len(head)}; quote a cell "
                "that holds a comma",
            )
            return None
        cells = dict(zip(head, row, strict=True))
        time = self._time(number, cells)
        source = self._source(number, cells["source"])
        amount = self._amount(number, cells["amount"])
        currency = self._currency(number, cells)
        if time is None or source is None or amount is None or currency is None:
            return None
        return Spend(
            row=number,
            since=time[0],
            until=time[1],
            source=source,
            campaign=cells.get("campaign") or None,
            amount=amount,
            currency=currency,
        )

    def _time(self, number: int, cells: Mapping[str, str]) -> tuple[date, date] | None:
        if "month" in cells:
            return self._month(number, cells["month"])
        first = self._day(number, "from", cells["from"])
        last = self._day(number, "to", cells["to"])
        if first is None or last is None:
            return None
        if last < first:
            self._wrong(number, f"'to' ({last}) is before 'from' ({first})")
            return None
        return first, last

    def _month(self, number: int, text: str) -> tuple[date, date] | None:
        found = _MONTH.fullmatch(text)
        if found is None or found[1] == "0000":
            self._wrong(number, f"{text[:80]!r} is no month; write it like 2026-03")
            return None
        year, month = int(found[1]), int(found[2])
        last = calendar.monthrange(year, month)[1]
        return date(year, month, 1), date(year, month, last)

    def _day(self, number: int, column: str, text: str) -> date | None:
        try:
            if _DAY.fullmatch(text):
                return date.fromisoformat(text)
        except ValueError:
            pass
        self._wrong(
            number, f"{column!r}: {text[:80]!r} is no day; write it like 2026-03-31"
        )
        return None

    def _source(self, number: int, text: str) -> str | None:
        if not text:
            self._wrong(number, "the source is missing")
            return None
        if not self._sources or text.casefold() in self._sources:
            return self._sources.get(text.casefold(), text)
        close = get_close_matches(text.casefold(), self._sources, n=1)
        hint = f" Did you mean {self._sources[close[0]]!r}?" if close else ""
        known = ", ".join(self._sources.values())
        self._wrong(
            number, f"the workflow has no source {text[:80]!r}; known: {known}.{hint}"
        )
        return None

    def _amount(self, number: int, text: str) -> Decimal | None:
        comma = self._form.decimal_comma
        plain = text.replace(",", ".") if comma else text
        # Where commas are decimal a point parts thousands: 1.234 would be read as 1.
        if _AMOUNT.fullmatch(plain) and not (comma and "." in text):
            return Decimal(plain)
        self._wrong(number, f"{text[:80]!r} is no amount; {self._amount_advice(text)}")
        return None

    def _amount_advice(self, text: str) -> str:
        if text.startswith(("-", "(", "\u2212")):
            return "it is negative: take a refund off the row that it belongs to"
        if "," in text and not self._form.decimal_comma:
            return (
                "write it like 1234.50, without thousands separators; if its comma is "
                "a decimal comma, say so: --decimal-comma"
            )
        example = "1234,50" if self._form.decimal_comma else "1234.50"
        return f"write it like {example}, without thousands separators and signs"

    def _currency(self, number: int, cells: Mapping[str, str]) -> str | None:
        text = cells.get("currency") or self._form.currency or ""
        if CURRENCY.fullmatch(text):
            return text
        self._wrong(number, no_currency(text))
        return None

    def _refuse_twice(self, found: Sequence[Spend]) -> None:
        """Refuse two rows about the same money: who sums them counts it twice."""
        for first, second in _overlapping(found):
            self._wrong(
                second.row,
                f"{second.source!r} {second.campaign or ''} was told for these days "
                f"already in row {first.row}; add them up, or split their days",
            )


def no_currency(text: str) -> str:
    """Return what is wrong with a currency."""
    return f"{text[:80]!r} is no currency; write three letters, such as EUR"


def _overlapping(found: Sequence[Spend]) -> Iterator[tuple[Spend, Spend]]:
    last: dict[tuple[str, str | None, str], Spend] = {}
    for one in sorted(found, key=lambda spend: (spend.since, spend.row)):
        before = last.get(one.key)
        if before is not None and one.since <= before.until:
            yield (before, one) if before.row < one.row else (one, before)
        if before is None or one.until > before.until:
            last[one.key] = one
