"""One trip through the questions: plan, schedule, simulate, score, find weaknesses."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from time import perf_counter

from django.db import transaction

from drumbeat.basics.findings import Findings
from drumbeat.basics.progress import Progress, part_of, silent
from drumbeat.data.snapshot import Snapshot
from drumbeat.kpis.actions import Scorecard, measure_scorecard
from drumbeat.planning.actions import PlanRun, make_plan, save_plan
from drumbeat.scheduling.actions import ScheduleRun, make_schedule, save_schedule
from drumbeat.strategy.actions import Weakness, find_weaknesses, save_weaknesses
from drumbeat.strategy.decide import watch_assumptions
from drumbeat.twin.actions import SimulationRun, save_simulation, simulate
from drumbeat.twin.keep_validation import judge_kept
from drumbeat.twin.put_right import find_correction, put_right


@dataclass(frozen=True)
class Run:
    """Everything that one trip found.

    Parameters
    ----------
    snapshot
        The data that it saw.
    plan, schedule, simulation, scorecard, weaknesses
        What each discipline answered.
    seconds
        Wall time of each step, by name.
    """

    snapshot: Snapshot
    plan: PlanRun
    schedule: ScheduleRun
    simulation: SimulationRun
    scorecard: Scorecard
    weaknesses: list[Weakness]
    seconds: dict[str, float]

    @property
    def findings(self) -> Findings:
        """What the steps had to say about the data and their assumptions."""
        merged = Findings()
        for step in (self.plan, self.schedule, self.simulation):
            merged.merge(step.findings)
        return merged


def run_all(
    snapshot: Snapshot,
    *,
    seconds: float = 10.0,
    replications: int = 1000,
    seed: int = 1,
    cores: int = 0,
    progress: Progress = silent,
) -> Run:
    """Plan, schedule, simulate, score and look for weaknesses, on one snapshot; nothing is stored.

    Parameters
    ----------
    snapshot
        The production system.
    seconds
        Wall time that the schedule may be improved for, >= 0.
    replications
        Times that the twin plays the schedule, >= 1.
    seed
        Of all luck: equal seeds give equal results.
    cores
        Threads for the twin; 0 = all cores. The result is the same, bit by bit.
    progress
        Hears how far it is; may cancel.

    Returns
    -------
    The run.
    """
    spent: dict[str, float] = {}
    started = perf_counter()

    def lap(name: str) -> None:
        nonlocal started
        now = perf_counter()
        spent[name] = now - started
        started = now

    plan = make_plan(snapshot, progress=part_of(progress, 0.0, 0.15))
    lap("plan")
    # The first run after an installation does without what takes minutes to compile (`warm_up` does it meanwhile).
    schedule = make_schedule(
        snapshot, plan, seconds=seconds, seed=seed, waits_for_kernels=False, progress=part_of(progress, 0.15, 0.5)
    )
    lap("schedule")
    simulation = simulate(
        snapshot,
        schedule,
        replications=replications,
        seed=seed,
        cores=cores,
        progress=part_of(progress, 0.5, 0.85),
    )
    lap("simulate")
    progress(0.85, "scorecard")
    scorecard = measure_scorecard(snapshot, schedule)
    lap("score")
    progress(0.92, "weaknesses")
    weaknesses = find_weaknesses(snapshot, schedule, simulation)
    lap("weaknesses")
    progress(1.0, "done")
    return Run(snapshot, plan, schedule, simulation, scorecard, weaknesses, spent)


def put_run_right(run: Run) -> Run:
    """Put a run's probabilities right by the predictions that the database has kept, where that has helped so far."""
    return replace(run, simulation=put_right(run.simulation, find_correction(run.snapshot)))


def save_run(run: Run, created_at: datetime) -> dict[str, int]:
    """Store a run's plan, schedule, simulation and weaknesses, all or nothing.

    Assumptions of decisions that no longer stand by its scorecard are broken, and their decisions open again. What was
    predicted before and is resolved by now is scored.

    Returns
    -------
    The numbers under which they were stored, by name.
    """
    with transaction.atomic():
        plan = save_plan(run.plan, created_at, run.snapshot)
        schedule = save_schedule(run.schedule, plan.pk, created_at)
        simulation = save_simulation(put_run_right(run).simulation, schedule.pk, created_at)
        save_weaknesses(run.weaknesses, run.snapshot.version, created_at, run.snapshot.as_of)
        judge_kept(run.snapshot, created_at)
        watch_assumptions(lambda figure, scope: _find_value(run.scorecard, figure, scope), created_at)
    return {"plan": plan.pk, "schedule": schedule.pk, "simulation": simulation.pk}


def _find_value(scorecard: Scorecard, key: str, scope: str) -> float | None:
    """Value of a figure of the scorecard; None where none was measured."""
    return next((one.value for one in scorecard.figures if (one.key, one.scope) == (key, scope)), None)
