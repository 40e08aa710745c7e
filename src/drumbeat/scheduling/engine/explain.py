"""Explain when a job ends: the chain of runs and waits back from its last task, second by second."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from drumbeat.basics.arrays import Floats, Int64s
from drumbeat.basics.calendars import working_between
from drumbeat.scheduling.engine.problem import FINISH_FINISH, FINISH_START, START_FINISH, START_START, Problem
from drumbeat.scheduling.engine.result import Schedule
from drumbeat.scheduling.engine.shop import Shop, build_shop, group_rows


@dataclass(frozen=True, slots=True)
class Wait:
    """A stretch of a job's time and what it went into.

    Parameters
    ----------
    cause
        In words: "run", "setup", "cleaning", "calendar", "release", "fixed", "lag", "turn",
        "machine M1 behind order 7", "resource WELD @ NORTH behind order 7", "worker ANNA behind order 7",
        "setup crew FITTERS behind order 7", "batch with order 7", "material SCREW @ NORTH from PO-1",
        "tank OIL full until order 7".
    seconds
        How long, > 0.
    """

    cause: str
    seconds: int


@dataclass(frozen=True, slots=True)
class _Uses:
    """Who holds a resource: tasks by end, and units by start and by end, for the use at any moment."""

    task: Int64s
    end: Int64s
    start: Int64s
    started: Int64s
    ended: Int64s

    def used_at(self, moment: int) -> int:
        """Units held at a moment."""
        i = int(np.searchsorted(self.start, moment, side="right"))
        k = int(np.searchsorted(self.end, moment, side="right"))
        return int(self.started[i] - self.ended[k])


@dataclass(frozen=True, slots=True)
class _Flow:
    """What a material's stock did: moments, stock after each, the cause of each."""

    moment: Int64s
    amount: Floats
    level: Floats
    cause: list[str]
    task: Int64s

    def place_of(self, task: int, is_taken: bool) -> int:
        """Place of the first movement by which a task takes, or brings."""
        mine = (self.task == task) & ((self.amount < 0) == is_taken)
        return int(np.flatnonzero(mine)[0])


def explain_jobs(problem: Problem, schedule: Schedule, jobs: Int64s) -> list[list[Wait]]:
    """Explain when jobs end.

    Parameters
    ----------
    problem, schedule
        The schedule is feasible (`check_schedule`).
    jobs
        Indices of the jobs to explain, shape (n,).

    Returns
    -------
    list[list[Wait]]
        For each job its waits from the last to the first; they sum to its end less its release. Empty for a job
        with nothing scheduled.
    """
    chain = _Chain(problem, schedule)
    tasks_ptr, tasks = group_rows(problem.tasks.job, problem.num_jobs)
    told = []
    for job in jobs.tolist():
        mine = tasks[tasks_ptr[job] : tasks_ptr[job + 1]]
        mine = mine[schedule.mode[mine] >= 0]
        if not len(mine):
            told.append([])
            continue
        last = int(mine[np.argmax(schedule.end[mine])])
        told.append(chain.walk(last, int(problem.jobs.release[job])))
    return told


