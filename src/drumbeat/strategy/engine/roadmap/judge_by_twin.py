"""Judge a short list of roadmaps by the twin, with the throughput model as a control variate.

The model screens thousands of roadmaps; the twin, which is dearer, has the last word on those that are left.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.special import stdtrit

from drumbeat.basics.arrays import Floats
from drumbeat.basics.intervals import Interval
from drumbeat.basics.parallel import run_blocks
from drumbeat.basics.progress import Progress, part_of, silent
from drumbeat.strategy.engine.roadmap.draw_futures import Futures
from drumbeat.strategy.engine.roadmap.evaluate import ThroughputModel, do_nothing
from drumbeat.strategy.engine.roadmap.improve import take_futures
from drumbeat.strategy.engine.roadmap.play_roadmaps import HALF, FloorBook, Played, TwinPlant, play_roadmaps
from drumbeat.strategy.engine.roadmap.problem import RoadmapProblem
from drumbeat.strategy.engine.roadmap.result import Roadmap, Worth
from drumbeat.twin.engine.select.result import Weighing
from drumbeat.twin.engine.select.weigh_choice import weigh_choice

HOPELESS = 0.002
"""A roadmap that is the best with a smaller probability is played in no more futures."""

FEWEST_FOR_SLOPE = 6
"""Futures from which the model's weight is estimated; with fewer it is one."""


@dataclass(frozen=True, slots=True)
class JudgeParams:
    """How long the twin plays.

    Parameters
    ----------
    step, most
        Futures that each round adds, >= 2; futures in all, >= `step`.
    tolerance
        It ends once choosing the best is expected to lose less than this share of the values' size; 0 = never.
    seed
        Of the plays' luck.
    cores
        Threads; 0 = all. The answer does not depend on them.

    Raises
    ------
    ValueError
        When one of them is out of its range.
    """

    step: int = 8
    most: int = 16
    tolerance: float = 0.01
    seed: int = 1
    cores: int = 1

    def __post_init__(self) -> None:
        if self.step < 2 or self.most < self.step or not 0 <= self.tolerance < 1:
            raise ValueError(f"the twin plays 2 futures or more a round, and a round or more: not {self}")


@dataclass(frozen=True, slots=True)
class TwinValue:
    """What the twin makes of one roadmap, against doing nothing.

    Parameters
    ----------
    value
        Expected net present value, with its 95 % interval.
    spread
        Values that futures have by the twin; shape (R,) of all futures in which the model judged.
    by_model
        Expected value by the throughput model in the same futures.
    futures
        In how many the twin played it.
    slope, share_explained
        What a unit of the model's margin is worth in the twin's; share of the twin's spread that the model explains.
    in_time, in_time_of_nothing
        Share of orders in time in the last year, with it and without.
    """

    value: Interval
    spread: Worth
    by_model: float
    futures: int
    slope: float
    share_explained: float
    in_time: float
    in_time_of_nothing: float


@dataclass(frozen=True, slots=True)
class Judgement:
    """Roadmaps as the twin judges them.

    Parameters
    ----------
    values
        One a roadmap, in the order given.
    weighing
        P(best), expected loss and differences of the roadmaps.
    agreement
        Spearman's rank correlation of model and twin; nan with fewer than 3 roadmaps.
    plays
        Periods of the plant that were played.
    """

    values: tuple[TwinValue, ...]
    weighing: Weighing
    agreement: float
    plays: int

    @property
    def best(self) -> int:
        """The roadmap with the highest expected value by the twin, of those played longest."""
        return self.weighing.best


@dataclass(frozen=True, slots=True)
class _Surrogate:
    """The model's side: value, and margin as the twin plays it, of each roadmap in each future, less doing nothing."""

    value: Floats
    margin: Floats


