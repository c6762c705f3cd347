"""The proof of an adapter: one subclass, one test for every promise of the kit.

    class TestAcme(AdapterConformance):
        @pytest.fixture
        def rig(self) -> Rig:
            return AcmeRig()

The core promises must hold.  A promise of a capability is skipped when the adapter
declares that it is missing or impossible, with the note as the reason; when it is
declared in full it must hold; when it is declared as partial it must hold too, but for
the promises that `exceptions` names with a reason.

Every module here holds the promises of one subject; nothing here knows a CRM.
"""

from __future__ import annotations

from leadstate.testing.conformance.base import Promises, binding_of, needs
from leadstate.testing.conformance.connecting import Connecting
from leadstate.testing.conformance.creating import Creating
from leadstate.testing.conformance.declaring import Declaring
from leadstate.testing.conformance.describing import Describing
from leadstate.testing.conformance.examining import Examining
from leadstate.testing.conformance.failing import Failing
from leadstate.testing.conformance.following import Following
from leadstate.testing.conformance.noting import Noting
from leadstate.testing.conformance.reading import Reading
from leadstate.testing.conformance.receiving import Receiving
from leadstate.testing.conformance.remembering import Remembering
from leadstate.testing.conformance.setting_up import SettingUp
from leadstate.testing.conformance.sharing import Sharing
from leadstate.testing.conformance.writing import Writing

__all__ = ["AdapterConformance", "Promises", "binding_of", "needs"]


class AdapterConformance(
    Declaring,
    Reading,
    Following,
    Writing,
    Receiving,
    Describing,
    Failing,
    Sharing,
    Noting,
    Creating,
    Remembering,
    SettingUp,
    Examining,
    Connecting,
):
    """Every promise of an adapter; give it a fixture ``rig`` (`leadstate.testing.Rig`).

    Attributes:
        exceptions: Test -> why this adapter does not keep that promise; for promises
            of a capability that it declares as partial, and no others.
    """
