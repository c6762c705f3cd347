"""The triggers with which SQLite itself keeps the history append-only."""

from __future__ import annotations

from typing import Final

__all__ = ["TRIGGERS"]

TRIGGERS: Final = {
    "history_refuses_update": """
        CREATE TRIGGER history_refuses_update BEFORE UPDATE ON history
        BEGIN SELECT RAISE(ABORT,
            'history is append-only: a row cannot be changed');
        END""",
    "history_refuses_delete": """
        CREATE TRIGGER history_refuses_delete BEFORE DELETE ON history
        BEGIN SELECT RAISE(ABORT,
            'history is append-only: a row cannot be deleted');
        END""",
    # INSERT OR REPLACE deletes without firing the delete trigger.
    "history_refuses_replace": """
        CREATE TRIGGER history_refuses_replace BEFORE INSERT ON history
        WHEN EXISTS (SELECT 1 FROM history WHERE id = NEW.id OR seq = NEW.seq
            OR (lane = NEW.lane AND place = NEW.place))
        BEGIN SELECT RAISE(ABORT,
            'history is append-only: a row cannot be replaced');
        END""",
    "detail_refuses_update": """
        CREATE TRIGGER detail_refuses_update BEFORE UPDATE ON detail
        BEGIN SELECT RAISE(ABORT,
            'history is append-only: its details cannot be changed');
        END""",
    "detail_refuses_replace": """
        CREATE TRIGGER detail_refuses_replace BEFORE INSERT ON detail
        WHEN EXISTS (SELECT 1 FROM detail WHERE history_id = NEW.history_id)
        BEGIN SELECT RAISE(ABORT,
            'history is append-only: its details cannot be replaced');
        END""",
    "checkpoint_refuses_update": """
        CREATE TRIGGER checkpoint_refuses_update BEFORE UPDATE ON checkpoint
        BEGIN SELECT RAISE(ABORT,
            'a checkpoint cannot be changed');
        END""",
    "checkpoint_refuses_delete": """
        CREATE TRIGGER checkpoint_refuses_delete BEFORE DELETE ON checkpoint
        BEGIN SELECT RAISE(ABORT,
            'a checkpoint cannot be deleted');
        END""",
    "checkpoint_refuses_replace": """
        CREATE TRIGGER checkpoint_refuses_replace BEFORE INSERT ON checkpoint
        WHEN EXISTS (SELECT 1 FROM checkpoint WHERE id = NEW.id)
        BEGIN SELECT RAISE(ABORT,
            'a checkpoint cannot be replaced');
        END""",
}
"""Their statements, by name; migrations make them."""
