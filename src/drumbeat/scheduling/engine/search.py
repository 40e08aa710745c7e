"""A search under way: the best schedule so far, the clock, and who hears of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock, Thread
from time import perf_counter

from drumbeat.basics.progress import Progress, silent
from drumbeat.scheduling.engine.features import PARTS, Features, describe
from drumbeat.scheduling.engine.measure_worth import Meter
from drumbeat.scheduling.engine.problem import Problem
from drumbeat.scheduling.engine.result import Result, Schedule, Worth

ROUNDING = 1e-9
"""Share of the objective by which it may differ from its bound through rounding."""


def rank_worth(problem: Problem, worth: Worth) -> tuple[float, ...]:
    """Return what schedules are compared by, the smallest first: what has no place, then the objective or its parts
    in their order."""
    order = problem.objective.order
    parts = [float(getattr(worth, PARTS[name])) + worth.skip_cost for name in order] if order else [worth.objective]
    return (float(worth.num_unscheduled), *parts)


@dataclass
class Search:
    """The best so far, and the clock: shared by the methods and threads that look for a better one.

    In deterministic mode the clock does not run by itself: whoever works says how long that takes on an ordinary core
    (`Lane.count`), and lanes hear of each other's finds only when all have ended.

    Parameters
    ----------
    problem
        A problem without errors.
    seconds
        Of the search, > 0.
    seed
        Of whatever is drawn.
    workers
        Threads that may work at once, >= 1.
    is_deterministic
        Whether to count work instead of the clock.
    progress
        Hears how far it is; what it raises (`Cancelled`) ends the search.
    gap
        The search ends when the best is within this share of the bound.
    plateau
        The search ends when nothing better was found for so many seconds; 0 = never.
    is_ready
        Whether kernels that take minutes to compile are compiled, or may be now.
    tell_time
        Turns seconds from the horizon's start into words, for whoever says why nothing fits.
    """

    problem: Problem
    seconds: float
    seed: int = 0
    workers: int = 2
    is_deterministic: bool = False
    progress: Progress = silent
    gap: float = 0.0
    plateau: float = 0.0
    is_ready: bool = True
    tell_time: Callable[[int], str] = "{:,} s".format
    schedule: Schedule | None = None
    worth: Worth | None = None
    method: str = ""
    bound: float = 0.0
    curve: list[tuple[float, float]] = field(default_factory=list)
    is_stopped: bool = False
    features: Features = field(init=False)
    _meter: Meter = field(init=False)
    _is_settled: bool = False
    _counted: float = 0.0
    _began: float = field(default_factory=perf_counter)
    _lock: Lock = field(default_factory=Lock)

    def __post_init__(self) -> None:
        self.features = describe(self.problem)
        self._meter = Meter(self.problem)

    @property
    def spent(self) -> float:
        """Seconds since the start."""
        return self._counted if self.is_deterministic else perf_counter() - self._began

    @property
    def objective(self) -> float:
        """Best objective so far; infinite before the first schedule."""
        return float("inf") if self.worth is None else self.worth.objective

    @property
    def may_improve(self) -> bool:
        """Whether a better schedule is thinkable: the objective is above 0, or parts after its first one may be."""
        return self.objective > 0 or len(self.problem.objective.order) > 1

    @property
    def is_optimal(self) -> bool:
        """Whether the best is proven to be: all is placed, and the objective is its bound."""
        if self.worth is None or self.worth.num_unscheduled:
            return False
        if self.problem.objective.order:
            return self._is_settled
        return self.objective <= self.bound + ROUNDING * max(abs(self.bound), 1.0)

    def count(self, seconds: float) -> None:
        """Say how long a piece of work takes; only deterministic searches count it."""
        self._counted += seconds

    def is_over(self, until: float = float("inf")) -> bool:
        """Whether to stop: by time (at `until` seconds at the latest), by proof, gap or plateau, or on a wish."""
        if self.is_stopped or self.spent >= min(until, self.seconds):
            return True
        if self.worth is None or self.worth.num_unscheduled:
            return False
        is_near = not self.problem.objective.order and self.objective - self.bound <= self.gap * abs(self.objective)
        if self.is_optimal or is_near:
            return True
        return 0 < self.plateau < self.spent - (self.curve[-1][0] if self.curve else 0.0)

    def offer(self, schedule: Schedule, method: str) -> bool:
        """Take a schedule over when it is the best so far. The schedule must be feasible."""
        worth = self._meter.measure(schedule)
        with self._lock:
            if self.worth is not None and rank_worth(self.problem, worth) >= rank_worth(self.problem, self.worth):
                return False
            self.schedule, self.worth, self.method = schedule, worth, method
            self.curve.append((self.spent, worth.objective))
            return True

    def raise_bound(self, bound: float) -> None:
        """Take over a proven lower bound of the objective."""
        with self._lock:
            self.bound = max(self.bound, bound)

    def settle(self) -> None:
        """Say that the best so far is proven in the order of the objective's parts: no bound of a sum says that."""
        self._is_settled = True

    def tell(self, message: str) -> None:
        """Tell how far the time is; call from the thread that began the search."""
        self.progress(min(self.spent / self.seconds, 1.0) if self.seconds > 0 else 1.0, message)

    def result(self) -> Result:
        """Return the best, with its bound and its history."""
        assert self.schedule is not None
        assert self.worth is not None
        return Result(
            self.schedule,
            self.worth,
            min(self.bound, self.objective),
            self.is_optimal,
            self.method,
            tuple(self.curve),
        )


