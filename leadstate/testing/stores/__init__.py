"""The proof of a database: one subclass, one test for every promise of the store.

    class TestSqlite(StoreConformance):
        @pytest.fixture
        def rig(self, tmp_path: Path) -> StoreRig:
            return SqliteRig(tmp_path)

Every promise must hold, whatever database a `leadstate.store.Store` is opened on.
Every module here holds the promises of one subject; nothing here knows a database.
"""

from __future__ import annotations

from leadstate.testing.stores.base import Promises, StoreRig
from leadstate.testing.stores.committing import Committing
from leadstate.testing.stores.copying import Copying
from leadstate.testing.stores.proving import Proving
from leadstate.testing.stores.receiving import Receiving
from leadstate.testing.stores.sending import Sending
from leadstate.testing.stores.sharing import Sharing
from leadstate.testing.stores.staying import Staying
from leadstate.testing.stores.waiting import Waiting

__all__ = ["Promises", "StoreConformance", "StoreRig"]


class StoreConformance(
    Committing,
    Proving,
    Receiving,
    Sending,
    Waiting,
    Staying,
    Sharing,
    Copying,
):
    """Every promise of a store; give it a fixture ``rig`` (`StoreRig`)."""
