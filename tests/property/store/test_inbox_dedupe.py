"""However often and in whatever batches events are delivered, each is kept once."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st

from leadstate.store import InboxItem, InboxState

if TYPE_CHECKING:
    from tests.property.store.conftest import Fresh

NOW = datetime(2026, 3, 1, tzinfo=UTC)
batches = st.lists(st.lists(st.sampled_from("abcdefgh"), max_size=6), max_size=8)


@given(batches=batches, settled=st.sets(st.integers(1, 8)))
@settings(max_examples=60, deadline=None)
def test_a_key_is_kept_once(
    fresh: Fresh, batches: list[list[str]], settled: set[int]
) -> None:
    """The count of new ones is right for every batch, settled or not in between."""
    seen: set[str] = set()
    with fresh() as store:
        for batch in batches:
            with store.begin() as work:
                new = work.inbox.add([_item(key) for key in batch])
                work.inbox.settle(sorted(settled), InboxState.DONE, NOW)
                work.commit()
            assert new == len(set(batch) - seen)
            seen |= set(batch)
        with store.read() as view:
            assert sum(view.inbox.counts().values()) == len(seen)


def _item(key: str) -> InboxItem:
    return InboxItem(
        key=key,
        connection="hub",
        kind="changed",
        object="contacts",
        external_id="1",
        happened_at=NOW,
        received_at=NOW,
        due_at=NOW,
    )
