"""The improvement curve of a search as the points of a drawing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 640, 180
MOST_POINTS = 400


@dataclass(frozen=True, slots=True)
class Curve:
    """A drawing `WIDTH` wide and `HEIGHT` high.

    Parameters
    ----------
    line
        Points of the objective, as a polyline of steps: "0,10 5,10 5,40".
    bound
        Height of the proven bound; None where there is none.
    high, low
        Values at the top and at the bottom.
    first, last
        (seconds, objective) of the first and of the best schedule.
    """

    line: str
    bound: float | None
    high: float
    low: float
    first: tuple[float, float]
    last: tuple[float, float]


def draw_curve(points: Sequence[Sequence[float]], bound: float) -> Curve | None:
    """Lay out (seconds, objective) points; None for fewer than two."""
    if len(points) < 2:
        return None
    stride = -(-len(points) // MOST_POINTS)
    kept = [*points[::stride], points[-1]]
    last_at = max(float(points[-1][0]), 1e-9)
    values = [float(value) for _, value in points]
    has_bound = 0 < bound <= min(values)
    high, low = max(values), bound if has_bound else min(values)
    spread = max(high - low, 1e-12)

    def height(value: float) -> float:
        return round(HEIGHT * (high - value) / spread, 1)

    steps, before = [], height(float(kept[0][1]))
    for at, value in kept:
        x, y = round(WIDTH * min(float(at) / last_at, 1.0), 1), height(float(value))
        steps += [f"{x},{before}", f"{x},{y}"]
        before = y
    first, best = points[0], points[-1]
    return Curve(
        " ".join(steps), height(bound) if has_bound else None, high, low,
        (float(first[0]), float(first[1])), (float(best[0]), float(best[1])),
    )  # fmt: skip
