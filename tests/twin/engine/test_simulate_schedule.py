"""The simulation against closed forms, on any number of cores, and its intervals against the truth."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from drumbeat.basics.progress import Cancelled
from drumbeat.basics.streams import EXPONENTIAL, FIXED, GAMMA, LOGNORMAL, WEIBULL
from drumbeat.scheduling.engine.problem import FAR_FUTURE
from drumbeat.scheduling.engine.result import UNSCHEDULED
from drumbeat.twin.engine.add_failure import add_failure
from drumbeat.twin.engine.build_network import build_network
from drumbeat.twin.engine.problem import (
    ABSENT,
    RUN_TIME,
    SUPPLIER,
    Absences,
    Causes,
    Lateness,
    Scrap,
    make_certain,
)
from drumbeat.twin.engine.simulate_schedule import simulate_schedule
from tests.scheduling.make_problem import ResourceRow, TaskRow, make_problem
from tests.twin.engine.make_uncertainty import chain, texts, with_spread

HOUR = 3600


def simulated(problem, schedule, uncertainty, replications=4000, **options):
    options.setdefault("num_threats", 0)
    return simulate_schedule(build_network(problem, schedule), uncertainty, replications=replications, **options)


def mean_is(result, truth, sigma):
    """Within 4.5 standard errors, for the exact standard deviation of one job's end."""
    return result.jobs.mean_end[0] == pytest.approx(truth, abs=4.5 * sigma / np.sqrt(result.replications) + 1)


def test_a_sure_schedule_holds():
    problem, schedule = chain(HOUR, 2 * HOUR, due=3 * HOUR)
    result = simulated(problem, schedule, make_certain(problem), 10)
    assert result.probability_all.value == 1.0
    assert result.expected_on_time == (1.0, 1.0, 1.0)
    assert result.jobs.p50_end[0] == result.jobs.p95_end[0] == result.jobs.planned_end[0] == 3 * HOUR
    assert result.jobs.late_hours[0] == 0.0


def test_one_exponential_task():
    problem, schedule = chain(HOUR, due=HOUR)
    result = simulated(problem, schedule, with_spread(make_certain(problem), EXPONENTIAL, 1.0))
    assert mean_is(result, HOUR, HOUR)
    truth = 1 - np.exp(-1)
    assert result.jobs.probability_low[0] - 0.01 < truth < result.jobs.probability_high[0] + 0.01
    assert result.jobs.p95_end[0] == pytest.approx(HOUR * -np.log(0.05), rel=0.06)
    assert result.jobs.late_hours[0] == pytest.approx(np.exp(-1), rel=0.1)


@pytest.mark.parametrize(("law", "shape"), [(GAMMA, 2.0), (WEIBULL, 1.5), (LOGNORMAL, 0.5)])
def test_the_sum_of_two_tasks(law, shape):
    problem, schedule = chain(HOUR, 2 * HOUR)
    result = simulated(problem, schedule, with_spread(make_certain(problem), law, shape))
    cv = {GAMMA: 0.70711, WEIBULL: 0.67897, LOGNORMAL: np.sqrt(np.exp(0.25) - 1)}[law]
    assert mean_is(result, 3 * HOUR, HOUR * cv * np.sqrt(5))


def test_a_path_of_three_point_estimates():
    """PERT (5,8,17), (3,5,7), (4,6,8), (3,4,5): mean 24, variance 5, P(<= 28) = .9633, by gammas of those moments."""
    means, variances = [9, 5, 6, 4], [4, 16 / 36, 16 / 36, 4 / 36]
    problem, schedule = chain(*(mean * HOUR for mean in means), due=28 * HOUR)
    uncertainty = with_spread(make_certain(problem), GAMMA, 1.0)
    shapes = np.array([mean * mean / variance for mean, variance in zip(means, variances, strict=True)])
    uncertainty = replace(uncertainty, run_times=replace(uncertainty.run_times, shape=shapes))
    result = simulated(problem, schedule, uncertainty)
    assert mean_is(result, 24 * HOUR, np.sqrt(5) * HOUR)
    assert result.jobs.probability[0] == pytest.approx(0.9633, abs=0.02)  # the path is only nearly normal


