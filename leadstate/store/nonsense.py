"""What only somebody who changed the database put there: said in words, with its row.

Rows are read as what they ought to be.  Where one is not (an unknown word, a text where
a moment belongs, bytes that are no UTF-8), reading raises one of `NONSENSE`; who reads
many rows then finds the one, and names it.
"""

from __future__ import annotations

from sqlalchemy.exc import StatementError

__all__ = ["NONSENSE", "why"]

NONSENSE = (ValueError, TypeError, OverflowError, StatementError)
"""What reading such a row raises."""

_MOST = 200


def why(error: Exception) -> str:
    """Return what is wrong with a row, in one line."""
    cause = error.orig if isinstance(error, StatementError) else error
    return ascii(str(cause or error))[1:-1][:_MOST]
