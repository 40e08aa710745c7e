"""Look for every kind of weakness, and rank what was found."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import polars as pl

from drumbeat.strategy.engine.find_backlog import find_backlog
from drumbeat.strategy.engine.find_bottlenecks import find_bottlenecks
from drumbeat.strategy.engine.find_concentrated_sites import find_concentrated_sites
from drumbeat.strategy.engine.find_escapes import find_escapes
from drumbeat.strategy.engine.find_ignored_spread import find_ignored_spread
from drumbeat.strategy.engine.find_local_efficiency import find_local_efficiency
from drumbeat.strategy.engine.find_setup_families import find_setup_families
from drumbeat.strategy.engine.find_shifting import find_shifting
from drumbeat.strategy.engine.find_single_machines import find_single_machines
from drumbeat.strategy.engine.find_skill_gaps import find_skill_gaps
from drumbeat.strategy.engine.find_structural_overtime import find_structural_overtime
from drumbeat.strategy.engine.find_supplier_risks import find_concentration, find_single_sources
from drumbeat.strategy.engine.find_thin_skills import find_thin_skills
from drumbeat.strategy.engine.find_unsequenced import find_unsequenced
from drumbeat.strategy.engine.find_weakening import find_weakening
from drumbeat.strategy.engine.problem import Problem
from drumbeat.strategy.engine.result import Weakness

FINDERS: tuple[Callable[[Problem], list[Weakness]], ...] = (
    find_bottlenecks,
    find_single_machines,
    find_thin_skills,
    find_single_sources,
    find_concentration,
    find_backlog,
    find_setup_families,
    find_ignored_spread,
    find_structural_overtime,
    find_escapes,
    find_shifting,
    find_skill_gaps,
    find_concentrated_sites,
    find_weakening,
    find_unsequenced,
    find_local_efficiency,
)
"""One for each question; each gives nothing where there is no cause."""


def find_weaknesses(problem: Problem) -> list[Weakness]:
    """Find and rank weaknesses.

    Parameters
    ----------
    problem
        The facts.

    Returns
    -------
    Weaknesses above their thresholds, the most at risk first; see `rank_weaknesses`.
    """
    found = [weakness for find in FINDERS for weakness in find(problem)]
    values = {site: value.of() for site, value in problem.values.items()}
    return rank_weaknesses([_with_threat(weakness, problem.threats) for weakness in found], values, problem.rates)


def rank_weaknesses(
    found: Sequence[Weakness], hour_values: Mapping[str, float], rates: Mapping[str, float] | None = None
) -> list[Weakness]:
    """Rank weaknesses by money at risk over the next 13 weeks, then by hours at risk.

    Money of several currencies is compared in the company's. Where one of them has no rate, each amount is divided by
    what an hour of its site's constraint is worth instead. Equal risks are ordered by how far the value exceeds its
    threshold, then by kind, site and subject.

    Parameters
    ----------
    found
        Weaknesses in any order.
    hour_values
        By site, what an hour of its constraint is worth, in its currency; used with several currencies only.
    rates
        By currency, what a unit of it is worth in the company's.

    Returns
    -------
    The same weaknesses with their ranks, 1 first.
    """
    currencies = {weakness.currency for weakness in found if weakness.money_at_risk > 0}
    known = rates or {}
    is_comparable = all(currency in known for currency in currencies)

    def key(weakness: Weakness) -> tuple[Any, ...]:
        risk = weakness.money_at_risk
        if is_comparable:
            risk *= known.get(weakness.currency, 0.0)
        elif len(currencies) > 1:
            hour = hour_values.get(weakness.site, 0.0)
            risk = risk / hour if hour > 0 else weakness.hours_at_risk
        excess = weakness.value / weakness.threshold if weakness.threshold else 0.0
        return (-risk, -weakness.hours_at_risk, -excess, weakness.kind, weakness.site, weakness.subject)

    return [replace(weakness, rank=rank) for rank, weakness in enumerate(sorted(found, key=key), 1)]


def _with_threat(weakness: Weakness, threats: pl.DataFrame) -> Weakness:
    """Add what the twin says that the same subject costs; for deferred care, that the machines' breakdowns cost."""
    names = [weakness.subject, f"{weakness.subject} @ {weakness.site}"]
    is_meant = pl.col("subject").is_in(names)
    if weakness.kind == "maintenance backlog":
        machines = sorted({str(row.get("resource")) for row in weakness.evidence})
        is_meant = pl.col("subject").is_in(machines) & (pl.col("kind") == "breakdown")
    mine = threats.filter(is_meant)
    if not mine.height:
        return weakness
    rows = tuple(
        {"table": "threat", "kind": kind, "subject": subject, "loss": round(loss, 4), "late_hours": round(late, 2)}
        for kind, subject, loss, late in mine.select("kind", "subject", "loss", "late_hours").iter_rows()
    )
    return replace(weakness, evidence=rows + weakness.evidence, num_evidence=weakness.num_evidence + len(rows))
