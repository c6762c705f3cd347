"""Messages and calls leave by the outbox: once each, in order, or as a dead letter."""

from __future__ import annotations

import sys
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from installations import LIFECYCLE

from leadstate.adapters.registry import Actions
from leadstate.domain.action import Assign, LeaveNote, Notify
from leadstate.domain.sla import SLA
from leadstate.service.dead_letters import letters, replay
from leadstate.service.outbound.addresses import target_of
from leadstate.service.outbound.mail import EmailChannel
from leadstate.service.outbound.messages import (
    channels_of,
    perform_calls,
    send_messages,
    senders,
)
from leadstate.service.outbound.outgoing import MOST_ATTEMPTS, claim
from leadstate.service.outbound.posting import SlackChannel, WebhookChannel, _Poster
from leadstate.settings import EmailSettings
from leadstate.store import OutboxKind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from installations import Endpoint, Office, PostOffice


@pytest.fixture(name="office")
def _office(office_of: Callable[..., Office], endpoint: Endpoint) -> Office:
    """An installation with one channel, to the endpoint."""
    return office_of(channels={"ops": webhook(endpoint)})


def poster(endpoint: Endpoint) -> _Poster:
    """Return what posts to the endpoint on loopback."""
    target = target_of(endpoint.url, "url", allow_http=True, allow_private=True)
    return _Poster(target, 5)


def webhook(endpoint: Endpoint) -> WebhookChannel:
    """Return a webhook channel to the endpoint."""
    return WebhookChannel(poster(endpoint), b"k" * 32)


def ids(endpoint: Endpoint) -> list[str]:
    """Return the ids of what arrived."""
    return [taken.headers["webhook-id"] for taken in endpoint.taken]


# -- messages --------------------------------------------------------------------------


def test_a_message_goes_out_once(office: Office, endpoint: Endpoint) -> None:
    """With what a program wants to know beside what people read."""
    put = office.message(stage="mql", at="2026-03-10T09:30:00+00:00")

    done = send_messages(office.app, "ops")

    assert (1, 1, 0, 0) == (done.claimed, done.sent, done.later, done.dead)
    assert ("done", "taken (200)") == office.ended(put)
    assert {
        "type": "warned",
        "timestamp": "2026-03-10T12:00:00+00:00",
        "data": {
            "record": "r-1",
            "stage": "mql",
            "at": "2026-03-10T09:30:00+00:00",
            "subject": "A lead waits",
            "text": "Call Ada",
        },
    } == endpoint.taken[0].json
    assert 0 == send_messages(office.app, "ops").claimed


def test_a_crash_before_the_answer_repeats_the_same_message(
    office: Office, endpoint: Endpoint
) -> None:
    """When the lease has run out; the receiver tells by the id that it is the same."""
    put = office.message()
    claim(office.app, "ops", (OutboxKind.MESSAGE,), 10)
    office.app.channels["ops"].send(_sent(office, put), now=office.clock.now())

    assert 0 == send_messages(office.app, "ops").claimed
    office.clock.advance(timedelta(minutes=5))
    send_messages(office.app, "ops")

    assert [office.row(put).token] * 2 == ids(endpoint)
    assert "done" == office.ended(put)[0]


def _sent(office: Office, id: int) -> Any:  # noqa: A002
    from leadstate.service.outbound.messages import _message

    return _message(office.row(id))


def test_a_message_that_waits_holds_nothing_back(
    office: Office, endpoint: Endpoint
) -> None:
    """Not even the next one of its own record: a late warning is better than none."""
    first, second = office.message(), office.message()
    endpoint.answer(503)

    send_messages(office.app, "ops")
    assert ["pending", "done"] == [office.ended(one)[0] for one in (first, second)]
    office.clock.advance(timedelta(seconds=2))
    send_messages(office.app, "ops")

    tokens = [office.row(one).token for one in (first, second, first)]
    assert tokens == ids(endpoint)


def test_a_receiver_that_names_a_pause_gets_it(
    office_of: Callable[..., Office], endpoint: Endpoint
) -> None:
    """Slack's rate limit: nothing is sent before the time it asked for."""
    office = office_of(channels={"ops": SlackChannel(poster(endpoint))})
    put = office.message()
    endpoint.answer(429, retry_after="40")

    done = send_messages(office.app, "ops")
    assert (1, False) == (done.later, done.progress)
    office.clock.advance(timedelta(seconds=39))
    assert 0 == send_messages(office.app, "ops").claimed
    office.clock.advance(timedelta(seconds=1))
    send_messages(office.app, "ops")

    assert "done" == office.ended(put)[0]
    assert {"text": "*A lead waits*\nCall Ada"} == endpoint.taken[1].json