@dataclass
class Lane:
    """One thread's share of a search.

    Parameters
    ----------
    search
        The whole.
    number
        0 for the lane that runs in the calling thread; draw luck from (search.seed, number).
    until
        Seconds at which the lane ends.
    """

    search: Search
    number: int
    until: float
    _counted: float = 0.0
    _found: list[tuple[Schedule, str]] = field(default_factory=list)

    @property
    def spent(self) -> float:
        """Seconds since the search began, as this lane counts them."""
        return self.search.spent + (self._counted if self.search.is_deterministic else 0.0)

    def is_over(self) -> bool:
        """Whether to stop."""
        if self.search.is_deterministic:
            return self.search.is_stopped or self.search.spent + self._counted >= min(self.until, self.search.seconds)
        return self.search.is_over(self.until)

    def count(self, seconds: float) -> None:
        """Say how long a piece of work takes on an ordinary core; only deterministic searches count it."""
        self._counted += seconds

    def offer(self, schedule: Schedule, method: str) -> None:
        """Offer a feasible schedule: at once, or when all lanes have ended in a deterministic search."""
        if self.search.is_deterministic:
            self._found.append((schedule, method))
        else:
            self.search.offer(schedule, method)

    def tell(self, message: str) -> None:
        """Tell how far it is; only lane 0 is heard."""
        if self.number == 0:
            self.search.tell(message)


def run_lanes(search: Search, *work: Callable[[Lane], None], until: float = float("inf")) -> None:
    """Run each `work` in a lane of its own, at once, until all have ended.

    The first works in the calling thread. When one raises, the others are asked to stop, and the error passes.
    """
    lanes = [Lane(search, number, until) for number in range(len(work))]
    errors: list[BaseException] = []

    def run(lane: Lane, function: Callable[[Lane], None]) -> None:
        try:
            function(lane)
        except BaseException as error:
            search.is_stopped = True
            errors.append(error)

    threads = [Thread(target=run, args=pair) for pair in list(zip(lanes, work, strict=True))[1:]]
    for thread in threads:
        thread.start()
    run(lanes[0], work[0])
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]
    for lane in lanes:
        for schedule, method in lane._found:
            search.offer(schedule, method)
    search.count(max((lane._counted for lane in lanes), default=0.0))
