"""Every promise can break: an adapter that is spoilt in one place fails its test."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING

import pytest

from leadstate.adapters import Capability, optional
from leadstate.testing import AdapterConformance, Rig
from leadstate.testing.conformance.base import capability_of
from leadstate.testing.declared import PARTS

if TYPE_CHECKING:
    from tests.unit.testing.conftest import Generated

# The promise -> file, what stands there, and what the careless author writes.
MUTANTS = {
    "test_reading_answers_once_for_each_id": (
        "adapter.py",
        "for one in dict.fromkeys(ids)\n        ]",
        "for one in found\n        ]",
    ),
    "test_reading_an_empty_property_shows_none": (
        "adapter.py",
        "for name in self._names if name in held}",
        "for name in self._names if held.get(name)}",
    ),
    "test_reading_more_than_a_page_answers_for_all": (
        "adapter.py",
        "for start in range(0, len(things), PAGE):",
        "for start in range(0, min(1, len(things)), PAGE):",
    ),
    "test_following_misses_nothing_over_pages": (
        "adapter.py",
        "more=page.more",
        "more=False",
    ),
    "test_following_finds_a_later_edit": (
        "adapter.py",
        "cursor=str(page.last)",
        "cursor=str(page.last + 1)",
    ),
    "test_a_refusal_is_a_value_and_spares_its_neighbours": (
        "adapter.py",
        "if not _difference(write, after):",
        "if after.id:",
    ),
    "test_a_repeated_write_of_what_is_there_sends_nothing": (
        "adapter.py",
        "    if not send:\n        return Applied",
        "    if send is None:\n        return Applied",
    ),
    "test_two_writes_of_one_object_are_a_mistake_of_the_caller": (
        "adapter.py",
        "!= len(writes):",
        "> len(writes):",
    ),
    "test_outcomes_stand_in_the_order_of_the_writes": (
        "adapter.py",
        "outcomes += self._write(chunk)",
        "outcomes = [*self._write(chunk), *outcomes]",
    ),
    "test_a_write_whose_answer_is_lost_changes_the_crm_once": (
        "api.py",
        (
            'json={"writes": given}\n        )\n        return read(Results, '
            "self._client.send(call))"
        ),
        (
            'json={"writes": given}\n        )\n        try:\n            return '
            "read(Results, self._client.send(call))\n        except Exception:\n"
            "            return Results(results=1)"
        ),
    ),
    "test_a_write_never_replaces_what_a_person_changed_meanwhile": (
        "adapter.py",
        "    if before is None:",
        "    if before is None or send:",
    ),
    "test_receiving_what_a_stranger_sends_ends_in_a_refusal": (
        "webhooks.py",
        "except (ValueError, TypeError, OverflowError):",
        "except OverflowError:",
    ),
    "test_a_forged_webhook_is_refused": (
        "webhooks.py",
        "if not hmac.compare_digest(",
        "if not given and not hmac.compare_digest(",
    ),
    "test_an_altered_body_is_refused_by_its_signature": (
        "webhooks.py",
        "told + request.body, hashlib",
        "told, hashlib",
    ),
    "test_different_events_have_different_keys": (
        "webhooks.py",
        "{event.id}",
        "{event.item}",
    ),
    "test_a_webhook_that_comes_again_has_the_same_keys": (
        "webhooks.py",
        "{event.id}",
        "{event.id}{self.now()}",
    ),
    "test_an_unknown_setting_is_named": (
        "settings.py",
        'extra="forbid"',
        'extra="ignore"',
    ),
    "test_a_mistake_in_a_setting_shows_no_secret": (
        "settings.py",
        '    listed = "; ".join(problems)',
        '    listed = "; ".join([*problems, str(given)])',
    ),
    "test_no_secret_is_in_a_message_or_a_log": (
        "adapter.py",
        "        self._names = connection.binding.read_properties\n",
        (
            "        self._names = connection.binding.read_properties\n"
            '        __import__("logging").warning("%s", connection.settings)\n'
        ),
    ),
    "test_every_request_books_the_budget": (
        "api.py",
        "limits=lambda call: (limit,)",
        'limits=lambda call: (limit,) if call.kind != "list" else ()',
    ),
    "test_opening_the_adapter_makes_no_call": (
        "api.py",
        "            loopback=True,\n        )\n",
        "            loopback=True,\n        )\n        self.account()\n",
    ),
    "test_a_crm_that_cannot_answer_is_tried_later": (
        "api.py",
        "if answer.status >= 500:",
        "if answer.status >= 600:",
    ),
    "test_a_token_that_is_not_accepted_is_for_a_person": (
        "api.py",
        "return Unauthorised(message=",
        "return TryAgain(message=",
    ),
    "test_describing_lists_every_bound_property": (
        "adapter.py",
        "for one in account.properties\n",
        "for one in account.properties[1:]\n",
    ),
    "test_declared_capabilities_agree_with_the_methods": (
        "plugin.py",
        "_CAPABILITIES = {",
        "_CAPABILITIES = {\n    Capability.NOTES: Supports(Support.FULL),",
    ),
    "test_every_limit_of_a_capability_is_told": (
        "plugin.py",
        "_CAPABILITIES = {",
        "_CAPABILITIES = {\n    Capability.MERGES: Supports(Support.PARTIAL),",
    ),
    "test_threads_write_and_read_without_mixing_their_objects": (
        "adapter.py",
        "        found: dict[str, Item] = {}\n",
        (
            "        found = self.__dict__.setdefault('_seen', {})\n"
            "        ids = [one for one in ids if one not in found]\n"
        ),
    ),
}


def promises() -> dict[str, object]:
    """Return every promise of the suite."""
    return {
        name: test
        for name, test in inspect.getmembers(AdapterConformance, inspect.isfunction)
        if name.startswith("test_")
    }


@pytest.mark.parametrize("promise", MUTANTS)
def test_an_adapter_that_breaks_a_promise_fails_its_test(
    generated: Generated, promise: str
) -> None:
    """The test that bears the promise's name fails, for that adapter alone."""
    generated.edit(*MUTANTS[promise])

    ended = generated.test("-k", promise)

    assert 1 == ended.returncode, ended.stdout
    assert f"FAILED tests/conformance/test_conformance.py::TestAcme::{promise}" in (
        ended.stdout
    )