def test_a_receiver_that_says_no_leaves_a_dead_letter(
    office: Office, endpoint: Endpoint
) -> None:
    """At once, with its words; the next message goes on."""
    refused, other = office.message(), office.message()
    endpoint.answer(410, b"gone for good")

    send_messages(office.app, "ops")
    send_messages(office.app, "ops")

    assert [("ops", "cannot be sent", "answers 410: gone for good")] == office.letters()
    assert ["dead", "done"] == [office.ended(one)[0] for one in (refused, other)]


def test_mail_waits_for_its_server_and_is_then_a_dead_letter(
    office_of: Callable[..., Office], post_office: PostOffice
) -> None:
    """Tried with growing pauses, given to a person in the end, and sent on replay."""
    office = office_of(channels={"heads": mail(port=9)})
    put = office.message("heads")
    tried = []

    for _ in range(MOST_ATTEMPTS * 40):
        if send_messages(office.app, "heads").claimed:
            tried.append(office.clock.now())
        office.clock.advance(timedelta(seconds=30))

    [(where, reason, detail)] = office.letters()
    assert MOST_ATTEMPTS == len(tried)
    assert ("heads", "cannot be sent") == (where, reason)
    assert detail.startswith("12 tries, the last: the mail server cannot be reached")
    assert timedelta(minutes=15) <= tried[-1] - tried[-2] < timedelta(minutes=16)

    back = office.with_(channels={"heads": mail(port=post_office.port)})
    replay(back.app, letters(back.app)[0].id)
    send_messages(back.app, "heads")

    assert "done" == back.ended(put)[0]
    assert ["A lead waits"] == [one["subject"] for one in post_office.mails]
    assert [] == back.letters()


def mail(port: int) -> EmailChannel:
    """Return a mail channel to a server on loopback."""
    given = {
        "type": "email",
        "host": "127.0.0.1",
        "port": port,
        "tls": "none",
        "from": "leads@example.com",
        "to": "heads@example.com",
    }
    return EmailChannel(EmailSettings.model_validate(given), None)


def test_a_channel_that_the_settings_lack_is_told_and_loses_nothing(
    office: Office, endpoint: Endpoint
) -> None:
    """The letter says what to write; with the channel there, a replay sends it."""
    put = office.message("pager")

    send_messages(office.app, "pager")

    [(where, _, detail)] = office.letters()
    assert "pager" == where
    assert detail.startswith("the settings have no channel 'pager'; known: ops. Add it")
    there = office.with_(channels={"pager": webhook(endpoint)})
    replay(there.app, letters(there.app)[0].id)
    send_messages(there.app, "pager")
    assert "done" == there.ended(put)[0]


def test_a_message_without_anything_is_still_a_message(
    office: Office, endpoint: Endpoint
) -> None:
    """A row that an older version wrote differently does not stop the loop."""
    office.put(OutboxKind.MESSAGE, "ops")

    send_messages(office.app, "ops")

    assert ("message", {"record": "r-1", "subject": "", "text": ""}) == (
        endpoint.taken[0].json["type"],
        endpoint.taken[0].json["data"],
    )


# -- loops -----------------------------------------------------------------------------


def notifying(office: Office) -> Office:
    """Return the office with a workflow that sends to two channels."""
    breach = Notify(channel="heads", text="x")
    sla = SLA(
        name="s",
        within=timedelta(1),
        calendar="always",
        on_warning=(Assign(team="t"),),
        on_breach=(breach, Notify(channel="ops", text="y")),
    )
    lead = replace(
        LIFECYCLE.stages["lead"], on_enter=(LeaveNote(text="n"),), slas=(sla,)
    )
    stages = {**LIFECYCLE.stages, "lead": lead}
    return office.with_(lifecycle=replace(LIFECYCLE, stages=stages))


def test_every_channel_has_a_loop_and_so_have_the_plugins(office: Office) -> None:
    """Those of the settings, then those that only the workflow names."""
    office = notifying(office)

    assert ("heads", "ops") == channels_of(office.app.lifecycle)
    assert ["send ops", "send heads", "call plugins"] == [
        name for name, _ in senders(office.app)
    ]


def test_a_step_says_whether_there_may_be_more(
    office: Office, endpoint: Endpoint
) -> None:
    """True while something was done; what was put off is no reason to hurry."""
    office.message()
    office.put(OutboxKind.CALL, "plugin", name="log", settings={"text": "t"})
    steps = dict(senders(office.app))

    assert [True, True] == [steps["send ops"](), steps["call plugins"]()]
    assert [False, False] == [steps["send ops"](), steps["call plugins"]()]
    office.message()
    endpoint.answer(503)
    assert not steps["send ops"]()


