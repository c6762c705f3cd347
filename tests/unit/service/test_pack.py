"""The quarterly review pack: the figures, the suggestion, and nobody's name in it."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sales_floor import WORKFLOW, open_floor

from leadstate.domain.history import Cause, HistoryEntry, HistoryKind
from leadstate.domain.record import Record
from leadstate.errors import UsageError
from leadstate.service.reports.figures import share
from leadstate.service.reports.pack import Quarter, write_pack
from leadstate.service.reports.pack.bands import (
    LEAST,
    Band,
    scored_moves,
    suggestion,
)
from leadstate.service.reports.pack.markdown import fenced, plain, table
from leadstate.service.reports.spend import Spend
from leadstate.store import NewRecord

if TYPE_CHECKING:
    from pathlib import Path

    from office_hours import TimedDesk

Q1 = Quarter(2026, 1)
SCORED = WORKFLOW.replace(
    "calendars:",
    "scores:\n  fit:\n    - {points: 40, when: budget >= 100}\ncalendars:",
).replace("  budget: money\n", "  budget: money\n  source: text\n")


def packed(desk: TimedDesk, folder: Path, **given: Any) -> str:
    """Write the pack of the first quarter and return its text."""
    write_pack(desk.app, Q1, folder, **given)
    return (folder / "README.md").read_text(encoding="utf-8")


def section(text: str, title: str) -> str:
    """Return one section."""
    return text.split(f"## {title}\n", 1)[1].split("\n## ", 1)[0]


def sold(
    desk: TimedDesk, number: int, fit: float, end: str, at: datetime | None = None
) -> None:
    """Put a lead into the history that moved on with a score, and how it ended."""
    at = at or desk.now - timedelta(days=2)
    id_ = f"s{number}"
    guard = {
        "kind": "all",
        "status": "met",
        "label": "",
        "parts": [
            {"kind": "test", "field": "budget", "observed": "5", "status": "met"},
            {
                "kind": "test",
                "field": "score.fit",
                "required": ">= 40",
                "observed": f"{fit:g}",
                "status": "met",
            },
        ],
    }
    taken = {"transition": "qualify", "guard": guard}
    other = {"transition": "lose", "guard": None}
    moves = [
        (HistoryKind.ENTERED, None, "lead", None, {}),
        (HistoryKind.MOVED, "lead", "mql", "qualify", {"candidates": [other, taken]}),
    ]
    if end:
        moves.append((HistoryKind.MOVED, "mql", end, "end", {}))
    with desk.app.store.begin() as work:
        record = Record(id=id_, stage=end or "mql", entered_at=at, values={})
        work.records.add([NewRecord(record=record, workflow="floor", created_at=at)])
        work.history.append(
            [
                HistoryEntry(
                    record_id=id_,
                    kind=kind,
                    cause=Cause.AUTOMATIC,
                    actor="leadstate",
                    happened_at=at + timedelta(minutes=place),
                    learnt_at=at,
                    from_stage=source,
                    to_stage=target,
                    transition=transition,
                    receipt=receipt,
                )
                for place, (kind, source, target, transition, receipt) in enumerate(
                    moves
                )
            ]
        )
        work.commit()


# -- the pack --------------------------------------------------------------------------


def test_a_pack_has_text_and_pictures(full: TimedDesk, tmp_path: Path) -> None:
    """Every picture that the text shows is there, and every file is said."""
    files = write_pack(full.app, Q1, tmp_path / "new" / "2026Q1")
    text = files[0].read_text(encoding="utf-8")

    shown = set(re.findall(r"\]\((\S+)\)", text))
    assert {"funnel.svg", "times.svg", "slas.svg", "responsibility.svg"} == shown
    assert ["README.md", *sorted(shown)] == [
        files[0].name,
        *sorted(one.name for one in files[1:]),
    ]
    assert set(files) == set(files[0].parent.iterdir())


def test_the_same_database_gives_the_same_pack(full: TimedDesk, tmp_path: Path) -> None:
    """Byte for byte; once the quarter is over, on a later day too, but for the gaps."""
    first = write_pack(full.app, Q1, tmp_path / "first")
    again = write_pack(full.app, Q1, tmp_path / "again")
    assert [one.read_bytes() for one in first] == [one.read_bytes() for one in again]

    full.clock.advance(timedelta(days=100))
    over = packed(full, tmp_path / "over")
    full.clock.advance(timedelta(days=100))
    later = packed(full, tmp_path / "later")
    assert over.split("## Missing values")[0] == later.split("## Missing values")[0]


def test_every_section_has_figures_and_meanings(
    full: TimedDesk, tmp_path: Path
) -> None:
    """In one order, so that two packs can be held against each other."""
    text = packed(full, tmp_path)
    titles = re.findall(r"^## (.+)$", text, re.MULTILINE)

    assert [
        "What changed in the definitions",
        "Funnel",
        "Time in stage",
        "Acceptance",
        "Reasons of rejection",
        "SLAs",
        "Which stage sags, and whose it is",
        "Scores against wins",
        "Missing values",
    ] == titles
    assert "| MQL | 7 | 87.5% | 52.9% to 97.8% | 0 | - | - |" in section(text, "Funnel")
    assert "| mql | marketing | nurture (parked) | Nobody answered | 1 | 100.0% |" in (
        section(text, "Reasons of rejection")
    )
    assert "| mql | marketing | sales | 1 | 2 | 33.3% |" in section(text, "Acceptance")
    assert "| lead | look | marketing | 7 | 0 | 0 | 100.0% |" in section(text, "SLAs")
    assert 6 == text.count("What the figures mean:")


def test_a_quarter_that_goes_on_says_so(full: TimedDesk, tmp_path: Path) -> None:
    """And one that is over is looked at as of its end."""
    assert "The quarter goes on; it is looked at as of 2026-03-10" in packed(
        full, tmp_path
    )
    full.clock.advance(timedelta(days=60))
    assert "of their own end; this one: 2026-03-31 22:00 UTC." in packed(full, tmp_path)


def test_a_quarter_that_has_not_begun_is_refused(
    full: TimedDesk, tmp_path: Path
) -> None:
    """The message says when it begins."""
    with pytest.raises(UsageError, match="2026Q2 begins on 2026-04-01"):
        write_pack(full.app, Q1.next, tmp_path)


def test_nobody_is_named(full: TimedDesk, tmp_path: Path) -> None:
    """No owner, no address, no id of a record, no reason in somebody's own words."""
    id_ = full.record("late").record.id
    move = HistoryEntry(
        record_id=id_,
        kind=HistoryKind.MOVED,
        cause=Cause.MANUAL,
        actor="ann",
        happened_at=full.now,
        learnt_at=full.now,
        from_stage="mql",
        to_stage="lost",
        transition="lose",
        reason="mrs grandmother moved away",
    )
    with full.app.store.begin() as work:
        work.history.append([move])  # as a CRM's own reason comes along
        work.visits.recount([id_], resting={"lost"})
        work.commit()
    files = write_pack(full.app, Q1, tmp_path)
    whole = "".join(one.read_text(encoding="utf-8") for one in files)

    for word in ("ann", "bob", "grandmother", "@", id_):
        assert not re.search(rf"\b{re.escape(word)}\b", whole), word
    assert "(own words)" in whole


