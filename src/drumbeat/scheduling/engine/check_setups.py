"""Judge what happens between tasks on a machine: setups, campaigns and their cleaning, batches, the order of jobs."""

from __future__ import annotations

from bisect import bisect_right

import numpy as np

from drumbeat.basics.arrays import Bools, Int32s, Int64s
from drumbeat.basics.findings import Finding
from drumbeat.scheduling.engine.check_evidence import REMEDY, Evidence
from drumbeat.scheduling.engine.problem import FAR_FUTURE
from drumbeat.scheduling.engine.result import SKIPPED


def check_setups(evidence: Evidence) -> None:
    """Check that each setup lasts as long as the mode, the setup matrix and the cleaning after a campaign say."""
    problem, schedule = evidence.problem, evidence.schedule
    resources, machine = problem.resources, evidence.machine
    # One more for what needs no machine: there may be none at all.
    matrix = np.append(resources.setup_matrix, -1)[machine]
    most = resources.most_campaign if len(resources.most_campaign) else np.full(problem.num_resources, FAR_FUTURE)
    most = np.append(most, FAR_FUTURE)
    in_campaign = (machine >= 0) & (most[machine] < FAR_FUTURE)
    expected = np.where(evidence.done, problem.modes.setup_seconds[np.maximum(schedule.mode, 0)], 0)
    expected = evidence.longest_in_batch(expected)
    family = problem.tasks.family
    # One row for each batch; its others have the setup that the first of them has.
    leads = evidence.batch == np.arange(problem.num_tasks)
    rows = np.flatnonzero(leads & evidence.done & ((matrix >= 0) | in_campaign) & (family >= 0))
    rows = rows[np.lexsort((schedule.end[rows], schedule.start[rows], machine[rows]))]
    same = machine[rows][1:] == machine[rows][:-1]
    before = resources.initial_family[machine[rows]].astype(np.int64)
    before[1:][same] = family[rows][:-1][same]
    unknown = problem.setups.seconds.shape[1] - 1
    before = np.where(before < 0, unknown, before)
    changes = matrix[rows] >= 0
    expected[rows[changes]] += problem.setups.seconds[matrix[rows][changes], before[changes], family[rows][changes]]
    if in_campaign.any():
        cleaned = rows[_find_cleanings(evidence, rows, most)]
        expected[cleaned] = np.maximum(expected[cleaned], resources.clean_seconds[machine[cleaned]])
    unclear = np.zeros(problem.num_tasks, dtype=bool)
    unclear[rows[_find_ties(evidence, rows, same)]] = True
    expected, unclear = expected[evidence.batch], unclear[evidence.batch]
    wrong = evidence.done & (schedule.setup_seconds != expected) & ~unclear
    rule = "a setup lasts as long as the mode, the setup matrix and the cleaning after a campaign say"
    keys = problem.tasks.keys
    evidence.report("task", rule, keys, wrong, lambda t: f"{schedule.setup_seconds[t]} s, not {expected[t]} s")


def _find_ties(evidence: Evidence, rows: Int64s, same: Bools) -> Bools:
    """Rows whose setup is unclear: which of several that start at one moment, but the last without length, came
    first, a schedule does not say."""
    start, end = evidence.schedule.start[rows], evidence.schedule.end[rows]
    tied = np.zeros(len(rows), dtype=bool)
    tied[1:] = same & (start[1:] == start[:-1])
    tied[:-1] |= tied[1:]
    unclear = tied.copy()
    unclear[1:] |= same & tied[:-1] & (end[:-1] == start[1:])
    return unclear


def _find_cleanings(evidence: Evidence, rows: Int64s, most: Int64s) -> Int64s:
    """Places in `rows` (sorted by machine and time) of tasks before which the machine is cleaned: those with which the
    campaign would grow longer than it may."""
    family, machine = evidence.problem.tasks.family[rows], evidence.machine[rows]
    begins = np.ones(len(rows), dtype=bool)
    begins[1:] = (machine[1:] != machine[:-1]) | (family[1:] != family[:-1])
    done = np.cumsum(evidence.run[rows]).tolist()
    first = np.flatnonzero(begins)
    last = np.append(first[1:], len(rows))
    bounded = most[machine[first]] < FAR_FUTURE
    cleanings = []
    for i, end, room in zip(
        first[bounded].tolist(), last[bounded].tolist(), most[machine[first[bounded]]].tolist(), strict=True
    ):
        worked = done[i - 1] if i else 0
        # A task that is longer than any campaign has one of its own.
        while (following := max(bisect_right(done, worked + room, i, end), i + 1)) < end:
            cleanings.append(following)
            i, worked = following, done[following - 1]
    return np.array(cleanings, dtype=np.int64)


