"""The control API: what a test sees and does in a sandbox, under `/_sandbox/`.

Its names mean the same for every CRM.  What a CRM does its own way, its sandbox says in
subclasses of `Observing`, `Conditions` and `CrmUsers`.
"""

from __future__ import annotations

from .conditions import Conditions
from .observing import Observing, Shelf
from .people import CrmUsers
from .table import PREFIX, Control

__all__ = ["PREFIX", "Conditions", "Control", "CrmUsers", "Observing", "Shelf"]
