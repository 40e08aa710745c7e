"""Search: vary the genes of the best schedule at random, keep what is no worse, for as long as there is time."""

from __future__ import annotations

from dataclasses import dataclass, field
from time import perf_counter

import numpy as np

from drumbeat.basics.arrays import Bools, Floats, Int64s
from drumbeat.basics.streams import luck_of, uniform
from drumbeat.scheduling.engine.check import check_schedule
from drumbeat.scheduling.engine.measure_worth import Meter, find_job_ends
from drumbeat.scheduling.engine.problem import FAR_FUTURE
from drumbeat.scheduling.engine.result import SKIPPED, UNSCHEDULED, Schedule
from drumbeat.scheduling.engine.search import Lane, rank_worth
from drumbeat.scheduling.engine.serial.choose_routes import follow_chosen
from drumbeat.scheduling.engine.serial.decode import decode
from drumbeat.scheduling.engine.serial.lay_out_serial import Serial, find_optional, make_board, make_desk
from drumbeat.scheduling.engine.serial.make_genes import count_spent, make_genes, rank_keys, read_genes
from drumbeat.scheduling.engine.serial.records import Genes

SECONDS_PER_TASK = 4e-6
"""What placing a task takes on an ordinary core; deterministic searches count it."""
HOT, COLD = 0.003, 0.0001
"""Share of the objective by which a worse schedule may be kept, at the beginning and at the end."""
RENEWALS = 100
"""Changes after which tasks come in the order in which they start, if that is no worse."""
OTHER_ROUTE = 0.15
"""Share of the changes that do another of a choice, where there are choices."""
STEP_OF_RANK = 1e-3
"""Where the objective is a row of parts, each counts so much of the one before."""


@dataclass
class _Dice:
    """Numbers in [0, 1) from a counter."""

    luck: np.uint64
    turn: int = 0

    def draw(self) -> float:
        self.turn += 1
        return float(uniform(self.luck, np.uint64(0), 1, self.turn))

    def below(self, size: int) -> int:
        return min(int(self.draw() * size), size - 1)

    def draw_many(self, size: int) -> Floats:
        return np.array([self.draw() for _ in range(size)])


