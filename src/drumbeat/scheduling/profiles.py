"""How much effort a schedule is worth: profiles by name."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Effort:
    """When the search for a better schedule ends: at the first of these.

    Parameters
    ----------
    seconds
        Time limit, > 0.
    gap
        When the objective is proven to be within this share of the best possible, 0 to below 1.
    plateau
        When nothing better was found for so many seconds; 0 = never.
    """

    seconds: float
    gap: float = 0.0
    plateau: float = 0.0

    def __post_init__(self) -> None:
        if not self.seconds > 0:
            raise ValueError(f"seconds is above 0, not {self.seconds}")
        if not 0 <= self.gap < 1:
            raise ValueError(f"gap is 0 to below 1, not {self.gap}")
        if self.plateau < 0:
            raise ValueError(f"plateau is 0 or more, not {self.plateau}")


PROFILES = {
    "quick": Effort(3.0, gap=0.02, plateau=1.5),
    "balanced": Effort(20.0, gap=0.005, plateau=8.0),
    "thorough": Effort(180.0, plateau=60.0),
}
"""A look, the daily run, and the night before it counts."""
