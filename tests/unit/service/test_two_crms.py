"""One lead in two CRMs: linked, kept equal, handed off once, and never guessed."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from doubles import CrmAdapter
from two_crms import ANN, WORKFLOW

from leadstate.definition import load_workflow_text
from leadstate.domain.binding import FieldSource
from leadstate.domain.signal import ManualMove
from leadstate.errors import RetryLater, UsageError
from leadstate.service.commands.linking import ask_to_link
from leadstate.service.commands.taking import ask_to_take
from leadstate.service.records import move

if TYPE_CHECKING:
    from two_crms import Relay


def _accept(relay: Relay, id_: str) -> None:
    asked = ManualMove(
        transition="accept",
        actor="olena",
        at=relay.clock.now(),
        roles=frozenset({"sales"}),
    )
    move(relay.app, relay.record(id_).record.id, asked)


def _handed_off(relay: Relay, **properties: str) -> str:
    """Have a contact accepted by sales, and its lead made; return the lead's id."""
    relay.hub.create("h1", **(ANN | properties))
    relay.work()
    relay.accept("h1")
    relay.work()
    [made] = relay.adapter.made.values()
    return made


# -- the hand-off ----------------------------------------------------------------------


def test_entering_the_stage_creates_the_object_once(relay: Relay) -> None:
    """With its stage and every value that the binding names; the history says so."""
    made = relay.handed_off(budget="12000", phone="030 9018200")

    lead = relay.amo.things[made]
    assert {
        "contact.email": "ann@example.com",
        "contact.phone": "+49309018200",
        "name": "Ann",
        "price": "12000",
        "status": "10",
    } == lead.properties
    assert 1 == len(relay.amo.things)
    assert relay.record("h1").record.id == relay.record(made, "amo").record.id
    assert "linked" in relay.kinds("h1")
    assert [] == relay.differences()
    assert [] == relay.ours("amo")


def test_a_new_object_shows_what_entering_its_stage_set(relay: Relay) -> None:
    """An action acts after the move, and before the object is made."""
    asking = "sal:     {on_enter: {set: {need: a first call}}, owner: sales}"
    changed = WORKFLOW.replace("sal:     {owner: sales}", asking)
    relay.app = replace(relay.app, lifecycle=load_workflow_text(changed))

    made = relay.handed_off(need="no idea")

    assert "a first call" == relay.amo.things[made].properties["cf.NEED"]
    assert "a first call" == relay.hub.things["h1"].properties["need"]
    assert [] == relay.ours("amo")
    assert [] == relay.conflicts()


def _with_owners(relay: Relay, amo_ids: dict[str, str]) -> None:
    """Let both CRMs carry the owner, under ids of their own."""
    text = WORKFLOW.replace("fields:\n", "fields:\n  rep: owner\n", 1)
    relay.app = replace(relay.app, lifecycle=load_workflow_text(text))
    connections = dict(relay.app.connections)
    for name, ids in (("hub", {}), ("amo", amo_ids)):
        binding = connections[name].binding
        source = FieldSource(property="owner_id", values=ids)
        fields = {**binding.fields, "rep": source}
        connections[name] = replace(
            connections[name], binding=replace(binding, fields=fields)
        )
    relay.app = replace(relay.app, connections=connections)


def test_a_new_object_gets_no_owner_by_another_crms_id(relay: Relay) -> None:
    """Without people an owner is an id, and nobody in the second CRM has it."""
    _with_owners(relay, {})

    made = relay.handed_off(owner_id="71820")

    assert "71820" == relay.record("h1").record.values["rep"]
    assert "owner_id" not in relay.amo.things[made].properties


def test_a_new_object_gets_the_owner_who_is_known_there(relay: Relay) -> None:
    """Under the id that the second CRM knows."""
    _with_owners(relay, {"9": "71820"})

    made = relay.handed_off(owner_id="71820")

    assert "9" == relay.amo.things[made].properties["owner_id"]


@pytest.mark.parametrize("applied", [True, False], ids=["made", "not made"])
def test_a_lost_answer_makes_no_second_object(relay: Relay, *, applied: bool) -> None:
    """The repetition finds by its token what the first try made."""
    lost = RetryLater("no answer came", sent=True)
    if applied:
        relay.adapter.after_apply.append(lost)
    else:
        from doubles import Trouble

        relay.amo.trouble["create"] = [Trouble(lost)]

    made = relay.handed_off()

    assert [made] == list(relay.amo.things)
    [row] = [one for one in relay.history("h1") if one.kind == "linked"]
    assert f"{made} was created for it" in row.note
    assert [] == relay.differences()
    assert [] == relay.letters()


