"""Solve plant problems with any rules at any size: serial generation, then its search and CP-SAT in windows."""

from __future__ import annotations

from collections.abc import Iterator

from drumbeat.basics.arrays import Floats
from drumbeat.basics.compiled import is_compiled
from drumbeat.scheduling.engine.check import check_schedule
from drumbeat.scheduling.engine.features import Features
from drumbeat.scheduling.engine.improve_windows import improve_windows
from drumbeat.scheduling.engine.plant.records import AIMS
from drumbeat.scheduling.engine.plant.search_plant import is_plant_ready, search_plant
from drumbeat.scheduling.engine.problem import Problem
from drumbeat.scheduling.engine.read_instance import make_shop_problem
from drumbeat.scheduling.engine.result import UNSCHEDULED
from drumbeat.scheduling.engine.search import Lane, Search, run_lanes
from drumbeat.scheduling.engine.serial.dispatch_batches import sweep_batches
from drumbeat.scheduling.engine.serial.dispatch_plainly import PlainPolicies, dispatch_plainly
from drumbeat.scheduling.engine.serial.lay_out_serial import Serial
from drumbeat.scheduling.engine.serial.make_genes import choose_base, list_keys, order_by_groups, rank_keys
from drumbeat.scheduling.engine.serial.search_serial import SECONDS_PER_TASK, Breeder, search_serial
from drumbeat.scheduling.engine.solve_exact import leave_unscheduled, refuse_infeasible, solve_exact, take_proof

RULES_SHARE, POLICIES_SHARE = 0.1, 0.3
"""Shares of the time until which rules, beyond the first, and other parameters of ATC are tried."""
MOST_WHOLE = 400
"""Tasks up to which CP-SAT has the whole problem in one lane, with the best schedule as a hint, before windows."""
MOST_IN_DOUBT = 3000
"""Likewise where some tasks have no place: it may find one, or prove that there is none."""
WHOLE_SHARE = 0.4
MOST_BESIDE = 200
"""Tasks up to which CP-SAT has a lane beside local search."""


def fits_serial(problem: Problem, features: Features) -> bool:
    """Whether a problem uses what dispatching does not honour."""
    has_hours = features.has_calendars or features.has_other_links
    return not features.is_dispatchable or (problem.setups.is_ahead and features.has_setups and has_hours)


def fits_timelines(features: Features) -> bool:
    """Whether timelines honour all that a problem uses: then local search moves single tasks in microseconds."""
    return features.aims <= set(AIMS) and not (
        features.has_skills
        or features.has_batches
        or features.has_campaigns
        or features.has_options
        or features.has_order_groups
        or features.has_tanks
        or features.has_budgets
    )


def is_serial_ready() -> bool:
    """Whether the kernels are compiled."""
    return is_compiled("drumbeat.scheduling.engine.serial.decode")


def warm_up_serial() -> None:
    """Have the kernels compiled, or loaded."""
    tiny = make_shop_problem([[[(0, 1)]], [[(0, 1)]]], 1)
    breeder = Breeder(Serial.of(tiny), *choose_base(tiny), 0)
    breeder.make(breeder.genes)


def solve_serial(search: Search) -> None:
    """Find a good schedule of any problem, whatever it uses.

    Where the kernels are not compiled yet, CP-SAT alone looks for it.

    Raises
    ------
    InputError
        Where it is proven that not all can be placed, with the facts that contradict each other.
    """
    if not search.is_ready:
        solve_exact(search)
        return
    problem = search.problem
    serial = Serial.of(problem)
    base, out = choose_base(problem)
    first = Breeder(serial, base, out, search.seed)
    sweep_rules(search, first)
    if first.schedule is None:
        nothing = leave_unscheduled(problem)
        first.start_from(nothing, first.measure(nothing))
        search.offer(nothing, "nothing placed")
    if problem.num_tasks < 2:
        return
    sweep_batches(search, first)
    _search_policies(search, first)

    def by_cpsat(lane: Lane) -> None:
        _ask_whole(lane)
        improve_windows(lane)
        if not lane.is_over():
            search_serial(lane, serial, first)

    def by_genes(lane: Lane) -> None:
        search_serial(lane, serial, first)

    def by_both(lane: Lane) -> None:
        search_serial(Lane(search, lane.number, min(lane.until, 0.5 * search.seconds)), serial, first)
        by_cpsat(lane)

    is_local = fits_timelines(search.features) and (is_plant_ready() or search.is_deterministic)
    if is_local and search.worth is not None and not search.worth.num_unscheduled:
        is_beside = search.workers > 1 and problem.num_tasks <= MOST_BESIDE
        search_plant(search, beside=(by_cpsat,) if is_beside else ())
    elif search.workers < 2 and not search.is_deterministic:
        run_lanes(search, by_both)
    else:
        run_lanes(search, by_genes, by_cpsat)


