"""What follows of a requirement from its place and its parent: worked out once, when it is read, and told rightly."""

from __future__ import annotations

import pickle
from dataclasses import fields, replace

import numpy as np
import pytest

from drumbeat.planning.engine.describe_requirements import Places
from drumbeat.planning.engine.net_requirements import net_requirements
from drumbeat.planning.engine.problem import BUY, FAR_FUTURE, FAR_PAST
from drumbeat.planning.engine.result import FROM_DEMAND, FROM_ORDER, FROM_RECEIPT, Requirements, Result
from tests.planning.engine.small_plant import DAY, Due, Item, Line, Plant, Want

DEFERRED = ("buffer", "need", "demand", "ready")


def plan_a_table() -> Result:
    """A table of four legs: 2 of 5 ordered, 3 under way from day 2 to day 8 that still take their legs; 30 legs bought.

    The legs are there on day 5, stock of them is 1.
    """
    plant = Plant(
        {"table": Item(lead=4), "leg": Item(kind=BUY, lead=5, stock=1)},
        [Line("table", "leg", 4.0)],
        wants=[Want("table", 3, 8), Want("table", 2, 20)],
        dues=[Due("table", 3, 8, False, 2, 3)],
    )
    return net_requirements(plant.problem())


def test_columns_that_nobody_reads_take_no_memory() -> None:
    result = plan_a_table()
    assert not set(DEFERRED) & set(vars(result.requirements))
    needs = result.requirements.need
    assert result.requirements.need is needs
    assert {"need"} == set(DEFERRED) & set(vars(result.requirements))


def test_each_requirement_tells_what_when_for_whom_and_since_when() -> None:
    rows = plan_a_table().requirements
    found = list(zip(*(getattr(rows, one.name).tolist() for one in fields(rows) if one.name != "cause"), strict=True))
    # Tables first, for the two demands; then legs, for the order under way, and for the one that starts on day 16.
    # Its parts: 1 leg from stock, 11 bought that can come on day 5 at the earliest.
    assert found == [
        (0, 8 * DAY, 3.0, FROM_DEMAND, 0, 0, 11 * DAY),
        (0, 20 * DAY, 2.0, FROM_DEMAND, 1, 1, 20 * DAY),
        (1, 2 * DAY, 12.0, FROM_RECEIPT, 0, -1, 5 * DAY),
        (1, 16 * DAY, 8.0, FROM_ORDER, 0, 1, 16 * DAY),
    ]


def test_what_is_sent_elsewhere_has_all_columns() -> None:
    rows = plan_a_table().requirements
    sent = pickle.loads(pickle.dumps(rows))
    changed = replace(rows, quantity=rows.quantity * 2)
    for one in fields(Requirements):
        assert np.array_equal(getattr(sent, one.name), getattr(rows, one.name)), one.name
    assert changed.quantity.tolist() == [6.0, 4.0, 24.0, 16.0]
    assert np.array_equal(changed.ready, rows.ready)


def test_a_misspelt_column_is_an_error() -> None:
    with pytest.raises(AttributeError, match="requirements have no needs"):
        _ = plan_a_table().requirements.needs  # type: ignore[attr-defined]


def test_nothing_wanted_describes_nothing() -> None:
    rows = net_requirements(Plant({"table": Item(lead=4)}).problem()).requirements
    assert [getattr(rows, one.name).tolist() for one in fields(rows)] == [[]] * 8


def test_what_never_comes_and_what_is_in_stock_say_so() -> None:
    plant = Plant({"stocked": Item(stock=5), "nowhere": Item(kind=None)},
                  wants=[Want("stocked", 5, 3), Want("nowhere", 1, 3)])  # fmt: skip
    assert net_requirements(plant.problem()).requirements.ready.tolist() == [FAR_PAST, FAR_FUTURE]


def test_rows_lie_by_level_then_by_buffer_also_where_buffers_have_none() -> None:
    places = Places.of(np.array([1, 0, 1, 0, 2], np.int32), np.array([2, 0, 1, 3, 0]))
    assert places.steps.tolist() == [0, 3, 6, 6]
    assert places.list_buffers().tolist() == [3, 3, 3, 0, 0, 2]
    assert places.find_buffers(np.arange(6)).tolist() == [3, 3, 3, 0, 0, 2]
