"""Write the history as XES (IEEE 1849-2016), the format of process mining tools.

One trace is one pass of one record; its events are in the order in which they happened.
Extensions: concept, time, lifecycle, organizational.  Characters that XML cannot hold
become U+FFFD.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING
from xml.sax.saxutils import quoteattr

from leadstate.service.export.story import Teller

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import BinaryIO

    from leadstate.service.export.exported import Exported
    from leadstate.service.export.story import LogEvent
    from leadstate.service.export.table import OnProgress
    from leadstate.store import Portion, View

__all__ = ["write_xes"]

_RECORDS = 200
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_REPLACEMENT = "\ufffd"
_SITE = "http://www.xes-standard.org"
_HEAD = f"""\
<?xml version="1.0" encoding="UTF-8"?>
<log xes.version="1849-2016" xes.features="" xmlns="{_SITE}/">
<extension name="Concept" prefix="concept" uri="{_SITE}/concept.xesext"/>
<extension name="Time" prefix="time" uri="{_SITE}/time.xesext"/>
<extension name="Lifecycle" prefix="lifecycle" uri="{_SITE}/lifecycle.xesext"/>
<extension name="Organizational" prefix="org" uri="{_SITE}/org.xesext"/>
<global scope="trace">
<string key="concept:name" value=""/>
</global>
<global scope="event">
<string key="concept:name" value=""/>
<date key="time:timestamp" value="1970-01-01T00:00:00.000+00:00"/>
<string key="lifecycle:transition" value="complete"/>
</global>
<classifier name="Activity" scope="event" keys="concept:name"/>
<classifier name="Resource" scope="event" keys="org:resource"/>
"""


def write_xes(  # noqa: PLR0913 - what is written, where, and how it is told
    exported: Exported,
    view: View,
    portion: Portion,
    out: BinaryIO,
    *,
    on_progress: OnProgress,
    personal: bool = False,
) -> None:
    """Write a log of what the workflows did.

    Args:
        on_progress: Is told how many events each part had.
        personal: Reasons that somebody wrote in own words come along.
    """
    head = _string("concept:name", exported.title)
    out.write(f"{_HEAD}{head}{_string('lifecycle:model', 'standard')}".encode())
    teller = Teller(exported, view, personal=personal)
    for page in view.extracts.stories(portion, _RECORDS):
        out.write("".join(_traces(teller.events(page))).encode())
        on_progress(len(page))
    out.write(b"</log>\n")


def _traces(events: Sequence[LogEvent]) -> Iterator[str]:
    """Yield traces of events that stand in the order of records and passes."""
    trace: tuple[str, int] | None = None
    for one in events:
        if trace != (one.record_id, one.pass_number):
            yield "" if trace is None else "</trace>\n"
            trace = one.record_id, one.pass_number
            yield "<trace>\n"
            yield _string("concept:name", f"{one.record_id}/{one.pass_number}")
            yield _string("record", one.record_id)
            yield _string("workflow", one.workflow)
            yield _int("pass", one.pass_number)
        yield _event(one)
    yield "" if trace is None else "</trace>\n"


def _event(one: LogEvent) -> str:
    moment = one.at.isoformat(timespec="microseconds")
    parts = [
        "<event>\n",
        _string("concept:name", one.activity),
        f'<date key="time:timestamp" value="{moment}"/>\n',
        _string("lifecycle:transition", "complete"),
        _string("org:resource", one.resource) if one.resource else "",
        _string("org:group", one.team) if one.team else "",
        *(_string(key, text) for key, text in one.details.items()),
        _boolean("time_known", true=one.known),
        _boolean("reported", true=one.reported),
        "</event>\n",
    ]
    return "".join(parts)


@lru_cache(maxsize=8_192)  # stages, kinds, people and versions come again and again
def _string(key: str, text: str) -> str:
    value = quoteattr(_FORBIDDEN.sub(_REPLACEMENT, text))
    return f'<string key="{key}" value={value}/>\n'


def _int(key: str, number: int) -> str:
    return f'<int key="{key}" value="{number}"/>\n'


def _boolean(key: str, *, true: bool) -> str:
    return f'<boolean key="{key}" value="{"true" if true else "false"}"/>\n'
