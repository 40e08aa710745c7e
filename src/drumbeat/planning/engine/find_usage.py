"""Which units a buffer takes of others, one level down, by the preferred method of each."""

from __future__ import annotations

import numpy as np
from scipy import sparse

from drumbeat.basics.arrays import Floats
from drumbeat.planning.engine.blow_phantoms import blow_phantoms
from drumbeat.planning.engine.problem import MAKE, MOVE, Problem


def find_usage(problem: Problem) -> sparse.csr_array:
    """Return the units of component c (column) in a good unit of buffer b (row), scrap included, yield left out.

    A buffer that is moved takes a unit of the sender's; one that is bought, or has no method, takes nothing, unless its
    supplier is sent the components.

    Returns
    -------
    csr_array
        Shape (B, B); without circles, so that its powers vanish.
    """
    methods, bills, size = problem.methods, blow_phantoms(problem), problem.num_buffers
    has_way = np.diff(methods.ptr) > 0
    first = np.where(has_way, methods.ptr[:-1], 0)
    kind = np.where(has_way, methods.taking[first] if len(methods.kind) else 0, -1)
    maker = np.repeat(np.arange(size), np.diff(bills.ptr))
    lines = np.flatnonzero((kind[maker] == MAKE) & (bills.valid_from <= 0) & (bills.valid_to > 0))
    movers = np.flatnonzero(kind == MOVE)
    user = np.concatenate([maker[lines], movers])
    used = np.concatenate([bills.component[lines], methods.source[first[movers]]])
    per = np.concatenate([bills.quantity_per[lines] / (1 - bills.scrap[lines]), np.ones(len(movers))])
    return sparse.csr_array((per, (user, used)), shape=(size, size))


def add_dependent(usage: sparse.csr_array, own: Floats) -> Floats:
    """Add to what customers want of each buffer what others take of it, level by level.

    Parameters
    ----------
    usage
        Of `find_usage`.
    own
        Shape (..., B): units wanted of each buffer.

    Returns
    -------
    Floats
        Shape of `own`: all units that go out of each buffer.
    """
    total, wave = own.astype(np.float64), own.astype(np.float64)
    # A wave a level: bills and transfers lead in no circle, so that it ends.
    while wave.any():
        wave = np.asarray(wave @ usage)
        total = total + wave
    return total
