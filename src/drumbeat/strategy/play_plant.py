"""Play a plant as it is and as something makes it, on the same luck: contribution by week.

The twin plays it by its rules: orders wait, nobody reacts beyond what the data say, queues and breakdowns are there.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import polars as pl

from drumbeat.basics.arrays import Floats
from drumbeat.basics.findings import Finding, Findings
from drumbeat.basics.progress import Progress, silent
from drumbeat.data.snapshot import Snapshot
from drumbeat.strategy.convert_money import Money
from drumbeat.twin.compile_floor import WEEK_SECONDS, CompiledFloor
from drumbeat.twin.engine.floor.problem import FloorProblem
from drumbeat.twin.engine.floor.simulate import simulate_floor

FEWEST_PLAYS, MOST_PLAYS = 2, 10_000


@dataclass(frozen=True)
class PlayTerms:
    """How often plants are played against each other.

    Parameters
    ----------
    replications
        Plays of each, 2 to 10,000.
    seed
        Of all luck, which all share.
    cores
        Threads; 0 = all. The answer is the same.

    Raises
    ------
    InputError
        Naming what is out of range.
    """

    replications: int = 40
    seed: int = 1
    cores: int = 1

    def __post_init__(self) -> None:
        findings = Findings()
        if not FEWEST_PLAYS <= self.replications <= MOST_PLAYS:
            rule, value = f"a plant is played {FEWEST_PLAYS} to {MOST_PLAYS:,} times", str(self.replications)
            findings.add(Finding("play", rule, "Ask for some 40", column="replications", value=value))
        findings.raise_on_errors()


def find_margins(compiled: CompiledFloor, snapshot: Snapshot, money: Money) -> Floats:
    """Return the contribution of a good piece of each product of a floor in the company's currency.

    Shape (P,): price less cost, at least 0; 0 for what goes into something else.
    """
    cost = dict(snapshot["item"].select("code", pl.col("cost").cast(pl.Float64).fill_null(0.0)).iter_rows())
    rows = compiled.products.select("item", "site", "price", "is_sold").iter_rows()
    return np.array([
        max(price - cost.get(item, 0.0), 0.0) * money.of_site(site) if is_sold else 0.0
        for item, site, price, is_sold in rows
    ])  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Plays:
    """What plays of a floor gave.

    Parameters
    ----------
    weekly
        Shape (replications, weeks): contribution of what was finished in each week.
    late_hours
        Shape (replications,): hours that the finished orders of what is sold were late, all together.
    """

    weekly: Floats
    late_hours: Floats


def play_weeks(
    problem: FloorProblem, margins: Floats, weeks: int, terms: PlayTerms, progress: Progress = silent
) -> Plays:
    """Play a floor for some weeks; `margins` is the worth of a good piece of each product, shape (P,)."""
    result = simulate_floor(
        problem, until=float(weeks * WEEK_SECONDS), seed=terms.seed, replications=terms.replications,
        period_seconds=float(WEEK_SECONDS), cores=terms.cores, progress=progress,
    )  # fmt: skip
    weekly = np.asarray(result.period_finished @ margins, dtype=np.float64)
    return Plays(weekly, np.asarray(result.tardiness[:, margins > 0].sum(axis=1) / 3600.0))


@dataclass
class UsualPlays:
    """Plays of the plant as it is, remembered by their number of weeks.

    Parameters
    ----------
    problem, margins
        The floor, and what a piece is worth.
    terms
        How often it is played.
    """

    problem: FloorProblem
    margins: Floats
    terms: PlayTerms
    _played: dict[int, Floats] = field(default_factory=dict)

    def weeks(self, weeks: int, progress: Progress = silent) -> Floats:
        """Return what the plant contributes in so many weeks; shape (replications, weeks)."""
        longest = max(self._played, default=0)
        if longest < weeks:
            self._played = {weeks: play_weeks(self.problem, self.margins, weeks, self.terms, progress).weekly}
            longest = weeks
        return self._played[longest][:, :weeks]