def test_definitions_that_changed_are_shown(full: TimedDesk, tmp_path: Path) -> None:
    """What each version of the quarter changed, line by line; older ones are not."""
    with full.app.store.begin() as work:
        for version, source, at in (
            ("a" * 64, "stages: old\n```\n", datetime(2025, 12, 1, tzinfo=UTC)),
            ("b" * 64, "stages: new\n```\n", datetime(2026, 2, 1, tzinfo=UTC)),
        ):
            work.workflows.apply(version, "floor", "Floor", source, at)
        work.commit()
    found = section(packed(full, tmp_path), "What changed in the definitions")

    assert "### Version bbbbbbbbbbbb, applied 2026-02-01 00:00 UTC" in found
    assert "````diff" in found
    assert "-stages: old\n+stages: new" in found
    assert "Version aaaa" not in found


def test_the_first_version_replaced_nothing(full: TimedDesk, tmp_path: Path) -> None:
    """There is no difference to show."""
    with full.app.store.begin() as work:
        at = datetime(2026, 2, 1, tzinfo=UTC)
        work.workflows.apply("a" * 64, "floor", "Floor", "stages: old", at)
        work.commit()

    assert "The first version." in packed(full, tmp_path)


def test_cost_is_there_when_spend_is(full: TimedDesk, tmp_path: Path) -> None:
    """A section and a picture more."""
    from leadstate.definition.workflow import load_workflow_text

    floor = tmp_path / "floor.db"
    desk = open_floor(floor, full.clock)
    object.__setattr__(desk.app, "lifecycle", load_workflow_text(SCORED))
    desk.fresh("one")
    spend = Spend(
        row=2,
        since=date(2026, 1, 1),
        until=date(2026, 3, 31),
        source="ads|<b>",
        campaign=None,
        amount=1200,  # type: ignore[arg-type] - exact all the same
        currency="EUR",
    )
    text = packed(desk, tmp_path / "pack", spend=[spend])
    desk.app.close()

    assert (tmp_path / "pack" / "cost.svg").exists()
    assert "| ads\\|&lt;b\\> |" in section(text, "Cost")
    assert "| (no source) | - | 8 | - |" in section(text, "Cost")


def test_a_folder_that_cannot_be_made_is_told(full: TimedDesk, tmp_path: Path) -> None:
    """A file stands where the folder should."""
    (tmp_path / "taken").write_text("")
    with pytest.raises(UsageError, match=r"cannot be made: .* Name another"):
        write_pack(full.app, Q1, tmp_path / "taken" / "pack")


# -- scores ----------------------------------------------------------------------------


