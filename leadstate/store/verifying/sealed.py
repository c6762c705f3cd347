"""Details and their keys: does each lie with its row, does each key still open?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import LargeBinary, exists, func, select

from leadstate.domain.history import HistoryKind
from leadstate.store.schema import detail, history, subject_key
from leadstate.store.verifying.findings import ChainFault, Findings, Part

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Select

    from leadstate.store.verifying.raw import Raw

__all__ = ["check_keys", "check_strays"]

_SEALED = 1
_NONCE_ENDS = 13
_over, _one = history.alias("over"), history.alias("one")
_its_detail = detail.c.history_id == history.c.id
_NUMBER = select(func.count()).select_from(detail)
_STRAYS = (
    select(detail.c.history_id)
    .where(~exists().where(_its_detail))
    .order_by(detail.c.history_id)
)
_FIRST_STORED = (
    select(func.min(_one.c.seq))
    .where(_one.c.record_id == subject_key.c.record_id, _one.c.detail.is_not(None))
    .where(exists().where(detail.c.history_id == _one.c.id))
    .scalar_subquery()
)
# The oldest sealed detail of each record shows whether its key is the right one.
_OPENABLE = (
    select(
        subject_key.c.key,
        history.c.id,
        detail.c.body,
        history.c.lane,
        history.c.place,
        history.c.seq,
        history.c.record_id,
    )
    .join_from(subject_key, history, history.c.seq == _FIRST_STORED)
    .join(detail, _its_detail)
)


def _keyless() -> Select[*tuple[object, ...]]:
    """Return the query of the first sealed row of each record that has no key.

    Records are found one after the other in the index: there are many rows of each.
    """
    its_id = history.c.record_id
    known = select(func.min(its_id).label("id")).cte("known", recursive=True)
    behind = select(func.min(its_id)).where(its_id > known.c.id)
    known = known.union_all(
        select(behind.scalar_subquery()).where(known.c.id.is_not(None))
    )
    opened = exists().where(subject_key.c.record_id == known.c.id)
    erased = exists().where(
        _over.c.record_id == history.c.record_id,
        _over.c.kind == HistoryKind.ERASED,
        _over.c.seq >= history.c.seq,
    )
    sealed = func.substr(detail.c.body, 1, 1, type_=LargeBinary) == bytes([_SEALED])
    first = (
        select(func.min(history.c.seq))
        .join_from(history, detail, _its_detail)
        .where(history.c.record_id == known.c.id, history.c.detail.is_not(None))
        .where(sealed, ~erased)
        .scalar_subquery()
    )
    keyless = select(first.label("seq")).select_from(known).where(~opened)
    of_record = keyless.cte("of_record")
    return select(
        history.c.lane, history.c.place, history.c.seq, history.c.record_id
    ).join_from(of_record, history, history.c.seq == of_record.c.seq)


_KEYLESS = _keyless()


def check_strays(raw: Raw, expected: int, findings: Findings) -> None:
    """Find details that belong to no row.

    Args:
        expected: How many rows had a detail.
    """
    [[number]] = raw.rows(_NUMBER)
    if number == expected:
        return
    for (history_id,) in raw.rows(_STRAYS):
        text = f"a detail is stored for a row {history_id} that is not there"
        findings.add(ChainFault(part=Part.DETAIL, text=text))


def check_keys(raw: Raw, findings: Findings) -> None:
    """Find records whose details nobody can open, though they were never erased."""
    for row in raw.rows(_KEYLESS):
        _add(
            findings,
            row,
            "the key of the record's details is gone, and no erasure says why",
        )
    for key, id_, body, *where in raw.rows(_OPENABLE):
        if not _opens(key, id_, body):
            _add(findings, where, "the key of the record is another one")


def _add(findings: Findings, row: Sequence[Any], text: str) -> None:
    lane, place, seq, record_id = row
    findings.add(
        ChainFault(
            part=Part.KEY,
            text=text,
            lane=lane,
            place=place,
            seq=seq,
            record_id=record_id,
        )
    )


def _opens(key: object, id_: str, body: object) -> bool:
    if not isinstance(body, bytes) or body[:1] != bytes([_SEALED]):
        return True  # nothing to open; its digest was compared
    try:
        AESGCM(key).decrypt(body[1:_NONCE_ENDS], body[_NONCE_ENDS:], id_.encode())  # type: ignore[arg-type]
    except (InvalidTag, ValueError, TypeError):
        return False
    return True
