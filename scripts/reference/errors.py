"""The page of exceptions: the tree, and what the caller of each one does."""

from __future__ import annotations

import inspect

from leadstate import errors
from scripts.reference.markdown import attributes, fenced, summary, table

# exception -> what the caller does
_DO = {
    "LeadstateError": "Catch it where every expected error ends as one message.",
    "ConfigurationError": "Show the message and stop; trying again changes nothing.",
    "WorkflowError": "Show every line of `problems`; each is one mistake to mend.",
    "UsageError": "Show the message; the caller asked for what is not there.",
    "RetryLater": "Pause for `after_seconds`, or with growing pauses, and repeat. "
    "With `sent` the effect is unknown: read back before writing again.",
    "StoreUnavailable": "Nothing was written; repeat. The receiver answers 503, so "
    "that the CRM sends the event again.",
    "VersionConflict": "Read the record again and decide again; never overwrite.",
    "SkipRecord": "Put this record into the dead letters and go on with the next.",
    "FatalAdapterError": "Tell a person, pause this connection, let the others go on.",
    "WebhookRefused": "Answer with a 4xx and store nothing.",
    "BadSignature": "Answer 401 and store nothing.",
    "BadBody": "Answer 400 and store nothing.",
}


def page() -> None:
    """Print the tree and an entry an exception."""
    tree = (inspect.getdoc(errors) or "").split("\n\n")[1]
    fenced(inspect.cleandoc(tree))
    for name in sorted(errors.__all__, key=_depth):
        error = getattr(errors, name)
        print(f"## {name}", "", summary(error), "", sep="\n")
        print(f"Kind of: `{error.__mro__[1].__name__}`.")
        print(f"The caller: {_DO[name]}", "", sep="\n")
        parts = attributes(error)
        if parts:
            table(["attribute", "meaning"], [(f"`{k}`", v) for k, v in parts.items()])


def _depth(name: str) -> list[str]:
    """Return the names from the base down, so that children follow their parent."""
    line = [one.__name__ for one in getattr(errors, name).__mro__]
    return line[: line.index("Exception")][::-1]
