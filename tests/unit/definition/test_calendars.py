"""Calendars in a workflow file: nights, regions, days, and what cannot be meant."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import pytest

from leadstate.definition.workflow import check_workflow_text, load_workflow_text
from leadstate.hours import compile_hours

if TYPE_CHECKING:
    from leadstate.domain.sla import Calendar

WORKFLOW = """\
workflow: demo
timezone: Europe/Berlin
calendars:
  desk: CALENDAR
stages:
  new: {initial: true}
  won: {kind: won}
transitions:
  win: {from: new, to: won}
"""


def desk(text: str) -> Calendar:
    """Return the calendar that a line of a workflow file declares."""
    return load_workflow_text(WORKFLOW.replace("CALENDAR", text)).calendars["desk"]


def problems_of(text: str) -> list[str]:
    """Return the mistakes of that line, without where they are."""
    _, problems = check_workflow_text(WORKFLOW.replace("CALENDAR", text), file="w.yaml")
    return [str(one).replace("w.yaml:", "") for one in problems]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("22:00-06:00", ((1320, 1800),)),
        ("[09:00-12:00, 18:00-02:00]", ((540, 720), (1080, 1560))),
        ("00:00-24:00", ((0, 1440),)),
        ("00:00-00:00", ((0, 1440),)),
        ("08:00-08:00", ((480, 1920),)),
        ("22:00-00:00", ((1320, 1440),)),
    ],
    ids=str,
)
def test_an_end_that_is_not_later_lies_on_the_next_day(
    text: str, expected: tuple[tuple[int, int], ...]
) -> None:
    """A night shift is written as people say it."""
    assert {0: expected} == desk(f"{{hours: {{mon: {text}}}}}").hours


def test_night_shifts_that_meet_are_no_overlap() -> None:
    """The one ends when the other begins, also from Sunday to Monday."""
    read = desk("{hours: {mon-sun: 06:00-06:00}}")

    assert dict.fromkeys(range(7), ((360, 1800),)) == read.hours


@pytest.mark.parametrize(
    ("hours", "days"),
    [
        ("{mon: 22:00-06:00, tue: 05:00-12:00}", "mon run into those of tue"),
        ("{sun: 22:00-06:00, mon: 05:59-12:00}", "sun run into those of mon"),
        ("{mon-sun: [05:00-07:00, 22:00-06:00]}", "mon run into those of tue"),
    ],
    ids=str,
)
def test_a_night_shift_that_runs_into_the_next_days_hours_is_reported(
    hours: str, days: str
) -> None:
    """Once, however many days it happens on."""
    assert [
        (
            f"LS115 4:10 calendar 'desk': the hours of {days}."
            " Write each hour once, under the day on which its shift begins."
        )
    ] == problems_of(f"{{hours: {hours}}}")


@pytest.mark.parametrize("text", ["24:00-06:00", "22:00-24:01", "06:00-05:60"])
def test_what_is_no_time_of_day_is_reported(text: str) -> None:
    """A day has 24 hours, and an hour has 60 minutes."""
    assert [
        (
            f"LS115 4:23 calendar 'desk' is open at '{text}', which is not a range of"
            " hours. Write 24-hour times: 09:00-12:30, or 22:00-06:00 for a shift"
            " into the next day."
        )
    ] == problems_of(f"{{hours: {{mon: {text}}}}}")


@pytest.mark.parametrize("hours", ["{}", "{mon-fri: []}", "{mon: [], tue: []}"])
def test_a_calendar_without_any_hour_is_reported(hours: str) -> None:
    """No SLA could ever be broken in it, even if single days have hours."""
    assert [
        "LS115 4:10 calendar 'desk' is never open. Write `mon-fri: [09:00-18:00]`."
    ] == problems_of(f"{{hours: {hours}, extra: {{2026-12-05: 09:00-10:00}}}}")


def test_a_weekday_may_be_said_to_be_closed() -> None:
    """An empty list among hours is what it says."""
    assert [0] == list(desk("{hours: {mon: 09:00-10:00, sun: []}}").hours)


@pytest.mark.parametrize("code", ["DE", "DE-BE", "US-CA", "GB-SCT", "RU", "CH-ZH"])
def test_regions_with_public_holidays_are_known(code: str) -> None:
    """ISO codes of countries and of what they are made of."""
    assert code == desk(f"{{hours: {{mon: 09:00-10:00}}, holidays: {code}}}").holidays


@pytest.mark.parametrize(
    ("code", "hint"),
    [
        ("DE-BX", "Did you mean 'DE-"),
        ("US-NYC", "Did you mean 'US-NY'? Known: US, US-AK,"),
        ("XX", "Known: AD, AE,"),
        ("DEU-BE", "Write a code such as DE, DE-BE or US-CA."),
        ("de-be", "Write a code such as DE, DE-BE or US-CA."),
    ],
    ids=str,
)
def test_a_region_that_is_not_known_is_reported(code: str, hint: str) -> None:
    """With the regions of the same country, where the country is known."""
    (problem,) = problems_of(f"{{hours: {{mon: 09:00-10:00}}, holidays: {code}}}")

    assert problem.startswith(
        f"LS116 4:47 calendar 'desk' has the holidays of '{code}'"
    )
    assert hint in problem


def test_days_are_read_as_dates() -> None:
    """Closed ones, and ones with hours of their own."""
    read = desk(
        "{hours: {mon: 09:00-10:00}, closed: [2026-12-24, 2026-12-31],"
        " extra: {2026-12-05: 20:00-02:00, 2026-12-07: []}}"
    )

    assert (date(2026, 12, 24), date(2026, 12, 31)) == read.closed
    assert {date(2026, 12, 5): ((1200, 1560),), date(2026, 12, 7): ()} == read.extra


def test_a_day_cannot_be_closed_and_have_hours() -> None:
    """One of the two was not meant."""
    assert [
        (
            "LS118 4:46 calendar 'desk' has '2026-12-24' under 'closed' and under"
            " 'extra'. Keep one of them."
        )
    ] == problems_of(
        "{hours: {mon: 09:00-10:00}, closed: [2026-12-24],"
        " extra: {2026-12-24: 09:00-12:00}}"
    )


def test_what_a_file_declares_can_be_compiled() -> None:
    """From the text to the moment: Christmas in Berlin, a Saturday that is worked."""
    hours = compile_hours(
        desk(
            "{hours: {mon-fri: [09:00-12:30, 13:30-18:00]}, holidays: DE-BE,"
            " closed: [2026-12-24], extra: {2026-12-19: 10:00-14:00}}"
        )
    )

    assert datetime(2026, 12, 28, 8, tzinfo=UTC) == hours.next_opening(
        datetime(2026, 12, 23, 17, tzinfo=UTC)
    )
    assert hours.is_open(datetime(2026, 12, 19, 9, tzinfo=UTC))
