"""What waits for what, by hand."""

from __future__ import annotations

import numpy as np

from drumbeat.scheduling.engine.problem import FAR_FUTURE, FINISH_FINISH, FINISH_START, START_START, Calendars
from drumbeat.scheduling.engine.result import Schedule
from drumbeat.twin.engine.build_network import build_network
from drumbeat.twin.engine.extend_calendars import extend_calendars
from tests.scheduling.make_problem import ResourceRow, TaskRow, make_problem


def at(*spans) -> Schedule:
    """A schedule of tasks with one mode each."""
    start, end = (np.array([span[i] for span in spans], dtype=np.int64) for i in (0, 1))
    return Schedule(np.arange(len(spans), dtype=np.int32), start, np.zeros(len(spans), np.int64), end)


def waits(network) -> set[tuple[str, str, str, int]]:
    """Every arc in words: what waits, start or end, for what, lag."""
    found = set()
    for arcs, what in ((network.start_arcs, "start"), (network.end_arcs, "end")):
        for n in range(network.num_tasks):
            for a in range(arcs.ptr[n], arcs.ptr[n + 1]):
                source = int(arcs.source[a])
                if source < 2 * network.num_tasks:
                    name = f"{('start', 'end')[source % 2]} of {network.keys[source // 2]}"
                else:
                    name = str(network.receipt_keys[source - 2 * network.num_tasks])
                found.add((str(network.keys[n]), what, name, int(arcs.lag[a])))
    return found


def test_links_of_every_kind():
    tasks = [TaskRow(0, [(10, 0, [])]) for _ in range(3)]
    links = [(0, 1, START_START, 2), (0, 1, FINISH_FINISH, 3), (1, 2, FINISH_START, -4)]
    network = build_network(make_problem(tasks, [ResourceRow()], links=links), at((0, 10), (3, 13), (9, 19)))
    assert waits(network) == {
        ("T1", "start", "start of T0", 2),
        ("T1", "end", "end of T0", 3),
        ("T2", "start", "end of T1", -4),
    }


def test_units_go_from_hand_to_hand_lowest_first():
    tasks = [TaskRow(0, [(5, 0, [(0, units)])]) for units in (1, 2, 1, 2, 1)]
    schedule = at((0, 5), (0, 5), (5, 10), (5, 10), (10, 15))
    network = build_network(make_problem(tasks, [ResourceRow(capacity=3)]), schedule)
    assert waits(network) == {
        ("T2", "start", "end of T0", 0),
        ("T3", "start", "end of T1", 0),
        ("T4", "start", "end of T2", 0),
    }
    assert network.holds.unit.tolist() == [0, 1, 0, 1, 0]
    assert network.holds.need.tolist() == [1, 3, 1, 3, 1]


def test_people_needed_are_those_that_the_schedule_itself_has():
    """Two by day, one from 10: the second task works on alone, on the unit that is still there."""
    tasks = [TaskRow(0, [(5, 0, [(0, 1)])]), TaskRow(0, [(10, 0, [(0, 1)])])]
    problem = make_problem(tasks, [ResourceRow(0)], calendars=[[(0, 10, 2), (10, FAR_FUTURE, 1)]])
    assert build_network(problem, at((0, 5), (4, 14))).holds.need.tolist() == [1, 1]
    assert build_network(problem, at((0, 5), (0, 10))).holds.need.tolist() == [1, 2]


def test_material_is_pegged_first_in_first_out():
    makes = TaskRow(0, [(5, 0, [])], uses=[(0, 2.0)])
    takes = [TaskRow(0, [(1, 0, [])], uses=[(0, -3.0)]) for _ in range(3)]
    problem = make_problem([makes, *takes], [ResourceRow()], stock=[4.0], receipts=[(0, 8, 1.0), (0, 6, 5.0)])
    network = build_network(problem, at((0, 5), (0, 1), (6, 7), (8, 9)))
    # 4 in stock, 2 made at 5, 5 bought at 6, 1 at 8: the first takes 3 of the stock, the second 1, 2 made; then 3 of 5.
    assert waits(network) == {("T2", "start", "end of T0", 0), ("T3", "start", "PO1", 0)}


def test_what_the_schedule_breaks_is_left_out():
    tasks = [TaskRow(0, [(5, 0, [])]), TaskRow(0, [(5, 0, [])])]
    problem = make_problem(tasks, [ResourceRow()], links=[(0, 1, FINISH_START, 0)])
    assert waits(build_network(problem, at((0, 5), (3, 8)))) == set()


def test_a_ring_is_cut():
    """B may start long before A ends, and did, on the machine that A takes over: both arcs hold, and close a ring."""
    tasks = [TaskRow(0, [(5, 0, [(0, 1)])]), TaskRow(0, [(5, 0, [(0, 1)])])]
    problem = make_problem(tasks, [ResourceRow()], links=[(0, 1, FINISH_START, -100)])
    network = build_network(problem, at((5, 10), (0, 5)))
    assert network.num_links_dropped == 1
    assert waits(network) == {("T0", "start", "end of T1", 0)}


def test_tasks_without_a_place_are_left_out():
    tasks = [TaskRow(0, [(5, 0, [])]), TaskRow(1, [(5, 0, [])])]
    schedule = at((0, 5), (-1, -1))
    schedule.mode[1] = -1
    network = build_network(make_problem(tasks, [ResourceRow()]), schedule)
    assert network.keys.tolist() == ["T0"]
    assert network.num_unplaced.tolist() == [0, 1]


def test_the_last_week_of_a_calendar_repeats():
    day, week = 86_400, 7 * 86_400
    own = Calendars(
        np.array([0, 2]), np.array([0, 6 * day]), np.array([day, 6 * day + 10]), np.array([1, 2], dtype=np.int32)
    )
    found = extend_calendars(own, 2 * week)
    assert found.open_start.tolist()[:4] == [0, 6 * day, week, week + 6 * day]
    assert found.level.tolist()[:4] == [1, 2, 1, 2]
    assert (np.diff(found.open_start) > 0).all()
    assert found.open_end[-1] == FAR_FUTURE
    assert found.open_start[-1] >= 2 * week
