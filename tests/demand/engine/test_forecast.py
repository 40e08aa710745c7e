"""Forecasting: published accuracy, oracles' numbers, what a planner would expect of simple series."""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path
from time import process_time

import numpy as np
import pytest
from benchmarks.demand.read_series import measure_wape, read_promotions
from hypothesis import given, settings
from hypothesis import strategies as st

from drumbeat.basics.findings import InputError
from drumbeat.demand.engine.check import check_forecast, check_history
from drumbeat.demand.engine.effects import estimate_effects
from drumbeat.demand.engine.forecast import find_quantiles, forecast
from drumbeat.demand.engine.problem import Effects, History

SPORADIC = [
    [0, 0, 3, 0, 0, 0, 2, 0, 5, 0, 0, 0, 0, 4, 0, 0, 1, 0, 0, 6, 0, 0, 0, 2],
    [0, 1, 0, 0, 2, 0, 0, 0, 0, 0, 0, 3, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0],
    [5, 0, 0, 0, 0, 8, 0, 0, 0, 0, 0, 7, 0, 0, 6, 0, 0, 0, 9, 0],
]
PUBLISHED = {
    "SBA": [0.924729, 0.455321, 2.562329],
    "TSB": [1.156776, 0.065081, 1.841487],
    "ADIDA": [0.986945, 0.255352, 1.753175],
    "IMAPA": [0.951451, 0.252157, 1.968567],
}
"""What statsforecast 2.1.1 says of those series (TSB with both weights .2)."""

CYCLES = {"YEARLY": 1, "QUARTERLY": 4, "MONTHLY": 12, "OTHER": 1}


def history(*series, cycle=1, is_short=()):
    values = [np.asarray(values, dtype=float) for values in series]
    ptr = np.concatenate(([0], np.cumsum([len(part) for part in values]))).astype(np.int64)
    keys = np.array([f"S{i}" for i in range(len(values))], dtype=object)
    return History(keys, ptr, np.concatenate(values), cycle, np.array(is_short, dtype=bool))


def read_m3(path, period):
    with path.open() as file:
        rows = [row for row in csv.DictReader(file) if row["period"] == period]
    past = [[float(value) for value in row["train(;)"].split(";")] for row in rows]
    future = np.array([[float(value) for value in row["test(;)"].split(";")] for row in rows])
    return history(*past, cycle=CYCLES[period]), future


@cache
def forecast_m3(shared: Path, period: str):
    """Forecasts of a period's series: past, future, forecast, and the processor's seconds; made once."""
    past, future = read_m3(shared / "forecast/m3.csv", period)
    forecast(history(past.values[: past.ptr[1]], cycle=CYCLES[period]), 18)  # compiles
    began = process_time()
    result = forecast(past, future.shape[1])
    return past, future, result, process_time() - began


def smape(actual, mean):
    return float(np.mean(200 * np.abs(actual - mean) / (np.abs(actual) + np.abs(mean))))


@pytest.mark.parametrize("model", PUBLISHED)
def test_sporadic_models_are_as_published(model):
    result = forecast(history(*SPORADIC), 3, models=[model])
    assert result.mean[:, 0] == pytest.approx(PUBLISHED[model], rel=1e-4)
    assert (result.mean[:, :1] == result.mean).all()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("period", "most"), [("MONTHLY", 13.75), ("QUARTERLY", 9.4), ("YEARLY", 16.5), ("OTHER", 4.45)]
)
def test_m3_is_forecast_better_than_the_theta_method(shared_data, period, most):
    past, future, result, _ = forecast_m3(shared_data, period)
    assert smape(future, result.mean) <= most
    assert not check_forecast(past, result)


@pytest.mark.slow
def test_a_thousand_monthly_series_take_no_minute(shared_data):
    """About four seconds on the machine of docs/benchmarks.md; the limit must hold on any."""
    past, _, _, seconds = forecast_m3(shared_data, "MONTHLY")
    assert seconds / past.num_series * 1000 <= 60


@pytest.mark.slow
def test_eighty_of_a_hundred_periods_fall_between_the_tenth_and_ninetieth_percentile(shared_data):
    _, future, result, _ = forecast_m3(shared_data, "MONTHLY")
    quantiles = find_quantiles(result, (0.1, 0.9))
    inside = (future >= quantiles[:, :, 0]) & (future <= quantiles[:, :, 1])
    assert 0.75 <= inside.mean() <= 0.9


@pytest.mark.slow
@pytest.mark.parametrize("weeks", [4, 8, 12, 20])
def test_promotion_weeks_of_orange_juice(shared_data, weeks):
    """Held-out last weeks; the future's prices and promotions are known, its sales are not."""
    past, effects, sold, promoted = read_promotions(shared_data / "forecast/oj_promotions.csv", weeks)
    mean = forecast(past, weeks, effects=effects).mean
    assert measure_wape(sold, mean, promoted) < 0.50