@pytest.mark.parametrize("is_busy_clock", [True, False])
@pytest.mark.parametrize(("law", "shape"), [(EXPONENTIAL, 1.0), (WEIBULL, 2.0), (FIXED, 1.0)])
def test_availability_of_a_machine(is_busy_clock, law, shape):
    """MTBF 100, MTTR 10: 10 / 11 in busy time, and as much on the calendar's clock where it always works."""
    problem, schedule = chain(*([10 * HOUR] * 200))
    uncertainty = add_failure(
        make_certain(problem), key="F", resource=0, mean_seconds=100 * HOUR, repair_mean_seconds=10 * HOUR,
        is_busy_clock=is_busy_clock, distribution=law, shape=shape,
    )  # fmt: skip
    result = simulated(problem, schedule, uncertainty, 2000)
    availability = 2000 * HOUR / result.jobs.mean_end[0]
    assert availability == pytest.approx(0.90909, abs=0.0025)


def test_half_of_the_time_failures_on_the_calendars_clock_find_the_machine_closed():
    hours = [(24 * HOUR * day, 24 * HOUR * day + 12 * HOUR, 1) for day in range(200)]
    runs = [6 * HOUR] * 100
    problem, schedule = chain(*runs, calendar=hours)
    busy = make_certain(problem)
    ends = {
        clock: simulated(
            problem,
            schedule,
            add_failure(
                busy,
                key="F",
                resource=0,
                mean_seconds=200 * HOUR,
                repair_mean_seconds=HOUR,
                repair_distribution=FIXED,
                is_busy_clock=clock,
            ),
            500,
        ).jobs.mean_end[0]
        for clock in (True, False)
    }
    planned = simulated(problem, schedule, busy, 1).jobs.mean_end[0]
    # Busy: 3 failures in 600 h of work. Calendar: as many an hour, but half of them at night, where they cost little.
    assert ends[True] > planned
    assert ends[False] - planned == pytest.approx(ends[True] - planned, rel=0.35)


def test_a_machine_that_is_down_is_waited_for():
    problem, schedule = chain(HOUR)
    uncertainty = add_failure(
        make_certain(problem), key="F", resource=0, mean_seconds=1e9, repair_mean_seconds=2 * HOUR,
        repair_distribution=FIXED, is_down=True,
    )  # fmt: skip
    result = simulated(problem, schedule, uncertainty)
    assert mean_is(result, 2 * HOUR, 2 * HOUR / np.sqrt(12))  # what is left of a fixed repair is uniform


def test_a_late_supplier_and_one_that_is_overdue():
    task = TaskRow(0, [(HOUR, 0, [(0, 1)])], uses=[(0, -1.0)])
    problem = make_problem([task], [ResourceRow()], stock=[0.0], receipts=[(0, 10 * HOUR, 1.0)])
    schedule = chain(HOUR)[1]
    schedule = replace(schedule, start=np.array([10 * HOUR]), end=np.array([11 * HOUR]))
    causes = Causes(texts([SUPPLIER]), texts(["S"]))
    lateness = Lateness(
        np.zeros(1, np.int32), np.zeros(1, np.int64), np.array([[0.0, 8.0 * HOUR]]), np.zeros(1, np.int32)
    )
    late = replace(make_certain(problem), lateness=lateness, causes=causes)
    assert mean_is(simulated(problem, schedule, late), 15 * HOUR, 8 * HOUR / np.sqrt(12))
    overdue = replace(late, lateness=replace(lateness, already_late_seconds=np.array([4 * HOUR])))
    # Due 4 h ago and not there: 0 to 4 h from now, and 1 h of work.
    assert mean_is(simulated(problem, schedule, overdue), 3 * HOUR, 4 * HOUR / np.sqrt(12))


def test_the_only_person_on_a_shift():
    """Away with probability .3, day by day: the work waits a geometric number of days."""
    days = [(24 * HOUR * day, 24 * HOUR * day + 8 * HOUR, 1) for day in range(60)]
    problem, schedule = chain(HOUR, calendar=days)
    absences = Absences(np.zeros(1, np.int32), np.array([0.3]), np.ones(1), np.zeros(1, np.int32))
    causes = Causes(texts([ABSENT]), texts(["WELD"]))
    uncertainty = replace(make_certain(problem), absences=absences, causes=causes)
    result = simulated(problem, schedule, uncertainty, num_threats=5)
    assert mean_is(result, HOUR + 24 * HOUR * 0.3 / 0.7, 24 * HOUR * np.sqrt(0.3) / 0.7)
    sick = replace(uncertainty, absences=replace(absences, spell_days=np.array([5.0])))
    # An absence of 5 days on average: it is back with probability 1/5 a day. There before, it falls ill with a
    # probability that keeps the share of .3: .3 / .7 of 1/5.
    ill = 0.3 * (1 / 5) / 0.7
    assert mean_is(simulated(problem, schedule, sick, 8000), HOUR + 24 * HOUR * ill * 5, 24 * HOUR * 2.2)


