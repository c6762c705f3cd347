"""One word per idea: the glossary has the words of the code, and none stands twice."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from typing import TYPE_CHECKING

import leadstate

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.architecture.conftest import Source

WORD = re.compile(r"^\| ([^|]+?) \| [^|]+ \|$", re.MULTILINE)
PART = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z][a-z]+|[A-Z]+")
IDEAS = ("leadstate/domain/", "leadstate/adapters/")

# why -> public classes that need no line of their own
UNLISTED = {
    "a kind of action, by its key in the workflow file": (
        "Assign",
        "AssignBy",
        "Call",
        "LeaveNote",
        "Notify",
        "SetField",
        "Start",
    ),
    "a kind of signal": (
        "DeclineMove",
        "FieldEdit",
        "FirstSeen",
        "MovedOutside",
        "PauseClocks",
        "ResumeClocks",
        "Started",
        "TimerDue",
        "WentLive",
    ),
    "a kind of effect": (
        "ApprovalAsked",
        "CallMade",
        "CameUnderCare",
        "ClockChanged",
        "Declined",
        "Denied",
        "Edited",
        "Entered",
        "Escalated",
        "FieldSet",
        "Flagged",
        "Happened",
        "MessageSent",
        "MoveRefused",
        "Moved",
        "NoteLeft",
        "RecordStarted",
        "SlaChanged",
        "TaskGiven",
        "TimersArmed",
        "Unflagged",
    ),
    "a part of a condition": (
        "AllOf",
        "AnyOf",
        "AtLeast",
        "FieldRef",
        "Named",
        "Operator",
        "ScoreRef",
        "Test",
    ),
    "a part of a score": ("EventRule", "PointRule"),
    "the possible values of an idea that is listed": (
        "CheckState",
        "ClockState",
        "ConnectionMode",
        "EventKind",
        "FieldSource",
        "FieldType",
        "FindingKind",
        "GoneReason",
        "HistoryKind",
        "OutsideAnswer",
        "RefusalCode",
        "StageKind",
        "Status",
        "TimerKind",
    ),
    "some of what is listed, as it is handed over": (
        "ChangePage",
        "CountedVisit",
        "HistoryPage",
        "PassedStage",
        "PastChange",
        "PropertyInfo",
        "SetupStep",
        "WantedProperty",
    ),
    "who does, or what became of, what is listed": (
        "Created",
        "Creator",
        "Notes",
        "OAuthFlow",
        "PinnedAccount",
        "Priced",
        "RecentHistory",
        "SwappingCredentials",
        "Tasks",
    ),
    "the noun of it is listed: warning": ("Warn",),
    "the idea is listed as shade": ("Support", "Supports"),
    "how a plugin is introduced": (
        "Actions",
        "AdapterSpec",
        "DocPage",
        "Installed",
        "RegisterAdapter",
        "RegisterSandbox",
        "StrictSettings",
    ),
    "the recipe of HTTP, in the words of HTTP": (
        "ApiCall",
        "ApiClient",
        "ApiResponse",
        "Authoriser",
        "CheckedTransport",
        "Limit",
        "StaticToken",
        "Stop",
        "TryAgain",
        "Unauthorised",
    ),
}

# A class in one of these is named in the words of a CRM, whatever Leadstate calls it.
VENDORS_WORDS = re.compile(r"^plugins/\w+/\w+/(sandbox/|payloads)")
TWIN = re.compile(r"^plugins/\w+/\w+/")

# class -> why the word stands twice
HOMONYMS = {
    "App": "HubSpot's app, in its words, beside the installation that works",
    "Promises": "the base of either suite of the kit: adapters' and stores'",
    "Reader": "a workflow file's, and a CRM's in each plugin",
    "Receiving": "what either suite of the kit proves: adapters' and stores'",
    "Settings": "an installation's, and a connection's in each plugin",
    "Sharing": "what either suite of the kit proves: adapters' and stores'",
    "Stage": "amoCRM's own, in its words, beside the lifecycle's",
}


def glossary(root: Path) -> set[str]:
    """Return the words that the glossary explains, in small letters."""
    text = (root / "docs/glossary.md").read_text(encoding="utf-8")
    return {word.lower() for word in WORD.findall(text)}


def word_of(name: str) -> str:
    """Return a class's name as people write it: ``SlaClock`` is ``sla clock``."""
    return " ".join(PART.findall(name)).lower()


def classes(source: Source) -> Iterator[str]:
    """Yield the public classes of a file."""
    for node in source.tree.body:
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            yield node.name


def test_every_name_of_the_front_door_is_in_the_glossary(root: Path) -> None:
    """A class by its name; a function by its verb, or by the noun that it is about."""
    known = glossary(root)

    assert [] == [
        name
        for name in leadstate.__all__
        if word_of(name) not in known
        and not known.intersection(part.removesuffix("s") for part in name.split("_"))
        and not known.intersection(name.split("_"))
    ]


def test_every_idea_of_domain_and_adapters_is_in_the_glossary(
    root: Path, sources: tuple[Source, ...]
) -> None:
    """Under the word that the class has, or it is an exception with its reason."""
    known = glossary(root)
    named = {
        name for one in sources if one.name.startswith(IDEAS) for name in classes(one)
    }
    unlisted = {name for names in UNLISTED.values() for name in names}

    assert [] == sorted(name for name in named - unlisted if word_of(name) not in known)
    assert set() == unlisted - named, "an exception for what is not there"


def test_the_glossary_is_in_alphabetical_order(root: Path) -> None:
    """So that a word is found, and none stands twice."""
    text = (root / "docs/glossary.md").read_text(encoding="utf-8")
    words = [word.lower() for word in WORD.findall(text) if word != "word"]

    assert sorted(set(words)) == words


def test_no_public_class_has_the_name_of_another(sources: tuple[Source, ...]) -> None:
    """Twins in the plugins are one; what a CRM calls its things is the CRM's."""
    places: defaultdict[str, set[str]] = defaultdict(set)
    for source in sources:
        if VENDORS_WORDS.match(source.name) or source.name.startswith("demo/"):
            continue
        for name in classes(source):
            places[name].add(TWIN.sub("", source.name))
    twice = {name: sorted(found) for name, found in places.items() if len(found) > 1}

    assert {} == {name: found for name, found in twice.items() if name not in HOMONYMS}
    assert set() == HOMONYMS.keys() - twice.keys(), "a reason for what stands once"