@dataclass
class Breeder:
    """One lane's search: the genes where it stands, and the best schedule that they gave."""

    serial: Serial
    base: Int64s
    out: Int64s
    seed: int
    number: int = 0
    meter: Meter = field(init=False)
    schedule: Schedule | None = None
    cost: float = float("inf")
    key: Floats = field(init=False)

    def __post_init__(self) -> None:
        problem = self.serial.problem
        self.meter = Meter(problem)
        self.board = make_board(self.serial.plant, self.serial.rules)
        self.desk = make_desk(self.serial.plant, self.serial.rules)
        self.genes = make_genes(self.serial, self.base, self.out)
        self.dice = _Dice(np.uint64(luck_of(self.seed, self.number)))
        self.key = np.zeros(problem.num_tasks)
        self.optional = find_optional(problem)
        self.has_choices = bool((problem.tasks.choice >= 0).any())
        self.has_budgets = len(self.serial.rules.amount) > 0
        self.is_flexible = np.diff(problem.modes.task_ptr) > 1
        aim = problem.objective
        later = aim.earliness + aim.in_process + aim.overtime + aim.hold_pay + aim.moved_hours + aim.moved_tasks
        self.has_waits = bool(later > 0 or aim.order or problem.resources.is_batch.any())

    def make(self, genes: Genes) -> tuple[Schedule, float]:
        """Make the schedule of genes, and what it costs: what has no place above all."""
        serial = self.serial
        decode(serial.plant, serial.rules, self.board, self.desk, genes)
        schedule = serial.read_board(self.board)
        return schedule, self.measure(schedule)

    def measure(self, schedule: Schedule) -> float:
        """What a schedule costs as one number."""
        num_lost, *parts = rank_worth(self.serial.problem, self.meter.measure(schedule))
        return num_lost * 1e12 + sum(part * STEP_OF_RANK**i for i, part in enumerate(parts))

    def start_from(self, schedule: Schedule, cost: float) -> None:
        """Stand at the schedule that the genes give."""
        self.schedule, self.cost = schedule, cost
        span = float(schedule.end.max(initial=1)) / max(len(self.key), 1)
        self.key = (self.genes.rank * span).astype(np.float64)

    def renew_key(self) -> None:
        """Let tasks come in the order in which they start, where that gives nothing worse."""
        schedule, old, rank = self.schedule, self.key, self.genes.rank.copy()
        assert schedule is not None
        key = np.where(schedule.start >= 0, schedule.start, old).astype(np.float64)
        self.genes.rank[:] = rank_keys(key)
        made, cost = self.make(self.genes)
        if cost <= self.cost:
            self.schedule, self.cost, self.key = made, cost, key
        else:
            self.genes.rank[:] = rank

    def take_over(self, schedule: Schedule) -> None:
        """Stand at what another has found, where its genes give something better."""
        if (schedule.mode == UNSCHEDULED).any():
            return
        old = Genes(*(part.copy() for part in self.genes))
        read_genes(self.genes, schedule)
        self.genes.floor[:] = np.maximum(schedule.start, 0) if self.has_waits else 0
        made, cost = self.make(self.genes)
        if cost < self.cost:
            self.start_from(made, cost)
            return
        for part, before in zip(self.genes, old, strict=True):
            part[:] = before

    def step(self, heat: float) -> bool:
        """Try one change; whether it was kept."""
        old = Genes(*(part.copy() for part in self.genes))
        key = self.key.copy()
        self._vary(key)
        self.genes.rank[:] = rank_keys(key)
        schedule, cost = self.make(self.genes)
        if cost <= self.cost + heat * min(abs(self.cost), 1e11):
            self.schedule, self.cost, self.key = schedule, cost, key
            return True
        for part, before in zip(self.genes, old, strict=True):
            part[:] = before
        return False

    def _vary(self, key: Floats) -> None:
        """Change keys and wishes a little."""
        schedule, u = self.schedule, self.dice.draw()
        assert schedule is not None
        span = max(float(schedule.end.max(initial=1)), 1.0)
        if self.has_choices and self.dice.draw() < OTHER_ROUTE and self._do_another(key):
            return
        lost = np.flatnonzero(schedule.mode == UNSCHEDULED)
        if len(lost) and u < 0.5:
            self._hurry_lost(key, lost, span)
        elif u < 0.35:
            self._hurry_job(key, span)
        elif u < 0.6:
            self._shift(key, self._pick(), span)
        elif u < 0.7:
            self._shake(key, span)
        elif u < 0.85 and self.is_flexible.any():
            self._change_mode()
        elif u < 0.93 and self.has_waits:
            self._wait(key)
        elif not self._leave_out():
            self._swap(key)

    def _pick(self) -> int:
        """A task, three times out of four of a late job."""
        problem, schedule = self.serial.problem, self.schedule
        assert schedule is not None
        if self.dice.draw() < 0.75:
            late = find_job_ends(problem, schedule) > problem.jobs.due
            rows = np.flatnonzero(late[problem.tasks.job])
            if len(rows):
                return int(rows[self.dice.below(len(rows))])
        return self.dice.below(problem.num_tasks)

    def _hurry_lost(self, key: Floats, lost: Int64s, span: float) -> None:
        """Have a task without a place come earlier, with its job."""
        task = int(lost[self.dice.below(len(lost))])
        mine = self.serial.problem.tasks.job == self.serial.problem.tasks.job[task]
        self.genes.floor[mine] = 0
        self.genes.mode[mine & (self.genes.mode >= 0)] = -1
        key[mine if self.dice.draw() < 0.7 else lost] -= self.dice.draw() ** 2 * span

    def _hurry_job(self, key: Floats, span: float) -> None:
        """Have all of a job, or what is left of it from a task on, come earlier or later."""
        task = self._pick()
        mine = self.serial.problem.tasks.job == self.serial.problem.tasks.job[task]
        if self.dice.draw() < 0.5:
            mine &= key >= key[task]
        step = span * self.dice.draw() ** 3 * 0.5
        key[mine] += step if self.dice.draw() < 0.25 else -step
        if self.dice.draw() < 0.5:
            self.genes.floor[mine] = 0

    def _shift(self, key: Floats, task: int, span: float) -> None:
        """Have one task come earlier or later."""
        step = span * self.dice.draw() ** 4 * 0.5 + 1
        key[task] += step if self.dice.draw() < 0.3 else -step

    def _shake(self, key: Floats, span: float) -> None:
        """Shuffle a stretch of time a little."""
        width = max(span * 0.1 * self.dice.draw(), 1.0)
        begin = key[self._pick()] - width * self.dice.draw()
        rows = np.flatnonzero((key >= begin) & (key < begin + width))[:100]
        key[rows] += width * (self.dice.draw_many(len(rows)) - 0.5)

    def _swap(self, key: Floats) -> None:
        """Swap a task with the one before it on its machine."""
        schedule, task = self.schedule, self._pick()
        assert schedule is not None
        machine = self.serial.plant.mode["machine"]
        if schedule.mode[task] < 0:
            return
        own = np.where(schedule.mode >= 0, machine[np.maximum(schedule.mode, 0)], -2)
        rows = np.flatnonzero((own == own[task]) & (key < key[task]))
        if len(rows):
            other = rows[np.argmax(key[rows])]
            key[task], key[other] = key[other], key[task]

    def _change_mode(self) -> None:
        """Bind a task to a mode, or free it."""
        rows = np.flatnonzero(self.is_flexible & (self.serial.problem.tasks.fixed_start < 0))
        if not len(rows):
            return
        task = self._pick()
        task = task if self.is_flexible[task] else int(rows[self.dice.below(len(rows))])
        pointer = self.serial.problem.modes.task_ptr
        old = int(self.genes.mode[task])
        if old >= 0 and self.dice.draw() < 0.3:
            self.genes.base[task], self.genes.mode[task] = old, -1
            return
        self.genes.mode[task] = pointer[task] + self.dice.below(int(pointer[task + 1] - pointer[task]))
        if self.has_budgets and not self._is_affordable():
            self.genes.mode[task] = old

    def _is_affordable(self) -> bool:
        mode = np.where(self.genes.mode >= 0, self.genes.mode, self.genes.base)
        spent = count_spent(self.serial.problem, mode, self.genes.is_out == 0)
        return bool((spent <= self.serial.problem.budgets.amount).all())

    def _wait(self, key: Floats) -> None:
        """Have a task wait: for its follower, its previous start, or a batch that comes later; or no longer."""
        problem, schedule, task = self.serial.problem, self.schedule, self.dice.below(len(key))
        assert schedule is not None
        u = self.dice.draw()
        if u < 0.3 or schedule.mode[task] < 0:
            self.genes.floor[task] = 0
        elif u < 0.5 and len(problem.previous.start):
            self.genes.floor[task] = max(int(problem.previous.start[task]), 0)
            key[task] = self.genes.floor[task]
        elif u < 0.75:
            own = problem.tasks.job == problem.tasks.job[task]
            due = int(problem.jobs.due[problem.tasks.job[task]])
            end = int(schedule.end[own].max())
            later = max(min(due, end + 10 * end) - end, 0) if due < FAR_FUTURE else 0
            follows = own & (schedule.start >= schedule.end[task])
            if follows.any():
                later = int(schedule.start[follows].min() - schedule.end[task])
            self.genes.floor[task] = schedule.start[task] + int(later * self.dice.draw() + 0.5)
        else:
            self._wait_for_mate(key, task)

    def _wait_for_mate(self, key: Floats, task: int) -> None:
        """Have a task, and those in its batch, begin with the next of its family on its machine."""
        schedule, problem = self.schedule, self.serial.problem
        assert schedule is not None
        machine = self.serial.plant.mode["machine"]
        own = np.where(schedule.mode >= 0, machine[np.maximum(schedule.mode, 0)], -2)
        same: Bools = (own == own[task]) & (problem.tasks.family == problem.tasks.family[task])
        rows = np.flatnonzero(same & (schedule.start > schedule.start[task]))
        if not len(rows):
            return
        mate = rows[np.argmin(schedule.start[rows])]
        together = same & (schedule.start == schedule.start[task])
        together[mate] = True
        begins = max(int(find_ready(self.serial, schedule, int(mate))), int(schedule.start[task]))
        self.genes.floor[together] = begins
        key[together] = key[task]

    def _leave_out(self) -> bool:
        """Leave a task out or take it in; False where nothing may be left out."""
        rows, genes = np.flatnonzero(self.optional), self.genes
        if not len(rows):
            return False
        task = rows[self.dice.below(len(rows))]
        before = int(genes.is_out[task])
        genes.is_out[task] = 1 if before == 0 else 0
        if self.has_budgets and not self._is_affordable():
            genes.is_out[task] = before
        return True

    def _do_another(self, key: Floats) -> bool:
        """Do another task of a choice, with its route, where that which is done now stands; False where none may be."""
        problem, genes = self.serial.problem, self.genes
        tasks, choice = problem.tasks, problem.tasks.choice
        rows = np.flatnonzero((choice >= 0) & (genes.is_out == 1))
        if not len(rows):
            return False
        mine = rows[tasks.job[rows] == tasks.job[self._pick()]]
        rows = mine if len(mine) else rows
        task = int(rows[self.dice.below(len(rows))])
        mates = np.flatnonzero((choice == choice[task]) & (genes.is_out == 0))
        if (tasks.fixed_start[mates] >= 0).any():
            return False
        before = genes.is_out.copy()
        genes.is_out[mates], genes.is_out[task] = 1, 0
        follow_chosen(problem, genes.is_out)
        if self.has_budgets and not self._is_affordable():
            genes.is_out[:] = before
            return False
        left, taken = before < genes.is_out, before > genes.is_out
        if left.any():
            key[taken] = key[left].min()
            genes.floor[taken] = 0
        return True


