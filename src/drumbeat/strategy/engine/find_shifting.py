"""A bottleneck that wanders: full machines that take turns, so that relieving one moves the queue to the next."""

from __future__ import annotations

import numpy as np
import polars as pl

from drumbeat.strategy.engine.problem import Problem
from drumbeat.strategy.engine.result import Weakness
from drumbeat.strategy.engine.show_evidence import show_evidence
from drumbeat.strategy.engine.thresholds import QUARTER, SHIFTING, SHIFTING_LOAD


def find_shifting(problem: Problem) -> list[Weakness]:
    """Find sites whose fullest machine is another one nearly every week, while it is full.

    Parameters
    ----------
    problem
        The facts; `facts` of the last 13 weeks are used.

    Returns
    -------
    A weakness for each such site.

    Notes ----- Momentary bottlenecks by weeks (after Roser, Nakano and Tanaka 2002); their effective number is the
    inverse of the sum of squared shares (Simpson's index), 1 where one machine always holds the site back.
    """
    busy, usable = pl.col("run") + pl.col("setup"), pl.col("planned") - pl.col("breakdown")
    recent = problem.facts.filter((pl.col("week") >= problem.window.first) & (usable > 0))
    loads = recent.with_columns((busy / usable).alias("load")).sort(
        ["site", "week", "load", "resource"], descending=[False, False, True, False]
    )
    first = loads.group_by("site", "week", maintain_order=True).agg(pl.col("resource", "load").first())
    found = []
    for (site,), weeks in sorted(first.partition_by("site", as_dict=True).items()):
        shares = (
            weeks.group_by("resource")
            .agg(pl.len().alias("weeks"))
            .sort(["weeks", "resource"], descending=[True, False])
        )
        held = shares["weeks"].to_numpy() / weeks.height
        number = float(1.0 / np.square(held).sum())
        full = float(weeks["load"].median() or 0.0)  # type: ignore[arg-type]
        if weeks.height >= QUARTER - 3 and number >= SHIFTING.value and full >= SHIFTING_LOAD.value:
            found.append(_weakness(problem, str(site), weeks, shares, number, full))
    return found


def _weakness(
    problem: Problem, site: str, weeks: pl.DataFrame, shares: pl.DataFrame, number: float, full: float
) -> Weakness:
    worth = problem.value(site)
    over = weeks.filter(pl.col("load") > SHIFTING_LOAD.value)
    hours = [worth.busy_hours_per_week.get(name, 0.0) * (load - SHIFTING_LOAD.value) for name, load in over.select(
        "resource", "load"
    ).iter_rows()]  # fmt: skip
    machines = shares["resource"].head(3).to_list()
    return Weakness(
        kind="shifting bottleneck",
        site=site,
        subject=machines[0],
        headline=f"The bottleneck of {site} wanders: {shares.height} machines were a week's fullest, at {full:.0%}",
        metric="effective number of bottlenecks of the last 13 weeks",
        value=number,
        low=None,
        high=None,
        threshold=SHIFTING.value,
        threshold_source=SHIFTING.source,
        evidence=show_evidence("machine_event", weeks.sort("week"), ["week", "resource", "load"]),
        num_evidence=weeks.height,
        remedy=f"Choose one constraint, keep slack on {' and '.join(machines[1:]) or 'the others'}, and release by it",
        disproof="One machine that is the fullest in 9 of the next 13 weeks",
        hours_at_risk=float(sum(hours)),
        money_at_risk=float(sum(h * worth.of(n) for h, n in zip(hours, over["resource"], strict=True))),
        risk_basis="hours of each week's fullest machine beyond its threshold, at the contribution of an hour of it",
        currency=worth.currency,
    )