def test_what_is_held_out_does_not_reach_the_forecast(tmp_path):
    lines = ["store,brand,week,deal,feat,price,units"]
    for brand in (1, 2):
        lines += [f"1,{brand},{week},0,0,{1 + week % 3},{100 + week}" for week in range(40)]
    for name, last in (("one", 139), ("other", 99999)):
        (tmp_path / f"{name}.csv").write_text("\n".join([*lines[:-1], f"1,2,39,0,0,1,{last}"]) + "\n")
    told = [read_promotions(tmp_path / f"{name}.csv", 2) for name in ("one", "other")]
    assert (told[0][0].values == told[1][0].values).all()
    assert (told[0][1].future == told[1][1].future).all()
    assert told[0][2][1, 1] != told[1][2][1, 1]


def test_a_new_site_takes_what_promotions_do_to_its_item_elsewhere():
    promoted = np.array([0.0, 0, 1, 0] * 12)
    lifts = (3.0, 3.0, 1.0, 1.0)
    series = [np.where(promoted > 0, 100.0 * lift, 100.0) for lift in lifts]
    past = history(*series, [100.0, 100, 100, 100, 100])
    effects = Effects(
        ("promotion",), np.concatenate([np.tile(promoted, 4), np.zeros(5)])[:, None], np.ones((5, 1, 1)),
        group=np.array([0, 0, 1, 1, 0]),
    )  # fmt: skip
    found = np.exp(estimate_effects(past, effects)[:, 0])
    assert found == pytest.approx([3, 3, 1, 1, 3], rel=0.05)


def test_a_constant_stays_and_a_line_goes_on():
    result = forecast(history([7.0] * 30, np.arange(1.0, 41.0)), 4)
    assert result.mean[0] == pytest.approx([7] * 4, rel=1e-3)
    # SES has its share in the blend, so the line is followed most of the way.
    assert 40 < result.mean[1, 3] <= 44.5
    line = forecast(history(np.arange(1.0, 41.0)), 4, models=["Holt"])
    assert line.mean[0] == pytest.approx([41, 42, 43, 44], rel=1e-3)


def test_a_season_comes_again():
    year = np.array([10, 12, 15, 20, 26, 30, 31, 28, 22, 17, 13, 11], dtype=float)
    result = forecast(history(np.tile(year, 5), cycle=12), 12)
    assert result.mean[0] == pytest.approx(year, rel=0.03)


def test_choosing_one_model_gives_it_all_the_weight():
    result = forecast(history(np.arange(1.0, 41.0)), 4, blends=False)
    assert sorted(result.weights[0])[-2:] == [0.0, 1.0]
    best = int(np.nanargmin(result.errors[0]))
    assert result.weights[0, best] == 1.0


def test_a_promotion_is_not_taken_for_the_usual():
    promoted = np.array([0.0, 0, 0, 1] * 15)
    sold = np.where(promoted > 0, 300.0, 100.0)
    effects = Effects(("promotion",), promoted[:, None], np.array([[[0.0], [1.0]]]))
    result = forecast(history(sold), 2, effects=effects)
    assert result.mean[0] == pytest.approx([100, 300], rel=0.02)


def test_nothing_was_ever_wanted():
    result = forecast(history([0.0] * 24, []), 3)
    assert (result.mean == 0).all()
    assert (result.weights == 0).all()
    assert not check_forecast(history([0.0] * 24, []), result)


@pytest.mark.parametrize(
    ("broken", "word"),
    [
        (history([1, -2, 3]), "0 or more"),
        (history([1, float("nan"), 3]), "0 or more"),
        (history([1, 2], is_short=[True]), "marks"),
        (history([1, 2, 3], cycle=0), "season"),
    ],
)
def test_bad_histories_are_named(broken, word):
    with pytest.raises(InputError, match=word):
        forecast(broken, 2)


def test_unknown_models_and_horizons_are_named():
    with pytest.raises(InputError, match="one of"):
        forecast(history([1, 2, 3]), 2, models=["magic"])
    assert check_history(history([1, 2, 3]), 0).has_errors


@given(
    series=st.lists(st.lists(st.floats(0, 1e6), min_size=0, max_size=40), min_size=1, max_size=4),
    cycle=st.sampled_from([1, 4, 12]),
    horizon=st.integers(1, 6),
)
@settings(max_examples=60, deadline=None)
def test_any_history_gives_a_sound_forecast(series, cycle, horizon):
    past = history(*series, cycle=cycle)
    result = forecast(past, horizon)
    assert not check_forecast(past, result)
    assert (np.diff(find_quantiles(result, (0.1, 0.5, 0.9)), axis=2) >= 0).all()


def test_cores_do_not_change_the_answer():
    past = history(*[np.abs(np.sin(np.arange(40) * (i + 1))) * 50 for i in range(20)], cycle=4)
    assert (forecast(past, 5, cores=1).mean == forecast(past, 5, cores=2).mean).all()
