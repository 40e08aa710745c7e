"""Breakdowns played, throughput strength, downtime exposure, and the loss of nodes."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from drumbeat.basics.streams import EXPONENTIAL, FIXED, WEIBULL
from drumbeat.strategy.engine.director.measure_reliability import Backlog, expected_shortfall, measure_reliability
from drumbeat.strategy.engine.director.measure_risk import NodeLoss, concentration_index, measure_risk
from drumbeat.strategy.engine.director.measure_throughput import Pools, measure_throughput, play_output
from drumbeat.strategy.engine.director.play_downtime import Machines, play_downtime

WEEKS = 13
STARTS = [datetime(2026, 3, 2, tzinfo=UTC) + timedelta(weeks=w) for w in range(WEEKS)]
KNOWN = 1e12
"""So many failures seen that the rate is known."""


def texts(*values: str) -> np.ndarray:
    return np.array(values, dtype=object)


def machine(mean: float = 40.0, repair: float = 2.0, *, kind: int = EXPONENTIAL, busy: float = 1.0,
            by_use: bool = True, seen: float = KNOWN) -> Machines:  # fmt: skip
    one = np.ones(1)
    return Machines(
        keys=texts("M"), sites=texts("N"), open_hours=np.full((1, WEEKS), 80.0), busy_share=busy * one,
        worth=100 * one, mode_keys=texts("F"), mode_machine=np.zeros(1, np.int32), is_busy_clock=np.array([by_use]),
        distribution=np.array([kind], np.int32), mean_hours=mean * one, shape=2 * one,
        repair_distribution=np.array([FIXED], np.int32), repair_mean_hours=repair * one, repair_shape=one,
        failures_seen=seen * one,
    )  # fmt: skip


@pytest.mark.parametrize("kind", [EXPONENTIAL, WEIBULL])
def test_a_machine_is_down_for_mttr_in_mtbf_and_mttr(kind: int) -> None:
    """Isolated efficiency: of 13 x 80 h, 2 / 42 are repairs; a machine that works half the time ages half as fast."""
    down = play_downtime(machine(kind=kind), 7, 0, 2000, 50).sum(axis=2)
    assert float(down.mean()) == pytest.approx(1040 * 2 / 42, rel=0.03)
    half = play_downtime(machine(kind=kind, busy=0.5), 7, 0, 2000, 50).sum(axis=2)
    assert float(half.mean()) == pytest.approx(1040 * 2 / 82, rel=0.04)


def test_a_clock_of_the_calendar_runs_while_the_plant_is_closed() -> None:
    """A failure every 168 h of the calendar is one a week, whatever the machine does."""
    down = play_downtime(machine(mean=166.0, repair=0.0001, busy=0.1, by_use=False), 7, 0, 1000, 50)
    assert float(down.sum(axis=2).mean()) == pytest.approx(13 * 0.0001, rel=0.05)


def test_replications_don_t_depend_on_how_they_are_split() -> None:
    whole = play_downtime(machine(seen=5.0), 3, 0, 60, 20)
    assert np.array_equal(whole[20:45], play_downtime(machine(seen=5.0), 3, 20, 25, 20))
    assert not np.array_equal(whole, play_downtime(machine(seen=5.0), 4, 0, 60, 20))
    # What is not known of the rate is shared in a batch: it spreads the batches, not the plays in them.
    means = play_downtime(machine(seen=1.0), 3, 0, 4000, 200).sum(axis=(1, 2)).reshape(20, 200).mean(axis=1)
    sure = play_downtime(machine(), 3, 0, 4000, 200).sum(axis=(1, 2)).reshape(20, 200).mean(axis=1)
    assert float(means.std()) > 3 * float(sure.std())


def test_closed_weeks_and_machines_without_failures_lose_nothing() -> None:
    closed = replace(machine(), open_hours=np.zeros((1, WEEKS)))
    assert play_downtime(closed, 1, 0, 50, 10).sum() == 0
    assert play_downtime(replace(machine(), mode_machine=np.zeros(0, np.int32)), 1, 0, 50, 10).sum() == 0
    assert play_downtime(machine(), 1, 0, 0, 10).shape == (0, 1, WEEKS)


def pools(required: float = 60.0, **told: object) -> Pools:
    usual: dict[str, object] = {
        "keys": texts("milling"), "sites": texts("N"), "of_machine": np.zeros(1, np.int32),
        "open_hours": np.full((1, WEEKS), 80.0), "care_hours": np.full((1, WEEKS), 4.0),
        "backlog_hours": np.zeros(1), "put_off_share": np.zeros(1), "required_hours": np.array([required]),
        "past_speed": np.full((1, 13), 0.9), "overtime_beyond": np.zeros(1), "known_weeks": 6,
        "demand_doubt": np.zeros(1),
    }  # fmt: skip
    return Pools(**(usual | told))  # type: ignore[arg-type]


def test_strength_without_luck_is_usable_hours_at_past_speed_over_what_is_asked() -> None:
    none = np.zeros((100, 1, WEEKS))
    output = play_output(pools(), none, 1)
    assert output.sustainable == pytest.approx(76 * 0.9 / 60)
    assert output.apparent == pytest.approx(76 * 0.9 / 60)
    # Half of the care is put off and 13 h of it are overdue; a tenth of the hours is overtime beyond its cap.
    lent = play_output(pools(backlog_hours=np.array([13.0]), put_off_share=np.array([0.5]),
                             overtime_beyond=np.array([0.1])), none, 1)  # fmt: skip
    assert lent.sustainable == pytest.approx((80 * 0.9 - 5) * 0.9 / 60)
    assert lent.apparent == pytest.approx(78 * 0.9 / 60)
    kpi = measure_throughput(pools(), output, STARTS)
    assert kpi.value == pytest.approx(1.14)
    assert "carry" in kpi.words


def test_the_worst_pool_limits_and_luck_takes_its_tenth() -> None:
    two = pools(keys=texts("a", "b"), sites=texts("N", "N"), of_machine=np.array([0, 1], np.int32),
                open_hours=np.full((2, WEEKS), 80.0), care_hours=np.zeros((2, WEEKS)), backlog_hours=np.zeros(2),
                put_off_share=np.zeros(2), required_hours=np.array([40.0, 100.0]), past_speed=np.zeros((2, 0)),
                overtime_beyond=np.zeros(2), demand_doubt=np.zeros(2))  # fmt: skip
    down = np.zeros((200, 2, WEEKS))
    down[:40, 1] = 40.0  # in a fifth of the plays, pool b is down half the time
    output = play_output(two, down, 1)
    kpi = measure_throughput(two, output, STARTS)
    assert kpi.value == pytest.approx(0.4)
    assert kpi.parts[0].value == pytest.approx(0.8)
    assert kpi.evidence[0].rows[0]["machines that can"] == "b"
    assert "b at N limits it" in kpi.words


def test_strength_is_no_surer_than_what_it_rests_on() -> None:
    """Without breakdowns only demand and past weeks are in doubt: the interval is as wide as they make it."""
    none = np.zeros((1000, 1, WEEKS))
    sure = measure_throughput(pools(), play_output(pools(), none, 1), STARTS)
    assert sure.low == sure.high == pytest.approx(1.14)
    asked = pools(demand_doubt=np.array([0.1]))
    kpi = measure_throughput(asked, play_output(asked, none, 1), STARTS)
    assert kpi.value == pytest.approx(1.14)
    assert kpi.low is not None
    assert kpi.high is not None
    # Lognormal with a standard error of a tenth: 1.14 x 0.1 x t(19) = 1.328, as far as 20 draws tell.
    assert kpi.high - kpi.low == pytest.approx(2 * 1.14 * 0.1 * 1.328, rel=0.35)
    chance = next(part for part in kpi.parts if part.name.startswith("Chance"))
    # P(lognormal demand <= 1.14) = Phi((ln 1.14 + .00498) / .09975), where the interval alone would say nothing of it.
    assert chance.value == pytest.approx(0.9136, abs=1e-4)
    assert chance.text == "91 %"
    # Past weeks that differ: a mean of 13 of them is known to their spread / sqrt(13).
    mixed = pools(past_speed=np.r_[np.full(7, 0.8), np.full(6, 1.0)][None])
    seen = measure_throughput(mixed, play_output(mixed, none, 1), STARTS)
    assert seen.low is not None
    assert seen.high is not None
    assert seen.high - seen.low == pytest.approx(2 * 76 / 60 * 0.1 / 13**0.5 * 1.328, rel=0.5)
    alone = measure_throughput(asked, play_output(asked, none[:50], 1), STARTS)
    assert (alone.low, alone.high, alone.interval_text) == (None, None, "")


def test_what_is_not_on_record_of_the_demand_is_said() -> None:
    blind = pools(demand_doubt=np.array([np.nan]))
    kpi = measure_throughput(blind, play_output(blind, np.zeros((100, 1, WEEKS)), 1), STARTS)
    assert "how far that may be wrong is not on record" in kpi.note


def test_replications_of_output_do_not_depend_on_how_they_are_split() -> None:
    asked = pools(demand_doubt=np.array([0.1]), past_speed=np.linspace(0.8, 1.0, 13)[None])
    down = play_downtime(machine(seen=5.0), 3, 0, 60, 20)
    whole = play_output(asked, down, 3, 0, 20)
    part = play_output(asked, down[25:45], 3, 25, 20)
    for name in ("sustainable", "apparent", "weekly", "in_doubt", "enough"):
        assert np.array_equal(getattr(whole, name)[25:45], getattr(part, name))


def test_the_substance_that_a_plant_lives_off_is_told_where_it_is() -> None:
    """The pool that limits lives off nothing; the other one puts its care off and is not the limit yet."""
    two = pools(keys=texts("a", "b"), sites=texts("N", "N"), of_machine=np.array([0, 1], np.int32),
                open_hours=np.full((2, WEEKS), 80.0), care_hours=np.full((2, WEEKS), 8.0), backlog_hours=np.zeros(2),
                put_off_share=np.array([0.5, 0.0]), required_hours=np.array([40.0, 60.0]), past_speed=np.zeros((2, 0)),
                overtime_beyond=np.zeros(2), demand_doubt=np.zeros(2))  # fmt: skip
    kpi = measure_throughput(two, play_output(two, np.zeros((100, 2, WEEKS)), 1), STARTS)
    assert [(part.name, part.interval_text) for part in kpi.parts[1:3]] == [
        ("Apparent minus sustainable", ""), ("... where it is most", "10.0 to 10.0 %")
    ]  # fmt: skip
    assert "b at N, which limits it, lives off nothing" in kpi.parts[1].note
    assert kpi.parts[2].value == pytest.approx(4 / 40)
    assert "a at N" in kpi.parts[2].note


def test_nothing_asked_is_unknown() -> None:
    idle = pools(required=0.0)
    assert measure_throughput(idle, play_output(idle, np.zeros((20, 1, WEEKS)), 1), STARTS).text == "unknown"
    empty = pools()
    assert measure_throughput(empty, play_output(empty, np.zeros((0, 1, WEEKS)), 1), STARTS).text == "unknown"


def test_shortfall_is_the_mean_of_the_worst_tenth() -> None:
    assert expected_shortfall(np.arange(1, 101, dtype=float)) == pytest.approx(95.5)
    assert expected_shortfall(np.arange(1, 101, dtype=float), 0.0) == pytest.approx(50.5)
    # Of 25 losses the worst tenth is two and a half of them.
    assert expected_shortfall(np.arange(25, dtype=float)) == pytest.approx((24 + 23 + 0.5 * 22) / 2.5)
    assert expected_shortfall(np.array([3.0])) == 3.0
    with pytest.raises(ValueError, match="needs losses"):
        expected_shortfall(np.zeros(0))


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=50), st.floats(0, 0.95))
def test_shortfall_lies_between_mean_and_worst_and_grows_with_the_tail(losses: list[float], tail: float) -> None:
    values = np.array(losses)
    found = expected_shortfall(values, tail)
    assert values.mean() * (1 - 1e-9) - 1e-6 <= found <= values.max() * (1 + 1e-9) + 1e-6
    assert found <= expected_shortfall(values, min(tail + 0.04, 0.99)) + 1e-6 * (1 + found)


def test_exposure_is_hours_down_at_their_worth() -> None:
    down = play_downtime(machine(), 7, 0, 1000, 50)
    kpi = measure_reliability(machine(), down, 50, Backlog(60.0, 20.0, 15.0), STARTS, "EUR")
    losses = 100 * down.sum(axis=(1, 2))
    assert kpi.value == pytest.approx(expected_shortfall(losses))
    assert kpi.parts[0].value == pytest.approx(float(losses.mean()))
    assert (kpi.parts[2].value, kpi.parts[3].value) == (3.0, 12.0)
    assert kpi.fan is not None
    assert kpi.fan.p50[-1] == pytest.approx(float(np.median(losses)))
    nobody = measure_reliability(replace(machine(), worth=np.zeros(1)), down, 50, Backlog(5, 0, 1), STARTS, "EUR")
    assert (nobody.text, nobody.parts[2].text, nobody.parts[3].text) == ("unknown", "unknown", "unknown")


def test_concentration_is_the_certified_one() -> None:
    assert concentration_index([40, 30, 20, 10]) == pytest.approx(3000)
    assert concentration_index([5]) == pytest.approx(10_000)
    assert concentration_index([0, -3]) == 0.0


def test_the_worst_node_is_told_with_what_it_rests_on() -> None:
    nodes = [
        NodeLoss("supplier", "STEEL", "N", "Steel", 6000.0, 2000.0, 9000.0, 10.0, 4.0),
        NodeLoss("group", "PRESS", "N", "", 5000.0, 3000.0, 9500.0, 1.0, 0.0),
        NodeLoss("skill", "WELD", "N", "", 0.0, 0.0, 0.0, 2.0, 3.0),
    ]
    kpi = measure_risk(nodes, currency="EUR", weekly=1000.0, by_site={"N": 60.0, "S": 40.0}, by_supplier={},
                       skills={("N", "WELD"): 1}, basis="assumed")  # fmt: skip
    assert kpi.value == pytest.approx(6000)
    assert (kpi.low, kpi.high) == (3000.0, 9500.0), "the ends may be of different nodes"
    assert kpi.words == "Losing supplier Steel costs most: it is felt for 6.0 weeks"
    parts = {part.name: part.value for part in kpi.parts}
    assert parts["Least time to survive less time to recover"] == pytest.approx(-6)
    assert parts["Concentration on sites (HHI)"] == pytest.approx(5200)
    assert parts["Least bus factor"] == 1.0
    assert kpi.evidence[0].rows[0]["node"] == "Steel"
    nothing = measure_risk([], currency="EUR", weekly=0.0, by_site={}, by_supplier={}, skills={}, basis="")
    assert (nothing.text, nothing.parts) == ("unknown", ())
