"""List the jobs that each demand needs, by who takes from whom: what goes in before what it goes into."""

from __future__ import annotations

import numpy as np

from drumbeat.basics.arrays import Int32s, Int64s
from drumbeat.basics.compiled import njit


@njit(nogil=True)
def list_wants(
    demands: Int64s, root_ptr: Int64s, roots: Int64s, part_ptr: Int64s, parts: Int64s, job_of: Int64s
) -> tuple[Int64s, Int32s, Int64s, Int32s]:
    """List the jobs of demands.

    Parameters
    ----------
    demands
        In the order in which they are to stand.
    root_ptr, roots
        CSR over all demands: the supplies that serve each.
    part_ptr, parts
        CSR over supplies: the supplies that go into each; without circles.
    job_of
        Job that makes each supply; -1 for what is not made.

    Returns
    -------
    tuple
        Pointer over `demands` and all the jobs that each needs, each once, parts first; pointer and the jobs that serve
        it itself.
    """
    size = len(job_of)
    seen = np.full(size, -1)
    # A supply waits to be looked at (2 * supply), or for its parts to be listed (2 * supply + 1).
    open_ = np.empty(len(parts) + len(roots) + size + 1, np.int64)
    job_ptr, root_job_ptr = np.zeros(len(demands) + 1, np.int64), np.zeros(len(demands) + 1, np.int64)
    jobs, root_jobs = np.empty(max(size, 16), np.int32), np.empty(len(roots), np.int32)
    count = root_count = 0
    for at in range(len(demands)):
        first, last = root_ptr[demands[at]], root_ptr[demands[at] + 1]
        if count + size > len(jobs):
            # Room for all that one demand may need.
            wider = np.empty(2 * (count + size), np.int32)
            wider[:count] = jobs[:count]
            jobs = wider
        waiting = 0
        for place in range(last - 1, first - 1, -1):
            open_[waiting] = 2 * roots[place]
            waiting += 1
        while waiting:
            waiting -= 1
            supply, is_listed = open_[waiting] >> 1, open_[waiting] & 1
            if is_listed:
                if job_of[supply] >= 0:
                    jobs[count] = job_of[supply]
                    count += 1
            elif seen[supply] != at:
                seen[supply] = at
                open_[waiting] = 2 * supply + 1
                waiting += 1
                for place in range(part_ptr[supply], part_ptr[supply + 1]):
                    open_[waiting] = 2 * parts[place]
                    waiting += 1
        for place in range(first, last):
            if job_of[roots[place]] >= 0:
                root_jobs[root_count] = job_of[roots[place]]
                root_count += 1
        job_ptr[at + 1], root_job_ptr[at + 1] = count, root_count
    return job_ptr, jobs[:count].copy(), root_job_ptr, root_jobs[:root_count].copy()
