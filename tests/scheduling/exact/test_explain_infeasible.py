"""Why there is no schedule: smallest sets of facts, computed by hand."""

from __future__ import annotations

import numpy as np
from hypothesis import HealthCheck, given, settings

from drumbeat.scheduling.engine.exact.cut_problem import keep_orders
from drumbeat.scheduling.engine.exact.facts import Fact, drop_facts, list_facts
from drumbeat.scheduling.engine.exact.prove_feasible import prove_feasible
from drumbeat.scheduling.engine.explain_infeasible import explain_infeasible, tell_conflicts
from drumbeat.scheduling.engine.problem import FAR_FUTURE
from tests.scheduling.make_problem import ResourceRow, TaskRow, make_problem, rich_problems


def on(resource, run, **rest):
    return TaskRow(rest.pop("job", 0), [(run, 0, [(resource, 1)])], **rest)


def texts(problem, **rest):
    return [conflict.text for conflict in explain_infeasible(problem, **rest)]


def test_a_feasible_problem_has_no_conflicts():
    assert explain_infeasible(make_problem([on(0, 3)], [ResourceRow()])) == []


def test_an_oven_that_is_closed_until_after_the_deadline():
    # Order J1 is due out at 100, oven R1 opens at 200; another order and another machine have nothing to do with it.
    tasks = [on(0, 5), on(0, 5, job=1), on(1, 10, job=1)]
    problem = make_problem(
        tasks,
        [ResourceRow(), ResourceRow(0)],
        jobs=[(FAR_FUTURE, 1.0, 0), (FAR_FUTURE, 1.0, 0, 100)],
        links=[(1, 2, 0, 0)],
        calendars=[[(200, FAR_FUTURE, 1)]],
    )
    assert texts(problem) == ["order J1 needs R1 before 100 s", "R1 is closed until 200 s"]
    days = {100: "Friday", 200: "Monday"}
    said = texts(problem, tell_time=days.get)
    assert said == ["order J1 needs R1 before Friday", "R1 is closed until Monday"]
    assert "Friday; R1 is closed" in str(tell_conflicts(explain_infeasible(problem, tell_time=days.get)))


def test_two_orders_that_want_one_machine_at_once():
    # 4 + 4 do not fit before 7 with 2 more of an order that has time; each alone does.
    tasks = [on(0, 4, job=job) for job in range(3)]
    jobs = [(FAR_FUTURE, 1.0, 0, 7), (FAR_FUTURE, 1.0, 0, 7), (FAR_FUTURE, 1.0, 0)]
    assert texts(make_problem(tasks, [ResourceRow()], jobs=jobs)) == [
        "order J0 needs R0 before 7 s",
        "order J1 needs R0 before 7 s",
        "R0 does one thing at a time",
    ]


def test_a_release_a_link_and_a_deadline():
    problem = make_problem(
        [on(0, 3), on(1, 3)],
        [ResourceRow(), ResourceRow()],
        jobs=[(FAR_FUTURE, 1.0, 5, 10)],
        links=[(0, 1, 0, 0)],
    )
    assert texts(problem) == [
        "order J0 must end by 10 s",
        "order J0 cannot start before 5 s",
        "order J0 has T0 before T1",
    ]


def test_two_fixed_tasks_on_one_machine():
    tasks = [on(0, 4, fixed_start=2, fixed_mode=0), on(0, 4, job=1, fixed_start=4, fixed_mode=0), on(0, 1, job=2)]
    assert texts(make_problem(tasks, [ResourceRow()])) == [
        "task T0 is fixed to start at 2 s",
        "task T1 is fixed to start at 4 s",
        "R0 does one thing at a time",
    ]


def test_material_that_never_comes():
    tasks = [on(0, 1, uses=[(0, -3.0)]), on(0, 1, job=1, uses=[(0, -4.0)]), on(0, 1, job=2)]
    problem = make_problem(tasks, [ResourceRow()], stock=[2.0], receipts=[(0, 50, 3.0)])
    assert texts(problem) == ["7 of K0 are needed, 2 in stock and 3 to come"]


def test_material_that_another_order_makes_is_not_blamed():
    tasks = [on(0, 1, uses=[(0, 3.0)]), on(0, 1, job=1, uses=[(0, -3.0)]), on(0, 4, job=2)]
    jobs = [(FAR_FUTURE, 1.0, 0), (FAR_FUTURE, 1.0, 0), (FAR_FUTURE, 1.0, 0, 3)]
    assert texts(make_problem(tasks, [ResourceRow()], jobs=jobs, stock=[0.0])) == ["order J2 must end by 3 s"]


def test_too_few_people_of_a_skill():
    tasks = [TaskRow(0, [(3, 0, [])], heads=[(0, 2)])]
    problem = make_problem(tasks, [ResourceRow(), ResourceRow()], skills=[[0], [0, 1]])
    assert texts(problem) == ["1 person has the skill S0"]


def test_a_wait_that_a_calendar_makes_too_long():
    problem = make_problem(
        [on(0, 2), on(1, 2)],
        [ResourceRow(0), ResourceRow(1)],
        links=[(0, 1, 0, 0, 3)],
        calendars=[[(0, 10, 1)], [(20, FAR_FUTURE, 1)]],
    )
    assert texts(problem) == [
        "order J0 has T0 before T1",
        "task T1 follows T0 within 3 s",
        "R0 is closed from 10 s on",
        "R1 is closed until 20 s",
    ] or texts(problem) == ["task T1 follows T0 within 3 s", "R0 is closed from 10 s on", "R1 is closed until 20 s"]


@given(problem=rich_problems(("deadlines", "most", "skills", "tanks", "order_groups"), most_jobs=3))
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
def test_no_fact_of_a_conflict_can_be_left_out(problem):
    is_feasible = prove_feasible(problem, seconds=2)
    conflicts = explain_infeasible(problem, seconds=10)
    if is_feasible is not None:  # where the whole is not modelled, an order of it may be
        assert (is_feasible is False) == bool(conflicts)
    if not conflicts:
        return
    facts = [Fact(conflict.kind, conflict.index) for conflict in conflicts]
    small = next(
        cut
        for cut in (keep_orders(problem, rows) for rows in _parts(problem))
        if set(facts) <= set(list_facts(cut)) and prove_feasible(_only(cut, facts), seconds=2) is False
    )
    for fact in facts:
        assert prove_feasible(_only(small, [other for other in facts if other != fact]), seconds=2) is not False


def _only(problem, facts):
    return drop_facts(problem, set(list_facts(problem)) - set(facts))


def _parts(problem):
    """Tasks of each set of jobs, small sets first."""
    jobs = np.unique(problem.tasks.job)
    sets = sorted(range(1, 2 ** len(jobs)), key=lambda code: code.bit_count())
    for code in sets:
        chosen = [job for i, job in enumerate(jobs) if code >> i & 1]
        yield np.flatnonzero(np.isin(problem.tasks.job, chosen))
