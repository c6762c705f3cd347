"""Credentials: encrypted, bound to their row, and clear about what is wrong."""

from __future__ import annotations

import shutil
import traceback
from threading import Thread
from typing import TYPE_CHECKING

import pytest

from leadstate.adapters.connection import SwappingCredentials
from leadstate.errors import ConfigurationError
from leadstate.store import open_store

if TYPE_CHECKING:
    from pathlib import Path

    from leadstate.store import Store
    from tests.unit.store.conftest import Make

CANARY = "canary-7f3a-refresh-token"


def test_saved_values_come_back(store: Store, make: type[Make]) -> None:
    """The newest ones, by connection and name."""
    credentials = store.credentials("hub", lambda: make.noon)
    assert credentials.load("oauth") is None

    credentials.save("oauth", {"refresh": "old"})
    credentials.save("oauth", {"refresh": CANARY, "city": "Łódź"})

    assert credentials.load("oauth") == {"refresh": CANARY, "city": "Łódź"}
    assert store.credentials("amo").load("oauth") is None


def test_they_survive_a_restart(store: Store, path: Path) -> None:
    """Durable before `save` returns, readable with the same key."""
    store.credentials("hub").save("oauth", {"refresh": CANARY})

    again = open_store(f"sqlite:///{path}", key=b"k" * 32)

    assert again.credentials("hub").load("oauth") == {"refresh": CANARY}
    again.close()


def test_no_plain_text_is_on_the_disk(store: Store, path: Path, tmp_path: Path) -> None:
    """Neither in the database nor in its write-ahead log."""
    store.credentials("hub").save("oauth", {"refresh": CANARY})

    during = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    store.close()
    after = path.read_bytes()

    assert b"oauth" in during
    assert CANARY.encode() not in during + after


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE credential SET ciphertext = randomblob(99) WHERE name = 'oauth'",
        "UPDATE credential SET ciphertext = x'' WHERE name = 'oauth'",
        "UPDATE credential SET nonce = x'' WHERE name = 'oauth'",
        "UPDATE credential SET nonce = randomblob(12) WHERE name = 'oauth'",
        "UPDATE OR REPLACE credential SET name = 'oauth' WHERE name = 'other'",
    ],
)
def test_a_changed_row_does_not_open(store: Store, statement: str) -> None:
    """Also not when it is another row's ciphertext; and the message leaks nothing."""
    credentials = store.credentials("hub")
    credentials.save("oauth", {"refresh": CANARY})
    credentials.save("other", {"refresh": CANARY})
    with store.begin() as work:
        work.connection.exec_driver_sql(statement)
        work.commit()

    with pytest.raises(
        ConfigurationError, match=r"'oauth' of connection hub"
    ) as caught:
        credentials.load("oauth")

    assert CANARY not in "".join(traceback.format_exception(caught.value))


def test_another_key_does_not_open(store: Store, path: Path, tmp_path: Path) -> None:
    """The message says that the old key is needed, or a new connection."""
    store.credentials("hub").save("oauth", {"refresh": CANARY})
    store.close()
    other = open_store(
        f"sqlite:///{shutil.copy(path, tmp_path / 'copy.db')}", key=b"x" * 32
    )

    with pytest.raises(ConfigurationError, match="Set the old key again"):
        other.credentials("hub").load("oauth")
    other.close()


def test_without_a_key_it_is_told_how_to_get_one(path: Path) -> None:
    """Only when tokens are really asked for: most connections need none."""
    store = open_store(f"sqlite:///{path}")
    credentials = store.credentials("hub")

    for attempt in (
        lambda: credentials.load("oauth"),
        lambda: credentials.save("oauth", {"refresh": CANARY}),
    ):
        with pytest.raises(ConfigurationError, match=r"hub .*token_hex\(32\)"):
            attempt()
    store.close()


def test_a_key_of_a_wrong_length_is_refused(tmp_path: Path) -> None:
    """Before anything is made."""
    with pytest.raises(ConfigurationError, match="has 5 bytes, not 32"):
        open_store(f"sqlite:///{tmp_path}/leadstate.db", key=b"short")

    assert list(tmp_path.iterdir()) == []


def test_only_one_of_several_changes_of_the_same_row_is_kept(store: Store) -> None:
    """Whoever held what is not kept any more is told no, and changes nothing."""
    credentials = store.credentials("amo")
    first = credentials.swap("oauth", None, {"refresh": "one"})
    late = credentials.swap("oauth", None, {"refresh": "two"})

    again = credentials.swap("oauth", {"refresh": "one"}, {"refresh": CANARY})

    assert [True, False, True] == [first, late, again]
    assert credentials.load("oauth") == {"refresh": CANARY}
    assert isinstance(credentials, SwappingCredentials)


def test_threads_that_swap_at_once_agree_on_one(store: Store) -> None:
    """The write lock is taken before the row is read."""
    store.credentials("amo").save("oauth", {"refresh": "old"})
    told: list[bool] = []

    def swap(number: int) -> None:
        credentials = store.credentials("amo")
        new = {"refresh": str(number)}
        told.append(credentials.swap("oauth", {"refresh": "old"}, new))

    threads = [Thread(target=swap, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert 1 == sum(told)