def test_a_pool_that_can_spare_somebody_loses_nothing():
    days = [(24 * HOUR * day, 24 * HOUR * day + 8 * HOUR, 4) for day in range(60)]
    task = TaskRow(0, [(HOUR, 0, [(0, 1)])])
    problem = make_problem([task], [ResourceRow(0)], calendars=[days])
    absences = Absences(np.zeros(1, np.int32), np.array([0.3]), np.ones(1), np.full(1, -1, np.int32))
    result = simulated(problem, chain(HOUR)[1], replace(make_certain(problem), absences=absences))
    assert (result.jobs.p50_end[0], result.jobs.p95_end[0]) == (HOUR, HOUR)
    assert result.jobs.mean_end[0] == pytest.approx(HOUR + 24 * HOUR * 0.3**4 / (1 - 0.3**4), rel=0.25)


@pytest.mark.parametrize(("quantity", "share"), [(1, 0.2), (20, 0.05), (2000, 0.1)])
def test_scrapped_units_are_made_again(quantity, share):
    problem, schedule = chain(quantity * HOUR)
    one = np.ones(1)
    scrap = Scrap(one * quantity, one * share, one * 0, one * 0, np.full(1, -1, np.int32))
    result = simulated(problem, schedule, replace(make_certain(problem), scrap=scrap))
    made = stats.nbinom(quantity, 1 - share)
    assert mean_is(result, HOUR * (quantity + made.mean()), HOUR * made.std())
    allowed = replace(scrap, planned_share=one * share)
    result = simulated(problem, schedule, replace(make_certain(problem), scrap=allowed))
    assert mean_is(result, HOUR * quantity, HOUR * made.std())


def test_what_cannot_pause_runs_on_past_closing():
    hours = [(0, 8 * HOUR, 1), (24 * HOUR, 32 * HOUR, 1)]
    problem, schedule = chain(8 * HOUR, calendar=hours, can_pause=False)
    wrong = with_spread(make_certain(problem), FIXED, 1.0)
    longer = replace(wrong, run_times=replace(wrong.run_times, factor=np.array([1.25])))
    assert simulated(problem, schedule, longer, 1).jobs.p50_end[0] == 10 * HOUR
    problem, schedule = chain(8 * HOUR, calendar=hours)
    assert simulated(problem, schedule, longer, 1).jobs.p50_end[0] == 26 * HOUR


def shop_with_causes():
    """Two machines, six jobs of two tasks; spread on both, breakdowns on the first, a cause that touches nothing."""
    tasks = [TaskRow(j, [(HOUR * (1 + j % 3), 0, [(m, 1)])]) for j in range(6) for m in (0, 1)]
    problem = make_problem(
        tasks,
        [ResourceRow(), ResourceRow()],
        jobs=[(HOUR * (5 + 3 * j), 1.0, 0) for j in range(6)],
        links=[(2 * j, 2 * j + 1, 0, 0) for j in range(6)],
    )
    from drumbeat.scheduling.engine.dispatch import dispatch

    schedule = dispatch(problem)
    causes = Causes(texts([RUN_TIME, RUN_TIME, SUPPLIER]), texts(["R0", "R1", "NOBODY"]))
    uncertainty = with_spread(make_certain(problem), LOGNORMAL, 0.3)
    run_times = replace(uncertainty.run_times, cause=np.array([0, 1] * 6, dtype=np.int32))
    uncertainty = replace(uncertainty, run_times=run_times, causes=causes)
    uncertainty = add_failure(
        uncertainty, key="F", resource=0, mean_seconds=8 * HOUR, repair_mean_seconds=2 * HOUR, subject="R0"
    )
    return problem, schedule, uncertainty


def bits(result):
    jobs = result.jobs
    arrays = [jobs.num_on_time, jobs.mean_end, jobs.p50_end, jobs.p80_end, jobs.p95_end, jobs.late_hours]
    return [array.tolist() for array in arrays] + [result.threats, result.expected_on_time, result.num_operations]


