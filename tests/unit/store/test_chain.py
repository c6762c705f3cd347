"""The chain's format: written down once, and never another."""

from __future__ import annotations

from collections import Counter

from leadstate.store.chain import FORMATS, GENESIS, LANES, lane_of, linked

ROW = {
    "seq": 7,
    "lane": 3,
    "place": 2,
    "id": "h7",
    "record_id": "r1",
    "kind": "moved",
    "cause": "manual",
    "actor": "Jürgen",
    "happened_at": 1_772_366_400_123_456,
    "learnt_at": 1_772_366_400_123_457,
    "transition": "accept",
    "from_stage": "mql",
    "to_stage": "sal",
    "reason": None,
    "answer": None,
    "source": "cli",
    "source_event": "asked:1",
    "pass_number": 1,
    "workflow_version": "v1",
    "detail": None,
}


def test_format_1_is_what_it_always_was() -> None:
    """Chains of today must be verifiable by the verifier of tomorrow."""
    assert tuple(ROW) == FORMATS[1]
    assert "56cdd8193060f82da6ebca5f60be44e9506c1461264ef4462b64b05917f14958" == linked(
        GENESIS, list(ROW.values()), form=1
    )


def test_format_2_is_what_it_always_was() -> None:
    """It covers a second time of moves, behind what the first format covers."""
    row = {**ROW, "qualified_at": 1_772_366_400_000_000}

    assert tuple(row) == FORMATS[2]
    assert "4cb1f4109f739ed4bc93acb2a151eede5feb9087e04a87ee5e524ce32616eeae" == linked(
        GENESIS, list(row.values())
    )


def test_the_hash_before_is_part_of_the_hash() -> None:
    """A row cannot be put behind another one."""
    assert linked(GENESIS, list(ROW.values())) != linked("1" * 64, list(ROW.values()))


def test_records_are_spread_over_all_lanes() -> None:
    """No lane is crowded; a record keeps its lane."""
    lanes = Counter(lane_of(f"{number:032x}") for number in range(1_600))

    assert set(range(LANES)) == set(lanes)
    assert max(lanes.values()) < 3 * min(lanes.values())
    assert lane_of("r1") == lane_of("r1")
    assert lane_of(None) == lane_of("")