def judge_by_twin(
    problem: RoadmapProblem, plant: TwinPlant, roadmaps: Sequence[Roadmap], futures: Futures,
    params: JudgeParams | None = None, progress: Progress = silent,
) -> Judgement:  # fmt: skip
    """Play roadmaps on the twin, round after round, until it is clear enough which is best.

    A future's value is the model's, plus what the twin's margin differs from the model's. Both are found in the futures
    that the twin plays, and carried to all futures by regression on the model's margin (control variates, Lavenberg &
    Welch 1981). In the twin an initiative is in force or not; partial effects, ramps and standing machines while it is
    built come from the model.

    Parameters
    ----------
    problem, plant
        The plant as the model has it, and as the twin plays it.
    roadmaps
        The short list, at least one.
    futures
        All futures in which the model judges; the twin plays the first of them. At least `params.most`.
    params
        How long it plays; None = the defaults.
    progress
        Hears of floors that are made, and of every future; may raise `Cancelled`.
    """
    params = params or JudgeParams()
    tried = list(roadmaps)
    most = min(params.most, futures.count)
    progress(0.0, "reckoning with the throughput model")
    surrogate = _reckon(problem, tried, futures, params.cores)
    book, discount = FloorBook(plant), problem.discount()
    discount[-1] += problem.tail_worth()
    margins = [np.zeros(0) for _ in tried]
    in_time = [np.zeros((2, 0)) for _ in tried]
    nothing_in_time, left, done, plays = np.zeros((2, 0)), np.arange(len(tried)), 0, 0
    judged: Judgement | None = None
    while done < most and len(left):
        more = min(params.step, most - done)
        told = part_of(progress, done / most, (done + more) / most)
        played = _play(problem, book, [do_nothing(problem), *[tried[at] for at in left]], futures, done, more, params,
                       told)  # fmt: skip
        worth = played.margin @ discount
        counts = _count_last_year(problem, played)
        nothing_in_time = np.hstack([nothing_in_time, counts[0]])
        for row, at in enumerate(left.tolist(), 1):
            margins[at] = np.concatenate([margins[at], worth[row] - worth[0]])
            in_time[at] = np.hstack([in_time[at], counts[row]])
        done, plays = done + more, plays + played.plays
        judged = _conclude(surrogate, margins, in_time, nothing_in_time, plays, params.seed)
        if _is_clear(judged, params.tolerance):
            break
        left = np.array([at for at in left.tolist() if judged.weighing.probability_best[at] >= HOPELESS or at == 0])
    assert judged is not None
    return judged


def _is_clear(judged: Judgement, tolerance: float) -> bool:
    if tolerance <= 0:
        return False
    size = max(abs(one.value.value) for one in judged.values)
    return float(judged.weighing.expected_loss[judged.best]) <= tolerance * size


def _reckon(problem: RoadmapProblem, roadmaps: list[Roadmap], futures: Futures, cores: int) -> _Surrogate:
    """Value by the model as it is, and margins by the model with what the twin has: full effect or none, no ramp."""
    own = problem.initiatives
    plain = replace(own, share=(own.share >= HALF).astype(float), downtime=np.zeros_like(own.downtime))
    whole = replace(futures, effect=np.ones_like(futures.effect))
    model, rounded = ThroughputModel(problem, cores), ThroughputModel(replace(problem, initiatives=plain), cores)
    discount = problem.discount()
    discount[-1] += problem.tail_worth()
    tried = [do_nothing(problem), *roadmaps]
    values = model(tried, futures)
    margins = np.array([rounded.find_cash(one, whole).margin @ discount for one in tried])
    return _Surrogate(values[1:] - values[0], margins[1:] - margins[0])


