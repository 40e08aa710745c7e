"""The gap between what the functions of a company plan for the same thing and period."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class Gap:
    """How far the plans of one thing lie apart.

    Parameters
    ----------
    widest
        Highest plan less lowest one.
    share
        The same against the highest plan in absolute value, 0 to 2; 0 where all are 0.
    highest, lowest
        Functions that hold them, the first by name of those with equal plans.
    """

    widest: float
    share: float
    highest: str
    lowest: str


def measure_gap(plans: Mapping[str, float]) -> Gap | None:
    """Measure the gap between plans by function; None with fewer than two."""
    if len(plans) < 2:
        return None
    named = sorted(plans.items())
    highest, lowest = max(named, key=lambda one: one[1]), min(named, key=lambda one: one[1])
    scale = max(abs(value) for value in plans.values())
    widest = highest[1] - lowest[1]
    return Gap(widest, widest / scale if scale > 0 else 0.0, highest[0], lowest[0])


def mean_gap(gaps: list[Gap]) -> float | None:
    """Mean relative gap, each thing counting alike; None without any."""
    return float(np.mean([gap.share for gap in gaps])) if gaps else None
