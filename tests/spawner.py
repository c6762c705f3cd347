"""Start Leadstate's command line in fresh processes, quickly.

Reading the code takes longer than most commands do; this process reads it once and
forks.  A child lets what was read from the environment be read anew, under the one that
it is given, and runs `leadstate.cli.main` as the installed command does.  Speaks JSON
lines:

    {"argv": ["run"], "env": {}, "cwd": "/folder", "out": "/file"}  ->  {"pid": 12}
    {"poll": 12}                                   ->  {"status": null}, or -9, or 0
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import sys
import traceback

READ_ONCE = (
    "alembic.autogenerate",
    "alembic.command",
    "alembic.runtime.migration",
    "certifi",
    "click",
    "cryptography.hazmat.primitives.ciphers.aead",
    "email_validator",
    "fastapi",
    "fastapi.responses",
    "holidays.countries",
    "httpx",
    "pluggy",
    "pydantic",
    "rich.console",
    "rich.table",
    "sqlalchemy.dialects.sqlite",
    "structlog",
    "transitions",
    "uvicorn",
    "uvicorn.lifespan.on",
    "uvicorn.loops.auto",
    "uvicorn.protocols.http.auto",
    "uvicorn.protocols.websockets.auto",
    "yaml",
    "leadstate.cli.backfill",
    "leadstate.cli.connect",
    "leadstate.cli.doctor",
    "leadstate.cli.record.move",
    "leadstate.cli.record.show",
    "leadstate.cli.run",
    "leadstate.cli.status",
    "leadstate.service.bootstrap",
    "leadstate.web.receiver",
    "leadstate_amocrm.adapter",
    "leadstate_amocrm.oauth",
    "leadstate_amocrm.sandbox",
    "leadstate_hubspot.adapter",
    "leadstate_hubspot.oauth",
    "leadstate_hubspot.sandbox",
)
FROM_ENVIRONMENT = ("leadstate.service.failpoints",)
"""What keeps, from its import on, what the environment said."""


def _child(argv: list[str], env: dict[str, str], cwd: str, out: str) -> None:
    """Become the command; never returns."""
    status = 1
    try:
        os.setsid()
        with open(os.devnull, "rb") as nothing:  # noqa: PTH123 - a device
            os.dup2(nothing.fileno(), 0)
        file = os.open(out, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        os.dup2(file, 1)
        os.dup2(file, 2)
        os.chdir(cwd)
        os.environ.update(env)
        for name in FROM_ENVIRONMENT:
            importlib.reload(sys.modules[name])
        sys.argv = ["leadstate", *argv]
        importlib.import_module("leadstate.cli").main()
        status = 0
    except SystemExit as done:
        status = done.code if isinstance(done.code, int) else 1
    except BaseException:  # noqa: BLE001 - the parent's code must not run on
        traceback.print_exc()
    finally:
        with contextlib.suppress(Exception):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(status)


def _answer(asked: dict[str, object], ended: dict[int, int]) -> dict[str, object]:
    if "poll" in asked:
        pid = int(str(asked["poll"]))
        if pid not in ended:
            found, status = os.waitpid(pid, os.WNOHANG)
            if found:
                ended[pid] = os.waitstatus_to_exitcode(status)
        return {"status": ended.get(pid)}
    pid = os.fork()
    if pid == 0:
        _child(asked["argv"], asked["env"], asked["cwd"], asked["out"])  # type: ignore[arg-type]
    return {"pid": pid}


def main() -> None:
    """Serve until the other side goes away."""
    for name in READ_ONCE:
        with contextlib.suppress(ImportError):
            importlib.import_module(name)
    gc.freeze()  # a child that collects garbage leaves all of it alone
    ended: dict[int, int] = {}
    print(json.dumps({"ready": True}), flush=True)  # noqa: T201 - the protocol
    for line in sys.stdin:
        print(json.dumps(_answer(json.loads(line), ended)), flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
