"""The quarterly review pack: Markdown and pictures, ready for a pull request.

    write_pack(app, Quarter.read("2026Q3"), Path("reviews/2026Q3"))

It holds figures about stages, teams and reasons, and nothing about a single person.
"""

from leadstate.service.reports.pack.quarter import Quarter
from leadstate.service.reports.pack.writing import write_pack

__all__ = ["Quarter", "write_pack"]