def _play(
    problem: RoadmapProblem, book: FloorBook, roadmaps: list[Roadmap], futures: Futures, first: int, count: int,
    params: JudgeParams, progress: Progress,
) -> Played:  # fmt: skip
    """Play some futures, one a thread."""
    chosen = take_futures(futures, np.arange(first, first + count))
    book.prepare(problem, roadmaps, chosen, part_of(progress, 0.0, 0.5))

    def play(low: int, high: int) -> Played:
        some = take_futures(chosen, np.arange(low, high))
        return play_roadmaps(problem, book, roadmaps, some, first + low, params.seed)

    done = run_blocks(play, count, cores=params.cores, block=1, progress=part_of(progress, 0.5, 1.0),
                      message=f"playing the plant, futures {first + 1} to {first + count}")  # fmt: skip
    margin, orders, in_time = (
        np.concatenate([getattr(one, name) for one in done], axis=1) for name in ("margin", "orders", "in_time")
    )
    return Played(margin, orders, in_time, sum(one.plays for one in done))


def _count_last_year(problem: RoadmapProblem, played: Played) -> Floats:
    """Orders in time and orders finished in the last year; shape (D, 2, R)."""
    periods = max(1, min(problem.num_periods, round(52 / problem.weeks)))
    return np.stack([played.in_time[:, :, -periods:].sum(axis=2), played.orders[:, :, -periods:].sum(axis=2)], axis=1)


def _conclude(
    surrogate: _Surrogate, margins: list[Floats], in_time: list[Floats], nothing_in_time: Floats, plays: int, seed: int
) -> Judgement:
    values, rows = [], []
    for d, played in enumerate(margins):
        value, adjusted = _weigh(surrogate.value[d], surrogate.margin[d], played)
        same = nothing_in_time[:, : in_time[d].shape[1]]
        values.append(replace(value, in_time=_share(in_time[d]), in_time_of_nothing=_share(same)))
        rows.append(adjusted)
    longest = max(len(row) for row in rows)
    table = np.array([np.concatenate([row, np.full(longest - len(row), np.nan)]) for row in rows])
    agreement = float("nan")
    if len(values) > 2:
        agreement = _spearman([one.by_model for one in values], [one.value.value for one in values])
    return Judgement(tuple(values), weigh_choice(table, seed=seed), agreement, plays)


def _share(counts: Floats) -> float:
    return float(counts[0].sum() / counts[1].sum()) if counts[1].sum() else float("nan")


def _weigh(by_model: Floats, controls: Floats, played: Floats) -> tuple[TwinValue, Floats]:
    """Carry what the twin played to all futures; return the value, and one adjusted value a played future.

    Parameters
    ----------
    by_model, controls
        Shape (R,): the model's value, and its margin as the twin has it, in all futures.
    played
        Shape (n,): the twin's margin in the first n of them.
    """
    count = len(played)
    seen = controls[:count]
    slope, freedom = 1.0, count - 1
    if count >= FEWEST_FOR_SLOPE and seen.std() > 1e-9 * max(1.0, float(np.abs(controls).max())):
        slope, freedom = float(np.cov(seen, played)[0, 1] / seen.var(ddof=1)), count - 2
    rest = by_model - controls
    adjusted = played - slope * (seen - controls.mean()) + float(rest.mean())
    mean = float(adjusted.mean())
    residual = adjusted - mean
    variance = float(residual @ residual) / max(freedom, 1)
    everywhere = rest + slope * controls
    # The futures themselves are a sample, too.
    error = math.sqrt(variance / count + float(everywhere.var()) / len(everywhere))
    half = float(stdtrit(freedom, 0.975)) * error
    dealt = np.resize(residual, len(everywhere)) * math.sqrt(count / max(freedom, 1))
    spread = Worth(everywhere + (mean - float(everywhere.mean())) + dealt - float(dealt.mean()))
    total = float(((played - played.mean()) ** 2).sum())
    explained = 1.0 - float(residual @ residual) / total if total > 0 else 1.0
    nan = float("nan")
    told = TwinValue(
        Interval(mean, mean - half, mean + half), spread, float(by_model.mean()), count, slope, explained, nan, nan
    )
    return told, adjusted


def _spearman(first: Sequence[float], second: Sequence[float]) -> float:
    ranks = [np.argsort(np.argsort(one)) for one in (first, second)]
    return float(np.corrcoef(ranks[0], ranks[1])[0, 1])
