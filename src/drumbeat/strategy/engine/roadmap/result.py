"""What roadmaps are, and what is found out about them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from drumbeat.basics.arrays import Floats, Int64s
from drumbeat.basics.intervals import Interval, mean_interval
from drumbeat.strategy.engine.roadmap.problem import NEVER

TAIL = 0.1
"""The worst tenth: P10, and the mean of all below it."""


@dataclass(frozen=True, slots=True)
class Roadmap:
    """When each initiative starts, and where it is stopped, in each way that demand may go.

    Parameters
    ----------
    starts
        Shape (L, I): period of the start; -1 = never. Equal rows = a fixed roadmap.
    stops
        Shape (L, I): gate (0 = the first) at which it is stopped whatever it has shown; -1 = none.
    name
        For people.
    """

    starts: Int64s
    stops: Int64s
    name: str = ""

    @classmethod
    def fixed(cls, starts: Int64s, num_ways: int, name: str = "") -> Roadmap:
        """Return the roadmap that does the same in every way."""
        rows = np.tile(np.asarray(starts, dtype=np.int64), (num_ways, 1))
        return cls(rows, np.full_like(rows, NEVER), name)

    @property
    def is_adaptive(self) -> bool:
        """Whether anything depends on how demand goes."""
        same = np.all(self.starts == self.starts[:1]) and np.all(self.stops == self.stops[:1])
        return not bool(same)

    def key(self) -> bytes:
        """Return what two equal roadmaps have in common."""
        return self.starts.tobytes() + self.stops.tobytes()


@dataclass(frozen=True, slots=True)
class Worth:
    """What a roadmap is worth against doing nothing, in R futures.

    Parameters
    ----------
    values
        Shape (R,): net present value of each future, less that of doing nothing in the same future.
    """

    values: Floats

    @property
    def mean(self) -> float:
        """Expected value."""
        return float(self.values.mean())

    @property
    def interval(self) -> Interval:
        """The expected value with its 95 % interval."""
        return mean_interval(self.values)

    def quantile(self, share: float) -> float:
        """Return the value that a share of the futures stay below."""
        return float(np.quantile(self.values, share))

    @property
    def worst_mean(self) -> float:
        """Mean of the worst tenth of the futures (conditional value at risk)."""
        return worst_mean(self.values)

    @property
    def loss_probability(self) -> float:
        """Share of futures in which doing nothing would have been better."""
        return float((self.values < 0).mean())


def worst_mean(values: Floats, share: float = TAIL) -> float:
    """Return the mean of the worst share of values; shape (R,), at least one of them counts."""
    count = max(1, round(share * len(values)))
    return float(np.sort(values)[:count].mean())
