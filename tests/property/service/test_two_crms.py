"""Two CRMs edited at once over a lossy network: in the end both show the same.

Everything is driven by one number; a failing example prints it, and the same number
plays the same world again.
"""

from __future__ import annotations

from datetime import timedelta
from random import Random
from typing import TYPE_CHECKING

from doubles import CrmAdapter, busy, unanswered
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from leadstate.domain.history import Cause, HistoryKind
from leadstate.domain.signal import ManualMove
from leadstate.domain.values import to_text
from leadstate.service.records import move
from leadstate.store import LinkStatus

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from two_crms import Relay

    from leadstate.service.app import App
    from leadstate.store import RecordRow

PEOPLE = ("1", "2", "3")
PLACED = {"10": "sal", "20": "sql", "30": "nurture", "142": "won", "143": "lost"}
SHARED = {"budget": "price", "need": "cf.NEED", "name": "name"}
STEPS = 30


class World:
    """Marketing and sales at work on the same people, and chance."""

    def __init__(self, relay: Relay, seed: int) -> None:
        self.relay, self.chance = relay, Random(seed)
        self.under_way: dict[str, list[int]] = {"hub": [], "amo": []}

    def play(self) -> None:
        """Let something happen, many times, and then let it be quiet."""
        for one in PEOPLE:
            self.relay.hub.create(
                one, email=f"p{one}@example.com", name=f"P{one}", stage="mql"
            )
        self.relay.work(told=False)
        for _ in range(STEPS):
            self.chance.choice(self.happenings)(self)
            self.relay.clock.advance(timedelta(seconds=self.chance.choice((0, 1, 9))))
            self._network()
        self._calm_down()

    # -- what may happen ---------------------------------------------------------------

    def marketing_edits(self) -> None:
        """A value, or the stage."""
        edits = (
            {"budget": str(self.chance.randint(1, 5))},
            {"need": self.chance.choice(("a CRM", "", "more leads"))},
            {"name": self.chance.choice(("Ann", "Bob"))},
            {"stage": self.chance.choice(("mql", "sal", "sql", "nurture", "lost"))},
        )
        self.relay.hub.edit(self.chance.choice(PEOPLE), **self.chance.choice(edits))

    def sales_edit(self) -> None:
        """A value, or the stage, of somebody whom sales have."""
        if not self.relay.amo.things:
            return
        one = self.chance.choice(sorted(self.relay.amo.things))
        edits = (
            {"price": str(self.chance.randint(1, 5))},
            {"cf.NEED": self.chance.choice(("a CRM", "", "more leads"))},
            {"name": "Somebody"},
            {"status": self.chance.choice(tuple(PLACED))},
        )
        self.relay.amo.edit(one, **self.chance.choice(edits))

    def sales_accept(self) -> None:
        """The hand-off, where the record stands for it."""
        link = self.relay.link("hub", self.chance.choice(PEOPLE))
        if link is None or link.record_id is None:
            return
        asked = ManualMove(
            transition=self.chance.choice(("accept", "accept", "recycle", "lose")),
            actor="olena",
            at=self.relay.clock.now(),
            roles=frozenset({"sales"}),
        )
        move(self.relay.app, link.record_id, asked)

    def sales_edit_during_a_write(self) -> None:
        """What happens between our reading and our writing."""
        self.relay.adapter.before_write = self.sales_edit

    def a_crm_stumbles(self) -> None:
        """The next calls meet trouble, before or after they had their effect."""
        crm = self.chance.choice((self.relay.hub, self.relay.amo))
        method = self.chance.choice(("write", "write", "read", "find", "create"))
        troubles = [busy(), busy(after_seconds=3)]
        if method == "write":
            troubles += [unanswered(), unanswered(applied=False)]
        crm.trouble.setdefault(method, []).append(self.chance.choice(troubles))

    def an_answer_to_a_creation_is_lost(self) -> None:
        """The object is there, and nobody says so."""
        error = unanswered().error
        self.relay.adapter.after_apply.append(error)  # type: ignore[arg-type]

    def the_service_works(self) -> None:
        """Rounds of the loops, in any order."""
        for _ in range(self.chance.randint(1, 4)):
            step = self.chance.choice(
                (self.relay.advance, self.relay.push, self.relay.poll)
            )
            step()

    happenings = (
        marketing_edits,
        marketing_edits,
        sales_edit,
        sales_edit,
        sales_edit,
        sales_accept,
        sales_accept,
        sales_edit_during_a_write,
        a_crm_stumbles,
        an_answer_to_a_creation_is_lost,
        the_service_works,
        the_service_works,
        the_service_works,
    )

    # -- inside ------------------------------------------------------------------------

    def _network(self) -> None:
        """Lose, double, delay and shuffle what the CRMs tell."""
        for name, waiting in self.under_way.items():
            for event in self.relay.fresh(name):
                waiting.extend([event] * self.chance.choice((0, 1, 1, 2)))
            self.chance.shuffle(waiting)
            arriving = self.chance.randint(0, len(waiting))
            self.relay.tell(name, waiting[:arriving])
            del waiting[:arriving]

    def _calm_down(self) -> None:
        """Nobody acts any more; what is under way arrives; polling heals the rest."""
        relay = self.relay
        for crm in relay.crms.values():
            crm.trouble.clear()
        relay.adapter.after_apply.clear()
        relay.adapter.before_write = relay.adapter.after_write = None
        for name, waiting in self.under_way.items():
            relay.tell(name, waiting)
        for _ in range(3):
            relay.clock.advance(timedelta(minutes=20))
            relay.poll()
            relay.work(told=False, seconds=60)


