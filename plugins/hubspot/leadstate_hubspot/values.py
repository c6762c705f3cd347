"""Whether HubSpot holds what was written, although it writes values its own way.

>>> same("1500.50", "1500.5"), same("2026-11-22", "1795305600000")
(True, True)
>>> same("", None), same("lead", "customer")
(True, False)
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation

__all__ = ["moment_of", "same"]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_DIGITS = 12  # epoch milliseconds since 2001; shorter numbers are amounts
_LATEST_MS = 253_402_300_800_000


def same(asked: str, held: str | None) -> bool:
    """Return whether ``held`` is how HubSpot keeps ``asked``."""
    if (held or "").strip() == asked.strip():
        return True
    if not held or not asked:
        return False
    if asked.lower() == held.lower():
        # Booleans and e-mail addresses are kept in lower case.
        return "@" in asked or held in {"true", "false"}
    if ";" in asked and set(asked.split(";")) == set(held.split(";")):
        return True
    return _same_number(asked, held) or _same_moment(asked, held)


def moment_of(text: str) -> datetime | None:
    """Return the moment that ``text`` names: ISO, a date, or epoch milliseconds."""
    if text.isascii() and text.isdigit():
        if len(text) < _EPOCH_DIGITS or int(text[:16]) >= _LATEST_MS:
            return None
        return _EPOCH + timedelta(milliseconds=int(text))
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _same_number(asked: str, held: str) -> bool:
    try:
        one, other = Decimal(asked), Decimal(held)
    except InvalidOperation:
        return False
    return one.is_finite() and one == other


def _same_moment(asked: str, held: str) -> bool:
    one, other = moment_of(asked), moment_of(held)
    return one is not None and one == other
