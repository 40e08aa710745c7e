"""Orders that are overdue and not finished at the end of a play."""

from __future__ import annotations

import numpy as np

from drumbeat.twin.engine.floor.draft import Draft
from drumbeat.twin.engine.floor.kinds import PER_PIECE
from drumbeat.twin.engine.floor.result import FloorResult
from drumbeat.twin.engine.floor.simulate import simulate_floor
from drumbeat.twin.measure_play import measure_on_time


def play(until: float) -> FloorResult:
    """One machine, a second a piece: A of 2 pieces due at 2, B of 4 in two lots due at 5, C due at 4, D due at 90.

    A runs 0 to 2, the lots of B 2 to 6 (due first after it, as C comes at 3), C 6 to 8, D after it.
    """
    draft = Draft()
    draft.add_group("m")
    step = {"group": "m", "run": 1.0, "unit": PER_PIECE}
    draft.add_product("p", pieces=2, transfer_pieces=2, steps=[step])
    for key, release, due, pieces in (("A", 0.0, 2.0, 2), ("B", 0.0, 5.0, 4), ("C", 3.0, 4.0, 2), ("D", 3.0, 90.0, 2)):
        draft.add_order(key, "p", release, due=due, pieces=pieces)
    return simulate_floor(draft.build(), until=until)


def share(told: FloorResult) -> float:
    return float(measure_on_time(told, np.ones(1, np.bool_))[0])


def test_what_is_overdue_and_open_is_late() -> None:
    told = play(5.5)
    assert told.orders_finished[0, 0] == 1
    assert told.orders_overdue[0, 0] == 2  # B, whose second lot runs, once; and C, that waits; D has time
    assert share(told) == 1 / 3


def test_what_comes_late_is_counted_once() -> None:
    told = play(20.0)
    assert (told.orders_finished[0, 0], told.orders_overdue[0, 0]) == (4, 0)
    assert share(told) == 2 / 4


def test_an_order_that_is_released_after_it_was_due_is_overdue() -> None:
    draft = Draft()
    draft.add_group("m")
    draft.add_product("p", steps=[{"group": "m", "run": 1.0}])
    draft.add_order("late", "p", 50.0, due=3.0)
    told = simulate_floor(draft.build(), until=10.0)
    assert (told.orders_finished[0, 0], told.orders_overdue[0, 0]) == (0, 1)
    assert share(told) == 0.0


def test_nothing_due_is_no_share() -> None:
    assert np.isnan(share(play(1.0)))
