"""OEE trend quality and quality performance: by hand, exact sums, and other ways to the same."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import theilslopes

from drumbeat.kpis.engine.measure_yield import rolled_yield
from drumbeat.lab.company.luck import Luck
from drumbeat.strategy.engine.director.measure_oee_trend import (
    APPARENT,
    REAL,
    WeeklyLosses,
    estimate_slope,
    explain_gain,
    explained_share,
    measure_oee_trend,
)
from drumbeat.strategy.engine.director.measure_quality import QualityFacts, chance_of_target, measure_quality
from drumbeat.strategy.engine.director.result import CHANCE, tell_interval


def weeks(planned: np.ndarray, unmeasured: np.ndarray | None = None, **losses: np.ndarray) -> WeeklyLosses:
    """Machines by week; losses that are left out are nothing, good output is what is left."""
    full = {name: losses.get(name, np.zeros(planned.shape)) for name in (*REAL, "unreported")}
    good = planned - sum(full.values())
    run = good + full["speed"] + full["scrap"] + full["rework"]
    names = np.array([f"M{m}" for m in range(planned.shape[1])], dtype=object)
    return WeeklyLosses(names, planned, good, full, run, np.zeros(planned.shape) if unmeasured is None else unmeasured)


def ramp(first: float, last: float, num: int = 20) -> np.ndarray:
    return np.repeat([first, last], num // 2)[:, None]


def test_a_loss_that_fell_explains_all_of_its_gain() -> None:
    gain = explain_gain(weeks(np.full((20, 1), 100.0), breakdown=ramp(20, 10), setup=ramp(5, 5)))
    assert gain["breakdown"] == pytest.approx(0.10)
    assert sum(gain.values()) == pytest.approx(0.10)
    assert explained_share(gain) == pytest.approx(1.0)


def test_work_that_moves_to_better_machines_is_mix() -> None:
    """Machine 0 has OEE 1, machine 1 .5; planned time moves from 50:50 to 80:20."""
    planned = np.hstack([ramp(50, 80), ramp(50, 20)])
    gain = explain_gain(weeks(planned, breakdown=planned * np.array([0.0, 0.5])))
    assert gain["mix"] == pytest.approx(0.9 - 0.75)
    assert explained_share(gain) == pytest.approx(0.0)


def test_a_shorter_calendar_is_no_loss_that_fell() -> None:
    """80 good hours of 100, then 80 of 90: only idle hours went."""
    gain = explain_gain(weeks(ramp(100, 90), idle=ramp(20, 10)))
    assert gain["calendar"] == pytest.approx(80 / 90 - 80 / 100)
    assert gain["idle"] == pytest.approx(0.0)
    assert explained_share(gain) == pytest.approx(0.0)


def test_run_time_that_nobody_judges_and_hours_nobody_reported_are_apparent() -> None:
    """Half the run time loses its standard: the half of the speed loss that it hides has not fallen."""
    planned = np.full((20, 1), 100.0)
    blind = explain_gain(weeks(planned, unmeasured=ramp(0, 50), speed=ramp(20, 10)))
    # Measured pace: (10 x 20 + 10 x 10) / (10 x 100 + 10 x 50) = .2 of the judged hours.
    assert blind["standards"] == pytest.approx(0.5 * 0.2)
    assert blind["speed"] == pytest.approx(0.0)
    quiet = explain_gain(weeks(planned, unreported=ramp(15, 5)))
    assert quiet["recording"] == pytest.approx(0.10)
    assert explained_share(quiet) == 0.0


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 4), st.integers(2, 9))
def test_what_made_the_change_adds_up_to_it(seed: int, machines: int, num: int) -> None:
    luck = Luck(seed)
    planned = luck.uniform("planned", num * machines, 0.0, 100.0).reshape(num, machines)
    planned = np.where(planned < 15, 0.0, planned)
    shares = luck.uniform("shares", 9 * num * machines, 0.0, 0.1).reshape(9, num, machines)
    losses = {name: shares[i] * planned for i, name in enumerate((*REAL, "unreported"))}
    table = weeks(planned, unmeasured=0.3 * planned * (1 - shares.sum(axis=0)), **losses)
    half = num // 2
    sums = [(table.good[part].sum(), planned[part].sum()) for part in (slice(0, half), slice(half, num))]
    if min(whole for _, whole in sums) <= 0:
        return
    gain = explain_gain(table)
    assert set(gain) == {*REAL, *APPARENT}
    assert sum(gain.values()) == pytest.approx(sums[1][0] / sums[1][1] - sums[0][0] / sums[0][1], abs=1e-9)
    assert 0.0 <= explained_share(gain) <= 1.0


def test_slope_is_theil_sens_and_its_chance_is_right_on_noise() -> None:
    rising = np.array([0.6, 0.61, 0.59, 0.63, 0.64, 0.62, 0.66, 0.67, 0.65, 0.7])
    slope = estimate_slope(rising)
    assert slope is not None
    assert slope.value == pytest.approx(theilslopes(rising).slope)
    assert slope.chance > 0.99
    assert slope.low <= slope.value <= slope.high
    flat = estimate_slope(np.full(10, 0.6))
    assert flat is not None
    assert (flat.value, flat.chance) == (0.0, 0.5)
    assert estimate_slope(rising[:7]) is None
    noise = Luck(3).normal("noise", 400 * 26).reshape(400, 26)
    chances = np.array([estimate_slope(row).chance for row in noise])  # type: ignore[union-attr]
    # A chance of 90 % or more comes in about a tenth of the series that go nowhere, hardly more.
    assert 0.03 < float((chances > 0.9).mean()) < 0.13


def test_trend_quality_is_chance_times_share() -> None:
    falling = np.linspace(20, 10, 20)[:, None]
    kpi = measure_oee_trend(weeks(np.full((20, 1), 100.0), breakdown=falling), ())
    assert kpi.value == pytest.approx(1.0, abs=1e-6)
    assert kpi.parts[2].value == pytest.approx(100 * (10 / 19 / 100) * 365.25 / 84)
    worse = measure_oee_trend(weeks(np.full((20, 1), 100.0), breakdown=falling[::-1]), ())
    assert worse.value == pytest.approx(0.0, abs=1e-6)
    assert "does not rise" in worse.words
    assert measure_oee_trend(weeks(np.zeros((20, 1))), ()).text == "unknown"
    assert measure_oee_trend(weeks(np.zeros((0, 0))), ()).text == "unknown"


def quality(good: np.ndarray, total: np.ndarray, target: float = 0.8, **told: np.ndarray) -> QualityFacts:
    nothing = np.zeros(good.shape[0])
    given = {"escaped": nothing, "delivered": nothing, "poor_cost": nothing, "revenue": nothing} | told
    return QualityFacts(good, total, np.array([0, 0]), target, "", **given)


def test_quality_is_the_chance_that_the_rolled_yield_is_enough() -> None:
    """Two steps at about .95 and .9 roll to .855; a target far off is met for sure, or not at all."""
    wobble = Luck(1).normal("wobble", 13, 0.0, 2.0)
    good = np.stack([950 + wobble, 900 - wobble], axis=1)
    total = np.full((13, 2), 1000.0)
    for target, chance in ((0.80, 1.0), (0.90, 0.0)):
        assert measure_quality(quality(good, total, target), ()).value == pytest.approx(chance, abs=1e-3)
    even = measure_quality(
        quality(good, total, float(rolled_yield(good.sum(axis=0), total.sum(axis=0), np.array([0, 0])) or 0)), ()
    )
    assert even.value == pytest.approx(0.5, abs=1e-6)
    assert even.low is not None
    assert even.high is not None
    assert even.low < 0.5 < even.high
    assert even.parts[0].value == pytest.approx(0.855, abs=0.01)


def test_escapes_and_poor_quality_are_ratios_of_sums() -> None:
    weeks_of = 13
    total = np.full((weeks_of, 2), 100.0)
    facts = quality(total - 1, total, escaped=np.r_[5.0, np.zeros(12)], delivered=np.full(13, 1000.0),
                    poor_cost=np.full(13, 30.0), revenue=np.full(13, 1500.0))  # fmt: skip
    parts = {part.name: part for part in measure_quality(facts, ()).parts}
    assert parts["Escapes"].value == pytest.approx(1e6 * 5 / 13_000)
    assert parts["Cost of poor quality / revenue"].value == pytest.approx(0.02)
    assert measure_quality(quality(total[:3], total[:3]), ()).text == "unknown"
    assert {part.text for part in measure_quality(quality(total[:3], total[:3]), ()).parts} == {"unknown"}


def test_no_chance_is_surer_than_its_weeks() -> None:
    """Three weeks alike may come by chance in one case of eight."""
    assert chance_of_target(0.9, [0.9, 0.9, 0.9], 0.9) == 1 - 1 / 8
    assert chance_of_target(0.9, [0.9, 0.9, 0.9], 0.91) == 1 / 8
    assert chance_of_target(0.9, [0.9 + 1e-6 * i for i in range(13)], 0.5) == 1 - 0.5**13


def test_nothing_is_told_as_certain() -> None:
    """All weeks far above the target, and no escape seen: neither 100 % nor a certain 0."""
    total = np.full((13, 2), 100.0)
    facts = quality(total - 1, total, 0.5, delivered=np.full(13, 1000.0))
    kpi = measure_quality(facts, ())
    assert (kpi.text, kpi.interval_text) == ("over 99 %", "over 99 %")
    escapes = kpi.parts[1]
    assert (escapes.value, escapes.low) == (0.0, 0.0)
    # No case in 13,000 units: nine of ten rates above 177 ppm would have shown one.
    assert escapes.high == pytest.approx(1e6 * 2.302585 / 13_000)
    never = measure_quality(quality(total - 50, total, 0.9), ())
    assert never.text == "under 1 %"


@pytest.mark.parametrize(
    ("low", "high", "said"),
    [(0.2, 0.9, "20 to 90 %"), (0.2, 0.999, "20 to over 99 %"), (0.0, 0.4, "under 1 to 40 %"),
     (0.0, 0.001, "under 1 %"), (0.999, 1.0, "over 99 %"), (None, 0.4, "")],
)  # fmt: skip
def test_chances_are_never_written_as_certainty(low: float | None, high: float | None, said: str) -> None:
    assert tell_interval(low, high, CHANCE) == said