def test_our_own_object_is_known_by_its_token_before_the_answer_comes(
    relay: Relay,
) -> None:
    """A poll may see it first, of a person who has neither address nor number."""
    relay.adapter.after_apply.append(RetryLater("no answer came", sent=True))
    relay.hub.create("h1", stage="mql", name="Ann")
    relay.work()
    relay.accept("h1")
    relay.push()
    relay.deliver()

    done = relay.advance()

    assert 1 == done.deferred
    relay.work()
    [made] = relay.adapter.made.values()
    assert relay.record("h1").record.id == relay.record(made, "amo").record.id


def test_a_record_that_moves_on_meanwhile_is_caught_up(relay: Relay) -> None:
    """What changed while the object was being made is written to it afterwards."""
    relay.hub.create("h1", **ANN)
    relay.work()
    relay.accept("h1")
    relay.hub.edit("h1", need="a CRM", stage="lost")
    relay.deliver()
    relay.advance()
    relay.work()

    [made] = relay.adapter.made.values()
    assert "143" == relay.amo.things[made].properties["status"]
    assert "a CRM" == relay.amo.things[made].properties["cf.NEED"]
    assert [] == relay.differences()


def test_a_person_who_is_there_already_is_linked_instead(relay: Relay) -> None:
    """The CRM is asked first, because sales may have been quicker."""
    relay.hub.create("h1", **ANN)
    relay.work()
    relay.accept("h1")
    relay.amo.create("a7", **{"contact.email": "ann@example.com", "status": "10"})
    relay.work()

    assert {} == relay.adapter.made
    assert relay.record("h1").record.id == relay.record("a7", "amo").record.id


def test_several_people_it_could_be_are_for_a_person(relay: Relay) -> None:
    """Nothing is created and nothing is guessed."""
    relay.hub.create("h1", **ANN)
    relay.work()
    relay.accept("h1")
    for id_ in ("a7", "a8"):
        relay.amo.create(id_, **{"contact.email": "ann@example.com", "status": "10"})
    relay.push()

    [(connection, _, reason)] = relay.letters()
    assert ("amo", "cannot be written") == (connection, reason)
    assert {} == relay.adapter.made

    ask_to_link(relay.app, relay.record("h1").record.id, "amo", "a8", actor="olena")
    relay.advance()

    assert relay.record("h1").record.id == relay.record("a8", "amo").record.id
    assert [] == relay.letters()


def test_a_lost_deal_of_the_same_person_is_not_dug_up(relay: Relay) -> None:
    """A new trip through the funnel gets an object of its own."""
    relay.hub.create("h1", **ANN)
    relay.work()
    relay.amo.create("old", **{"contact.email": "ann@example.com", "status": "143"})
    relay.accept("h1")
    relay.push()

    [made] = relay.adapter.made.values()
    assert "old" != made


def test_a_refused_hand_off_is_listed(relay: Relay) -> None:
    """The CRM's no is an outcome with its words."""
    relay.adapter.refusing_creation = "the pipeline is archived"
    relay.hub.create("h1", **ANN)
    relay.work()
    relay.accept("h1")
    relay.work()

    flag = relay.record("h1").flag
    assert "amo refused the hand-off: the pipeline is archived" == flag
    assert "crm_refused" in relay.kinds("h1")


# -- moves -----------------------------------------------------------------------------


def test_a_move_in_one_appears_in_the_other_once(relay: Relay) -> None:
    """And no echo comes back as news, by webhook or by poll."""
    made = relay.handed_off(budget="20000")
    rows = len(relay.history("h1"))

    relay.amo.edit(made, status="20")
    relay.work()
    relay.poll()
    relay.work()

    assert [("h1", "stage", "sal"), ("h1", "stage", "sql")] == relay.ours("hub")
    assert [] == relay.ours("amo")
    assert rows + 1 == len(relay.history("h1"))
    assert [] == relay.differences()


def test_a_move_against_the_criteria_is_put_back_where_it_was_made(
    relay: Relay,
) -> None:
    """The other CRM never hears of it; the note says what is missing."""
    made = relay.handed_off(budget="500")
    before = relay.ours("hub")

    relay.amo.edit(made, status="20")
    relay.work()

    assert [(made, "status", "10")] == relay.ours("amo")
    assert before == relay.ours("hub")
    [(noted, text, _)] = relay.amo.notes
    assert made == noted
    assert "Missing for Sql" in text
    assert "Budget" in text


