"""What a schedule is worth: the parts of the objective and their sum."""

from __future__ import annotations

import numpy as np

from drumbeat.scheduling.engine.arrays import Int64s
from drumbeat.scheduling.engine.problem import FAR_FUTURE, Problem
from drumbeat.scheduling.engine.result import UNSCHEDULED, Schedule, Worth

HOUR = 3600.0


def find_latest_moment(problem: Problem) -> int:
    """Return the moment at which what was never scheduled counts as ended: the end of all calendars and dates."""
    ends = problem.calendars.open_end
    latest = int(ends[ends < FAR_FUTURE].max(initial=0))
    for moments in (problem.jobs.due, problem.tasks.release, problem.tasks.fixed_start, problem.jobs.release):
        latest = max(latest, int(moments[moments < FAR_FUTURE].max(initial=0)))
    return latest + int((problem.modes.run_seconds + problem.modes.setup_seconds).sum())


def find_job_ends(problem: Problem, schedule: Schedule) -> Int64s:
    """Return the end of each job's last task, shape (J,); jobs with an unscheduled task end at the latest moment.

    A job without tasks ends at its release.
    """
    ends = problem.jobs.release.astype(np.int64).copy()
    np.maximum.at(ends, problem.tasks.job, schedule.end)
    lost = schedule.mode == UNSCHEDULED
    if lost.any():
        ends[problem.tasks.job[lost]] = max(find_latest_moment(problem), int(ends.max(initial=0)))
    return ends


def measure_worth(problem: Problem, schedule: Schedule) -> Worth:
    """Measure the parts of the objective.

    Parameters
    ----------
    problem, schedule
        The schedule may leave tasks unscheduled: their jobs count as late until the problem's latest moment.

    Returns
    -------
    Worth
        Zero in all parts for a problem without tasks.
    """
    ends = find_job_ends(problem, schedule)
    late = np.where(problem.jobs.due < FAR_FUTURE, np.maximum(ends - problem.jobs.due, 0), 0)
    lost = schedule.mode == UNSCHEDULED
    is_late = late > 0
    if lost.any():
        is_late[problem.tasks.job[lost]] = True
    tardiness = float((problem.jobs.weight * late).sum() / HOUR)
    last = int(ends[problem.tasks.job].max(initial=0)) if lost.any() else int(schedule.end.max(initial=0))
    setup = float(schedule.setup_seconds[~lost].sum() / HOUR)
    aim = problem.objective
    total = (
        aim.tardiness * tardiness + aim.makespan * last / HOUR + aim.num_late * int(is_late.sum()) + aim.setup * setup
    )
    return Worth(tardiness, last / HOUR, int(is_late.sum()), setup, int(lost.sum()), total)