# -- calls to plugins ------------------------------------------------------------------

PLUGIN = """
from leadstate.adapters import hookimpl
from leadstate.errors import ConfigurationError, RetryLater, SkipRecord

asked = []
trouble = []

@hookimpl
def perform_action(name, settings, record_id, values, token):
    if name != "acme_page":
        return None
    asked.append((dict(settings), record_id, dict(values), token))
    if trouble:
        raise trouble.pop(0)
    return True
"""


@pytest.fixture(name="plugin")
def _plugin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A real plugin, installed for this test; its module."""
    monkeypatch.syspath_prepend(str(tmp_path))
    (tmp_path / "acme_acting.py").write_text(PLUGIN, encoding="utf-8")
    folder = tmp_path / "acme_acting-1.0.dist-info"
    folder.mkdir()
    (folder / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: acme_acting\nVersion: 1.0\n", encoding="utf-8"
    )
    (folder / "entry_points.txt").write_text(
        "[leadstate]\nacme_acting = acme_acting\n", encoding="utf-8"
    )
    yield __import__("importlib").import_module("acme_acting")
    sys.modules.pop("acme_acting", None)


@pytest.fixture(name="acting")
def _acting(office_of: Callable[..., Office], plugin: Any) -> Office:
    """An installation that may ask the plugin."""
    assert plugin.asked == []
    return office_of(actions=Actions(["acme_acting"]))


def call(office: Office, name: str = "acme_page") -> int:
    """Put a call into the outbox."""
    values = {
        "size": 80,
        "hot": True,
        "tags": ["a", "b"],
        "need": None,
        "odd": {"x": 1},
    }
    return office.put(
        OutboxKind.CALL, "plugin", name=name, settings={"to": "x"}, values=values
    )


def test_a_plugin_performs_an_action_of_the_workflow(
    acting: Office, plugin: Any
) -> None:
    """It is told the settings, the record and its values as texts, under a token."""
    put = call(acting)

    done = perform_calls(acting.app)

    assert 1 == done.sent
    assert ("done", "performed") == acting.ended(put)
    texts = {"size": "80", "hot": "true", "tags": "a;b", "need": "", "odd": ""}
    assert [({"to": "x"}, "r-1", texts, acting.row(put).token)] == plugin.asked


def test_an_action_that_nobody_performs_is_a_dead_letter(
    office: Office, acting: Office
) -> None:
    """It names who was asked and what to write."""
    call(acting, "unknown")
    office.put(OutboxKind.CALL, "plugin", settings=None)

    perform_calls(acting.app)
    perform_calls(office.app)

    [(where, reason, detail)] = acting.letters()
    assert ("plugin", "cannot be performed") == (where, reason)
    assert detail.startswith("no plugin performs 'unknown'; asked: acme_acting. Name ")
    assert "no plugin performs ''; asked: none. " in office.letters()[0][2]


def test_a_plugin_can_say_later_or_never(acting: Office, plugin: Any) -> None:
    """Later is asked again after its pause, under the same token; never is a letter."""
    put = call(acting)
    plugin.trouble += [plugin.RetryLater("busy", after_seconds=30)]
    plugin.trouble += [plugin.SkipRecord("no such pager")]

    assert 1 == perform_calls(acting.app).later
    acting.clock.advance(timedelta(seconds=29))
    assert 0 == perform_calls(acting.app).claimed
    acting.clock.advance(timedelta(seconds=1))
    perform_calls(acting.app)

    assert [acting.row(put).token] * 2 == [one[3] for one in plugin.asked]
    assert [("plugin", "cannot be performed", "no such pager")] == acting.letters()


@pytest.mark.parametrize("error", ["ValueError", "ConfigurationError"])
def test_a_plugin_that_fails_stops_nothing_but_its_own_call(
    acting: Office, plugin: Any, error: str
) -> None:
    """Its mistake is told, the call is tried again, and then a person is asked."""
    call(acting)
    kind = getattr(plugin, error, ValueError)
    plugin.trouble += [kind("oops")] * MOST_ATTEMPTS

    for _ in range(MOST_ATTEMPTS):
        perform_calls(acting.app)
        acting.clock.advance(timedelta(minutes=15))

    [(_, _, detail)] = acting.letters()
    assert f"12 tries, the last: the plugin failed: {error}: oops" == detail
