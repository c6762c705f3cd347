"""Send what actions ask for besides the CRM: messages to channels, calls to plugins.

A row of kind MESSAGE names its channel where others name a connection, and carries
``subject``, ``text``, ``event`` and what else a program may want to know.  A row of
kind CALL goes to the plugins and carries ``name``, ``settings`` and ``values``.
Everything goes out at least once, with one token over every repetition.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final, TypeAlias

import structlog

from leadstate.domain.action import Notify
from leadstate.errors import RetryLater, SkipRecord
from leadstate.service.channel import Message
from leadstate.service.outbound.outgoing import claim, dead_letter, finish, release
from leadstate.settings import PLUGIN
from leadstate.store import (
    CallWrite,
    MessageWrite,
    OutboxKind,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from leadstate.domain.lifecycle import Lifecycle
    from leadstate.service.app import App
    from leadstate.store import OutboxRow

    Step: TypeAlias = Callable[[], bool]
    Doing: TypeAlias = Callable[[OutboxRow], str]

__all__ = ["SendTally", "channels_of", "perform_calls", "send_messages", "senders"]

BATCH: Final = 10
"""Rows of one round: with the longest timeout, still within the lease."""

log = structlog.get_logger("leadstate.push")


@dataclass(slots=True)
class SendTally:
    """What one round did, in outbox rows."""

    claimed: int = 0
    sent: int = 0
    later: int = 0
    dead: int = 0

    @property
    def progress(self) -> bool:
        """Whether another round may find more to do at once."""
        return self.claimed > self.later


def senders(app: App) -> list[tuple[str, Step]]:
    """Return the loops that send, by name; a step says whether there may be more.

    A channel that the workflow names and the settings lack has one too: what was to go
    there becomes dead letters that say so, and can be replayed when it is there.
    """
    names = dict.fromkeys((*app.channels, *channels_of(app.lifecycle)))
    found: list[tuple[str, Step]] = [
        (f"send {name}", partial(_send_once, app, name)) for name in names
    ]
    return [*found, ("call plugins", partial(_call_once, app))]


def channels_of(lifecycle: Lifecycle) -> tuple[str, ...]:
    """Return every channel that a workflow names, each once, in file order."""
    return tuple(
        dict.fromkeys(
            one.channel for one in lifecycle.actions if isinstance(one, Notify)
        )
    )


def _send_once(app: App, name: str) -> bool:
    return send_messages(app, name).progress


def _call_once(app: App) -> bool:
    return perform_calls(app).progress


def send_messages(app: App, channel: str, *, limit: int = BATCH) -> SendTally:
    """Send up to ``limit`` messages through one channel, each ending by itself."""
    return _carry_out(
        app, channel, OutboxKind.MESSAGE, partial(_send, app, channel), limit
    )


def perform_calls(app: App, *, limit: int = BATCH) -> SendTally:
    """Let the plugins perform up to ``limit`` actions."""
    return _carry_out(app, PLUGIN, OutboxKind.CALL, partial(_call, app), limit)


def _carry_out(
    app: App, connection: str, kind: OutboxKind, do: Doing, limit: int
) -> SendTally:
    done, reason = SendTally(), _REASONS[kind]
    rows = claim(app, connection, (kind,), limit)
    done.claimed = len(rows)
    for row in rows:
        try:
            outcome = do(row)
        except RetryLater as error:
            release(app, [row], error, done, patient=False, reason=reason)
        except SkipRecord as error:
            dead_letter(app, [row], str(error), done, reason=reason)
        else:
            finish(app, row, outcome)
            done.sent += 1
    return done


_REASONS: Final = {
    OutboxKind.MESSAGE: "cannot be sent",
    OutboxKind.CALL: "cannot be performed",
}


# -- messages --------------------------------------------------------------------------


def _send(app: App, channel: str, row: OutboxRow) -> str:
    open_one = app.channels.get(channel)
    if open_one is None:
        known = ", ".join(app.channels) or "none"
        raise SkipRecord(
            f"the settings have no channel {channel!r}; known: {known}. Add it under "
            "'channels:', start again, and replay this letter"
        )
    return open_one.send(_message(row), now=app.clock.now())


def _message(row: OutboxRow) -> Message:
    given = row.payload if isinstance(row.payload, MessageWrite) else MessageWrite()
    data = {"stage": given.stage, "at": given.at.isoformat() if given.at else ""}
    return Message(
        token=row.token,
        created_at=row.created_at,
        subject=given.subject,
        text=given.text,
        event=given.event,
        data={"record": row.record_id, **{k: v for k, v in data.items() if v}},
    )


# -- calls to plugins ------------------------------------------------------------------


def _call(app: App, row: OutboxRow) -> str:
    call = row.payload if isinstance(row.payload, CallWrite) else CallWrite()
    if _performed(app, call, row):
        return "performed"
    asked = ", ".join(app.actions.plugins) or "none"
    raise SkipRecord(
        f"no plugin performs {call.name!r}; asked: {asked}. Name the plugin that does "
        "under 'plugins:' in the settings, start again, and replay this letter"
    )


def _performed(app: App, call: CallWrite, row: OutboxRow) -> bool:
    try:
        return app.actions.perform(
            call.name,
            settings=call.settings,
            record_id=row.record_id,
            values=_texts(call.values),
            token=row.token,
        )
    except (RetryLater, SkipRecord):
        raise
    except Exception as error:
        # A plugin's mistake must not end the loop; it may be mended meanwhile.
        log.exception("a plugin failed", action=call.name, record=row.record_id)
        words = f"the plugin failed: {type(error).__name__}: {error}"
        raise RetryLater(words, sent=True) from error


def _texts(given: object) -> dict[str, str]:
    if not isinstance(given, dict):
        return {}
    return {str(name): _text(value) for name, value in given.items()}


def _text(value: object) -> str:
    """Return a stored value as text, in the form in which values are read."""
    if isinstance(value, list):
        return ";".join(map(str, value))
    if isinstance(value, bool):
        return "true" if value else "false"
    unreadable = isinstance(value, dict)
    return "" if value is None or unreadable else str(value)
