"""The engine of scheduling: `Problem` in, `solve` it, `Result` out."""

from __future__ import annotations

import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from drumbeat.scheduling.engine.check import check_schedule
    from drumbeat.scheduling.engine.problem import Problem
    from drumbeat.scheduling.engine.result import Result, Schedule
    from drumbeat.scheduling.engine.solve import solve

__all__ = ["Problem", "Result", "Schedule", "check_schedule", "solve"]

_HOMES = {"Problem": "problem", "Result": "result", "Schedule": "result", "check_schedule": "check", "solve": "solve"}


def __getattr__(name: str) -> Any:
    """Import what is asked for only then: most of those who need the nouns do not need the solvers."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)


class _Door(ModuleType):
    """The package, whose `solve` is the function even after the module of that name was imported."""

    @property
    def solve(self) -> Any:
        return __getattr__("solve")

    @solve.setter
    def solve(self, _module: ModuleType) -> None:
        """Python binds a module to its package once it is imported; here the function keeps the name."""


sys.modules[__name__].__class__ = _Door