def check_batches(evidence: Evidence) -> None:
    """Check that what is in an oven at one moment is one batch: of one family, set up once, started and ended
    together."""
    problem, schedule = evidence.problem, evidence.schedule
    is_batch = problem.resources.is_batch
    if not is_batch.any():
        return
    held, start, end, family = evidence.mode_holds, schedule.start, schedule.end, problem.tasks.family
    rows = np.flatnonzero(is_batch[held.resource] & (end[held.task] > start[held.task]))
    task, resource = held.task[rows], held.resource[rows]
    order = np.lexsort((task, end[task], start[task], resource))
    task, resource = task[order], resource[order]
    # Sorted by start: some two overlap exactly where some two in a row do, or where one outlasts all up to the next.
    same = resource[1:] == resource[:-1]
    overlaps = same & (start[task[1:]] < end[task[:-1]])
    together = (start[task[1:]] == start[task[:-1]]) & (end[task[1:]] == end[task[:-1]])
    keys = problem.tasks.keys

    def where(t: int) -> str:
        return f"from {start[t]} to {end[t]}"

    rule = "what is in an oven at one moment starts and ends together"
    evidence.report("task", rule, keys, task[1:][overlaps & ~together], where)
    mixed = overlaps & together & (family[task[1:]] != family[task[:-1]])
    evidence.report("task", "what is in an oven at one moment is of one family", keys, task[1:][mixed], where)


def check_order_groups(evidence: Evidence) -> None:
    """Check that the resources of each group take their jobs in the same order."""
    resources = evidence.problem.resources
    group = resources.order_group
    for g in np.unique(group[group >= 0]).tolist() if len(group) else []:
        starts = [_find_job_starts(evidence, r) for r in np.flatnonzero(group == g).tolist()]
        named = [str(resources.keys[r]) for r in np.flatnonzero(group == g).tolist()]
        for i, first in enumerate(starts):
            for k, second in enumerate(starts[:i]):
                if not _is_same_order(first, second):
                    rule = "the resources of an order group take the jobs in the same order"
                    evidence.findings.add(Finding("resource", rule, REMEDY, value=f"{named[k]}, {named[i]}"))


def _find_job_starts(evidence: Evidence, resource: int) -> Int64s:
    """First start of each job on a resource; -1 where it has none."""
    held = evidence.mode_holds
    task = held.task[held.resource == resource]
    starts = np.full(evidence.problem.num_jobs, FAR_FUTURE, dtype=np.int64)
    np.minimum.at(starts, evidence.problem.tasks.job[task], evidence.schedule.start[task])
    return np.where(starts < FAR_FUTURE, starts, -1)


def _is_same_order(first: Int64s, second: Int64s) -> bool:
    """Whether two resources take the jobs that both have in one order; equal starts leave it open."""
    both = (first >= 0) & (second >= 0)
    following: Int64s = second[both][np.lexsort((second[both], first[both]))]
    return bool((following[1:] >= following[:-1]).all())


def check_choices(evidence: Evidence) -> None:
    """Check that nothing is left out that must be done, that of each choice exactly one is done, and what goes with it
    as well, and no more."""
    tasks, mode = evidence.problem.tasks, evidence.schedule.mode
    is_skipped = mode == SKIPPED
    choice: Int32s = tasks.choice if len(tasks.choice) else np.full(len(mode), -1, dtype=np.int32)
    may = choice >= 0
    if len(tasks.skip_cost):
        may |= np.isfinite(tasks.skip_cost)
    if len(tasks.goes_with):
        follows = tasks.goes_with >= 0
        may |= follows
        apart = follows & (is_skipped != is_skipped[tasks.goes_with])
        rule = "what goes with another task is done exactly where that one is"
        evidence.report("task", rule, tasks.keys, apart, lambda t: f"goes with {tasks.keys[tasks.goes_with[t]]}")
    evidence.report("task", "only what may be left out is", tasks.keys, is_skipped & ~may)
    taken = np.bincount(choice[(choice >= 0) & ~is_skipped], minlength=int(choice.max(initial=-1)) + 1)
    groups = np.unique(choice[choice >= 0])
    rule = "of the tasks of a choice exactly one is done"
    wrong = np.zeros(len(taken), dtype=bool)
    wrong[groups] = taken[groups] != 1
    evidence.report("choice", rule, np.arange(len(taken)), wrong, lambda g: f"{taken[g]} done")
