"""Find the roadmaps worth choosing from, and what they are worth in futures that they were not made for."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from drumbeat.basics.arrays import Bools, Floats
from drumbeat.basics.intervals import Interval, paired_interval
from drumbeat.basics.progress import Progress, part_of, silent
from drumbeat.strategy.engine.roadmap.draw_futures import Futures, draw_futures, mean_future
from drumbeat.strategy.engine.roadmap.evaluate import ThroughputModel, do_nothing
from drumbeat.strategy.engine.roadmap.improve import improve, judge
from drumbeat.strategy.engine.roadmap.make_candidates import make_candidates, on_means, place_greedily
from drumbeat.strategy.engine.roadmap.place import keep_rules, list_rules
from drumbeat.strategy.engine.roadmap.problem import NEVER, RoadmapProblem
from drumbeat.strategy.engine.roadmap.result import Roadmap, Worth

CAUTIONS = (0.0, 0.3, 0.7, 1.0)
"""Weights of the worst tenth for which the front is looked for; 0 = the expected value alone."""


WIDER, WIDEST = 16, 16
"""The best are improved again in so many times as many other futures, and the choice is made in so many others."""


BEGINNINGS = 2
"""From so many of the best fixed, and of the best adaptive, roadmaps it goes on in more futures."""


@dataclass(frozen=True, slots=True)
class StudyParams:
    """How hard to look.

    Parameters
    ----------
    candidates
        Fixed roadmaps that are made and judged first, >= 1.
    futures, fresh_futures
        In how many futures roadmaps are made, and in how many others they are judged, >= 2.
    beginnings
        From how many of the best candidates to improve, >= 1.
    cautions
        Weights of the worst tenth for which the front is looked for, 0 to 1; the first is that of the chosen roadmap.
    seed
        Of all luck.
    cores
        Threads; 0 = all.

    Raises
    ------
    ValueError
        When one of them is out of its range.
    """

    candidates: int = 2000
    futures: int = 64
    fresh_futures: int = 1000
    beginnings: int = 2
    cautions: tuple[float, ...] = CAUTIONS
    seed: int = 1
    cores: int = 1

    def __post_init__(self) -> None:
        is_out = not self.cautions or min(self.cautions) < 0 or max(self.cautions) > 1
        if is_out or min(self.candidates, self.beginnings) < 1 or min(self.futures, self.fresh_futures) < 2:
            raise ValueError(
                f"a study has 1 or more candidates and beginnings, 2 or more futures, cautions of 0 to 1: not {self}"
            )


@dataclass(frozen=True, slots=True)
class Study:
    """Roadmaps to choose from, and their worth on the same fresh futures.

    Parameters
    ----------
    chosen
        The adaptive roadmap of the highest expected value.
    fixed
        The best one that does the same whatever happens.
    greedy, on_means
        What ranking business cases would do; what a plan on averages would do.
    front
        Roadmaps of which none is better than another in both expected value and worst tenth, the boldest first.
    worths
        Worth of each, by name: "chosen", "fixed", "greedy", "on_means", "unstaged", and "front 0" and so on.
    screened
        How many roadmaps were judged on the way.
    futures
        Those in which `worths` were found.
    """

    chosen: Roadmap
    fixed: Roadmap
    greedy: Roadmap
    on_means: Roadmap
    front: tuple[Roadmap, ...]
    worths: dict[str, Worth]
    screened: int
    futures: Futures

    def gain(self, name: str, over: str, confidence: float = 0.95) -> Interval:
        """Return by how much one roadmap is worth more than another, paired on the same futures, with its interval."""
        return paired_interval(self.worths[name].values, self.worths[over].values, confidence)


def study_roadmaps(problem: RoadmapProblem, params: StudyParams | None = None, progress: Progress = silent) -> Study:
    """Find the roadmaps worth choosing from.

    Thousands of candidates are judged by the throughput model on common random numbers; the best, the greedy one and
    the one on means are improved, first as fixed roadmaps, then with decisions that depend on how demand goes, for
    several weights of the worst tenth. The best are improved again in more futures, and the choice is made in others.
    What comes out is judged on fresh futures.

    Parameters
    ----------
    problem
        What can be done.
    params
        How hard to look; None = the defaults.
    progress
        Hears of each step.

    Returns
    -------
    Study
        Without initiatives, all roadmaps are that of doing nothing.
    """
    params = params or StudyParams()
    model = ThroughputModel(problem, params.cores)
    futures = draw_futures(problem, params.futures, params.seed)
    base = model([do_nothing(problem)], futures)[0]
    progress(0.0, "judging candidates")
    candidates = make_candidates(problem, params.candidates, params.seed)
    values = model(candidates, futures, part_of(progress, 0.05, 0.2)) - base
    progress(0.2, "planning on averages")
    greedy, averages = place_greedily(problem), plan_on_means(problem, params.cores)
    best = np.argsort(-values.mean(axis=1), kind="stable")[: params.beginnings]
    begin = [greedy, averages, *[candidates[at] for at in best]]
    fixed_ones = [
        improve(
            problem, model, futures, base, one, is_adaptive=False, progress=_step(progress, 0.25, 0.2, n, len(begin))
        )
        for n, one in enumerate(begin)
    ]
    fixed = _best(model, fixed_ones, futures, base, 0.0)
    front = []
    for number, caution in enumerate(params.cautions):
        first = _best(model, [*fixed_ones, *front, *candidates[:1]], futures, base, caution)
        told = _step(progress, 0.45, 0.25, number, len(params.cautions))
        front.append(improve(problem, model, futures, base, first, caution=caution, progress=told))
    usual = [greedy, averages, candidates[0]]
    chosen, fixed = _choose(problem, params, model, [*front, fixed, *usual], [*fixed_ones, *usual], progress)
    progress(0.9, "judging in fresh futures")
    found = _find_front(model, [chosen, *front, fixed], candidates, values, futures, base)
    return _judge_afresh(problem, params, model, replace(chosen, name="Chosen"), fixed, greedy, averages, found,
                         len(candidates))  # fmt: skip


def choice_futures(problem: RoadmapProblem, params: StudyParams) -> Futures:
    """Return the futures in which the choice is made: others than those in which roadmaps were improved."""
    return draw_futures(problem, WIDEST * params.futures, params.seed + 500_009)


def _choose(
    problem: RoadmapProblem, params: StudyParams, model: ThroughputModel, adaptive: list[Roadmap],
    fixed: list[Roadmap], progress: Progress,
) -> tuple[Roadmap, Roadmap]:  # fmt: skip
    """Improve the best in more futures, and choose in others: what was lucky in the first few does not stand.

    Improving goes from several beginnings, each to its own end: where one gets stuck another goes on.
    """
    wide = draw_futures(problem, WIDER * params.futures, params.seed + 250_007)
    base = model([do_nothing(problem)], wide)[0]

    def improve_each(begin: list[Roadmap], is_adaptive: bool, told: Progress) -> list[Roadmap]:
        different = list({one.key(): one for one in begin}.values())
        return [
            improve(problem, model, wide, base, one, is_adaptive=is_adaptive,
                    progress=_step(told, 0.0, 1.0, number, len(different)))
            for number, one in enumerate(different)
        ]  # fmt: skip

    begin = _best_few(model, fixed, wide, base, BEGINNINGS)
    still = improve_each(begin, is_adaptive=False, told=part_of(progress, 0.7, 0.78))
    begin = [*still, *_best_few(model, adaptive, wide, base, BEGINNINGS)]
    last = improve_each(begin, is_adaptive=True, told=part_of(progress, 0.78, 0.9))
    others = choice_futures(problem, params)
    base = model([do_nothing(problem)], others)[0]
    same = _best(model, [*still, *fixed], others, base, 0.0)
    return _best(model, [*last, *adaptive, same], others, base, 0.0), same


def _best_few(model: ThroughputModel, tried: list[Roadmap], futures: Futures, base: Floats, most: int) -> list[Roadmap]:
    """Different roadmaps of the highest expected value, the best first."""
    different = list({one.key(): one for one in tried}.values())
    order = np.argsort(-judge(model(different, futures) - base, 0.0), kind="stable")
    return [different[at] for at in order[:most].tolist()]


def fresh_futures(problem: RoadmapProblem, params: StudyParams) -> Futures:
    """Return the futures in which roadmaps are judged: none was made or chosen for them."""
    return draw_futures(problem, params.fresh_futures, params.seed + 1_000_003)


def plan_on_means(problem: RoadmapProblem, cores: int = 1) -> Roadmap:
    """Return the fixed roadmap that is best if everything turns out as its mean; its rules are those of every way."""
    mean = on_means(problem)
    model, future = ThroughputModel(mean, cores), mean_future(mean)
    base = model([do_nothing(mean)], future)[0]
    tried = make_candidates(mean, 300, seed=0)
    values = model(tried, future)[:, 0]
    first = [tried[at] for at in np.argsort(-values, kind="stable")[:3]]
    ends = [improve(mean, model, future, base, one, is_adaptive=False) for one in [*first, place_greedily(mean)]]
    best = _best(model, ends, future, base, 0.0)
    return Roadmap.fixed(best.starts[0], problem.num_ways, "Plan on averages")


def _step(progress: Progress, start: float, width: float, number: int, count: int) -> Progress:
    return part_of(progress, start + width * number / count, start + width * (number + 1) / count)


def _best(model: ThroughputModel, tried: list[Roadmap], futures: Futures, base: Floats, caution: float) -> Roadmap:
    return tried[int(np.argmax(judge(model(tried, futures) - base, caution)))]


def _find_front(
    model: ThroughputModel, improved: list[Roadmap], candidates: list[Roadmap], values: Floats, futures: Futures,
    base: Floats,
) -> list[Roadmap]:  # fmt: skip
    """Those that none beats in both expected value and worst tenth, of all that were judged; the boldest first."""
    told = {one.key(): one for one in [*improved, *candidates]}
    unique = list(told.values())
    known = {one.key(): row for one, row in zip(candidates, values, strict=True)}
    rows = np.array([known[key] if key in known else model([one], futures)[0] - base for key, one in told.items()])
    means, worst = judge(rows, 0.0), judge(rows, 1.0)
    order = np.lexsort((-worst, -means))
    front: list[Roadmap] = []
    least = -np.inf
    for at in order.tolist():
        if worst[at] > least + 1e-9 * max(1.0, abs(worst[at])):
            front.append(unique[at])
            least = worst[at]
    return front


def unstage(futures: Futures) -> Futures:
    """Return the futures in which nothing is stopped at a gate: what would have failed there fails at the end."""
    return replace(futures, failed_gate=np.full_like(futures.failed_gate, -1), works=futures.works
                   & (futures.failed_gate < 0))  # fmt: skip


def _judge_afresh(
    problem: RoadmapProblem, params: StudyParams, model: ThroughputModel, chosen: Roadmap, fixed: Roadmap,
    greedy: Roadmap, averages: Roadmap, front: list[Roadmap], screened: int,
) -> Study:  # fmt: skip
    fresh = fresh_futures(problem, params)
    named = {"chosen": chosen, "fixed": fixed, "greedy": greedy, "on_means": averages}
    named |= {f"front {number}": one for number, one in enumerate(front)}
    base = model([do_nothing(problem)], fresh)[0]
    values = model(list(named.values()), fresh) - base
    worths = {name: Worth(row) for name, row in zip(named, values, strict=True)}
    plain = replace(chosen, stops=np.full_like(chosen.stops, NEVER))
    if bool(keep_all(problem, plain).all()):
        worths["unstaged"] = Worth(model([plain], unstage(fresh))[0] - base)
    return Study(chosen, replace(fixed, name="Fixed"), greedy, averages, tuple(front), worths, screened, fresh)


def keep_all(problem: RoadmapProblem, roadmap: Roadmap) -> Bools:
    """Say in which ways a roadmap keeps the rules; shape (L,)."""
    return keep_rules(list_rules(problem), roadmap.starts, roadmap.stops)