def test_the_same_bits_on_any_number_of_cores():
    one, two, three = (simulated(*shop_with_causes(), 301, cores=n, num_threats=9) for n in (1, 2, 3))
    assert bits(one) == bits(two) == bits(three)
    assert bits(one) != bits(simulated(*shop_with_causes(), 301, seed=2, num_threats=9))


def test_more_replications_begin_with_the_same_ones():
    problem, schedule, uncertainty = shop_with_causes()
    few, many = (simulated(problem, schedule, uncertainty, n) for n in (1, 2))
    other = 2 * many.jobs.mean_end - few.jobs.mean_end
    assert np.allclose(many.jobs.mean_end, (few.jobs.mean_end + other) / 2)
    assert (np.minimum(few.jobs.p50_end, other) == many.jobs.p50_end).all()


def test_threats_are_ranked_and_their_losses_are_what_switching_off_gains():
    problem, schedule, uncertainty = shop_with_causes()
    result = simulated(problem, schedule, uncertainty, 1000, num_threats=9)
    assert {threat.subject for threat in result.threats} <= {"R0", "R1"}
    assert [threat.loss.value for threat in result.threats] == sorted(
        (t.loss.value for t in result.threats), reverse=True
    )
    breakdown = next(threat for threat in result.threats if threat.kind == "breakdown")
    without = simulated(problem, schedule, replace(uncertainty, failures=make_certain(problem).failures), 1000)
    assert breakdown.loss.value == pytest.approx(without.expected_on_time.value - result.expected_on_time.value)
    assert breakdown.loss.low < breakdown.loss.value < breakdown.loss.high
    gain = without.jobs.num_on_time - result.jobs.num_on_time
    assert gain[breakdown.worst_job] == gain.max()
    hours = result.jobs.late_hours.sum() - without.jobs.late_hours.sum()
    assert breakdown.late_hours == pytest.approx(hours)


def test_a_job_without_a_place_is_never_on_time():
    tasks = [
        TaskRow(0, [(HOUR, 0, [(0, 1)])]),
        TaskRow(1, [(HOUR, 0, [(0, 1)])], uses=[(0, -1.0)]),
        TaskRow(2, [(0, 0, [])]),
    ]
    problem = make_problem(
        tasks, [ResourceRow()], stock=[0.0], jobs=[(HOUR, 1.0, 0), (9 * HOUR, 1.0, 0), (FAR_FUTURE, 1.0, 0)]
    )
    from drumbeat.scheduling.engine.dispatch import dispatch

    result = simulated(problem, dispatch(problem), make_certain(problem), 5)
    assert result.jobs.probability.tolist() == [1.0, 0.0, 1.0]
    assert result.jobs.p95_end[1] == UNSCHEDULED
    assert result.expected_on_time.value == 0.5
    assert result.probability_all.value == 0.0


def test_nothing_to_simulate():
    problem = make_problem([], [ResourceRow()], jobs=[])
    schedule = replace(
        chain(1)[1], **{n: np.zeros(0, np.int64) for n in ("start", "setup_seconds", "end")}, mode=np.zeros(0, np.int32)
    )
    result = simulated(problem, schedule, make_certain(problem), 3, num_threats=3)
    assert (result.probability_all.value, result.threats) == (1.0, ())


def test_no_replications_and_cancelled():
    problem, schedule = chain(HOUR)
    with pytest.raises(ValueError, match="at least 1 replication"):
        simulated(problem, schedule, make_certain(problem), 0)

    def cancel(fraction, message):
        raise Cancelled

    with pytest.raises(Cancelled):
        simulated(problem, schedule, make_certain(problem), 10, progress=cancel)


def test_intervals_cover_the_truth():
    """P(exponential <= due) is known: of 300 seeds, about 95 % of the intervals hold it."""
    problem, schedule = chain(HOUR, due=2 * HOUR)
    network, uncertainty = build_network(problem, schedule), with_spread(make_certain(problem), EXPONENTIAL, 1.0)
    truth, covered = 1 - np.exp(-2), 0
    for seed in range(300):
        result = simulate_schedule(network, uncertainty, replications=200, seed=seed, num_threats=0)
        covered += result.jobs.probability_low[0] <= truth <= result.jobs.probability_high[0]
    assert 0.91 < covered / 300 < 0.985
