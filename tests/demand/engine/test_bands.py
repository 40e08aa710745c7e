"""The band around a forecast: eight of ten periods lie within, one of ten above."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest
from scipy.special import ndtri

from drumbeat.demand.engine.forecast import find_quantiles, forecast
from drumbeat.demand.engine.problem import History

SERIES, PAST, AHEAD = 200, 48, 6


def draw(name: str) -> np.ndarray:
    """Numbers between 0 and 1, shape (SERIES, PAST + AHEAD), the same on every machine."""
    size = SERIES * (PAST + AHEAD)
    bits = np.frombuffer(hashlib.shake_128(name.encode()).digest(8 * size), dtype=np.uint64)
    return ((bits + 0.5) / 2.0**64).reshape(SERIES, -1)


def measure(values: np.ndarray, cycle: int) -> tuple[float, float]:
    """Shares of the held-out periods within the band, and above it."""
    past = values[:, :PAST]
    ptr = np.arange(SERIES + 1, dtype=np.int64) * PAST
    keys = np.array([str(number) for number in range(SERIES)], dtype=object)
    bounds = find_quantiles(forecast(History(keys, ptr, past.ravel(), cycle), AHEAD), (0.1, 0.9))
    coming = values[:, PAST:]
    return float(((coming >= bounds[..., 0]) & (coming <= bounds[..., 1])).mean()), float(
        (coming > bounds[..., 1]).mean()
    )


@pytest.mark.parametrize(("kind", "cycle"), [("steady", 1), ("walk", 1), ("often", 12), ("seldom", 12)])
def test_eight_of_ten_lie_within_and_one_above(kind: str, cycle: int) -> None:
    first, second = draw(f"{kind}/1"), draw(f"{kind}/2")
    values = {
        "steady": 100 + 20 * ndtri(first),
        "walk": 300 + np.cumsum(8 * ndtri(first), axis=1),
        "often": np.where(first < 0.6, np.ceil(10 * second), 0.0),
        "seldom": np.where(first < 0.3, np.ceil(10 * second), 0.0),
    }[kind]
    within, above = measure(np.maximum(values, 0.0), cycle)
    assert 0.76 <= within <= 0.9
    assert 0.06 <= above <= 0.15
