"""Share jobs among machines in fractions: a lower bound of the makespan, and which machines suit which jobs."""

from __future__ import annotations

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import coo_array

from drumbeat.basics.arrays import Floats, Int64s
from drumbeat.scheduling.engine.sequence.parallel_machines import NEVER


def share_by_lp(run: Int64s) -> tuple[float, Int64s, Floats] | None:
    """Find the least greatest load when jobs may be split.

    Parameters
    ----------
    run
        Shape (n, m): seconds of each job on each machine, `NEVER` where it may not run.

    Returns
    -------
    tuple or None
        The load, a lower bound of the makespan in seconds; the machine with the largest share of each job, shape (n,);
        and by how much the load would grow at least if the whole of a job went to a machine, shape (n, m), infinite
        where it may not. None when the solver gives up.
    """
    n, m = run.shape
    job, machine = np.nonzero(run < NEVER)
    pair, size = np.arange(len(job)), len(job)
    seconds = run[job, machine].astype(np.float64)
    column = np.append(pair, np.full(m, size))
    load = coo_array((np.append(seconds, -np.ones(m)), (np.append(machine, np.arange(m)), column)), (m, size + 1))
    whole = coo_array((np.ones(size), (job, pair)), (n, size + 1))
    cost = np.append(np.zeros(size), 1.0)
    found = linprog(cost, load.tocsr(), np.zeros(m), whole.tocsr(), np.ones(n), method="highs")  # type: ignore[call-overload]
    if found.status != 0:
        return None
    share, growth = np.zeros((n, m)), np.full((n, m), np.inf)
    share[job, machine] = found.x[:-1]
    growth[job, machine] = found.lower.marginals[:-1]
    return float(found.fun), np.argmax(share, axis=1).astype(np.int64), growth
