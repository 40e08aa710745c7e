"""Measure what the loss of each node takes, for the director: by the stress tests' own network and program."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import polars as pl

from drumbeat.basics.progress import Progress, silent
from drumbeat.data.snapshot import Snapshot
from drumbeat.strategy.compile_network import compile_network
from drumbeat.strategy.engine.director.measure_risk import RECOVERY_SPREAD, TENTH, NodeLoss
from drumbeat.strategy.engine.problem import Problem
from drumbeat.strategy.engine.stress import find_loss, find_survival, find_sustainable, write_program
from drumbeat.strategy.list_stress_nodes import KINDS, StressTerms, list_nodes

NODE_KINDS = tuple(kind for kind in KINDS if kind not in ("people", "demand"))
"""Kinds of stress tests in which one thing is lost altogether."""


@dataclass(frozen=True)
class MeasuredNodes:
    """What the loss of each node takes.

    Parameters
    ----------
    losses
        One a node.
    weekly
        Contribution a week that the network can earn.
    basis
        How the losses were found, and what is assumed.
    """

    losses: list[NodeLoss]
    weekly: float
    basis: str


def measure_nodes(snapshot: Snapshot, terms: StressTerms | None = None, progress: Progress = silent) -> MeasuredNodes:
    """Measure what the loss of each site, line, machine group, supplier and skill takes.

    Parameters
    ----------
    snapshot
        The production system.
    terms
        What the stress tests assume; None = as usual.
    progress
        Hears of each node; may cancel.

    Raises
    ------
    InputError
        When an item goes into itself.
    """
    terms = terms or StressTerms()
    compiled = compile_network(snapshot)
    program = write_program(compiled.network)
    demand = find_sustainable(program)
    nodes = [node for node in list_nodes(compiled, snapshot, terms) if node.kind in NODE_KINDS]
    losses = []
    for number, node in enumerate(nodes):
        progress(number / len(nodes), f"losing {node.name or node.code}")
        low, usual, high = (
            find_loss(program, replace(node.disruption, weeks=node.disruption.weeks * factor), demand).money
            for factor in (math.exp(-TENTH * RECOVERY_SPREAD), 1.0, math.exp(TENTH * RECOVERY_SPREAD))
        )
        survival = find_survival(program, node.disruption, demand)
        losses.append(NodeLoss(node.kind, node.code, node.site, node.name, usual, low, high, node.disruption.weeks,
                               survival, node.basis))  # fmt: skip
    told = ", ".join(f"{kind} {terms.weeks_of(kind):g}" for kind in NODE_KINDS)
    basis = f"the stress tests' losses: the least there can be, with the best reaction; weeks to recover: {told}"
    return MeasuredNodes(losses, float(demand @ compiled.network.contribution), basis)


def list_bus_factors(problem: Problem) -> dict[tuple[str, str], int]:
    """Return, by site and needed skill, how many people must be away until its work stops."""
    needs = problem.skill_needs.group_by("site", "skill").agg(
        pl.col("num_people").max().alias("held"), pl.col("minimum_level").max().alias("needed")
    )
    able = needs.join(problem.holders, on=["site", "skill"], how="left")
    who = pl.when(pl.col("level") >= pl.col("needed")).then(pl.col("person")).alias("person")
    counted = (
        able.with_columns(who)
        .group_by("site", "skill", "held")
        .agg(pl.col("person").drop_nulls().n_unique().alias("people"))
    )
    return {(site, skill): max(people - held + 1, 0) for site, skill, held, people in counted.iter_rows()}
