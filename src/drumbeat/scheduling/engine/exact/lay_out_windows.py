"""What of a problem windows need to know, whichever tasks they set free."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from drumbeat.basics.arrays import Bools, Int64s
from drumbeat.scheduling.engine.problem import FAR_FUTURE, Problem


@dataclass(frozen=True, slots=True)
class Layout:
    """What of a problem windows need to know, found once.

    Parameters
    ----------
    movable
        Shape (T,): whether a task can be set free at all: it is not fixed, in no oven, campaign or order group, and
        touches no tank.
    sequenced
        Shape (R,): whether a machine's setups depend on the order.
    machine
        Shape (M,): first resource of each mode, -1 for none.
    head_task
        Task of each head in a team.
    """

    movable: Bools
    sequenced: Bools
    machine: Int64s
    head_task: Int64s


def lay_out_windows(problem: Problem) -> Layout:
    """Find which tasks can be set free, and on which machines the order matters."""
    modes, resources, tasks = problem.modes, problem.resources, problem.tasks
    size = problem.num_resources
    apart = np.zeros(size, dtype=bool)
    for column, nothing in (
        (resources.is_batch, False),
        (resources.order_group, -1),
        (resources.most_campaign, FAR_FUTURE),
    ):
        if len(column):
            apart |= column != nothing
    task_of = np.repeat(np.arange(problem.num_tasks), np.diff(modes.task_ptr))
    entry_task = np.repeat(task_of, np.diff(modes.resource_ptr))
    movable = tasks.fixed_start < 0
    movable[entry_task[apart[modes.resource]]] = False
    if len(problem.materials.most) and len(problem.materials.task_ptr):
        user = np.repeat(np.arange(problem.num_tasks), np.diff(problem.materials.task_ptr))
        movable[user[np.isfinite(problem.materials.most)[problem.materials.material]]] = False
    machine = np.full(len(modes.run_seconds), -1, dtype=np.int64)
    has = np.diff(modes.resource_ptr) > 0
    machine[has] = modes.resource[modes.resource_ptr[:-1][has]]
    matters = np.array([bool(matrix.any()) for matrix in problem.setups.seconds], dtype=bool)
    if len(problem.setups.cost):
        matters |= np.array([bool(matrix.any()) for matrix in problem.setups.cost], dtype=bool)
    sequenced = np.zeros(size, dtype=bool)
    own = resources.setup_matrix >= 0
    sequenced[own] = matters[resources.setup_matrix[own]]
    skills = problem.skills
    heads = np.zeros(0, dtype=np.int64)
    if len(skills.count):
        heads = np.repeat(np.repeat(np.arange(problem.num_tasks), np.diff(skills.task_ptr)), skills.count)
    return Layout(movable, sequenced, machine, heads)
