"""Hold work back so that nothing planned is ready within its item's frozen fence."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from drumbeat.basics.arrays import Int64s
from drumbeat.scheduling.engine.problem import FINISH_START, Links, Modes, Tasks


def hold_back_to_fence(tasks: Tasks, modes: Modes, links: Links, fence: Int64s, *, is_ahead: bool) -> Tasks:
    """Release the last task of each job no earlier than lets it end at the job's fence.

    The shortest time counts: whatever machine takes it, it does not end within the fence. What may wait only so long
    for the next task is held back with it.

    Parameters
    ----------
    is_ahead
        Whether machines are set up before the work is there; setups that depend on nothing count otherwise.
    fence
        Seconds after now before which nothing of each job may be ready, >= 0, shape (num_jobs,); 0 = at any time.
    """
    if not (fence > 0).any():
        return tasks
    takes = modes.run_seconds if is_ahead else modes.run_seconds + modes.setup_seconds
    shortest = np.minimum.reduceat(takes, modes.task_ptr[:-1])
    release = tasks.release.copy()
    # Tasks are sorted by job and sequence: the last of each job is the one that another job follows.
    last = np.flatnonzero(np.append(tasks.job[1:] != tasks.job[:-1], True))
    release[last] = np.maximum(release[last], fence[tasks.job[last]] - shortest[last])
    if len(links.most):
        rows = np.flatnonzero((links.kind == FINISH_START) & (tasks.job[links.before] == tasks.job[links.after]))
        for row in rows[np.argsort(-links.after[rows], kind="stable")].tolist():
            before, after = links.before[row], links.after[row]
            if fence[tasks.job[after]] > 0:
                release[before] = max(release[before], release[after] - links.most[row] - shortest[before])
    return replace(tasks, release=release)
