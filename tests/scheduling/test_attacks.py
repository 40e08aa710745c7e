"""Attacks: two at once on the board, numbers near 2^31, ten million tasks, cycles, nothing at all."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from drumbeat.basics.findings import InputError
from drumbeat.scheduling.actions import make_schedule, save_schedule
from drumbeat.scheduling.engine.check import check_schedule
from drumbeat.scheduling.engine.check_problem import check_problem
from drumbeat.scheduling.engine.explain_infeasible import explain_infeasible
from drumbeat.scheduling.engine.objective import Objective
from drumbeat.scheduling.engine.problem import FAR_FUTURE
from drumbeat.scheduling.engine.read_instance import make_chain_problem
from drumbeat.scheduling.engine.solve import solve
from drumbeat.scheduling.models import Schedule, ScheduledTask
from drumbeat.scheduling.move_task import keep_move, move_task
from tests.scheduling.make_problem import ResourceRow, TaskRow, make_problem
from tests.scheduling.test_make_schedule import plant
from tests.scheduling.test_move_task import HOUR, NOW, body, schedule, task_of  # noqa: F401

LARGE = 2**31 - 1


@pytest.mark.django_db
def test_of_two_who_move_at_once_the_second_is_told_and_nothing_is_lost(schedule, client_as):  # noqa: F811
    first, second = client_as("planner"), client_as("planner")
    one = body(task_of(schedule, "A"), "N-SAW-2", NOW + 4 * HOUR, keep="on")
    other = body(task_of(schedule, "B"), "N-SAW-1", NOW + 6 * HOUR, keep="on")
    address = f"/board/move/{schedule.pk}/"
    before = list(ScheduledTask.objects.filter(schedule=schedule).order_by("pk").values())
    assert first.post(address, one).status_code == 200
    late = second.post(address, other)
    assert late.status_code == 409
    assert "newer schedule" in late.json()["detail"]
    assert Schedule.objects.count() == 2
    assert list(ScheduledTask.objects.filter(schedule=schedule).order_by("pk").values()) == before
    newest = Schedule.objects.first()
    again = body(task_of(newest, "B"), "N-SAW-1", NOW + 6 * HOUR, keep="on")
    assert second.post(f"/board/move/{newest.pk}/", again).status_code == 200
    assert task_of(Schedule.objects.first(), "A").starts_at == task_of(newest, "A").starts_at


@pytest.mark.django_db(transaction=True)
def test_who_keeps_a_move_while_another_is_being_kept_is_told(schedule):  # noqa: F811
    first = move_task(schedule, task_of(schedule, "A").task, NOW + 4 * HOUR, "N-SAW-2")
    second = move_task(schedule, task_of(schedule, "B").task, NOW + 6 * HOUR, "N-SAW-1")
    keep_move(schedule, first, NOW + HOUR)
    with pytest.raises(InputError, match="newest schedule"):
        keep_move(schedule, second, NOW + HOUR)
    assert Schedule.objects.count() == 2


@pytest.mark.django_db
def test_a_run_that_dies_while_it_is_stored_leaves_what_was_there(monkeypatch):
    run = make_schedule(plant(), seconds=0.2)
    kept = save_schedule(run, None, run.horizon_start)
    tasks = ScheduledTask.objects.count()
    from drumbeat.data import save_rows

    real = save_rows.save_frame

    def die(model, *rest):
        real(model, *rest)
        raise KeyboardInterrupt

    monkeypatch.setattr(save_rows, "save_frame", die)
    with pytest.raises(KeyboardInterrupt):
        save_schedule(run, None, run.horizon_start + timedelta(hours=1))
    assert (Schedule.objects.count(), ScheduledTask.objects.count()) == (1, tasks)
    monkeypatch.undo()
    again = save_schedule(run, None, run.horizon_start + timedelta(hours=2))
    assert (Schedule.objects.first().pk, Schedule.objects.count()) == (again.pk, 2)
    assert again.pk != kept.pk


@pytest.mark.parametrize("aim", [Objective(), Objective(0.0, makespan=1.0), Objective(order=("makespan", "setup"))])
def test_times_near_two_to_the_31_are_solved_exactly(aim):
    # Three tasks of 2^31 - 1 s on one machine that opens at 2^31, with changes of 2^31 - 1 s between two families.
    tasks = [TaskRow(job, [(LARGE, 0, [(0, 1)])], family=job % 2) for job in range(3)]
    problem = make_problem(
        tasks,
        [ResourceRow(0, matrix=0)],
        jobs=[(LARGE, 1.0, 0)] * 3,
        calendars=[[(2**31, FAR_FUTURE, 1)]],
        setups=[[[0, LARGE], [LARGE, 0], [0, 0]]],
        objective=aim,
    )
    result = solve(problem, seconds=1.0, workers=1)
    assert not check_schedule(problem, result.schedule)
    assert result.schedule.end.max() == 2**31 + 4 * LARGE
    assert result.worth.makespan_hours == pytest.approx((2**31 + 4 * LARGE) / 3600)


def test_work_that_no_sum_can_hold_is_refused():
    problem = make_problem([TaskRow(j, [(2**54, 0, [(0, 1)])]) for j in range(4)], [ResourceRow()])
    with pytest.raises(InputError):
        solve(problem, seconds=0.2)


def test_a_machine_without_a_calendar_is_always_open_and_one_that_never_opens_is_named():
    assert solve(make_problem([TaskRow(0, [(5, 0, [(0, 1)])])], [ResourceRow(-1)])).schedule.end.tolist() == [5]
    problem = make_problem([TaskRow(0, [(5, 0, [(0, 1)])])], [ResourceRow(0)], calendars=[[]])
    assert solve(problem, seconds=0.2).worth.num_unscheduled == 1
    assert "R0 is never open" in [conflict.text for conflict in explain_infeasible(problem)]


def test_a_cycle_is_named_and_nothing_is_nothing():
    ring = make_problem(
        [TaskRow(0, [(1, 0, [(0, 1)])]) for _ in range(3)],
        [ResourceRow()],
        links=[(0, 1, 0, 0), (1, 2, 0, 0), (2, 0, 0, 0)],
    )
    with pytest.raises(InputError, match=r"T0|T1|T2"):
        solve(ring, seconds=0.2)
    empty = make_problem([], [ResourceRow()], jobs=[])
    for aim in (Objective(), Objective(order=("num_late", "setup"))):
        result = solve(replace(empty, objective=aim), seconds=0.2)
        assert (len(result.schedule.start), result.worth.objective) == (0, 0.0)
    assert explain_infeasible(empty) == []


@pytest.mark.slow
def test_ten_million_tasks_are_inspected_without_overflow():
    size = 10_000_000
    job = np.repeat(np.arange(size // 10, dtype=np.int32), 10)
    machine = np.arange(size, dtype=np.int64) % 1000
    run = np.full(size, 86_400, dtype=np.int64)
    problem = make_chain_problem(job, np.ones(size, np.int64), machine, run, 1000, size // 10)
    assert not check_problem(problem).has_errors
    over = replace(problem, modes=replace(problem.modes, run_seconds=np.full(size, 2**40, dtype=np.int64)))
    assert check_problem(over).has_errors