class RestlessWorld(World):
    """One where people act inside our writing, and we write inside our reading."""

    def sales_take_back_a_write(self) -> None:
        """Between our writing and our settling; it is told and read at once."""
        amo = self.relay.amo
        before: dict[str, dict[str, str]] = {}

        def remember() -> None:
            for one, thing in amo.things.items():
                before[one] = {name: it or "" for name, it in thing.properties.items()}

        def take_back() -> None:
            for one, old in before.items():
                shown = amo.things[one].properties
                changed = {name: it for name, it in old.items() if it != shown[name]}
                amo.edit(one, **changed)
            for name in self.under_way:
                self.relay.tell(name, self.relay.fresh(name))
            self.relay.advance()

        self.relay.adapter.before_write = remember
        self.relay.adapter.after_write = take_back

    def we_write_while_we_read(self) -> None:
        """What one loop knew before its reading, another one has settled after it."""
        relay, one = self.relay, self.chance.choice(PEOPLE)
        old = relay.hub.things[one].properties.get("need") or ""
        relay.hub.edit(one, need="changed her mind")
        relay.tell("hub", relay.fresh("hub"))
        relay.advance()
        relay.hub.edit(one, need=old)
        adapter = relay.app.connections["hub"].adapter
        assert isinstance(adapter, CrmAdapter)
        adapter.before_read = relay.push

    happenings = (
        *World.happenings,
        sales_take_back_a_write,
        we_write_while_we_read,
        we_write_while_we_read,
        sales_take_back_a_write,
        sales_take_back_a_write,
    )


def check(relay: Relay) -> None:
    """Both CRMs show the record, one object a person, and nothing more is written."""
    assert [] == relay.differences()
    assert [] == relay.app.store.integrity()
    assert [] == relay.letters()
    for one in PEOPLE:
        record = relay.record(one)
        with relay.app.store.read() as view:
            links = view.links.of_records([record.record.id])[record.record.id]
        leads = [
            link.external_id
            for link in links
            if link.connection == "amo" and link.status is LinkStatus.ACTIVE
        ]
        assert len(leads) <= 1
        contact = relay.hub.things[one].properties
        for lead in leads:
            shown = relay.amo.things[lead].properties
            same = {ours: contact.get(ours) or "" for ours in SHARED}
            assert same == {ours: shown.get(it) or "" for ours, it in SHARED.items()}
            stage = PLACED[shown["status"] or ""]
            unplaced = contact["stage"] in ("lead", "mql")
            assert unplaced or contact["stage"] == stage
    assert len(relay.adapter.made) == len(relay.amo.things)
    before = [len(crm.log) for crm in relay.crms.values()]
    relay.poll()
    relay.work(told=False)
    assert before == [len(crm.log) for crm in relay.crms.values()]


