"""Say which receipt or task each consumer of a material waits for."""

from __future__ import annotations

import numpy as np

from drumbeat.basics.arrays import Floats, Int64s
from drumbeat.basics.compiled import njit

TOLERANCE = 1e-6
"""Share of a quantity that rounding may make it seem to fall short by."""


@njit(cache=True)
def peg_materials(
    supply_ptr: Int64s,
    supply_quantity: Floats,
    supply_source: Int64s,
    use_ptr: Int64s,
    use_quantity: Floats,
    use_task: Int64s,
) -> tuple[Int64s, Int64s]:
    """Peg uses to supplies of each material, first in, first out.

    Parameters
    ----------
    supply_ptr, use_ptr
        Shape (K + 1,): supplies and uses of each material, each in the order of time.
    supply_quantity, use_quantity
        How much, > 0.
    supply_source
        The moment of the network at which it is there; -1 for stock, that is there already.
    use_task
        Task that takes it.

    Returns
    -------
    Sources and the tasks that wait for them, shape (A,) each. What exceeds all supplies waits for nothing.
    """
    room = len(supply_quantity) + len(use_quantity)
    sources, tasks, size = np.empty(room, np.int64), np.empty(room, np.int64), 0
    for k in range(len(supply_ptr) - 1):
        i = supply_ptr[k]
        left = supply_quantity[i] if i < supply_ptr[k + 1] else 0.0
        for u in range(use_ptr[k], use_ptr[k + 1]):
            need = use_quantity[u]
            slack = TOLERANCE * max(1.0, need)
            while need > slack and i < supply_ptr[k + 1]:
                taken = min(left, need)
                if taken > slack and supply_source[i] >= 0:
                    sources[size], tasks[size] = supply_source[i], use_task[u]
                    size += 1
                need -= taken
                left -= taken
                if need > slack:
                    i += 1
                    left = supply_quantity[i] if i < supply_ptr[k + 1] else 0.0
    return sources[:size], tasks[:size]
