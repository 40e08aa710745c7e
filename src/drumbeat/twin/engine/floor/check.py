"""Judge a trace independently of the kernel that wrote it: what one would check with a pencil."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

import numpy as np

from drumbeat.twin.engine.floor.problem import FloorProblem
from drumbeat.twin.engine.floor.result import (
    END_CARE,
    END_RUN,
    FAIL,
    FINISH,
    LEAVE,
    LOSE,
    PAUSE,
    RELEASE,
    REPAIRED,
    RESUME,
    SCRAP,
    START_CARE,
    START_RUN,
    START_SETUP,
    Trace,
)

_BEGINS = {START_SETUP, START_RUN, RESUME}


@dataclass(slots=True)
class _Lot:
    """What is known of a lot while its story is read."""

    product: int
    step: int = -1
    is_running: bool = False
    machine: int = -1
    has_ended: bool = True
    is_gone: bool = False


@dataclass(slots=True)
class _Judge:
    """Reads a trace event by event, and notes what cannot be."""

    problem: FloorProblem
    broken: list[str] = field(default_factory=list)
    lots: dict[int, _Lot] = field(default_factory=dict)
    on_machine: dict[int, set[int]] = field(default_factory=lambda: defaultdict(set))
    down: dict[int, int] = field(default_factory=lambda: defaultdict(int))
    caring: set[int] = field(default_factory=set)
    time: float = -np.inf

    def tell(self, event: np.void, what: str) -> None:
        self.broken.append(f"at {event['time']:.6g} s, lot {event['lot']}, machine {event['machine']}: {what}")

    def read(self, event: np.void) -> None:
        """Judge one event."""
        if event["time"] < self.time:
            self.tell(event, "time goes back")
        self.time = float(event["time"])
        kind, machine = int(event["kind"]), int(event["machine"])
        if kind in (FAIL, REPAIRED, START_CARE, END_CARE):
            self.read_machine(event, kind, machine)
            return
        number = int(event["lot"])
        if kind == RELEASE:
            if number in self.lots:
                self.tell(event, "a lot is released twice")
            self.lots[number] = _Lot(int(event["product"]))
            return
        lot = self.lots.get(number)
        if lot is None or lot.is_gone:
            self.tell(event, "something happens to a lot that is not there")
            return
        if kind in (FINISH, SCRAP, LOSE):
            if lot.is_running:
                self.tell(event, "a lot leaves while it is worked on")
            lot.is_gone = True
            self.on_machine[lot.machine].discard(number)
        elif kind in _BEGINS:
            self.begin(event, lot, number, machine, kind)
        else:
            self.end(event, lot, number, machine, kind)

    def read_machine(self, event: np.void, kind: int, machine: int) -> None:
        """Breakdowns and care."""
        if kind == FAIL:
            self.down[machine] += 1
        elif kind == REPAIRED:
            self.down[machine] -= 1
        elif kind == START_CARE:
            if self.on_machine[machine] or machine in self.caring:
                self.tell(event, "care begins while the machine has a lot or care")
            self.caring.add(machine)
        else:
            self.caring.discard(machine)

    def begin(self, event: np.void, lot: _Lot, number: int, machine: int, kind: int) -> None:
        """Work begins or goes on."""
        step = int(event["step"])
        others = self.on_machine[machine] - {number}
        steps = self.problem.steps
        if kind != RESUME and lot.has_ended:
            self.check_step(event, lot, step)
            lot.step, lot.machine, lot.has_ended = step, machine, False
            group = int(steps.group[step])
            of = self.problem.groups.machine[self.problem.groups.ptr[group] : self.problem.groups.ptr[group + 1]]
            if machine not in of:
                self.tell(event, "the machine is not of the step's group")
        if lot.machine != machine or lot.step != step:
            self.tell(event, "a lot is on two machines at once")
        family = steps.batch_family[step]
        for other in others:
            if family < 0 or steps.batch_family[self.lots[other].step] != family:
                self.tell(event, f"the machine has lot {other} as well")
        if self.down[machine] > 0 or machine in self.caring:
            self.tell(event, "work goes on while the machine is broken or in care")
        if lot.is_running:
            self.tell(event, "work begins twice")
        lot.is_running = True
        self.on_machine[machine].add(number)

    def check_step(self, event: np.void, lot: _Lot, step: int) -> None:
        """A lot goes to the next step, past steps that may be skipped or take no machine, or back for rework."""
        steps, products = self.problem.steps, self.problem.products
        if not products.ptr[lot.product] <= step < products.ptr[lot.product + 1]:
            self.tell(event, "the step is of another product")
        before = lot.step if lot.step >= 0 else int(products.ptr[lot.product]) - 1
        if step <= before:
            ends = range(step, before + 1)
            is_sent = any(
                steps.rework_to[s] >= 0 and steps.rework_to[s] <= step and (steps.rework[s] > 0 or steps.detect[s] > 0)
                for s in ends
            )
            if not is_sent:
                self.tell(event, f"step {step} comes after step {before} without rework")
        elif lot.step >= 0:
            missed = range(before + 1, step)
            if any(steps.skip[s] <= 0.0 and steps.group[s] >= 0 for s in missed):
                self.tell(event, f"step {step} comes after step {before}: a step is left out")

    def end(self, event: np.void, lot: _Lot, number: int, machine: int, kind: int) -> None:
        """Work pauses or ends; a lot leaves its machine."""
        if kind in (PAUSE, END_RUN):
            if not lot.is_running:
                self.tell(event, "work ends that is not under way")
            lot.is_running = False
        elif kind == LEAVE:
            if number not in self.on_machine[machine] or lot.is_running:
                self.tell(event, "a lot leaves a machine that it is not on, or before the end")
            self.on_machine[machine].discard(number)
            lot.has_ended = True


def check_trace(problem: FloorProblem, trace: Trace) -> list[str]:
    """Judge a trace that begins at 0.

    No machine works on two lots at once but for a batch of one family; no lot is on two machines; work goes on only on
    machines of the step's group, neither broken nor in care; steps come in the order of the route but for rework and
    steps that may be skipped; every lot is released once and leaves once; time does not go back.

    Parameters
    ----------
    problem
        What was played.
    trace
        `FloorResult.trace` of a play without warm-up.

    Returns
    -------
    What is broken, one sentence each; none where all is well.
    """
    judge = _Judge(problem)
    for event in trace:
        judge.read(event)
    return judge.broken
