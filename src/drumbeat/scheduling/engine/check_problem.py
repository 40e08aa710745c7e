"""Judge a problem before it is solved: what no schedule could honour, said by name."""

from __future__ import annotations

from drumbeat.basics.findings import Findings
from drumbeat.scheduling.engine.check_arrays import check_arrays
from drumbeat.scheduling.engine.check_fit import check_fit
from drumbeat.scheduling.engine.check_links import check_links
from drumbeat.scheduling.engine.check_numbers import check_numbers
from drumbeat.scheduling.engine.check_report import Inspection
from drumbeat.scheduling.engine.problem import Problem


def check_problem(problem: Problem) -> Findings:
    """Find what is wrong with a problem.

    Parameters
    ----------
    problem
        From a plant, a benchmark or by hand.

    Returns
    -------
    Findings
        Errors where no schedule can be made: wrong lengths or indices, tasks without a mode, negative or overflowing
        times, circles of links or of most-lags, deadlines before the release or shorter than the work, skills that
        too few have, runs longer than a campaign may be. Warnings where a task can never be scheduled: its calendars
        too short or never open at once, more units than there are, more than its tank holds.
    """
    inspection = Inspection(problem)
    for check in (check_arrays, check_numbers, check_links, check_fit):
        check(inspection)
        if inspection.has_errors:
            break
    return inspection.findings
