"""Blow phantoms through: put what a phantom consists of in its place on every bill."""

from __future__ import annotations

import numpy as np

from drumbeat.planning.engine.problem import Bills, Problem


def blow_phantoms(problem: Problem) -> Bills:
    """Return the bills without phantom components.

    A line to a phantom becomes lines to its components: quantities multiply, scrap adds up as shares that
    survive, validity is the time in which both lines hold. A phantom without a bill disappears from the bills.

    Returns
    -------
    Bills
        The problem's own bills where no line leads to a phantom.
    """
    bills, is_phantom = problem.bills, problem.buffers.is_phantom
    if not is_phantom[bills.component].any():
        return bills
    parent = np.repeat(np.arange(problem.num_buffers), np.diff(bills.ptr))
    component, quantity, survives = bills.component, bills.quantity_per, 1 - bills.scrap
    start, end = bills.valid_from, bills.valid_to
    # Each round replaces the phantoms one level further down; circles were refused before.
    while is_phantom[component].any():
        goes = is_phantom[component]
        first, last = bills.ptr[component], bills.ptr[component.astype(np.int64) + 1]
        counts = np.where(goes, last - first, 1)
        line = np.repeat(np.arange(len(component)), counts)
        place = np.arange(len(line)) - np.repeat(np.cumsum(counts) - counts, counts)
        inner = np.where(goes[line], first[line] + place, 0)
        blown = goes[line]
        parent = parent[line]
        quantity = np.where(blown, quantity[line] * bills.quantity_per[inner], quantity[line])
        survives = np.where(blown, survives[line] * (1 - bills.scrap[inner]), survives[line])
        start = np.where(blown, np.maximum(start[line], bills.valid_from[inner]), start[line])
        end = np.where(blown, np.minimum(end[line], bills.valid_to[inner]), end[line])
        component = np.where(blown, bills.component[inner], component[line])
        kept = start < end
        parent, component, quantity, survives = parent[kept], component[kept], quantity[kept], survives[kept]
        start, end = start[kept], end[kept]
    ptr = np.searchsorted(parent, np.arange(problem.num_buffers + 1)).astype(np.int64)
    return Bills(ptr, component.astype(np.int32), quantity, 1 - survives, start, end)
