"""People's edits: what they change, what they leave alone, and what is said of those that cannot be."""

from __future__ import annotations

from datetime import UTC, date, datetime

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drumbeat.basics.findings import InputError
from drumbeat.demand.actions import make_forecast
from drumbeat.demand.compile_edits import compile_edits
from drumbeat.demand.compile_levels import describe_places
from drumbeat.demand.engine.apply_edits import ABSOLUTE, DELTA, PERCENT, Edits, apply_edits
from drumbeat.demand.engine.score_steps import score_steps
from tests.demand.make_market import edit, edits, make_market

MONTHS = [date(2026, 3, 1), date(2026, 4, 1), date(2026, 5, 1)]
END = date(2026, 6, 1)


def engine_edits(*rows):
    """Edits of the engine: (kind, amount, series, share, cover) each."""
    ptr = np.concatenate(([0], np.cumsum([len(row[2]) for row in rows]))).astype(np.int64)
    return Edits(
        tuple(f"E{i}" for i in range(len(rows))),
        np.array([row[0] for row in rows], dtype=np.int64),
        np.array([row[1] for row in rows], dtype=float),
        ptr,
        np.concatenate([row[2] for row in rows]).astype(np.int64),
        np.concatenate([np.broadcast_to(row[3], len(row[2])) for row in rows]).astype(float),
        np.array([row[4] for row in rows], dtype=float),
    )


def compile_rows(*rows, **frames):
    """Compile edits against the market's eight series."""
    snapshot = make_market(forecast_edit=edits(*rows), **frames)
    series = snapshot["demand_history"].select("item", "site").unique(maintain_order=True).sort("item", "site")
    return compile_edits(snapshot, describe_places(snapshot, series), MONTHS, END)


def test_an_absolute_edit_is_dealt_out_in_proportion():
    mean = np.array([[30.0, 50], [10, 50]])
    made = apply_edits(mean, np.ones(2), engine_edits((ABSOLUTE, 80.0, [0, 1], 1.0, [1, 0])))
    assert made.mean.tolist() == [[60, 50], [20, 50]]
    assert (made.before[0], made.after[0]) == (40, 80)


def test_units_on_nothing_are_dealt_out_by_usual_demand():
    made = apply_edits(np.zeros((2, 1)), np.array([3.0, 1]), engine_edits((DELTA, 40.0, [0, 1], 1.0, [1])))
    assert made.mean.ravel().tolist() == [30, 10]


def test_more_than_all_takes_all_and_says_so():
    made = apply_edits(np.array([[30.0]]), np.ones(1), engine_edits((DELTA, -50.0, [0], 1.0, [1])))
    assert made.mean.ravel().tolist() == [0]
    assert made.after[0] - made.before[0] == -30


def test_a_customers_percent_changes_its_share_only():
    made = apply_edits(np.array([[100.0]]), np.ones(1), engine_edits((PERCENT, 50.0, [0], 0.4, [1])))
    assert made.mean[0, 0] == pytest.approx(120)


def test_later_edits_find_what_earlier_ones_left():
    rows = ((PERCENT, 10.0, [0], 1.0, [1]), (ABSOLUTE, 200.0, [0], 1.0, [1]), (PERCENT, 10.0, [0], 1.0, [1]))
    assert apply_edits(np.array([[100.0]]), np.ones(1), engine_edits(*rows)).mean[0, 0] == pytest.approx(220)


def test_a_negative_total_is_refused():
    with pytest.raises(InputError, match="at least 0"):
        apply_edits(np.ones((1, 1)), np.ones(1), engine_edits((ABSOLUTE, -1.0, [0], 1.0, [1])))


@given(
    mean=st.lists(st.lists(st.floats(0, 1e6), min_size=3, max_size=3), min_size=1, max_size=5),
    rows=st.lists(
        st.tuples(st.sampled_from([PERCENT, DELTA, ABSOLUTE]), st.floats(-1e5, 1e5), st.floats(0, 1),
                  st.lists(st.floats(0, 1), min_size=3, max_size=3)),
        min_size=1, max_size=5,
    ),
)  # fmt: skip
@settings(max_examples=60, deadline=None)
def test_edits_never_go_below_zero_and_their_steps_add_up(mean, rows):
    mean = np.array(mean)
    members = list(range(len(mean)))
    told = engine_edits(*[(k, abs(a) if k == ABSOLUTE else a, members, s, c) for k, a, s, c in rows])
    made = apply_edits(mean, np.ones(len(mean)), told)
    assert (made.mean >= 0).all()
    assert made.mean == pytest.approx(np.maximum(mean + sum(made.steps), 0.0), abs=1e-3, rel=1e-6)
    assert made.after - made.before == pytest.approx([step.sum() for step in made.steps], abs=1e-3, rel=1e-6)


