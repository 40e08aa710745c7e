"""Setup families that eat a constraint: much of its time goes into changing to one family."""

from __future__ import annotations

import polars as pl

from drumbeat.kpis.engine.build_figures import sum_weeks
from drumbeat.kpis.engine.estimate_interval import ratio_interval
from drumbeat.strategy.engine.problem import Problem
from drumbeat.strategy.engine.result import Weakness
from drumbeat.strategy.engine.show_evidence import show_evidence
from drumbeat.strategy.engine.thresholds import QUARTER, SETUP, SETUP_CONCENTRATION, SETUP_CONSTRAINT


def find_setup_families(problem: Problem) -> list[Weakness]:
    """Find busy machines that spend 15 % or more of their planned time on setups, and the family that takes most.

    Parameters
    ----------
    problem
        The facts; `facts` and `setups` of the last 13 weeks are used.

    Returns
    -------
    A weakness for each machine that is busy for at least 80 % of its usable time, whose setup share lies above the
    threshold with the whole interval, and where one family takes at least 1.5 times as much of the setup time as of
    the run time.
    """
    window = problem.window
    recent = problem.facts.filter(pl.col("week") >= window.first)
    found = []
    for (name,), facts in sorted(recent.partition_by("resource", as_dict=True).items()):
        setup = sum_weeks(facts, "setup", window.num_weeks)
        run = sum_weeks(facts, "run", window.num_weeks)
        planned = sum_weeks(facts, "planned", window.num_weeks)
        usable = planned.sum() - float(facts["breakdown"].sum())
        interval = ratio_interval(setup.tolist(), planned.tolist())
        if interval is None or interval[0] < SETUP.value or (setup.sum() + run.sum()) / usable < SETUP_CONSTRAINT.value:
            continue
        families = _families(problem, str(name))
        if families.height and float(families["excess"][0]) >= SETUP_CONCENTRATION.value:
            share = float(setup.sum() / planned.sum())
            found.append(_weakness(problem, str(name), str(facts["site"][0]), share, interval, families))
    return found


def _families(problem: Problem, name: str) -> pl.DataFrame:
    """Setup and run hours by family on a machine, the family with the most setup hours first."""
    mine = problem.setups.filter((pl.col("resource") == name) & (pl.col("week") >= problem.window.first))
    sums = mine.group_by("family").agg(pl.col("setup_hours", "run_hours").sort().sum(), pl.col("setups").sum())
    setup, run = float(sums["setup_hours"].sum()), float(sums["run_hours"].sum())
    if setup <= 0 or run <= 0 or sums.height < 2:
        return sums.clear()
    share_of_setup, share_of_run = pl.col("setup_hours") / setup, pl.col("run_hours") / run
    return sums.with_columns(
        share_of_setup.alias("setup_share"),
        share_of_run.alias("run_share"),
        (share_of_setup / pl.max_horizontal(share_of_run, 0.01)).alias("excess"),
    ).sort(["setup_hours", "family"], descending=[True, False])


def _weakness(
    problem: Problem, name: str, site: str, share: float, interval: tuple[float, float], families: pl.DataFrame
) -> Weakness:
    family = families["family"][0]
    setup_share, run_share = float(families["setup_share"][0]), float(families["run_share"][0])
    facts = problem.facts.filter((pl.col("resource") == name) & (pl.col("week") >= problem.window.first))
    hours = (share - SETUP.value) * float(facts["planned"].sum()) / 3.6e9
    worth = problem.value(site)
    return Weakness(
        kind="setup family",
        site=site,
        subject=name,
        headline=(
            f"Setups take {share:.0%} of {name}'s time; family {family} takes {setup_share:.0%} of them "
            f"for {run_share:.0%} of the work"
        ),
        metric="setup / planned time",
        value=share,
        low=interval[0],
        high=interval[1],
        threshold=SETUP.value,
        threshold_source=SETUP.source,
        evidence=show_evidence("machine_event", families, ["family", "setups", "setup_hours", "run_hours"]),
        num_evidence=int(families["setups"].sum()),
        remedy=f"Run {family} in fewer, longer campaigns, prepare its setup while the machine runs, or move it",
        disproof=f"Half as many setups to {family} over the next {QUARTER} weeks that bring no hour of output back",
        hours_at_risk=hours,
        money_at_risk=hours * worth.of(name),
        risk_basis="setup hours beyond 15 % of its planned time, at the contribution of an hour of it",
        currency=worth.currency,
    )
