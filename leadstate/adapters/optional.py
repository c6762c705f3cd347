"""Small optional protocols, one per capability.  An adapter has their methods or not.

The promises of `Adapter` hold here too: every method may be called again after a crash
with the same arguments, and from several threads at once.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol, TypeAlias, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from leadstate.adapters.protocol import Refused, RemoteObject
    from leadstate.domain.values import FieldType

__all__ = [
    "CallCost",
    "Check",
    "CheckState",
    "Create",
    "CreateOutcome",
    "Created",
    "Creator",
    "Diagnosis",
    "History",
    "HistoryPage",
    "Load",
    "Notes",
    "OAuthFlow",
    "PastChange",
    "Priced",
    "RecentHistory",
    "Setup",
    "SetupStep",
    "Tasks",
    "Wanted",
    "WantedProperty",
]


@runtime_checkable
class Notes(Protocol):
    """Leaves notes on objects."""

    def add_note(self, id: str, text: str, *, token: str, repeated: bool) -> None:  # noqa: A002
        """Leave ``text`` on the object, once per ``token``.

        With ``repeated`` set the adapter first looks whether the note is there already.
        """
        ...


@runtime_checkable
class Tasks(Protocol):
    """Gives tasks to people."""

    def add_task(  # noqa: PLR0913 - the facts of one task, keyword-only
        self,
        id: str,  # noqa: A002
        text: str,
        *,
        due_at: datetime,
        owner: str | None,
        token: str,
        repeated: bool,
    ) -> None:
        """Give a task about the object, once per ``token``.

        Args:
            owner: The CRM's id of the user; None leaves it to the object's owner.
            repeated: An earlier try may have arrived: look before giving it again.
        """
        ...


# -- what it takes ---------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What is to be done in a CRM, counted."""

    writes: int = 0
    creations: int = 0
    notes: int = 0
    tasks: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class CallCost:
    """What a load takes.

    Attributes:
        calls: Requests, about.
        seconds: How long they take at the account's rate, with nothing beside them.
    """

    calls: int
    seconds: float


@runtime_checkable
class Priced(Protocol):
    """Says what a load takes before it is done."""

    def cost(self, load: Load) -> CallCost:
        """Return the calls and the time; nothing is called for it."""
        ...


# -- creating --------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Create:
    """Make one object, with its person and company where the CRM keeps them apart.

    Attributes:
        token: Identifies this creation over every repetition; kept on the object.
        properties: Property -> text value, as the binding names them.
        created_at: When the creation was decided; nothing made for it is older.
        repeated: An earlier try may have arrived: look for ``token`` first.
    """

    token: str
    properties: Mapping[str, str]
    created_at: datetime
    repeated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Created:
    """The object is there, as read back.

    Attributes:
        existed: An earlier try made it, or the CRM took one that was there instead:
            that one has another ``token`` or none.
    """

    token: str
    object: RemoteObject
    existed: bool = False


CreateOutcome: TypeAlias = "Created | Refused"


@runtime_checkable
class Creator(Protocol):
    """Finds and creates objects: the hand-off from another CRM."""

    def find(self, identity: Mapping[str, str]) -> Sequence[RemoteObject]:
        """Return every living object that has one of these values.

        Args:
            identity: Identifying property -> value, as the binding names them
                (``contact.email``).  Values compare as the CRM compares them; the
                caller normalises and compares again.
        """
        ...

    def create(self, creations: Sequence[Create]) -> Sequence[CreateOutcome]:
        """Create objects; one outcome per creation.

        One creation makes one object, whatever is lost on the way: with ``repeated``
        set the adapter looks for the token before it creates.
        """
        ...