def test_bands_hold_scores_against_what_became_of_leads(full: TimedDesk) -> None:
    """The score of the receipt, the outcome of the same pass, and what was asked."""
    ends = [(42, "won"), (44, "lost"), (49.9, ""), (71, "won"), (73, "won")]
    for number, (fit, end) in enumerate(ends):
        sold(full, number, fit, end)
    sold(full, 99, 90, "won", at=datetime(2024, 1, 1, tzinfo=UTC))  # long ago
    since = datetime(2025, 4, 1, tzinfo=UTC)
    with full.app.store.read() as view:
        [found] = scored_moves(
            view, full.app.lifecycle, since=since, until=full.now + timedelta(days=1)
        )

    assert ("qualify", "fit", (">= 40",)) == (
        found.transition,
        found.score,
        found.required,
    )
    assert (
        Band(low=40, undecided=1, won=share(1, 2)),
        Band(low=70, undecided=0, won=share(2, 2)),
    ) == found.bands


def band(low: int, won: int, of: int, undecided: int = 0) -> Band:
    """Return a band."""
    return Band(low=low, undecided=undecided, won=share(won, of))


def test_a_sure_difference_is_suggested_with_its_effect() -> None:
    """What would have moved on, and which wins would have been kept back."""
    found = suggestion([band(40, 5, 100, 10), band(50, 6, 100), band(60, 60, 100, 20)])

    assert found is not None
    assert 60 == found.threshold
    assert (60, 100, 11, 200) == (
        found.above.hits,
        found.above.of,
        found.below.hits,
        found.below.of,
    )
    assert (120, 330) == (found.kept.hits, found.kept.of)
    assert (60, 71) == (found.wins.hits, found.wins.of)
    assert found.difference.low > 0


@pytest.mark.parametrize(
    "bands",
    [
        [],
        [band(40, 20, 100)],
        [band(40, 20, 100), band(50, 21, 100)],
        [band(40, 60, 100), band(50, 5, 100)],
        [band(40, 0, LEAST - 1), band(50, LEAST, LEAST)],
    ],
    ids=["none", "one band", "alike", "worse above", "too few"],
)
def test_nothing_is_suggested_without_a_sure_gain(bands: list[Band]) -> None:
    """Chance, too few, and a score that tells the wrong way suggest nothing."""
    assert suggestion(bands) is None


@pytest.mark.parametrize(
    ("ends", "said"),
    [
        (
            [(42, "lost")] * 40 + [(71, "won")] * 40,
            "**A suggestion, not a decision: 70",
        ),
        ([(42, "lost"), (71, "won")] * 10, "Too few: 20 decided leads"),
        ([(42, "lost"), (71, "lost")] * 40, "No threshold is suggested: among 80"),
    ],
    ids=["sure", "few", "alike"],
)
def test_the_pack_says_what_the_scores_say(
    floor: TimedDesk, tmp_path: Path, ends: list[tuple[float, str]], said: str
) -> None:
    """A suggestion with numbers and interval, or why there is none."""
    for number, (fit, end) in enumerate(ends):
        sold(floor, number, fit, end)
    found = section(packed(floor, tmp_path), "Scores against wins")

    assert said in found
    assert "### fit at Qualify" in found
    assert "| 40 to under 50 |" in found


# -- parts -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "since", "until"),
    [
        ("2026Q3", date(2026, 7, 1), date(2026, 10, 1)),
        ("2026q4", date(2026, 10, 1), date(2027, 1, 1)),
        ("2026-Q1", date(2026, 1, 1), date(2026, 4, 1)),
    ],
    ids=str,
)
def test_quarters_are_ranges_of_days(text: str, since: date, until: date) -> None:
    """From the first day to the first of the next, which is not in it."""
    found = Quarter.read(text)

    assert (since, until) == (found.since, found.until)
    assert found == found.next.before == found.before.next
    assert (found.number, found.year - 1) == (
        found.year_before.number,
        found.year_before.year,
    )


@pytest.mark.parametrize("text", ["", "2026", "2026Q5", "Q3 2026", "0000Q1", "9999Q4"])
def test_what_is_no_quarter_is_told(text: str) -> None:
    """The message shows how to write one."""
    with pytest.raises(UsageError, match="write it like 2026Q3"):
        Quarter.read(text)


def test_names_are_text_in_markdown() -> None:
    """No table, link, heading or element comes out of a name."""
    assert r"a\|b \[x\](y) &lt;i\> &amp; \*c\* \`d\` e?f" == plain(
        "a|b [x](y) <i> & *c* `d` e\nf"
    )


def test_a_fence_is_longer_than_what_it_holds() -> None:
    """Ticks in a workflow file do not end the block; control characters are shown."""
    assert ["`````diff", "a ```` b", "?", "`````", ""] == list(
        fenced("diff", ["a ```` b", "\x1b"])
    )


def test_an_empty_table_says_so() -> None:
    """A head without rows would look like a mistake."""
    assert ["Nothing to show.", ""] == list(table(("a", "b"), []))
