"""Files and databases in and out, checks, the snapshot: everything that is stored comes in through here.

>>> from drumbeat.data import Snapshot
>>> plant = Snapshot.read("plant/")              # doctest: +SKIP
>>> plant["item"].height                         # doctest: +SKIP
>>> plant.sites(["NORTH"]).write("north.xlsx")   # doctest: +SKIP
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

__all__ = ["LoadReport", "Snapshot", "load"]

_ROOMS = {
    "LoadReport": "actions",
    "Snapshot": "snapshot",
    "load": "actions",
}


def __getattr__(name: str) -> Any:
    # Django imports this package before its tables can be: the door opens when somebody asks for what is behind it.
    if name not in _ROOMS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_ROOMS[name]}"), name)
