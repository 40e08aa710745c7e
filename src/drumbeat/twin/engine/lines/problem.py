"""A serial line: stations with parallel servers, buffers between them, what fails, and what comes in.

Times are floats in one unit of the caller's choice, the same throughout; a plant's are seconds.

Luck
----
Every draw is found by (seed, replication, key, purpose, n), so that another kernel that draws by the same names plays
the same line:

======================  ====================  ========  ==========================================================
draw                    key                   purpose   n
======================  ====================  ========  ==========================================================
service                 station               RUN       number of the part, in the order of entering the line, 0...
time to failure         "<failure>#<server>"  LIFE      number of the life; of the first only what is left is drawn
what is left of that    "<failure>#<server>"  RESIDUAL  0
repair                  "<failure>#<server>"  REPAIR    number of the life that it ends
time between arrivals   "<arrivals>"          ARRIVAL   number of the arrival, lost ones counted, 0...
======================  ====================  ========  ==========================================================

A part that comes to several free servers takes the one that has been free for longest, at first the lowest number;
of parts that are finished at the same moment the one on the lowest server leaves first.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from drumbeat.basics.arrays import Floats
from drumbeat.basics.streams import DISTRIBUTIONS, EXPONENTIAL, FIXED

EMPIRICAL = 6
"""A distribution told by its quantiles, beside those of `drumbeat.basics.streams`; the code is that of the floor."""

ARRIVAL = 20
"""Purpose of the draws of times between arrivals; as on the floor; the other purposes are those of the problem."""

NAMES = {code: name for name, code in DISTRIBUTIONS.items()} | {EMPIRICAL: "empirical"}
"""Distributions in words."""


def _no_quantiles() -> Floats:
    return np.zeros(0, dtype=np.float64)


@dataclass(frozen=True, slots=True, eq=False)
class Duration:
    """A time and how it spreads.

    Parameters
    ----------
    mean
        Mean, >= 0; ignored for `EMPIRICAL`, whose mean is that of its quantiles.
    distribution
        `FIXED`, `EXPONENTIAL`, `WEIBULL`, `LOGNORMAL`, `GAMMA` or `EMPIRICAL`.
    shape
        Shape of Weibull and gamma, sigma of the lognormal's logarithm, > 0; ignored otherwise.
    quantiles
        Shape (Q,), Q >= 2, for `EMPIRICAL`: the time at probabilities 0, 1/(Q - 1), ..., 1; rising, linear in between.
    """

    mean: float = 0.0
    distribution: int = FIXED
    shape: float = 1.0
    quantiles: Floats = field(default_factory=_no_quantiles)

    @property
    def expected(self) -> float:
        """Mean, also of an empirical one (trapezoids between its quantiles)."""
        if self.distribution != EMPIRICAL:
            return self.mean
        return float((self.quantiles[1:] + self.quantiles[:-1]).mean() / 2)

    @classmethod
    def exponential(cls, mean: float) -> Duration:
        """Make an exponential one."""
        return cls(mean, EXPONENTIAL)


@dataclass(frozen=True, slots=True, eq=False)
class Failure:
    """A way in which each server of a station fails, for itself.

    What is under way stops and goes on after the repair with what was left. How old a server is at time 0 is unknown:
    what is left of its first life is drawn as from a line that has run for long.

    Parameters
    ----------
    key
        Business key; unique in the line.
    life
        Time between a repair and the next failure; mean > 0.
    repair
        Time to repair.
    is_busy_clock
        Whether a server ages only while it works; otherwise all the time, also while it is starved, blocked or
        under repair for another failure; only where the station has one server.
    """

    key: str
    life: Duration
    repair: Duration
    is_busy_clock: bool = True


@dataclass(frozen=True, slots=True, eq=False)
class Station:
    """One station of a line: parallel servers that take parts in the order in which they come.

    Parameters
    ----------
    key
        Business key; unique in the line.
    service
        Time that a server takes for a part.
    servers
        Parallel servers, >= 1.
    buffer
        Places before the station, beside its servers, >= 0; None = unlimited. A finished part whose next station is
        full stays on its server and blocks it (blocking after service). Before the first station it matters only
        when arrivals are lost.
    failures
        How its servers fail.
    lot
        Parts that are passed on together, >= 1: finished parts wait beside the station, not on its servers, until
        their lot is complete; then the lot waits for places for all of it. The next buffer must hold a lot less one.
    """

    key: str
    service: Duration
    servers: int = 1
    buffer: int | None = None
    failures: tuple[Failure, ...] = ()
    lot: int = 1


@dataclass(frozen=True, slots=True, eq=False)
class Arrivals:
    """Parts that come by themselves.

    Parameters
    ----------
    between
        Time between two arrivals; the first comes after one such time.
    key
        Business key that their luck hangs on.
    is_lost_when_full
        Whether a part that finds no place before the first station, whose buffer is then finite, is lost. Otherwise
        it waits outside, and is in the system while it does.
    """

    between: Duration
    key: str = "arrivals"
    is_lost_when_full: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Line:
    """Stations in series.

    Parameters
    ----------
    stations
        In the order in which parts pass them, at least one.
    arrivals
        None = the first station never waits for parts (saturated); a part is then in the system from its first start.
    most_parts
        Parts in the system at most (constant work in process); None = no limit. With several servers or transfer lots
        it must be above the sum of servers - 1 and lot - 1 over all stations.
    """

    stations: tuple[Station, ...]
    arrivals: Arrivals | None = None
    most_parts: int | None = None

    @property
    def num_ahead(self) -> int:
        """Parts that the first station is ahead of the last in the recursion."""
        return sum(station.servers - 1 + station.lot - 1 for station in self.stations)