def test_methods_that_are_not_declared_are_found(generated: Generated) -> None:
    """An optional protocol that is there and declared missing is a lie as well."""
    generated.edit(
        "adapter.py",
        "    def describe(self)",
        "    def add_note(self, id, text, *, token, repeated): ...\n\n"
        "    def describe(self)",
    )

    ended = generated.test("-k", "agree_with_the_methods")

    assert 1 == ended.returncode
    assert "notes is declared missing, but Notes is there" in ended.stdout


def test_missing_capabilities_are_skipped_with_their_note(generated: Generated) -> None:
    """Honestly: the reason is what the plugin tells an admin."""
    ended = generated.test("-rs", "-k", "told_from_an_unknown_one or given_once")

    assert 0 == ended.returncode
    assert "deletions is impossible: Acme forgets what is deleted" in ended.stdout
    assert "tasks is missing: no note" in ended.stdout


def test_a_declared_exception_of_a_partial_capability_is_skipped(
    generated: Generated,
) -> None:
    """With its reason; of a capability in full, or of the core, it is a failure."""
    suite = generated.folder / "tests" / "conformance" / "test_conformance.py"
    with suite.open("a", encoding="utf-8") as file:
        file.write(
            "    exceptions = {\n"
            '        "test_a_new_object_is_received_as_an_event": "Not of imports.",\n'
            '        "test_reading_no_ids_answers_nothing": "It does not matter.",\n'
            "    }\n"
        )
    names = "a_new_object_is or reading_no_ids"

    told = generated.test("-k", names)
    generated.edit(
        "plugin.py",
        "Capability.WEBHOOKS: Supports(Support.FULL)",
        'Capability.WEBHOOKS: Supports(Support.PARTIAL, "Not all.")',
    )
    partial = generated.test("-rs", "-k", names)

    assert "webhooks is declared as full, so that it has no" in told.stdout
    assert "a promise of the core has no exceptions" in told.stdout
    assert "webhooks is partial: Not of imports." in partial.stdout
    assert "1 skipped" in partial.stdout
    assert "1 error" in partial.stdout


def test_a_rig_that_lacks_a_needed_part_is_told_which(generated: Generated) -> None:
    """Whoever declares webhooks gives a rig that delivers them."""
    rig = generated.folder / "tests" / "conftest.py"
    text = rig.read_text(encoding="utf-8")
    rig.write_text(text.replace("def again(", "def once_more("), encoding="utf-8")

    ended = generated.test("-k", "same_keys")

    assert 1 == ended.returncode
    assert "needs Delivers (deliveries, again, forged)" in ended.stdout


def test_every_promise_is_a_sentence() -> None:
    """The report and the reference are made of them."""
    silent = [
        name
        for name, test in promises().items()
        if not (inspect.getdoc(test) or "").split("\n\n")[0].endswith(".")
    ]

    assert [] == silent


def test_every_capability_with_a_protocol_has_promises() -> None:
    """Nothing can be declared that nobody proves."""
    proved = {capability_of(test) for test in promises().values()}

    assert set() == (set(PARTS) | {Capability.OAUTH, Capability.OVERTAKEN}) - proved
    assert set() == set(Capability) - proved


def test_every_optional_protocol_belongs_to_a_capability() -> None:
    """One that is added to the kit is added to the proof."""
    protocols = {
        thing
        for name in optional.__all__
        if getattr(thing := getattr(optional, name), "_is_protocol", False)
    }

    judged_elsewhere = {optional.OAuthFlow, optional.Priced, optional.RecentHistory}
    assert protocols - judged_elsewhere == set(PARTS.values())


def test_a_rig_is_asked_for_by_name() -> None:
    """The names of `Rig` are what its documentation says."""
    names = {name for name in vars(Rig) if not name.startswith("_")}

    assert {"add", "edit", "held", "open", "writes", "requests"} <= names