def solve_small(search: Search) -> None:
    """Solve by CP-SAT; what it cannot model or find no schedule of in time, by serial generation.

    Raises
    ------
    InputError
        Where it is proven that not all can be placed, with the facts that contradict each other.
    """
    solve_exact(search)
    if search.is_ready and search.worth is not None and search.worth.num_unscheduled:
        solve_serial(search)


def sweep_rules(search: Search, first: Breeder) -> None:
    """Place all by one rule after the other; the best is what the search begins with."""
    best_rank = None
    for name, key in _list_orders(first):
        if first.schedule is not None and search.is_over(RULES_SHARE * search.seconds):
            break
        rank = rank_keys(key)
        first.genes.rank[:] = rank
        schedule, cost = first.make(first.genes)
        search.count(SECONDS_PER_TASK * max(search.problem.num_tasks, 100))
        if best_rank is None or cost < first.cost:
            if check_schedule(search.problem, schedule):
                continue
            first.start_from(schedule, cost)
            best_rank = rank
            search.offer(schedule, name)
        search.tell(name)
    if best_rank is not None:
        first.genes.rank[:] = best_rank


def _has_due_times(problem: Problem) -> bool:
    """Whether it matters when orders are due: then ATC is worth asking."""
    aim = problem.objective
    return bool(aim.tardiness or aim.num_late or {"tardiness", "num_late"} & set(aim.order))


def _search_policies(search: Search, first: Breeder) -> None:
    """Search, in lanes, for parameters by which ATC orders the plain part best; `first` stands at the best then."""
    if not _has_due_times(search.problem) or not search.may_improve:
        return
    workers = max(min(search.workers, 2), 1)
    breeders = [Breeder(first.serial, first.base, first.out, search.seed, number) for number in range(workers)]

    def work(lane: Lane) -> None:
        PlainPolicies.of(lane, breeders[lane.number]).run(lane.number, workers)

    run_lanes(search, *[work] * workers, until=POLICIES_SHARE * search.seconds)
    if search.schedule is not None and first.measure(search.schedule) < first.cost:
        first.take_over(search.schedule)


def _list_orders(first: Breeder) -> Iterator[tuple[str, Floats]]:
    """Keys by which tasks may come, a simple one first, then those of dispatching if due dates count, then the rest."""
    serial = first.serial
    simple = list_keys(serial)
    yield simple[0]
    problem = serial.problem
    if _has_due_times(problem):
        for name, start in dispatch_plainly(problem, first.out):
            yield name, order_by_groups(serial, start)
    yield from simple[1:]


def _ask_whole(lane: Lane) -> None:
    """Let CP-SAT look at the whole of a problem that is not too large, and prove what it can."""
    from drumbeat.scheduling.engine.solve_cpsat import solve_cpsat

    search = lane.search
    if search.schedule is None or lane.is_over():
        return
    is_free = not search.is_deterministic
    is_whole = not (search.schedule.mode == UNSCHEDULED).any()
    if search.problem.num_tasks > (MOST_WHOLE if is_whole else MOST_IN_DOUBT):
        return
    is_summed = not search.problem.objective.order
    seconds = WHOLE_SHARE * search.seconds
    answer = solve_cpsat(
        search.problem,
        search.schedule if is_whole else None,
        seconds=seconds,
        seed=search.seed,
        workers=1,
        is_deterministic=search.is_deterministic,
        hear=(lambda schedule: lane.offer(schedule, "CP-SAT")) if is_free else None,
        hear_bound=search.raise_bound if is_free and is_summed else None,
        is_over=lane.is_over if is_free else None,
    )
    lane.count(seconds)
    if answer.is_infeasible and not is_whole:
        refuse_infeasible(search)
    if answer.schedule is not None:
        lane.offer(answer.schedule, "CP-SAT")
        if is_free:
            take_proof(search, answer)
