"""Start Leadstate's command line in fresh processes, quickly.

Reading the libraries takes longer than most tests; this process reads them once and
forks.  A child reads Leadstate itself anew, under the environment it is given, and runs
`leadstate.cli.main` as the installed command does.  Speaks JSON lines:

    {"argv": ["run"], "env": {}, "cwd": "/folder", "out": "/file"}  ->  {"pid": 12}
    {"poll": 12}                                   ->  {"status": null}, or -9, or 0
"""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import sys
import traceback

LIBRARIES = (
    "alembic.autogenerate",
    "alembic.command",
    "alembic.runtime.migration",
    "click",
    "cryptography.hazmat.primitives.ciphers.aead",
    "email_validator",
    "fastapi",
    "fastapi.responses",
    "httpx",
    "pluggy",
    "pydantic",
    "rich.console",
    "rich.table",
    "sqlalchemy.dialects.sqlite",
    "stamina",
    "structlog",
    "transitions",
    "uvicorn",
    "uvicorn.lifespan.on",
    "uvicorn.loops.auto",
    "uvicorn.protocols.http.auto",
    "uvicorn.protocols.websockets.auto",
    "yaml",
)


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
    for name in LIBRARIES:
        with contextlib.suppress(ImportError):
            importlib.import_module(name)
    ended: dict[int, int] = {}
    print(json.dumps({"ready": True}), flush=True)  # noqa: T201 - the protocol
    for line in sys.stdin:
        print(json.dumps(_answer(json.loads(line), ended)), flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
