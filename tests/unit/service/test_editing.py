"""Fields that people set in Leadstate: tags, values, owners."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from office_hours import BINDING, WORKFLOW

from leadstate.errors import UsageError
from leadstate.service.commands.editing import edit_item

if TYPE_CHECKING:
    from collections.abc import Callable

    from office_hours import TimedDesk

TAGGED = WORKFLOW.replace(
    "  need: text\n",
    "  need: {type: text, personal: true}\n  tags: {type: tags, by: quality_control}\n",
)
TAGGED_BINDING = BINDING.replace(
    "need: need,", "need: need, tags: {property: tags, sync: newest},"
)


@pytest.fixture(name="tagged")
def _tagged(timed_of: Callable[..., TimedDesk]) -> TimedDesk:
    """An installation in which only quality control tags leads."""
    return timed_of(TAGGED, TAGGED_BINDING)


def put(timed: TimedDesk, field: str, value: str, actor: str, note: str = "") -> None:
    """Let somebody set a field of the first record."""
    record = timed.record("1").record.id
    item = edit_item(
        timed.app, record, field=field, value=value, actor=actor, note=note
    )
    with timed.app.store.begin() as work:
        work.inbox.add([item])
        work.commit()
    timed.work()


def test_quality_control_tags_a_lead_and_the_crm_shows_it(tagged: TimedDesk) -> None:
    """One tag more, one tag less; the history says who."""
    tagged.fresh("1", tags="warm")

    put(tagged, "tags", "+spam", "quinn", "a robot")
    put(tagged, "tags", "-warm", "quinn")

    assert frozenset({"spam"}) == tagged.record("1").record.values["tags"]
    assert "spam" == tagged.crm.things["1"].properties["tags"]
    rows = [one for one in tagged.history("1") if one.kind == "edited"]
    assert [
        ("quinn", "tags: warm -> spam;warm; a robot"),
        ("quinn", "tags: spam;warm -> spam"),
    ] == [(one.actor, one.note) for one in rows]


def test_who_may_not_set_a_field_is_refused(tagged: TimedDesk) -> None:
    """Sales does not judge its own leads."""
    tagged.fresh("1", tags="warm")

    put(tagged, "tags", "", "ann")

    assert "warm" == tagged.crm.things["1"].properties["tags"]
    assert "'tags' is set by quality_control; ann has sales" == (
        tagged.last("1", "refused").note
    )


def test_what_is_set_is_judged_like_any_news(tagged: TimedDesk) -> None:
    """A need that is written down wakes a parked lead."""
    tagged.accepted("1")
    tagged.later(days=1)
    assert "nurture" == tagged.stage("1")

    put(tagged, "need", "a CRM", "ann")

    assert "nurture" != tagged.stage("1")
    assert "need" == tagged.last("1", "edited").note  # what is personal is not kept


def test_a_lead_is_given_to_somebody_by_name(tagged: TimedDesk) -> None:
    """Their clock starts, and the CRM shows the owner."""
    tagged.accepted("1")

    put(tagged, "rep", "bob", "quinn")

    assert "2" == tagged.crm.things["1"].properties["owner_id"]
    assert "bob" == tagged.clocks("1")["first_touch"].owner


def test_setting_what_is_there_changes_nothing(tagged: TimedDesk) -> None:
    """It is told, and nothing is written."""
    tagged.fresh("1", tags="warm")
    calls = len(tagged.crm.calls)

    put(tagged, "tags", "+warm", "quinn")

    assert "edited" == tagged.kinds("1")[-1]
    assert calls == len(tagged.crm.calls)


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("tag", "spam", "no field 'tag'. Did you mean 'tags'?"),
        ("budget", "lots", "'budget' is money and cannot be 'lots'"),
        ("rep", "nobody", "'rep' is owner and cannot be 'nobody'"),
    ],
)
def test_what_cannot_be_set_is_said_at_once(
    tagged: TimedDesk, field: str, value: str, said: str
) -> None:
    """Before anything is stored."""
    tagged.fresh("1")

    with pytest.raises(UsageError) as caught:
        put(tagged, field, value, "quinn")

    assert said in str(caught.value)
