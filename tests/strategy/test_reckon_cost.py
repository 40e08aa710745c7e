"""What weaknesses cost that the twin cannot play: from the books, and by the network; by hand, and what is refused."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import numpy as np
import polars as pl
import pytest

from drumbeat.basics.intervals import Interval
from drumbeat.data.snapshot import Snapshot
from drumbeat.finance.convert_money import Money
from drumbeat.strategy.choose_trial import Trial
from drumbeat.strategy.engine.expect_cost import expect_cost
from drumbeat.strategy.engine.result import Weakness
from drumbeat.strategy.reckon_cost import reckon_cost, reckon_loss, try_reckoning
from drumbeat.strategy.weak_by_twin import _tell
from tests.demo_company import demo_company

NOW = datetime(2026, 3, 2, tzinfo=UTC)
MONEY = Money("EUR", {"EUR": 1.0, "USD": 0.5}, {"S": "USD", "E": "EUR", "Q": "XXX"})


def weakness(kind: str, site: str, subject: str, *keys: str) -> Weakness:
    table = {"recurring escape": "nonconformance"}.get(kind, "actual")
    rows = tuple({"table": table, "key": key} for key in keys)
    return Weakness(kind, site, subject, "", "", 1.0, None, None, 1.0, "", rows, len(keys), "", "")


def test_a_cost_goes_on_as_it_did() -> None:
    """1, 2, 3, 4 in four weeks: 5 more weeks cost 12.5 +- 3.182 x 1.291 x sqrt(5 + 25 / 4)."""
    told = expect_cost(np.array([1.0, 2.0, 3.0, 4.0]), 5)
    assert told is not None
    assert told.value == 12.5
    reach = 3.18245 * 1.290994 * (5 + 25 / 4) ** 0.5
    assert (told.low, told.high) == (0.0, pytest.approx(12.5 + reach, rel=1e-5))
    assert expect_cost(np.ones(3), 5) is None
    assert expect_cost(np.full(13, 2.0), 13) == (26.0, 26.0, 26.0)
    below = expect_cost(np.array([-1.0, 1.0, -1.0, 1.0]), 2)
    assert below is not None
    assert below.low == -below.high
    with pytest.raises(ValueError, match="periods ahead"):
        expect_cost(np.ones(5), 0)


def books(weeks: int, overtime: float = 30.0, amount: float = 60.0) -> Snapshot:
    """200 hours of labour a week, and overtime at its amount an hour, in every week of a cost centre."""
    starts = [date(2026, 2, 23) - timedelta(weeks=w) for w in range(weeks)]
    rows = [("C", day, kind, value, hours) for w, day in enumerate(starts) for kind, value, hours in
            (("labour", 8000.0, 200.0), ("overtime", amount * (overtime + w % 2), overtime + w % 2))]  # fmt: skip
    frame = pl.DataFrame(rows, schema=["cost_centre", "period_start", "account", "amount", "hours"], orient="row")
    return Snapshot.of({"actual": frame}, NOW)


def test_overtime_beyond_its_threshold_is_read_from_the_books() -> None:
    """30.5 h a week of overtime, 10.5 beyond a tenth of 200 h, at 60 USD an hour, of which one is worth half a EUR."""
    told = reckon_cost(books(12), weakness("structural overtime", "S", "C"), 13, MONEY)
    assert told is not None
    assert told.cost.value == pytest.approx(13 * 10.5 * 60 * 0.5)
    assert told.cost.low < told.cost.value < told.cost.high
    assert told.basis == "books"
    assert told.words.startswith("From the books, not played: if overtime at C stays 10% and more")
    assert reckon_cost(books(3), weakness("structural overtime", "S", "C"), 13, MONEY) is None
    assert reckon_cost(books(12), weakness("structural overtime", "Q", "C"), 13, MONEY) is None
    assert reckon_cost(books(12), weakness("structural overtime", "S", "OTHER"), 13, MONEY) is None
    assert reckon_cost(books(12), weakness("bottleneck", "S", "C"), 13, MONEY) is None


def test_escapes_cost_as_in_the_last_half_year() -> None:
    """Four escapes of 650 in 26 weeks are 100 a week; another cause, an older one and an inner one don't count."""
    found = [NOW - timedelta(weeks=week, days=1) for week in (1, 5, 9, 20)]
    rows = [(f"N{i}", "PUMP", at, "customer", "Leaky seal", 650.0) for i, at in enumerate(found)]
    rows += [("X1", "PUMP", found[0], "customer", "scratch", 9e6), ("X2", "PUMP", found[0], "final", "leaky seal", 9e6),
             ("X3", "PUMP", NOW - timedelta(weeks=40), "customer", "leaky seal", 9e6),
             ("X4", "FAN", found[0], "customer", "leaky seal ", 9e6)]  # fmt: skip
    frame = pl.DataFrame(rows, schema=["code", "item", "found_at", "stage", "cause", "cost"], orient="row")
    snapshot = Snapshot.of({"nonconformance": frame}, NOW)
    told = reckon_cost(snapshot, weakness("recurring escape", "E", "PUMP", "N0", "N1"), 13, MONEY)
    assert told is not None
    assert told.cost.value == pytest.approx(13 * 100)
    assert told.cost.low == 0.0
    assert "customers go on meeting 'Leaky seal'" in told.words
    free = Snapshot.of({"nonconformance": frame.with_columns(cost=pl.lit(0.0))}, NOW)
    assert reckon_cost(free, weakness("recurring escape", "E", "PUMP", "N0"), 13, MONEY) is None
    assert reckon_cost(Snapshot.of({}, NOW), weakness("recurring escape", "E", "PUMP", "N0"), 13, MONEY) is None


def test_the_loss_of_a_supplier_that_is_not_alone_is_that_of_the_linear_program() -> None:
    told = reckon_loss(demo_company(), "supplier/VALSESIA", "EUR")
    assert told is not None
    assert told.cost.value == pytest.approx(182_334, rel=1e-4)  # as `drumbeat stress` tells
    assert told.basis == "linear program"
    # Others deliver before it could recover: an interval without width is not shown as if all were known.
    assert told.cost.low == told.cost.high
    assert "whatever its time to recover, as others take over before" in told.words
    line = reckon_loss(demo_company(), "line/GR-ASSY-1", "EUR")
    assert line is not None
    assert 0 <= line.cost.low < line.cost.value < line.cost.high
    assert reckon_loss(demo_company(), "supplier/NOBODY", "EUR") is None
    alone = replace(weakness("supplier concentration", "E", "VALSESIA"))
    assert try_reckoning(demo_company(), alone, "", 13, MONEY) is None


def test_what_a_remedy_itself_costs_is_said_to_be_left_out() -> None:
    """Played against the plant with it closed, the gain is before what closes it costs."""
    gain, none = Interval(900.0, 500.0, 1300.0), Interval(0.0, -1.0, 1.0)
    closed, worse = Trial("Saturday shifts", "closed"), Trial("Failures rise", "goes on")
    told = _tell(closed, gain, none, 13, "EUR", "")
    assert told.startswith(
        "Against the plant with it closed (Saturday shifts): within 13 weeks 900 EUR of contribution"
    )
    assert told.endswith("What the remedy itself costs (hours, machines, stock, training) is not in it.")
    assert "remedy" not in _tell(worse, gain, none, 13, "EUR", "")
