"""Measure a roadmap as finance reads it: value, risk, rate of return, payback, the curve of cash."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

import numpy as np
import polars as pl

from drumbeat.basics.arrays import Floats, Int64s
from drumbeat.finance.engine.value_cash import find_payback, find_return
from drumbeat.strategy.compile_roadmap import CompiledRoadmap
from drumbeat.strategy.engine.roadmap.draw_futures import Futures
from drumbeat.strategy.engine.roadmap.evaluate import ThroughputModel, do_nothing
from drumbeat.strategy.engine.roadmap.problem import NEVER
from drumbeat.strategy.engine.roadmap.result import Roadmap, Worth

QUANTILES = (0.1, 0.5, 0.9)


@dataclass(frozen=True, slots=True)
class KpiFan:
    """A figure of the plant under a roadmap by period: P10, P50, P90, and the median of doing nothing.

    Parameters
    ----------
    name, unit
        For people; "share" (0 to 1), or a currency.
    p10, p50, p90, nothing
        By period.
    """

    name: str
    unit: str
    p10: list[float]
    p50: list[float]
    p90: list[float]
    nothing: list[float]


@dataclass(frozen=True)
class RoadmapFigures:
    """A roadmap's figures against doing nothing.

    Parameters
    ----------
    name
        For people.
    roadmap
        The roadmap.
    codes
        Initiatives, in the order of the roadmap's columns.
    worth
        Net present value in each future.
    return_rate, payback_years
        Of the expected cash with its tail: rate of return a year, years until it is back; nan where there is none.
    cash, total
        Shape (4, T): mean, P10, P50 and P90 of the cash of each period, and of the sum until its end, not discounted.
    invested
        Expected cost of all initiatives, not discounted.
    fans
        What the plant does meanwhile, period by period.
    """

    name: str
    roadmap: Roadmap
    codes: tuple[str, ...]
    worth: Worth
    return_rate: float
    payback_years: float
    cash: Floats
    total: Floats
    invested: float
    fans: tuple[KpiFan, ...] = ()

    def summary(self) -> dict[str, Any]:
        """Headline figures as plain values."""
        value, low, high = self.worth.interval
        return {
            "value": value, "low": low, "high": high, "p10": self.worth.quantile(0.1), "p50": self.worth.quantile(0.5),
            "p90": self.worth.quantile(0.9), "worst_tenth": self.worth.worst_mean,
            "loss_probability": self.worth.loss_probability, "return_rate": _known(self.return_rate),
            "payback_years": _known(self.payback_years), "invested": self.invested,
            "initiatives": int(np.any(self.roadmap.starts != NEVER, axis=0).sum()),
        }  # fmt: skip

    def as_json(self) -> dict[str, Any]:
        """All of it as plain values."""
        return {
            "name": self.name, **self.summary(), "is_adaptive": self.roadmap.is_adaptive,
            "starts": _by_code(self.codes, self.roadmap.starts), "stops": _by_code(self.codes, self.roadmap.stops),
            "cash": self.cash.tolist(), "total": self.total.tolist(), "fans": [asdict(fan) for fan in self.fans],
        }  # fmt: skip

    def cash_frame(self, starts: list[date]) -> pl.DataFrame:
        """period_start, mean, p10, p50, p90, total_mean, total_p10, total_p50, total_p90."""
        names = ("mean", "p10", "p50", "p90")
        columns = dict(zip(names, self.cash, strict=True))
        columns |= {f"total_{name}": row for name, row in zip(names, self.total, strict=True)}
        return pl.DataFrame({"period_start": starts[:-1], **columns})


def _by_code(codes: tuple[str, ...], table: Int64s) -> dict[str, list[int]]:
    """Periods (or gates) by initiative, one a way, of what is in the roadmap."""
    return {code: table[:, i].tolist() for i, code in enumerate(codes) if np.any(table[:, i] != NEVER)}


def _known(value: float) -> float | None:
    return value if math.isfinite(value) else None


def measure_roadmap(
    compiled: CompiledRoadmap, model: ThroughputModel, futures: Futures, roadmap: Roadmap, name: str
) -> RoadmapFigures:
    """Measure a roadmap against doing nothing in the same futures."""
    problem = compiled.problem
    flows, nothing = model.find_cash(roadmap, futures), model.find_cash(do_nothing(problem), futures)
    gained = flows.cash - nothing.cash
    total = np.cumsum(gained, axis=1)
    a_year = 12 / compiled.terms.period_months
    mean = gained.mean(axis=0)
    tail = np.full(math.ceil(problem.tail_periods), mean[-1])
    if tail.size:
        tail[-1] *= problem.tail_periods - (tail.size - 1)
    expected = np.concatenate([mean, tail])
    rate = find_return(expected)
    return RoadmapFigures(
        name, roadmap, tuple(map(str, problem.initiatives.keys)), Worth(flows.values - nothing.values),
        (1 + rate) ** a_year - 1, find_payback([0.0, *expected]) / a_year, _spread(gained), _spread(total),
        _invested(compiled, futures, roadmap), _fans(compiled, futures, flows.margin, nothing.margin),
    )  # fmt: skip


def _fans(compiled: CompiledRoadmap, futures: Futures, margin: Floats, nothing: Floats) -> tuple[KpiFan, ...]:
    """Contribution a week, and how much of what customers want is made: both at the margins of today."""
    problem = compiled.problem
    plant, weeks = problem.plant, problem.weeks
    wanted = float((plant.margin * plant.demand).sum()) * weeks * problem.outlook.factor[futures.way]
    asked = np.where(wanted > 0, wanted, np.inf)
    told = (
        ("Contribution a week", problem.currency, margin / weeks, nothing / weeks),
        ("Demand met, by contribution", "share", np.minimum(margin / asked, 1.0), np.minimum(nothing / asked, 1.0)),
    )
    fans = []
    for name, unit, values, idle in told:
        p10, p50, p90 = (row.tolist() for row in np.quantile(values, QUANTILES, axis=0))
        fans.append(KpiFan(name, unit, p10, p50, p90, np.median(idle, axis=0).tolist()))
    return tuple(fans)


def _spread(table: Floats) -> Floats:
    return np.vstack([table.mean(axis=0), np.quantile(table, QUANTILES, axis=0)])


def _invested(compiled: CompiledRoadmap, futures: Futures, roadmap: Roadmap) -> float:
    """Expected cost by the ways' shares, stops by outlook and gates left out: what has to be ready."""
    own, share = compiled.problem.initiatives, np.bincount(futures.way, minlength=compiled.problem.num_ways)
    cost, total = own.cost.sum(axis=1), 0.0
    for way, starts in enumerate(roadmap.starts):
        for i, start in enumerate(starts.tolist()):
            if start != NEVER:
                total += share[way] / futures.count * float(cost[i, : compiled.problem.num_periods - start].sum())
    return float(total)
