"""Links: one row an object of a CRM, also for those that are not understood yet."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from leadstate.store import LinkStatus

if TYPE_CHECKING:
    from leadstate.store import Store
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

    assert found == {"1": link}


def test_saving_again_replaces(with_records: Store, make: type[Make]) -> None:
    """The second reading of an object overwrites the first one."""
    quarantined = make.link("1", status=LinkStatus.QUARANTINED, reason="stage unknown")
    cured = make.link("1", "r1", remote_stage="lead", seen_at=make.at(9))
    with with_records.begin() as work:
        work.links.save([quarantined])
        work.links.save([cured])
        found = work.links.get_many("hub", "contacts", ["1"])

    assert found == {"1": cured}


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

    assert first + second == links


def test_links_are_counted_by_status(with_records: Store, make: type[Make]) -> None:
    """Over everything, or one connection."""
    gone = replace(make.link("2"), status=LinkStatus.GONE)
    with with_records.begin() as work:
        work.links.save([make.link("1"), gone, make.link("3", connection="amo")])

        assert work.links.counts() == {"active": 2, "gone": 1}
        assert work.links.counts("amo") == {"active": 1}
