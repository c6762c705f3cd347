"""Links: one row an object of a CRM, also for those that are not understood yet."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from leadstate.errors import VersionConflict
from leadstate.store import Forgetting, LinkStatus

if TYPE_CHECKING:
    from collections.abc import Callable

    from leadstate.store import LinkRow, Store, Work
    from tests.unit.store.conftest import Make


def test_a_link_comes_back_as_it_was_saved(
    with_records: Store, make: type[Make]
) -> None:
    """Everything that was read from the CRM is kept with it."""
    link = make.link(
        "1",
        "r1",
        remote_stage="lead",
        remote_properties={"stage": "lead", "city": "Łódź", "empty": None},
        remote_updated_at=make.at(1),
        reverts=2,
        reverted_at=make.at(2),
    )
    with with_records.begin() as work:
        work.links.save([link])
        found = work.links.get_many("hub", "contacts", ["1", "2"])

    assert found == {"1": replace(link, version=1)}


def test_saving_again_replaces(with_records: Store, make: type[Make]) -> None:
    """The second reading of an object overwrites the first one."""
    quarantined = make.link("1", status=LinkStatus.QUARANTINED, reason="stage unknown")
    cured = make.link("1", "r1", remote_stage="lead", seen_at=make.at(9))
    with with_records.begin() as work:
        work.links.save([quarantined])
        work.links.save([cured])
        found = work.links.get_many("hub", "contacts", ["1"])

    assert found == {"1": replace(cured, version=2)}


def test_a_record_has_links_in_several_crms(
    with_records: Store, make: type[Make]
) -> None:
    """Quarantined links belong to nobody."""
    links = [
        make.link("1", "r1"),
        make.link("2", "r1", connection="amo", object="leads"),
        make.link("3", "r2"),
        make.link("4"),
    ]
    with with_records.begin() as work:
        work.links.save(links)
        found = work.links.of_records(["r1", "r2", "r3"])

    links = [replace(link, version=1) for link in links]
    assert found == {"r1": (links[1], links[0]), "r2": (links[2],)}


def test_all_links_of_a_connection_are_walked_page_by_page(
    with_records: Store, make: type[Make]
) -> None:
    """A page starts where the last one ended, across kinds of objects."""
    links = [
        make.link("1"),
        make.link("2"),
        make.link("1", object="deals"),
    ]
    with with_records.begin() as work:
        work.links.save([*links, make.link("9", connection="amo")])
        first = work.links.all("hub", limit=2)
        second = work.links.all("hub", after=("contacts", "2"), limit=2)

    assert first + second == [replace(link, version=1) for link in links]


def test_links_are_counted_by_status(with_records: Store, make: type[Make]) -> None:
    """Over everything, or one connection."""
    gone = replace(make.link("2"), status=LinkStatus.GONE)
    with with_records.begin() as work:
        work.links.save([make.link("1"), gone, make.link("3", connection="amo")])

        assert work.links.counts() == {"active": 2, "gone": 1}
        assert work.links.counts("amo") == {"active": 1}


# -- saved only when nobody else did ---------------------------------------------------


def test_each_save_counts_up(with_records: Store, make: type[Make]) -> None:
    """Whichever way a link is saved, its version tells it from what was read before."""
    with with_records.begin() as work:
        work.links.save_if([make.link("1", "r1")])
        work.links.save([make.link("1", "r1", reason="seen")])
        [read] = work.links.get_many("hub", "contacts", ["1"]).values()
        work.links.save_if([replace(read, reason="seen again"), make.link("2", "r2")])
        found = work.links.get_many("hub", "contacts", ["1", "2"])

    again = replace(read, reason="seen again", version=3)
    assert 2 == read.version
    assert {"1": again, "2": make.link("2", "r2", version=1)} == found


@pytest.mark.parametrize(
    "meanwhile",
    [
        lambda work, link: work.links.save([link]),
        lambda work, link: work.links.save_if([link]),
        lambda work, link: work.erasure.forget(
            Forgetting(objects=(("hub", "contacts", link.external_id),)), link.seen_at
        ),
    ],
    ids=["saved", "saved if", "erased"],
)
def test_a_link_that_was_saved_meanwhile_is_not_overwritten(
    with_records: Store, make: type[Make], meanwhile: Callable[[Work, LinkRow], None]
) -> None:
    """Whoever decided on what it was has to read it and decide again."""
    with with_records.begin() as work:
        work.links.save([make.link("1", "r1")])
        [read] = work.links.get_many("hub", "contacts", ["1"]).values()
        meanwhile(work, read)
        after = work.links.get_many("hub", "contacts", ["1"])

        with pytest.raises(VersionConflict, match="1 of 2 links"):
            work.links.save_if([replace(read, reason="late"), make.link("2")])

        assert after == work.links.get_many("hub", "contacts", ["1"])


def test_a_new_link_does_not_replace_one_that_turned_up(
    with_records: Store, make: type[Make]
) -> None:
    """Two deliveries of one new object: the second one finds the first one's link."""
    with with_records.begin() as work:
        work.links.save_if([make.link("1", "r1")])

        with pytest.raises(VersionConflict):
            work.links.save_if([make.link("1", "r2")])

        found = work.links.get_many("hub", "contacts", ["1"])
    assert "r1" == found["1"].record_id


def test_a_link_that_is_gone_is_not_made_anew(
    with_records: Store, make: type[Make]
) -> None:
    """Known to whoever saves it, and not to the store: that is a conflict, too."""
    with with_records.begin() as work, pytest.raises(VersionConflict):
        work.links.save_if([make.link("1", "r1", version=4)])