class _Chain:
    """Walks back along what bound each start."""

    def __init__(self, problem: Problem, schedule: Schedule) -> None:
        self.problem, self.schedule = problem, schedule
        self.shop: Shop = build_shop(problem)
        self.before_ptr, self.before = group_rows(problem.links.after, problem.num_tasks)
        self.uses: dict[int, _Uses] = {}
        self.flows: dict[int, _Flow] = {}
        self.is_batch = problem.resources.is_batch
        self._find_holders()

    def _find_holders(self) -> None:
        """List who holds what from when to when: by mode, by team, and crews while they set up."""
        problem, schedule, modes = self.problem, self.schedule, self.problem.modes
        done = np.flatnonzero(schedule.mode >= 0)
        mode = schedule.mode[done]
        sizes = modes.resource_ptr[mode + 1] - modes.resource_ptr[mode]
        owner = np.repeat(done, sizes)
        offset = np.arange(len(owner)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
        entry = np.repeat(modes.resource_ptr[mode], sizes) + offset
        heads, team = self.heads, schedule.team
        filled = np.flatnonzero(team >= 0) if len(heads) else np.zeros(0, dtype=np.int64)
        crew = problem.resources.setup_crew
        first = offset == 0
        sets_up = owner[first][crew[modes.resource[entry[first]]] >= 0] if len(crew) else owner[:0]
        sets_up = sets_up[schedule.setup_seconds[sets_up] > 0]
        crews = np.array([self._crew_of(int(task)) for task in sets_up], dtype=np.int64)
        self.owner = np.concatenate((owner, heads[filled], sets_up))
        resource = np.concatenate((modes.resource[entry], team[filled], crews)).astype(np.int64)
        ones = np.ones(len(filled) + len(sets_up), dtype=np.int64)
        self.units = np.concatenate((modes.units[entry].astype(np.int64), ones))
        self.ends = schedule.end[self.owner]
        # Pauses within a setup are left out: its end is told a little too early where it has some.
        self.ends[len(self.ends) - len(sets_up) :] = schedule.start[sets_up] + schedule.setup_seconds[sets_up]
        self.held_ptr, self.held = group_rows(resource, problem.num_resources)

    @cached_property
    def heads(self) -> Int64s:
        """Task of each head in the team."""
        skills = self.problem.skills
        if not len(skills.count) or not len(self.schedule.team):
            return np.zeros(0, dtype=np.int64)
        return np.repeat(np.repeat(np.arange(self.problem.num_tasks), np.diff(skills.task_ptr)), skills.count)

    def _machine_of(self, task: int) -> int:
        """First resource of a scheduled task's mode; -1 for none."""
        modes, mode = self.problem.modes, int(self.schedule.mode[task])
        first = int(modes.resource_ptr[mode])
        return int(modes.resource[first]) if first < modes.resource_ptr[mode + 1] else -1

    def _crew_of(self, task: int) -> int:
        """Crew that sets a scheduled task up; -1 for none."""
        crew, machine = self.problem.resources.setup_crew, self._machine_of(task)
        has = len(crew) > 0 and machine >= 0 and self.schedule.setup_seconds[task] > 0
        return int(crew[machine]) if has else -1

    def walk(self, task: int, base: int) -> list[Wait]:
        """Return the waits from the end of a task back to `base`."""
        waits: list[Wait] = []
        cursor = int(self.schedule.end[task])

        def spend(until: int, cause: str) -> None:
            nonlocal cursor
            until = max(until, base)
            if until < cursor:
                if waits and waits[-1].cause == cause:
                    waits[-1] = Wait(cause, waits[-1].seconds + cursor - until)
                else:
                    waits.append(Wait(cause, cursor - until))
                cursor = until

        seen = set()
        while task not in seen and cursor > base:
            seen.add(task)
            self._spend_task(task, cursor, spend)
            bounds = self._bounds(task)
            following = -1
            for moment, _, cause, before in sorted(bounds, reverse=True):
                if before >= 0:
                    spend(moment, self._gap_cause(task, moment, cursor))
                    following = before
                    break
                spend(moment, self._gap_cause(task, moment, cursor))
                lower = max((m for m, *_ in bounds if m < moment), default=base)
                spend(lower, cause)
            if following < 0:
                spend(base, self._gap_cause(task, base, cursor))
                break
            spend(int(self.schedule.end[following]), "lag")
            task = following
        return waits

    def _spend_task(self, task: int, cursor: int, spend: object) -> None:
        """Spend the part of a task before the cursor: its pauses, its run, its setup."""
        start, mode = int(self.schedule.start[task]), int(self.schedule.mode[task])
        if cursor <= start:
            return
        worked = self._worked(mode, start, cursor)
        setup = min(int(self.schedule.setup_seconds[task]), worked)
        closed = cursor - start - worked
        spend(cursor - closed, "calendar")  # type: ignore[operator]
        spend(start + setup, "run")  # type: ignore[operator]
        spend(start, "cleaning" if self._is_cleaning(task) else "setup")  # type: ignore[operator]

    def _is_cleaning(self, task: int) -> bool:
        """Whether a task's setup is the cleaning after a campaign: longer than its setup within the family."""
        resources, machine, family = (
            self.problem.resources,
            self._machine_of(task),
            int(self.problem.tasks.family[task]),
        )
        if machine < 0 or family < 0 or not len(resources.clean_seconds):
            return False
        setup, matrix = (
            int(self.problem.modes.setup_seconds[self.schedule.mode[task]]),
            int(resources.setup_matrix[machine]),
        )
        if matrix >= 0:
            setup += int(self.problem.setups.seconds[matrix, family, family])
        return self.schedule.setup_seconds[task] == resources.clean_seconds[machine] > setup

    def _worked(self, mode: int, first: int, last: int) -> int:
        c = int(self.shop.mode["calendar"][mode])
        if c < 0:
            return max(last - first, 0)
        shop = self.shop
        lo, hi = int(shop.cal_ptr[c]), int(shop.cal_ptr[c + 1])
        return int(working_between(shop.cal_start, shop.cal_end, shop.cal_worked, lo, hi, first, last))

    def _gap_cause(self, task: int, first: int, last: int) -> str:
        """What a stretch before a start went into that nothing else bounds."""
        if self.problem.tasks.fixed_start[task] >= 0:
            return "fixed"
        is_closed = self._worked(int(self.schedule.mode[task]), first, last) < last - first
        return "calendar" if is_closed else "turn"

    def _bounds(self, task: int) -> list[tuple[int, int, str, int]]:
        """What a start waited for: (moment, rank, cause, task to go on with or -1), the moments up to the start."""
        start = int(self.schedule.start[task])
        bounds = [*self._link_bounds(task), *self._resource_bounds(task, start), *self._material_bounds(task, start)]
        bounds += [*self._tank_bounds(task), *self._batch_bounds(task)]
        release = int(self.problem.tasks.release[task])
        if release > 0:
            bounds.append((release, 1, "release", -1))
        return [(min(moment, start), rank, cause, before) for moment, rank, cause, before in bounds]

    def _link_bounds(self, task: int) -> list[tuple[int, int, str, int]]:
        """The predecessor that bound the start most."""
        schedule, links = self.schedule, self.problem.links
        best: tuple[int, int, str, int] | None = None
        length = int(schedule.end[task] - schedule.start[task])
        for row in self.before[self.before_ptr[task] : self.before_ptr[task + 1]].tolist():
            before = int(links.before[row])
            if schedule.mode[before] < 0:
                continue
            first = {FINISH_START: schedule.end, START_START: schedule.start}
            first |= {FINISH_FINISH: schedule.end, START_FINISH: schedule.start}
            kind = int(links.kind[row])
            moment = int(first[kind][before]) + int(links.lag[row])
            if kind in (FINISH_FINISH, START_FINISH):
                moment -= length
            if best is None or moment > best[0]:
                best = (moment, 0, "predecessor", before)
        return [] if best is None else [best]

    def _resource_bounds(self, task: int, start: int) -> list[tuple[int, int, str, int]]:
        """Resources that were full until the moment when somebody gave them back."""
        bounds = []
        linked = self.problem.links.before[self.before[self.before_ptr[task] : self.before_ptr[task + 1]]]
        for kind, r, units in self._list_held(task):
            uses = self._uses_of(r)
            i = int(np.searchsorted(uses.end, start, side="right")) - 1
            if i < 0 or uses.task[i] == task:
                continue
            moment = int(uses.end[i])
            at_hand = self._units_at(r, moment - 1)
            if at_hand > 0 and uses.used_at(moment - 1) + units <= at_hand:
                continue
            order = self.problem.jobs.keys[self.problem.tasks.job[uses.task[i]]]
            other = (moment, 3, f"{kind} {self.problem.resources.keys[r]} behind order {order}", -1)
            # Nobody waits behind himself: what the forerunner waited for is told.
            bounds.append((moment, 3, "predecessor", int(uses.task[i])) if uses.task[i] in linked else other)
        return bounds

    def _list_held(self, task: int) -> list[tuple[str, int, int]]:
        """What a task holds: kind in words, resource, units."""
        modes, mode = self.problem.modes, int(self.schedule.mode[task])
        first, last = int(modes.resource_ptr[mode]), int(modes.resource_ptr[mode + 1])
        held = [
            ("machine" if e == first else "resource", int(modes.resource[e]), int(modes.units[e]))
            for e in range(first, last)
        ]
        if len(self.heads):
            low, high = np.searchsorted(self.heads, (task, task + 1))
            held += [("worker", int(worker), 1) for worker in self.schedule.team[low:high]]
        crew = self._crew_of(task)
        return [*held, ("setup crew", crew, 1)] if crew >= 0 else held

    def _batch_bounds(self, task: int) -> list[tuple[int, int, str, int]]:
        """Others in the batch that came later than the task itself."""
        machine, schedule = self._machine_of(task), self.schedule
        if machine < 0 or not len(self.is_batch) or not self.is_batch[machine]:
            return []
        members = self.owner[self.held[self.held_ptr[machine] : self.held_ptr[machine + 1]]]
        mates = members[(schedule.start[members] == schedule.start[task]) & (members != task)]
        bounds = []
        for mate in mates.tolist():
            release = int(self.problem.tasks.release[mate])
            came = max([release, *(moment for moment, *_ in self._link_bounds(mate))])
            order = self.problem.jobs.keys[self.problem.tasks.job[mate]]
            bounds.append((came, 1, f"batch with order {order}", -1))
        return bounds

    def _units_at(self, resource: int, moment: int) -> int:
        c = int(self.problem.resources.calendar[resource])
        if c < 0:
            return int(self.problem.resources.capacity[resource])
        book = self.problem.calendars
        lo, hi = int(book.ptr[c]), int(book.ptr[c + 1])
        k = lo + int(np.searchsorted(book.open_end[lo:hi], moment, side="right"))
        if k == hi or book.open_start[k] > moment:
            return 0
        return int(self.problem.resources.capacity[resource] * book.level[k])

    def _uses_of(self, resource: int) -> _Uses:
        if resource not in self.uses:
            rows = self.held[self.held_ptr[resource] : self.held_ptr[resource + 1]]
            task, units = self.owner[rows], self.units[rows]
            start, end = self.schedule.start[task], self.ends[rows]
            by_start, by_end = np.argsort(start, kind="stable"), np.lexsort((start, end))
            self.uses[resource] = _Uses(
                task[by_end],
                end[by_end],
                start[by_start],
                np.concatenate(([0], np.cumsum(units[by_start]))),
                np.concatenate(([0], np.cumsum(units[by_end]))),
            )
        return self.uses[resource]

    def _material_bounds(self, task: int, start: int) -> list[tuple[int, int, str, int]]:
        """Materials of which there was too little until something arrived."""
        materials = self.problem.materials
        if not len(materials.task_ptr):
            return []
        bounds = []
        for u in range(int(materials.task_ptr[task]), int(materials.task_ptr[task + 1])):
            need = -float(materials.quantity[u])
            if need <= 0:
                continue
            k = int(materials.material[u])
            flow = self._flow_of(k)
            own = flow.place_of(task, True)
            levels = np.concatenate(([materials.stock[k]], flow.level[:own]))
            short = np.flatnonzero(levels < need - 1e-6 * max(1.0, need))
            if len(short) and short[-1] < own:
                i = int(short[-1])
                cause = f"material {materials.keys[k]} from {flow.cause[i]}"
                bounds.append((min(int(flow.moment[i]), start), 2, cause, -1))
        return bounds

    def _tank_bounds(self, task: int) -> list[tuple[int, int, str, int]]:
        """Tanks that had no room for what a task brings until somebody took from them."""
        materials = self.problem.materials
        if not len(materials.task_ptr) or not len(materials.most):
            return []
        bounds, length = [], int(self.schedule.end[task] - self.schedule.start[task])
        for u in range(int(materials.task_ptr[task]), int(materials.task_ptr[task + 1])):
            brought, k = float(materials.quantity[u]), int(materials.material[u])
            if brought <= 0 or not np.isfinite(materials.most[k]):
                continue
            flow = self._flow_of(k)
            own = flow.place_of(task, False)
            before = np.concatenate(([materials.stock[k]], flow.level[:own]))
            full = np.flatnonzero(before + brought > materials.most[k] + 1e-6 * max(1.0, brought))
            # What is taken at the very moment at which the task ends makes room too.
            i = int(full[-1]) if len(full) else len(flow.moment)
            while i < len(flow.moment) and flow.amount[i] > 0:
                i += 1
            if i < len(flow.moment):
                cause = f"tank {materials.keys[k]} full until {flow.cause[i]}"
                bounds.append((int(flow.moment[i]) - length, 2, cause, -1))
        return bounds

    def _flow_of(self, material: int) -> _Flow:
        """All movements of a material in time; at one moment what arrives comes first."""
        if material not in self.flows:
            problem, schedule, materials = self.problem, self.schedule, self.problem.materials
            owner = np.repeat(np.arange(problem.num_tasks), np.diff(materials.task_ptr))
            rows = np.flatnonzero((materials.material == material) & (schedule.mode[owner] >= 0))
            received = np.flatnonzero(materials.receipt_material == material)
            task, amount = owner[rows], materials.quantity[rows]
            moment = np.where(amount < 0, schedule.start[task], schedule.end[task])
            moment = np.concatenate((materials.receipt_time[received], moment))
            amount = np.concatenate((materials.receipt_quantity[received], amount))
            task = np.concatenate((np.full(len(received), -1), task))
            names = [str(materials.receipt_keys[i]) for i in received]
            names += [f"order {problem.jobs.keys[problem.tasks.job[t]]}" for t in owner[rows]]
            order = np.lexsort((amount < 0, moment))
            level = materials.stock[material] + np.cumsum(amount[order])
            self.flows[material] = _Flow(moment[order], amount[order], level, [names[i] for i in order], task[order])
        return self.flows[material]
