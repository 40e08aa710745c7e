"""CP-SAT on every feature: cases computed by hand, published optima, and the judge over problems drawn at random."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

from drumbeat.basics.findings import InputError
from drumbeat.basics.progress import Cancelled
from drumbeat.scheduling.engine.check import check_schedule
from drumbeat.scheduling.engine.check_problem import check_problem
from drumbeat.scheduling.engine.dispatch import dispatch
from drumbeat.scheduling.engine.features import describe
from drumbeat.scheduling.engine.formats.read_studio import read_mspsp
from drumbeat.scheduling.engine.measure_worth import HOUR, measure_worth
from drumbeat.scheduling.engine.objective import Objective
from drumbeat.scheduling.engine.portfolio import choose_method
from drumbeat.scheduling.engine.problem import FAR_FUTURE, Budgets
from drumbeat.scheduling.engine.read_instance import read_jsp
from drumbeat.scheduling.engine.result import SKIPPED, UNSCHEDULED
from drumbeat.scheduling.engine.solve import solve
from drumbeat.scheduling.engine.solve_cpsat import solve_cpsat
from tests.scheduling.make_problem import ResourceRow, TaskRow, make_problem, problems, rich_problems

MAKESPAN = Objective(tardiness=0.0, makespan=1.0)


def best(problem, seconds=20):
    """The best schedule, proved, and judged."""
    assert not check_problem(problem).has_errors
    answer = solve_cpsat(problem, seconds=seconds, workers=1)
    assert answer.is_optimal, answer.reason
    assert not check_schedule(problem, answer.schedule)
    assert answer.bound == pytest.approx(measure_worth(problem, answer.schedule).objective)
    return answer.schedule


def last_end(problem):
    return int(best(problem).end.max())


def on(resource, run, setup=0, **rest):
    """One task of one job on one machine."""
    return TaskRow(rest.pop("job", 0), [(run, setup, [(resource, 1)])], **rest)


@given(problem=rich_problems(most_jobs=3))
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
def test_the_judge_agrees_and_so_does_the_measure(problem):
    answer = solve_cpsat(problem, seconds=1.5, workers=1)
    assert answer.reason != "the judge found a broken rule"
    if answer.schedule is not None:
        worth = measure_worth(problem, answer.schedule)
        assert answer.bound <= worth.objective + 1e-9
        if answer.is_optimal and answer.curve:
            assert answer.curve[-1][1] == pytest.approx(worth.objective, abs=1e-6)


@given(problem=problems(most_jobs=3, with_fixed=False))
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
def test_nothing_that_dispatching_finds_is_called_impossible(problem):
    found = dispatch(problem)
    if (found.mode == UNSCHEDULED).any():
        return
    answer = solve_cpsat(problem, seconds=2, workers=1)
    assert not answer.is_infeasible
    assert answer.bound <= measure_worth(problem, found).objective + 1e-9


def test_setups_by_sequence_pause_with_the_shifts():
    # Open 0-5, 10-15, ...: A (2), a change of 3 that ends at 5, B runs 10-12. The other way round the change takes 4.
    book = [(10 * i, 10 * i + 5, 1) for i in range(6)]
    setups = [[[0, 3], [4, 0], [0, 0]]]
    tasks = [on(0, 2, family=0), on(0, 2, family=1)]
    problem = make_problem(tasks, [ResourceRow(0, matrix=0)], calendars=[book], setups=setups, objective=MAKESPAN)
    schedule = best(problem)
    assert schedule.start.tolist() == [0, 2]
    assert schedule.setup_seconds.tolist() == [0, 3]
    assert schedule.end.tolist() == [2, 12]


def test_setups_by_sequence_may_not_pause():
    # As above, but each must fit into one shift: 3 + 2 starts with the second shift.
    book = [(10 * i, 10 * i + 5, 1) for i in range(6)]
    tasks = [on(0, 2, family=0, can_pause=False), on(0, 2, family=1, can_pause=False)]
    problem = make_problem(
        tasks, [ResourceRow(0, matrix=0)], calendars=[book], setups=[[[0, 3], [4, 0], [0, 0]]], objective=MAKESPAN
    )
    assert best(problem).end.tolist() == [2, 15]


def test_one_crew_sets_up_one_machine_after_the_other():
    # Two machines, setups of 3 by one crew, runs of 4: 3 + 3 + 4.
    machines = [ResourceRow(setup_crew=2), ResourceRow(setup_crew=2), ResourceRow()]
    problem = make_problem([on(0, 4, 3), on(1, 4, 3)], machines, objective=MAKESPAN)
    assert last_end(problem) == 10
    assert (
        last_end(make_problem([on(0, 4, 3), on(1, 4, 3)], [*machines[:2], ResourceRow(capacity=2)], objective=MAKESPAN))
        == 7
    )


def test_a_crew_sets_up_only_while_it_is_there():
    # The crew works 0-2 and 10-12: a setup of 3 ends at 11; the run of 4 does not need it.
    machines = [ResourceRow(setup_crew=1), ResourceRow(0)]
    book = [(0, 2, 1), (10, 12, 1), (20, FAR_FUTURE, 1)]
    problem = make_problem([on(0, 4, 3)], machines, calendars=[book], objective=MAKESPAN)
    schedule = best(problem)
    assert (schedule.start.tolist(), schedule.end.tolist()) == ([0], [15])


def test_an_oven_takes_a_family_at_a_time():
    # Room for two; families A, A, A, B with runs 3, 5, 2, 4: the As in two batches, the longest two together.
    tasks = [on(0, run, family=family) for run, family in ((3, 0), (5, 0), (2, 0), (4, 1))]
    problem = make_problem(tasks, [ResourceRow(capacity=2, is_batch=True)], objective=MAKESPAN)
    assert last_end(problem) == 5 + 2 + 4


def test_a_campaign_ends_with_cleaning():
    # Five runs of 2 of one family, at most 4 in a row, cleaning 3: 2 2 | 2 2 | 2.
    tasks = [on(0, 2, family=0) for _ in range(5)]
    problem = make_problem(tasks, [ResourceRow(most_campaign=4, clean_seconds=3)], objective=MAKESPAN)
    assert last_end(problem) == 10 + 2 * 3


def test_no_wait_shifts_the_first_task():
    # Job 0 blocks machine 1 until 6; job 1 has 2 on machine 0 and must go on without waiting.
    tasks = [on(1, 6), on(0, 2, job=1), on(1, 1, job=1)]
    problem = make_problem(
        tasks, [ResourceRow(), ResourceRow()], links=[(1, 2, 0, 0, 0)], objective=Objective(0.0, 1.0, setup=0.0)
    )
    schedule = best(problem)
    assert schedule.start[2] == schedule.end[1]
    assert schedule.end.max() == 7


def test_deadlines_bind():
    tasks = [on(0, 3), on(0, 4, job=1)]
    jobs = [(FAR_FUTURE, 9.0, 0), (FAR_FUTURE, 1.0, 0, 4)]
    problem = make_problem(tasks, [ResourceRow()], jobs=jobs, objective=MAKESPAN)
    assert best(problem).end.tolist() == [7, 4]


def test_what_costs_less_to_skip_is_skipped():
    # Due at 2: the second task would be 3 s late. Skipping it costs a second's worth.
    tasks = [on(0, 2), on(0, 3, job=1, skip_cost=1 / HOUR)]
    problem = make_problem(tasks, [ResourceRow()], jobs=[(2, 1.0, 0), (2, 1.0, 0)])
    schedule = best(problem)
    assert schedule.mode.tolist() == [0, SKIPPED]


def test_exactly_one_of_a_choice_is_done():
    tasks = [on(0, 7, choice=0), on(0, 5, choice=0), on(0, 1)]
    problem = make_problem(tasks, [ResourceRow()], links=[(0, 2, 0, 3), (1, 2, 0, 9)], objective=MAKESPAN)
    schedule = best(problem)
    assert schedule.mode.tolist() == [0, SKIPPED, 2]  # 7 + 3 + 1 rather than 5 + 9 + 1
    assert schedule.end.max() == 11


def test_a_full_tank_makes_the_filler_wait():
    # The tank holds 2. A brings 2 at its end (3), C takes 1 at 5; only then B may bring 1.
    tasks = [on(0, 3, uses=[(0, 2.0)]), on(1, 1, uses=[(0, 1.0)], release=3), on(2, 1, uses=[(0, -1.0)], release=5)]
    machines = [ResourceRow() for _ in range(3)]
    problem = make_problem(tasks, machines, stock=[0.0], most_stock=[2.0], objective=Objective(0.0, in_process=1.0))
    schedule = best(problem)
    assert schedule.end[1] >= schedule.start[2]


def test_a_budget_buys_one_fast_mode():
    fast_or_slow = [TaskRow(0, [(2, 0, [(r, 1)]), (5, 0, [(r, 1)])]) for r in range(2)]
    problem = make_problem(fast_or_slow, [ResourceRow(), ResourceRow()], links=[(0, 1, 0, 0)], objective=MAKESPAN)
    budgets = Budgets(
        np.array(["MONEY"], dtype=object), np.array([10]), np.arange(5), np.zeros(4, np.int32), np.array([8, 1, 8, 1])
    )
    assert last_end(problem) == 4
    assert last_end(replace(problem, budgets=budgets)) == 7


def test_resources_of_a_group_take_jobs_in_one_order():
    # Johnson's rule would turn jobs round between the machines if it could; lags make that worth while.
    tasks = [on(0, 1), on(1, 1), on(0, 2, job=1), on(1, 2, job=1)]
    links = [(0, 1, 0, 6), (2, 3, 0, 0)]
    free = make_problem(tasks, [ResourceRow(), ResourceRow()], links=links, objective=MAKESPAN)
    bound = make_problem(
        tasks, [ResourceRow(order_group=0), ResourceRow(order_group=0)], links=links, objective=MAKESPAN
    )
    assert last_end(free) == 8  # job 0 first on machine 0, last on machine 1
    assert last_end(bound) == 10


def test_heads_are_filled_by_people_who_can():
    # Workers 1 (both skills) and 2 (the second only): tasks that need both heads, and one that needs worker 1.
    tasks = [
        on(0, 3, heads=[(0, 1), (1, 1)]),
        TaskRow(0, [(3, 0, [])], heads=[(0, 1)]),
        TaskRow(0, [(3, 0, [])], heads=[(1, 1)]),
    ]
    problem = make_problem(tasks, [ResourceRow() for _ in range(3)], skills=[[1], [1, 2]], objective=MAKESPAN)
    schedule = best(problem)
    assert schedule.end.max() == 6
    assert schedule.team.tolist() == [1, 2, 1, 2]


@pytest.mark.parametrize(
    ("objective", "worth"),
    [
        (Objective(0.0, earliness=1.0), 0),
        (Objective(0.0, in_process=1.0), 2 + 3),
        (Objective(0.0, moved_hours=1.0), 3),
        (Objective(0.0, moved_tasks=1.0), HOUR),
        (Objective(tardiness=1.0), 2),
        (Objective(0.0, num_late=1.0), HOUR),
        (Objective(0.0, overtime=1.0), 0),
        (Objective(0.0, overtime=1.0, makespan=3.0), 3 * 5 + 2),
    ],
)
def test_each_aim_by_hand(objective, worth):
    # Two tasks of 2 and 3 on one machine, due at 3 and 3, both wanted at 0 before; overtime from 3 to 6.
    problem = make_problem(
        [on(0, 2), on(0, 3, job=1)],
        [ResourceRow(0)],
        jobs=[(3, 1.0, 0), (3, 1.0, 0)],
        calendars=[[(0, 3, 1, False), (3, 6, 1, True), (6, FAR_FUTURE, 1, False)]],
        previous=[(0, 0), (1, 1)],
        objective=objective,
    )
    # moved_hours: 0 and 2 for (0, 2) is 1 in all.
    expected = {3: 1} if objective.moved_hours else {}
    assert measure_worth(problem, best(problem)).objective * HOUR == pytest.approx(expected.get(worth, worth))


def test_the_first_aim_comes_first():
    # The weighted job first costs 1 late job; by number late alone, the short job first: none.
    tasks = [on(0, 5), on(0, 2, job=1)]
    jobs = [(7, 1.0, 0), (2, 1.0, 0)]
    problem = make_problem(tasks, [ResourceRow()], jobs=jobs, objective=Objective(order=("num_late", "in_process")))
    schedule = best(problem)
    assert schedule.end.tolist() == [7, 2]
    turned = replace(problem, objective=Objective(order=("makespan", "num_late", "tardiness")))
    assert best(turned).end.tolist() == [7, 2]


@pytest.mark.parametrize(
    ("name", "end"),
    [("easy_01", 26), ("easy_02", 35), ("easy_03", 26), ("easy_05", 28), ("medium_01", 19), ("medium_02", 15),
     ("medium_03", 26)],
)  # fmt: skip
def test_multi_skill_projects_are_proved(shared_data, name, end):
    problem = read_mspsp((shared_data / f"studio/mspsp/{name}.dzn").read_text())
    assert choose_method(problem, describe(problem)).name == "exact"
    result = solve(problem, seconds=30, workers=1)
    assert result.schedule.end.max() == end
    assert result.is_optimal
    assert not check_schedule(problem, result.schedule)


def test_a_problem_without_a_schedule_is_refused_with_the_reason():
    tasks = [on(0, 3), on(0, 3, job=1)]
    problem = make_problem(tasks, [ResourceRow()], jobs=[(FAR_FUTURE, 1.0, 0, 5), (FAR_FUTURE, 1.0, 0, 5)])
    with pytest.raises(InputError, match="R0 does one thing at a time"):
        solve(problem, seconds=5, workers=1)


def test_cancelling_is_heard_while_the_solver_works(shared_data):
    problem = read_jsp((shared_data / "scheduling/jsp/dmu41.txt").read_text())
    heard = []

    def stop(fraction, message):
        heard.append(fraction)
        if len(heard) > 3:
            raise Cancelled

    with pytest.raises(Cancelled):
        solve_cpsat(problem, dispatch(problem), seconds=60, workers=1, progress=stop)
    assert heard[-1] < 0.2


def test_the_same_seed_gives_the_same_schedule(shared_data):
    problem = read_mspsp((shared_data / "studio/mspsp/easy_01.dzn").read_text())
    one, other = (solve(problem, seconds=0.5, seed=5, workers=1, is_deterministic=True) for _ in range(2))
    assert (one.schedule.start == other.schedule.start).all()
    assert (one.schedule.team == other.schedule.team).all()


def test_tasks_that_take_no_time_are_set_up_for_in_the_order_of_their_links():
    # T0 before T1, both in no time: going from family 0 to 1 costs 5, back nothing.
    tasks = [TaskRow(0, [(0, 0, [(0, 1)])], family=family) for family in (0, 1)]
    problem = make_problem(
        tasks,
        [ResourceRow(matrix=0)],
        links=[(0, 1, 0, 0)],
        setups=[[[0, 0], [0, 0], [0, 0]]],
        setup_cost=[[[0.0, 5.0], [0.0, 0.0], [0.0, 0.0]]],
        objective=Objective(0.0, setup_cost=1.0),
    )
    answer = solve_cpsat(problem, seconds=2, workers=1)
    assert answer.is_optimal
    assert answer.bound == measure_worth(problem, answer.schedule).objective == 5.0
