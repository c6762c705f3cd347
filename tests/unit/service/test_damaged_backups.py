"""A damaged backup is noticed, told in words, and replaces nothing."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

from leadstate.errors import ConfigurationError, LeadstateError
from leadstate.service.backup import Restored, backup, restore
from leadstate.store.sqlite.checksum import remove_checksum

if TYPE_CHECKING:
    from pathlib import Path

    from two_crms import Relay


@pytest.fixture(name="case")
def _case(relay: Relay) -> Relay:
    relay.handed_off(email="somebody@person.example")
    relay.work()
    return relay


def restored(relay: Relay, file: Path) -> Restored:
    """Put a backup in the place of the installation's database."""
    relay.app.store.close()
    return restore(
        file,
        relay.app.store.path,
        identifying=("email", "phone"),
        actor="ada",
        now=relay.clock.now(),
    )


def test_a_byte_that_changed_in_a_backup_is_noticed(
    case: Relay, tmp_path: Path
) -> None:
    """Also where no page or row would show it."""
    file = backup(case.app, tmp_path / "b.db").file
    whole = file.read_bytes()
    case.app.store.close()
    before = case.app.store.path.read_bytes()
    told: list[str] = []
    for place in range(100, len(whole), len(whole) // 7):
        file.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        with pytest.raises(ConfigurationError) as caught:
            restored(case, file)
        told.append(str(caught.value))

    assert before == case.app.store.path.read_bytes()
    assert any("its checksum is another one" in one for one in told)


def test_a_backup_without_a_checksum_is_restored(case: Relay, tmp_path: Path) -> None:
    """Older versions made none."""
    done = backup(case.app, tmp_path / "b.db")
    remove_checksum(done.file)
    assert done.file.stat().st_size < done.size

    assert done.records == restored(case, done.file).records


def test_a_damaged_backup_ends_in_words(case: Relay, tmp_path: Path) -> None:
    """Whatever it is that cannot be read, and nothing is changed."""
    file = backup(case.app, tmp_path / "b.db").file
    remove_checksum(file)
    case.app.store.close()
    whole, before = file.read_bytes(), case.app.store.path.read_bytes()
    for place in range(0, len(whole), len(whole) // 40):
        file.write_bytes(whole[:place] + b"\xff" * 300 + whole[place + 300 :])
        with suppress(LeadstateError):
            restored(case, file)
            case.app.store.path.write_bytes(before)
