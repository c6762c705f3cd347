"""A receiver in a process of its own, whose worker never runs out of work.

    python -m benchmarks.serving 5000

Prints its address and serves until it is ended.
"""

from __future__ import annotations

import socket
import sys
from threading import Thread
from typing import TYPE_CHECKING

import uvicorn

from benchmarks.installation import change, installation
from leadstate.service.advance import advance
from leadstate.web.receiver import create_receiver

if TYPE_CHECKING:
    from benchmarks.installation import MemoryCrm
    from leadstate.service.app import App


def _serve(size: int) -> None:
    ids = [str(number) for number in range(1, size + 1)]
    # Named as TCP, or asyncio leaves Nagle's delay of 40 ms on.
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    with installation() as (app, crm), listening:
        listening.bind(("127.0.0.1", 0))
        Thread(target=_work, args=(app, crm, ids), daemon=True).start()
        api = create_receiver(app, public_url=None)
        config = uvicorn.Config(api, log_level="error", access_log=False)
        port = listening.getsockname()[1]
        print(f"http://127.0.0.1:{port}", flush=True)
        sys.stdout = sys.stderr  # nobody reads what is logged
        uvicorn.Server(config).run(sockets=[listening])


def _work(app: App, crm: MemoryCrm, ids: list[str]) -> None:
    """Advance without a pause; when nothing is due, everything changes again."""
    turn = 0
    while True:
        if not advance(app).progress:
            turn += 1
            change(app, crm, ids, {"need": f"Need number {turn}"})


if __name__ == "__main__":
    _serve(int(sys.argv[1]))
