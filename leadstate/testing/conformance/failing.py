"""Promises for bad days: errors by recovery, and no secret in any of them."""

# ruff: noqa: S101, SIM300 - these are tests: expected on the left

from __future__ import annotations

import logging
import traceback
from threading import get_ident
from typing import TYPE_CHECKING

import pytest
from structlog.testing import capture_logs

from leadstate.adapters import Applied, Gone, Write
from leadstate.errors import (
    ConfigurationError,
    FatalAdapterError,
    LeadstateError,
    RetryLater,
)
from leadstate.testing.conformance.base import Promises, binding_of, living, word
from leadstate.testing.rig import Fault

if TYPE_CHECKING:
    from collections.abc import Callable

    from leadstate.adapters import Adapter
    from leadstate.testing.rig import Rig

__all__ = ["Failing"]


def _calls(rig: Rig, adapter: Adapter) -> dict[str, Callable[[], object]]:
    """Return every method that calls the CRM, ready to be called."""
    made = living(rig)
    write = Write(token=word(), id=made, properties={rig.playground.text: word()})
    return {
        "read": lambda: adapter.read([made]),
        "changes": lambda: adapter.changes(None),
        "write": lambda: adapter.write([write]),
        "describe": adapter.describe,
    }


class Failing(Promises):
    """Every trouble is one of four kinds, and each goes on when it is over."""

    @pytest.mark.parametrize("fault", [Fault.UNAVAILABLE, Fault.MALFORMED])
    def test_a_crm_that_cannot_answer_is_tried_later(
        self, rig: Rig, adapter: Adapter, fault: Fault
    ) -> None:
        """`RetryLater` from every method: nothing is wrong with what was asked."""
        for call in _calls(rig, adapter).values():
            rig.fail(fault)
            with pytest.raises(RetryLater):
                call()
            rig.mend()

    def test_a_token_that_is_not_accepted_is_for_a_person(
        self, rig: Rig, adapter: Adapter
    ) -> None:
        """`ConfigurationError` or `FatalAdapterError`: trying again would not help."""
        for call in _calls(rig, adapter).values():
            rig.fail(Fault.UNAUTHORISED)
            with pytest.raises((ConfigurationError, FatalAdapterError)):
                call()
            rig.mend()

    @pytest.mark.parametrize(
        "fault", [Fault.UNAVAILABLE, Fault.MALFORMED, Fault.UNAUTHORISED]
    )
    def test_the_adapter_goes_on_when_the_trouble_is_over(
        self, rig: Rig, adapter: Adapter, fault: Fault
    ) -> None:
        """The same adapter, without being opened again."""
        made = living(rig)
        rig.fail(fault)
        with pytest.raises(LeadstateError):
            adapter.read([made])

        rig.mend()
        rig.pass_time(3600)

        (found,) = adapter.read([made])
        assert not isinstance(found, Gone)

    def test_no_secret_is_in_a_message_or_a_log(
        self, rig: Rig, caplog: pytest.LogCaptureFixture
    ) -> None:
        """Neither in the adapter's own text, whatever goes wrong."""
        caplog.set_level(logging.DEBUG)
        told: list[str] = []
        with capture_logs() as events:
            adapter = rig.open(binding_of(rig))
            told.append(repr(adapter))
            for fault in (None, *Fault):
                calls = _calls(rig, adapter).values()
                told += [_said(rig, call, fault) for call in calls]
            adapter.close()
        told += [repr(event) for event in events]
        # A sandbox of the rig may log in a thread of its own; the adapter runs in ours.
        ours = [one for one in caplog.records if one.thread == get_ident()]
        told += [record.getMessage() for record in ours]

        assert rig.playground.secrets, "tell the rig's secrets: Playground.secrets"
        shown = [one for one in told for s in rig.playground.secrets if s in one]
        assert [] == shown

    def test_a_mistake_in_a_setting_shows_no_secret(self, rig: Rig) -> None:
        """The message names the setting, never its value."""
        with pytest.raises(ConfigurationError) as caught:
            rig.open(binding_of(rig), no_such_setting=rig.playground.secrets[0])

        assert rig.playground.secrets[0] not in _whole(caught.value)

    def test_every_request_books_the_budget(self, rig: Rig, adapter: Adapter) -> None:
        """Not one request is made that was not booked before."""
        booked, made = rig.bench.budget.total, rig.requests()
        for call in _calls(rig, adapter).values():
            call()

        requests = rig.requests() - made
        assert 0 < requests <= rig.bench.budget.total - booked

    def test_every_repetition_books_the_budget_too(
        self, rig: Rig, adapter: Adapter
    ) -> None:
        """A CRM in trouble is not asked more often than a healthy one may be."""
        calls = _calls(rig, adapter)
        booked, made = rig.bench.budget.total, rig.requests()
        for call in calls.values():
            _said(rig, call, Fault.UNAVAILABLE)

        requests = rig.requests() - made
        assert 0 < requests <= rig.bench.budget.total - booked

    def test_an_adapter_that_is_used_can_be_closed(self, rig: Rig) -> None:
        """`close` writes nothing and raises nothing."""
        adapter = rig.open(binding_of(rig))
        for call in _calls(rig, adapter).values():
            call()
        before = rig.writes()

        adapter.close()

        assert before == rig.writes()

    def test_an_adapter_opened_after_another_was_closed_works(self, rig: Rig) -> None:
        """Closing one adapter takes nothing from the next."""
        rig.open(binding_of(rig)).close()
        adapter = rig.open(binding_of(rig))
        write = Write(
            token=word(), id=living(rig), properties={rig.playground.text: word()}
        )

        (outcome,) = adapter.write([write])
        adapter.close()

        assert isinstance(outcome, Applied)


def _said(rig: Rig, call: Callable[[], object], fault: Fault | None) -> str:
    """Return what a call says while ``fault`` strikes, an error with its traceback."""
    if fault is not None:
        rig.fail(fault)
    try:
        return repr(call())
    except LeadstateError as error:
        return _whole(error)
    finally:
        rig.mend()


def _whole(error: BaseException) -> str:
    return f"{error!r}\n{''.join(traceback.format_exception(error))}"