def test_a_move_that_cannot_be_put_back_is_followed_in_the_end(relay: Relay) -> None:
    """A rule or robot of the CRM insists: after three tries a person is asked."""
    made = relay.handed_off(budget="500")
    relay.amo.refusing["status", "10"] = "a robot moved it on"

    relay.amo.edit(made, status="20")
    relay.work()

    assert 3 == relay.kinds("h1").count("reverted")
    assert 3 == len(relay.amo.notes)
    assert "sql" == relay.record("h1").record.stage
    assert "sql" == relay.hub.things["h1"].properties["stage"]
    assert "against the criteria" in (relay.record("h1").flag or "")
    assert [] == relay.differences()


def test_a_stage_without_a_place_here_leaves_the_object_alone(relay: Relay) -> None:
    """Marketing's stages are not the sales CRM's business."""
    made = relay.handed_off()

    relay.hub.edit("h1", stage="lead")
    relay.work()

    assert "10" == relay.amo.things[made].properties["status"]
    assert [] == relay.differences()


def test_both_moved_then_the_newer_move_counts(relay: Relay) -> None:
    """By each CRM's clock; the other one is put back, and kept in the journal."""
    made = relay.handed_off(budget="20000")

    relay.amo.edit(made, status="143")
    relay.hub.edit("h1", stage="nurture")
    relay.work()

    assert "nurture" == relay.record("h1").record.stage
    assert "30" == relay.amo.things[made].properties["status"]
    assert "nurture" == relay.hub.things["h1"].properties["stage"]
    [found] = relay.conflicts()
    assert ("stage", "nurture", "lost") == (found.what, found.kept, found.dropped)
    assert "conflict" in relay.kinds("h1")
    assert [] == relay.differences()


def test_a_move_that_is_put_back_can_be_taken_after_all(relay: Relay) -> None:
    """It is judged by the rules as if it were made now."""
    made = relay.handed_off(budget="20000")
    relay.amo.edit(made, status="143")
    relay.hub.edit("h1", stage="nurture")
    relay.work()
    [found] = relay.conflicts()

    ask_to_take(relay.app, found.id, actor="olena")
    relay.work()

    assert "lost" == relay.record("h1").record.stage
    assert "143" == relay.amo.things[made].properties["status"]
    assert "lost" == relay.hub.things["h1"].properties["stage"]
    assert relay.conflicts()[0].taken_at is not None
    with pytest.raises(UsageError, match="settled this way already"):
        ask_to_take(relay.app, found.id, actor="olena")


def test_a_write_gives_way_to_who_was_quicker(relay: Relay) -> None:
    """What a person changes between our reading and our write is judged, not lost."""
    made = relay.handed_off(budget="20000")
    relay.adapter.before_write = lambda: relay.amo.edit(made, status="143")

    relay.hub.edit("h1", stage="sql")
    relay.work()

    assert "lost" == relay.record("h1").record.stage
    assert "lost" == relay.hub.things["h1"].properties["stage"]
    assert "143" == relay.amo.things[made].properties["status"]
    assert [] == relay.differences()


def test_an_edit_moments_before_our_write_is_not_lost(relay: Relay) -> None:
    """What was read a moment ago is read again before it is replaced."""
    made = relay.handed_off()
    fresh: list[bool] = []
    write = relay.adapter.write
    relay.adapter.write = lambda writes: (  # type: ignore[method-assign]
        fresh.extend(one.fresh for one in writes) or write(writes)  # type: ignore[func-returns-value]
    )

    relay.hub.edit("h1", need="a CRM")
    relay.work()

    assert "a CRM" == relay.amo.things[made].properties["cf.NEED"]
    assert [False] == fresh


# -- fields ----------------------------------------------------------------------------


def test_the_newest_edit_of_a_shared_field_goes_to_both(relay: Relay) -> None:
    """With one write, and none for what the other CRM has already."""
    made = relay.handed_off(budget="500")

    relay.amo.edit(made, price="700")
    relay.work()
    relay.hub.edit("h1", need="a CRM")
    relay.work()

    assert ("h1", "budget", "700") == relay.ours("hub")[-1]
    assert [(made, "cf.NEED", "a CRM")] == relay.ours("amo")
    assert [] == relay.conflicts()
    assert [] == relay.differences()


