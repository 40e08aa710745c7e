"""Progress and cancellation: how long work tells how far it is, and hears that nobody wants it any more."""

from __future__ import annotations

from typing import Protocol


class Cancelled(Exception):  # noqa: N818 - it is a wish, not an error
    """The user no longer wants the result; the work stopped and left nothing behind."""


class Progress(Protocol):
    """Hears of progress; raises `Cancelled` to stop the work."""

    def __call__(self, fraction: float, message: str) -> None:
        """Hear that `fraction` (0 to 1) is done and what is being done now."""


def silent(fraction: float, message: str) -> None:
    """Ignore progress; the default where nobody watches."""


def part_of(progress: Progress, start: float, end: float) -> Progress:
    """Map a step's own 0-to-1 onto `start`-to-`end` of the whole."""

    def report(fraction: float, message: str) -> None:
        progress(start + (end - start) * min(max(fraction, 0.0), 1.0), message)

    return report
