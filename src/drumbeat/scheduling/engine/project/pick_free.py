"""Which tasks of a project may change their places while the rest of a schedule is kept."""

from __future__ import annotations

from typing import Any

import numpy as np

from drumbeat.basics.arrays import Bools
from drumbeat.basics.streams import uniform
from drumbeat.scheduling.engine.project.build_model import Incumbent
from drumbeat.scheduling.engine.project.build_network import Project

NEIGHBOURS = 3


def pick_free(project: Project, incumbent: Incumbent, reach: int, luck: Any, turn: int) -> Bools:
    """Pick some `reach` tasks: those around a moment most often, else some at random with those that run beside them.

    Returns
    -------
    Bools
        Shape (T,).
    """
    size = len(incumbent.start)
    free = np.zeros(size, dtype=bool)
    if reach >= size:
        return ~free
    middle = 0.5 * (incumbent.start + incumbent.end(project))
    where = uniform(luck, np.uint64(2), 0, turn)
    if uniform(luck, np.uint64(3), 0, turn) < 0.7:
        order = np.argsort(middle, kind="stable")
        first = int(where * (size + reach)) - reach
        free[order[max(first, 0) : max(first + reach, 1)]] = True
        return free
    number = 0
    while free.sum() < reach:
        number += 1
        center = int(uniform(luck, np.uint64(4), number, turn) * size)
        free[np.argsort(np.abs(middle - middle[center]), kind="stable")[: NEIGHBOURS * 2]] = True
    return free