def test_what_each_step_saved_by_hand():
    told = engine_edits((DELTA, 4.0, [0], 1.0, [1, 0]), (DELTA, 10.0, [0], 1.0, [0, 1]))
    scores = score_steps(
        np.array([[8.0, 8]]), np.array([[10.0, 10]]), np.ones(1), told, np.array([[15.0, np.nan]]), np.array([1.0]),
        np.array([2.0]),
    )  # fmt: skip
    # Naive 7 too few, computed 5, edited 1; two each. The second edit's period is not known yet.
    assert scores.cost.ravel().tolist() == [14, 10, 2]
    assert scores.saved_cost.tolist() == [8, 0]
    assert scores.num_known.tolist() == [1, 0]


def test_a_family_edit_reaches_its_items_at_all_sites_and_nothing_else():
    told, rows, findings = compile_rows(edit("E1", family="PUMPS"))
    assert (rows["code"].to_list(), findings.count) == (["E1"], 0)
    assert len(told.series) == 4
    assert told.cover.tolist() == [[1, 0, 0]]


def test_half_a_month_is_half_of_the_amount_and_of_the_period():
    told, _, _ = compile_rows(
        edit("E1", item="PUMP", kind="absolute", amount=300.0, starts_on=date(2026, 2, 1), ends_on=date(2026, 3, 31))
    )
    # 31 of 59 days lie in the forecast.
    assert told.amount[0] == pytest.approx(300 * 31 / 59)


def test_units_convert_where_they_measure_the_same():
    told, _, findings = compile_rows(edit("E1", item="OIL", kind="delta", amount=2.0, unit="hl"))
    assert (told.amount.tolist(), findings.count) == ([200.0], 0)


@pytest.mark.parametrize(
    ("row", "word"),
    [
        (edit("E1", family="VALVES"), "past demand"),
        (edit("E1", item="NOTHING"), "past demand"),
        (edit("E1", item="OIL", kind="delta", unit="kg"), "measures what the item's unit measures"),
        (edit("E1", kind="delta"), "counted in one unit"),
        (edit("E1", item="PUMP", kind="absolute", amount=-5.0), "0 or more"),
        (edit("E1", customer="ACME"), "past demand"),
        (edit("E1", amount=float("inf")), "at most"),
    ],
)
def test_edits_that_cannot_be_are_left_out_and_told(row, word):
    told, rows, findings = compile_rows(row)
    assert rows.is_empty()
    assert told.keys == ()
    assert word in str(next(iter(findings)))


def test_two_people_on_one_cell_both_count_and_it_is_told():
    later = datetime(2026, 3, 2, tzinfo=UTC)
    told, _, findings = compile_rows(edit("E1", item="PUMP"), edit("E2", item="PUMP", author="ben", made_at=later))
    assert told.keys == ("E1", "E2")
    assert "anna" in str(next(iter(findings)))


def test_a_withdrawn_edit_counts_no_more():
    told, _, _ = compile_rows(edit("E1", withdrawn_at=datetime(2026, 3, 2, tzinfo=UTC)))
    assert told.keys == ()


def test_a_customer_has_the_share_that_orders_show():
    lines = pl.DataFrame(
        [
            {"code": code, "item": "PUMP", "site": "NORTH", "customer": customer, "quantity": quantity,
             "due_at": datetime(2026, 1, 5, tzinfo=UTC), "state": "delivered"}
            for code, customer, quantity in (("S1", "ACME", 30.0), ("S2", "BEST", 90.0), ("S3", None, 0.0))
        ],
        schema_overrides={"customer": pl.String},
    )  # fmt: skip
    told, _, _ = compile_rows(edit("E1", customer="ACME"), demand_line=lines)
    assert told.share.tolist() == [0.25]


def test_the_forecast_keeps_both_and_every_level_adds_up():
    snapshot = make_market(forecast_edit=edits(edit("E1", family="PUMPS", kind="absolute", amount=2000.0)))
    run = make_forecast(snapshot, horizon=3)
    pumps = run.rows.filter(pl.col("item").str.starts_with("PUMP") & (pl.col("period_start") == date(2026, 3, 1)))
    assert pumps["quantity"].sum() == pytest.approx(2000)
    assert pumps["statistical"].sum() < 1500
    assert run.edits["after"].to_list() == pytest.approx([2000])
    untouched = run.rows.filter(~pl.col("item").str.starts_with("PUMP"))
    assert (untouched["quantity"] == untouched["statistical"]).all()
    plain = make_forecast(snapshot, horizon=3, edits=False)
    assert plain.rows["quantity"].to_list() == run.rows["statistical"].to_list()