@pytest.mark.parametrize("hub_last", [True, False], ids=["hub last", "amo last"])
def test_both_edited_then_the_newer_edit_counts(
    relay: Relay, *, hub_last: bool
) -> None:
    """Whichever is read first; what was not believed can be taken later."""
    made = relay.handed_off(budget="500")
    edits = [
        lambda: relay.amo.edit(made, price="700"),
        lambda: relay.hub.edit("h1", budget="900"),
    ]
    for edit in edits if hub_last else reversed(edits):
        edit()
        relay.clock.advance(timedelta(seconds=3))
    relay.work()

    newest, oldest = (900.0, 700.0) if hub_last else (700.0, 900.0)
    [found] = relay.conflicts()
    assert (newest, oldest, "newest") == (found.kept, found.dropped, found.rule)
    assert newest == relay.record("h1").record.values["budget"]
    assert [] == relay.differences()

    ask_to_take(relay.app, found.id, actor="olena")
    relay.work()

    assert oldest == relay.record("h1").record.values["budget"]
    assert str(int(oldest)) == relay.hub.things["h1"].properties["budget"]
    assert str(int(oldest)) == relay.amo.things[made].properties["price"]


def test_an_edit_of_a_copy_is_put_back(relay: Relay) -> None:
    """The owner's value counts, however old it is."""
    made = relay.handed_off()

    relay.amo.edit(made, name="Anna")
    relay.work()

    assert "Ann" == relay.amo.things[made].properties["name"]
    [found] = relay.conflicts()
    assert ("owner", "hub", "Anna") == (found.rule, found.kept_from, found.dropped)
    with pytest.raises(UsageError, match="hub owns 'name'"):
        ask_to_take(relay.app, found.id, actor="olena")


def test_an_emptied_field_is_emptied_everywhere(relay: Relay) -> None:
    """Nothing is a value, too."""
    made = relay.handed_off(need="a CRM")

    relay.hub.edit("h1", need="")
    relay.work()

    assert not relay.amo.things[made].properties["cf.NEED"]
    assert [] == relay.differences()


def test_a_value_and_a_stage_travel_together(relay: Relay) -> None:
    """One write an object, however much changed."""
    made = relay.handed_off(budget="500")
    relay.amo.calls.clear()

    relay.hub.edit("h1", stage="lost", need="none any more")
    relay.work()

    writes = [ids for method, ids in relay.amo.calls if method == "write"]
    assert [(made,)] == writes
    assert "143" == relay.amo.things[made].properties["status"]
    assert "none any more" == relay.amo.things[made].properties["cf.NEED"]


def test_a_refused_value_does_not_hold_the_stage(relay: Relay) -> None:
    """They are asked again apart, and only the value is refused."""
    made = relay.handed_off()
    relay.amo.refusing["cf.NEED", "x"] = "too short"

    relay.hub.edit("h1", stage="lost", need="x")
    relay.work()

    assert "143" == relay.amo.things[made].properties["status"]
    assert "amo refused the values: too short" == relay.record("h1").flag


def test_an_edit_back_to_the_old_value_is_seen_before_our_write_is_settled(
    relay: Relay,
) -> None:
    """The link still shows the old value then; nothing seems to have changed."""
    made = relay.handed_off(budget="500")

    def meanwhile() -> None:
        relay.amo.edit(made, price="500")
        relay.deliver()
        relay.advance()

    relay.adapter.after_write = meanwhile
    relay.hub.edit("h1", budget="700")
    relay.work()

    assert "500" == relay.amo.things[made].properties["price"]
    assert "500" == relay.hub.things["h1"].properties["budget"]
    assert [] == relay.differences()


def test_a_write_that_is_settled_while_we_read_is_counted_in(relay: Relay) -> None:
    """What a CRM lacked before the reading is no measure for what it lacks after."""
    made = relay.handed_off(budget="500")
    relay.hub.edit("h1", budget="700")
    relay.deliver()
    relay.advance()
    relay.hub.edit("h1", budget="500")
    relay.deliver()

    hub = relay.app.connections["hub"].adapter
    assert isinstance(hub, CrmAdapter)
    hub.before_read = relay.push
    relay.work()

    assert "500" == relay.hub.things["h1"].properties["budget"]
    assert "500" == relay.amo.things[made].properties["price"]
    assert [] == relay.differences()
