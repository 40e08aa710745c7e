"""Ask CP-SAT in one lane for a better schedule and a proof, while other lanes go on."""

from __future__ import annotations

from drumbeat.scheduling.engine.result import Schedule
from drumbeat.scheduling.engine.search import Lane


def ask_cpsat(lane: Lane, seconds: float) -> Schedule | None:
    """Start CP-SAT from the best schedule so far; offer what it finds, and take its bounds over as they come.

    Parameters
    ----------
    lane
        Of a search that has a schedule.
    seconds
        At most; it also ends with the lane.

    Returns
    -------
    Schedule
        Its best; None where it found none.
    """
    from drumbeat.scheduling.engine.solve_cpsat import solve_cpsat

    search = lane.search
    is_free = not search.is_deterministic
    answer = solve_cpsat(
        search.problem,
        search.schedule,
        seconds=seconds,
        seed=search.seed,
        workers=1,
        is_deterministic=search.is_deterministic,
        hear=(lambda schedule: lane.offer(schedule, "CP-SAT")) if is_free else None,
        hear_bound=search.raise_bound if is_free else None,
        is_over=lane.is_over if is_free else None,
    )
    lane.count(seconds)
    if answer.schedule is None:
        return None
    lane.offer(answer.schedule, "CP-SAT")
    search.raise_bound(answer.bound)
    return answer.schedule
