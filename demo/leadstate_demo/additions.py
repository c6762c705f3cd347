"""What the demo adds to the shipped workflow, because it knows its people and its chat.

The shipped files name neither: an installation without a people file has nobody to give
a lead to, and one without channels nowhere to send a message.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from leadstate.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["CHANNEL", "add_people_and_chat"]

CHANNEL: Final = "chat"
_MESSAGE: Final = (
    f"{{notify: {{channel: {CHANNEL}, text: "
    '"{stage_label} {record}: nobody kept {sla}, due {due}. Owner: {owner}"}}'
)
_SAL: Final = "    label: SAL\n    owner: sales\n"
_IN_THE_WORKFLOW: Final = {
    # Whoever of sales has waited longest gets an accepted lead.
    _SAL: f"{_SAL}    on_enter: {{assign: sales}}\n",
    # People read of a broken SLA where they talk.
    "then: {escalate: sales}": f"then: [{{escalate: sales}}, {_MESSAGE}]",
    "then: [escalate, ": f"then: [escalate, {_MESSAGE}, ",
}


def add_people_and_chat(folder: Path, workflow: str) -> None:
    """Let accepted leads be given to people, and broken SLAs be told in the chat.

    Args:
        folder: Where the workflow's files are.

    Raises:
        UsageError: They are not the shipped ones.
    """
    _change(folder / f"{workflow}.yaml", _IN_THE_WORKFLOW)


def _change(file: Path, changes: dict[str, str]) -> None:
    text = file.read_text(encoding="utf-8")
    for before, after in changes.items():
        if text.count(before) != 1:
            raise UsageError(
                f"{file.name} is none that the demo knows: {before.strip()!r} does not "
                "stand in it exactly once; install leadstate again"
            )
        text = text.replace(before, after)
    file.write_text(text, encoding="utf-8")
