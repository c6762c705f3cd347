"""Details and their keys: does each lie with its row, does each key still open?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from leadstate.store.verifying.findings import Finding, Findings, Part

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence

__all__ = ["check_keys", "check_strays"]

_STRAYS = """
    SELECT history_id FROM detail
    WHERE NOT EXISTS (SELECT 1 FROM history WHERE history.id = detail.history_id)
    ORDER BY history_id
"""
# The oldest sealed detail of each record shows whether its key is the right one.
_OPENABLE = """
    SELECT subject_key.key, history.id, detail.body, history.lane, history.place,
        history.seq, history.record_id
    FROM subject_key JOIN history ON history.seq = (
        SELECT min(seq) FROM history AS one WHERE one.record_id = subject_key.record_id
        AND one.detail IS NOT NULL
        AND EXISTS (SELECT 1 FROM detail WHERE detail.history_id = one.id)
    )
    JOIN detail ON detail.history_id = history.id
"""
# Records are found one after the other in the index: there are many rows of each.
_KEYLESS = """
    WITH RECURSIVE one (record_id) AS (
        SELECT min(record_id) FROM history
        UNION ALL SELECT (
            SELECT min(history.record_id) FROM history
            WHERE history.record_id > one.record_id
        ) FROM one WHERE one.record_id IS NOT NULL
    ), keyless AS MATERIALIZED (
        SELECT one.record_id FROM one WHERE NOT EXISTS (
            SELECT 1 FROM subject_key WHERE subject_key.record_id = one.record_id
        )
    )
    SELECT history.lane, history.place, min(history.seq), history.record_id
    FROM keyless CROSS JOIN history ON history.record_id = keyless.record_id
        AND history.detail IS NOT NULL
    CROSS JOIN detail ON detail.history_id = history.id
    WHERE substr(detail.body, 1, 1) = x'01'
    AND NOT EXISTS (
        SELECT 1 FROM history AS over WHERE over.record_id = history.record_id
        AND over.kind = 'erased' AND over.seq >= history.seq
    )
    GROUP BY history.record_id
"""
_SEALED = 1
_NONCE_ENDS = 13


def check_strays(
    connection: sqlite3.Connection, expected: int, findings: Findings
) -> None:
    """Find details that belong to no row.

    Args:
        expected: How many rows had a detail.
    """
    [[number]] = connection.execute("SELECT count(*) FROM detail")
    if number == expected:
        return
    for (history_id,) in connection.execute(_STRAYS):
        text = f"a detail is stored for a row {history_id} that is not there"
        findings.add(Finding(part=Part.DETAIL, text=text))


def check_keys(connection: sqlite3.Connection, findings: Findings) -> None:
    """Find records whose details nobody can open, though they were never erased."""
    for row in connection.execute(_KEYLESS):
        _add(
            findings,
            row,
            "the key of the record's details is gone, and no erasure says why",
        )
    for key, id_, body, *row in connection.execute(_OPENABLE):
        if not _opens(key, id_, body):
            _add(findings, row, "the key of the record is another one")


def _add(findings: Findings, row: Sequence[Any], text: str) -> None:
    lane, place, seq, record_id = row
    findings.add(
        Finding(
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