# -- the past --------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class PastChange:
    """One change as the CRM reports it from its own history.

    Attributes:
        key: The same change has the same key, whenever it is read.
        properties: What it set, together; ``""`` is an empty value.
        at: When, by the CRM's clock.
        actor: Who, in the CRM's words.
    """

    key: str
    id: str
    properties: Mapping[str, str]
    at: datetime
    actor: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryPage:
    """One page of `History.history`; hand ``cursor`` to the next call.

    Attributes:
        from_birth: Whether everything since each object's creation is told, its first
            values included: then a property was empty before its first change.
        covers: The properties whose changes the CRM tells: one that never changes in
            all that is told had its present value all the time.
    """

    changes: tuple[PastChange, ...]
    cursor: str
    more: bool
    from_birth: bool = False
    covers: tuple[str, ...] = ()


@runtime_checkable
class History(Protocol):
    """Reads what happened before Leadstate came."""

    def history(self, cursor: str | None, *, since: datetime | None) -> HistoryPage:
        """Return past changes of the bound properties, resumable at any page.

        Args:
            cursor: From the page before; None begins.
            since: The oldest moment asked for; None for all that the CRM still has.
        """
        ...


@runtime_checkable
class RecentHistory(Protocol):
    """Reads what happened to some objects lately; see `History`."""

    def recent(self, ids: Sequence[str], *, since: datetime) -> Sequence[PastChange]:
        """Return the changes of the bound stage since a moment, in any order.

        A change has the key that `History.history` gives it.

        Args:
            ids: The objects.
            since: The oldest moment asked for (aware UTC).
        """
        ...


# -- setting up, examining, connecting -------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedProperty:
    """A property that the binding needs, with what the workflow says of its field.

    Attributes:
        stage: True for a property of which ``options`` are stages.
        written: Whether Leadstate writes it.  What it only reads is somebody else's:
            setting up makes, widens and renames none of it, and says who can.
    """

    name: str
    label: str
    type: FieldType
    options: tuple[str, ...] = ()
    stage: bool = False
    written: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """All that a connection needs in its account.

    Attributes:
        stages: What each bound stage writes, by the workflow's label of the stage.
        webhook_url: Where the CRM shall send webhooks, or None for polling alone.
    """

    properties: tuple[WantedProperty, ...]
    stages: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    webhook_url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SetupStep:
    """One thing that the account lacks.

    Attributes:
        key: Identifies the step in this account.
        text: What will be made, in a sentence.
        by_hand: How a person does it, where the CRM's API cannot; else empty.
    """

    key: str
    text: str
    by_hand: str = ""


@runtime_checkable
class Setup(Protocol):
    """Makes what the account lacks."""

    def missing(self, wanted: Wanted) -> Sequence[SetupStep]:
        """Return what is missing, in the order of making; changes nothing."""
        ...

    def make(self, wanted: Wanted, step: SetupStep) -> str:
        """Make one missing thing; return what a person should know, or ""."""
        ...


class CheckState(StrEnum):
    """How one examined thing is."""

    GOOD = "good"
    WARNING = "warning"  # works, but will surprise somebody
    BAD = "bad"  # does not work until a person acts


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One examined thing: what it is, how it is, and what to do about it."""

    name: str
    state: CheckState
    text: str
    remedy: str = ""


@runtime_checkable
class Diagnosis(Protocol):
    """Examines the live account."""

    def examine(self, wanted: Wanted) -> Sequence[Check]:
        """Check credentials, rights, clock, stages, webhooks, budget; change nothing.

        What is wrong is a `Check`, never an exception; a check that needs an earlier
        one is left out when that failed.
        """
        ...


@runtime_checkable
class OAuthFlow(Protocol):
    """Connects an account in the browser."""

    def authorise_url(self, redirect_uri: str, state: str) -> str:
        """Return the address that the admin opens."""
        ...

    def finish(self, redirect_uri: str, answer: Mapping[str, str]) -> str:
        """Exchange the redirect's answer for tokens, and keep them.

        The tokens are in `Connection.credentials` before this returns.

        Args:
            answer: The query of the redirect; ``state`` is checked by the caller.

        Returns:
            The account's name, for the admin to recognise.

        Raises:
            ConfigurationError: The admin said no, or the app's settings are wrong.
        """
        ...
