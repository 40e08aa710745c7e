"""A mode for each task such that no budget is overspent."""

from __future__ import annotations

import numpy as np
from ortools.sat.python import cp_model

from drumbeat.basics.arrays import Int64s
from drumbeat.scheduling.engine.project.build_network import Project
from drumbeat.scheduling.engine.project.evolve import find_modes
from drumbeat.scheduling.engine.project.luck import make_luck
from drumbeat.scheduling.engine.project.place_tasks import make_room

TRIES = 200
"""Changes of mode tried for each task before CP-SAT is asked."""


def find_affordable_modes(project: Project, seed: int) -> Int64s | None:
    """Find modes within budgets, short ones rather than long; None where there are none.

    Returns
    -------
    Int64s or None
        Shape (T,): indices into the modes.
    """
    net = project.network
    spans = zip(net.mode_ptr[:-1], net.mode_ptr[1:], strict=True)
    mode = np.array([first + np.argmin(net.run[first:end]) for first, end in spans], dtype=np.int64)
    if not len(net.taken) or find_modes(net, make_room(net), mode, make_luck(seed, 9), TRIES * len(mode)):
        return mode
    return _ask_cpsat(project)


def _ask_cpsat(project: Project) -> Int64s | None:
    """Shortest modes in all that keep within budgets."""
    net = project.network
    model = cp_model.CpModel()
    chosen = [model.new_bool_var("") for _ in net.run]
    for first, end in zip(net.mode_ptr.tolist(), net.mode_ptr[1:].tolist(), strict=False):
        model.add_exactly_one(chosen[first:end])
    owner = np.repeat(np.arange(len(net.run)), np.diff(net.budget_ptr))
    for budget, amount in enumerate(net.amount.tolist()):
        rows = np.flatnonzero(net.budget == budget)
        model.add(sum(int(net.taken[e]) * chosen[owner[e]] for e in rows) <= amount)
    model.minimize(sum(int(run) * x for run, x in zip(net.run, chosen, strict=True)))
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.max_deterministic_time = 10.0
    if solver.solve(model) not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return None
    return np.flatnonzero([solver.boolean_value(x) for x in chosen]).astype(np.int64)