def find_ready(serial: Serial, schedule: Schedule, task: int) -> int:
    """When the finish-start links before a task let it begin."""
    into = serial.plant.into[serial.plant.task["into0"][task] : serial.plant.task["into0"][task + 1]]
    ready = int(serial.plant.task["release"][task])
    for link in into:
        if link["kind"] == 0 and schedule.mode[link["task"]] != SKIPPED:
            ready = max(ready, int(schedule.end[link["task"]] + link["lag"]))
    return ready


def search_serial(lane: Lane, serial: Serial, first: Breeder, seed: int = 0) -> None:
    """Improve the best schedule until the lane is over.

    Parameters
    ----------
    lane
        Of a search that has a schedule.
    serial
        The problem laid out.
    first
        Where to begin; its genes are copied.
    seed
        Added to the search's.
    """
    search, problem = lane.search, serial.problem
    breeder = Breeder(serial, first.base, first.out, search.seed + seed, lane.number)
    for part, other in zip(breeder.genes, first.genes, strict=True):
        part[:] = other
    assert first.schedule is not None
    breeder.start_from(first.schedule, first.cost)
    best, begin, followed = first.cost, lane.spent, search.schedule
    worst_step = SECONDS_PER_TASK * max(problem.num_tasks, 100)
    told, turn = perf_counter(), 0
    while not lane.is_over() and (best > 0 or problem.objective.order):
        fraction = min((lane.spent - begin) / max(min(lane.until, search.seconds) - begin, 1e-9), 1.0)
        if turn % RENEWALS == 0:
            breeder.renew_key()
        turn += 1
        breeder.step(HOT * (COLD / HOT) ** fraction * breeder.dice.draw())
        lane.count(worst_step)
        if breeder.cost < best and breeder.schedule is not None:
            best = breeder.cost
            if not check_schedule(problem, breeder.schedule):
                lane.offer(breeder.schedule, "serial search")
        if perf_counter() - told > 0.1:
            told = perf_counter()
            lane.tell(f"serial search {search.objective:,.1f}")
            found = search.schedule
            if not search.is_deterministic and found is not None and found is not followed:
                followed = found
                if breeder.measure(found) < min(best, breeder.cost):
                    breeder.take_over(found)