def check_neighbours(relay: Relay) -> None:
    """Others that look at the same contacts know them, and wrote what is theirs alone.

    Nobody edits what they write, so that whatever moved them is no echo.
    """
    phases, watch = relay.beside
    for one in PEOPLE:
        contact = relay.hub.things[one].properties
        placed, seen = (_record(app, one) for app in relay.beside)
        assert (
            _phase_of(contact)
            == placed.record.stage
            == (contact.get("phase") or "cold")
        )
        for app, row in ((phases, placed), (watch, seen)):
            shown = {name: to_text(it) for name, it in row.record.values.items()}
            named = ("name",) if "name" in app.lifecycle.fields else ()
            for name in ("budget", "need", *named):
                assert (contact.get(name) or "") == shown.get(name, "")
            with app.store.read() as view:
                rows = view.history.of(row.record.id)
            moved = [it.cause for it in rows if it.kind is not HistoryKind.ENTERED]
            assert set(moved) <= {Cause.AUTOMATIC}
    with watch.store.read() as view:
        assert {} == view.outbox.counts()


def _record(app: App, id_: str) -> RecordRow:
    """Return the record of a contact in a workflow."""
    with app.store.read() as view:
        link = view.links.get_many("hub", "contacts", [id_])[id_]
        assert link.record_id is not None
        found = view.records.get(link.record_id, app.lifecycle.fields)
    assert found is not None
    return found


def _phase_of(contact: Mapping[str, str | None]) -> str:
    budget = int(contact.get("budget") or 0)
    return ("cold", "cold", "warm", "warm", "hot", "hot")[budget]


SEARCH = settings(
    deadline=None,
    suppress_health_check=[
        HealthCheck.function_scoped_fixture,
        HealthCheck.too_slow,
        HealthCheck.data_too_large,
    ],
)


@settings(SEARCH, max_examples=60)
@given(seed=st.integers(0, 2**32))
@example(seed=85)  # a stage put back in one CRM let the other's write fall
@example(seed=148)  # a stage's write carried a value that was old by then
@example(seed=272)
@example(seed=328)
def test_two_crms_edited_at_once_end_equal(
    relay_of: Callable[..., Relay], seed: int
) -> None:
    """Whatever is lost, doubled, late, unanswered or done at the same moment."""
    relay = relay_of()
    World(relay, seed).play()

    check(relay)


@settings(SEARCH, max_examples=40)
@given(seed=st.integers(0, 2**32))
@example(seed=389)  # an object made for the record between a reading and its commit
def test_two_crms_end_equal_when_reading_and_writing_overlap(
    relay_of: Callable[..., Relay], seed: int
) -> None:
    """Also when people take back what was just written, before that is settled."""
    relay = relay_of()
    RestlessWorld(relay, seed).play()

    check(relay)


@settings(SEARCH, max_examples=30)
@given(seed=st.integers(0, 2**32))
@example(seed=85)
@example(seed=148)
@example(seed=2363)  # a value that is taken away
def test_two_crms_end_equal_whoever_else_looks_at_them(
    relay_of: Callable[..., Relay], seed: int
) -> None:
    """Also where another workflow reads the contacts, and one writes beside us."""
    relay = relay_of(shared=True)
    World(relay, seed).play()

    check(relay)
    check_neighbours(relay)


@settings(SEARCH, max_examples=20)
@given(seed=st.integers(0, 2**32))
@example(seed=389)
def test_workflows_end_as_alone_when_reading_and_writing_overlap(
    relay_of: Callable[..., Relay], seed: int
) -> None:
    """Each knows what the CRM shows in the end, and stands where that puts it."""
    relay = relay_of(shared=True)
    RestlessWorld(relay, seed).play()

    check(relay)
    check_neighbours(relay)
