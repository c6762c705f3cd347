"""The report says of every promise how it came out, and why."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from tests.unit.testing.conftest import Generated


def report_of(generated: Generated, folder: Path, *words: str) -> dict[str, dict]:
    """Run the generated tests with the report; return its rows by name."""
    file = folder / "promises.json"
    plugin = ("-p", "leadstate.testing.report", "--conformance-report", str(file))
    generated.test(*plugin, *words)
    rows = json.loads(file.read_text(encoding="utf-8"))
    return {row["name"]: row for row in rows}


def test_a_promise_is_reported_with_its_outcome_and_reason(
    generated: Generated, tmp_path: Path
) -> None:
    """Kept, skipped with the note, broken with the line; one row for all variants."""
    generated.edit("api.py", "if answer.status >= 500:", "if answer.status == 503:")
    generated.edit("settings.py", 'extra="forbid"', 'extra="ignore"')

    rows = report_of(
        generated,
        tmp_path,
        "-k",
        "no_ids or unknown_setting or told_from_an_unknown or cannot_answer",
    )

    core, deleted = rows["test_reading_no_ids_answers_nothing"], "told_from_an_unknown"
    assert ("acme", "passed", None) == tuple(
        core[key] for key in ("adapter", "outcome", "capability")
    )
    assert "An empty question has an empty answer." == core["sentence"]
    broken = rows["test_an_unknown_setting_is_named"]
    assert ("failed", True) == (broken["outcome"], "DID NOT RAISE" in broken["reason"])
    skipped = next(row for name, row in rows.items() if deleted in name)
    assert ("skipped", "deletions") == (skipped["outcome"], skipped["capability"])
    assert skipped["reason"].startswith("deletions is impossible: Acme forgets")


def test_the_worst_variant_of_a_promise_counts(
    generated: Generated, tmp_path: Path
) -> None:
    """A promise that holds for one fault and not for another is not kept."""
    generated.edit("api.py", "if answer.status >= 500:", "if answer.status >= 600:")
    name = "test_a_crm_that_cannot_answer_is_tried_later"

    rows = report_of(generated, tmp_path, "-k", name)

    assert "failed" == rows[name]["outcome"]


def test_without_its_option_the_report_writes_nothing(
    generated: Generated, tmp_path: Path
) -> None:
    """Loading it costs nobody anything."""
    ended = generated.test("-p", "leadstate.testing.report", "-k", "no_ids")

    assert 0 == ended.returncode
    assert [] == list(tmp_path.glob("*.json"))


def test_the_kit_is_imported_without_pytest() -> None:
    """A sandbox runs where no test runs."""
    program = (
        "import sys\n"
        "import leadstate.testing\n"
        "from leadstate.testing import Bench, Rig\n"
        "assert 'pytest' not in sys.modules\n"
        "assert hasattr(leadstate.testing, 'AdapterConformance')\n"
        "assert not hasattr(leadstate.testing, 'Nonsense')\n"
    )

    ended = subprocess.run([sys.executable, "-c", program], check=False)

    assert 0 == ended.returncode
