"""Try overtime where late demands of a finite plan wait: one more shift a week, what it cures and what it costs.

Rules, so that nobody has to guess:

- The machines tried are those for which most late demands wait longest, in their queue or for them to open, as far as
  they follow a calendar.
- The shift is like the calendar's first one, on the first day of Saturday, Sunday, Monday, ... on which none starts;
  a calendar with a shift on every day is left alone.
- Everything that follows the calendar gets the shift. Only the machine hours that the new plan uses in it are counted.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any

import numpy as np
import polars as pl

from drumbeat.basics.progress import Progress, part_of, silent
from drumbeat.data.snapshot import Snapshot
from drumbeat.plant.changes import AddShift
from drumbeat.plant.list_open_hours import list_open_hours
from drumbeat.scheduling.plan_finitely import FinitePlan, plan_finitely

DAYS = ("sat", "sun", "mon", "tue", "wed", "thu", "fri")
BEHIND = " behind order "
MOST = 3


@dataclass(frozen=True)
class OvertimeTrial:
    """Overtime that has been tried.

    Parameters
    ----------
    machine
        Code of the machine that it is for.
    change
        The shift.
    hours
        Machine hours that the plan uses in it.
    money
        What they cost more than others; None = the company names no cost of an hour of overtime.
    num_late, num_late_before
        Late demands with and without it.
    late_days, late_days_before
        Days that the demands are late, added up; what never comes is not counted.
    """

    machine: str
    change: AddShift
    hours: float
    money: float | None
    num_late: int
    num_late_before: int
    late_days: float
    late_days_before: float

    def as_json(self) -> dict[str, Any]:
        """Return the trial in plain values; `change` is read back by `restore_change`."""
        return asdict(self) | {"change": self.change.to_json()}


def try_overtime(snapshot: Snapshot, run: FinitePlan, progress: Progress = silent) -> list[OvertimeTrial]:
    """Try one more shift a week for each of the machines for which most late demands wait.

    Parameters
    ----------
    snapshot, run
        The data, and the finite plan that was made of them.

    Returns
    -------
    list of OvertimeTrial
        At most `MOST`, the fewest late demands first; empty where nobody waits for a machine that could open longer.
    """
    chosen = _choose_machines(snapshot, run)
    trials = []
    for number, (machine, change) in enumerate(chosen):
        step = part_of(progress, number / len(chosen), (number + 1) / len(chosen))
        after = plan_finitely(snapshot.apply([change]), step)
        hours = count_hours(snapshot, after, change)
        rate = snapshot["company"]["overtime_hour_cost"].drop_nulls().to_list()
        trials.append(
            OvertimeTrial(
                machine, change, hours, hours * float(rate[0]) if rate and float(rate[0]) > 0 else None,
                after.num_late, run.num_late, sum_days(after), sum_days(run),
            )
        )  # fmt: skip
    return sorted(trials, key=lambda trial: (trial.num_late, trial.late_days, trial.hours))


def _choose_machines(snapshot: Snapshot, run: FinitePlan) -> list[tuple[str, AddShift]]:
    """Machines for which most late demands wait, one of each calendar, each with the shift to try."""
    waits = _count_waits(run)
    calendars = dict(snapshot["resource"].select("code", "calendar").iter_rows())
    chosen: dict[str, tuple[str, AddShift]] = {}
    for machine, _ in sorted(waits.items(), key=lambda wait: (-wait[1], wait[0])):
        calendar = calendars.get(machine)
        change = find_shift(snapshot, calendar) if calendar and calendar not in chosen else None
        if change is not None and len(chosen) < MOST:
            chosen[str(calendar)] = (machine, change)
    return list(chosen.values())


def _count_waits(run: FinitePlan) -> Counter[str]:
    """Count the late demands that wait longest in a machine's queue, or for the machines of their order to open."""
    late = run.deliveries.filter(pl.col("late_seconds").fill_null(1) > 0)
    tasks = run.schedule.tasks.select("order", "resource").drop_nulls().unique()
    machines: dict[str, list[str]] = dict(tasks.group_by("order").agg("resource").iter_rows())
    waits: Counter[str] = Counter()
    for demand, reason in late.select("demand", "reason").iter_rows():
        if BEHIND in reason:
            waits[reason.partition(BEHIND)[0].partition(" ")[2]] += 1
        elif reason == "calendar":
            waits.update(machines.get(run.last_orders.get(demand, ""), []))
    return waits


def find_shift(snapshot: Snapshot, calendar: str) -> AddShift | None:
    """Return a shift like the first of a calendar, on the first free day; None where there is none, or no shift."""
    mine = snapshot["calendar_shift"].filter(pl.col("calendar") == calendar)
    shifts = mine.with_columns(pl.col("weekday").cast(pl.String)).sort("start")
    taken = set(shifts["weekday"])
    day = next((day for day in DAYS if day not in taken), None)
    if day is None or not shifts.height:
        return None
    first = shifts.row(0, named=True)
    return AddShift(calendar, day, first["start"], first["end"])


def count_hours(snapshot: Snapshot, after: FinitePlan, change: AddShift) -> float:
    """Machine hours that a plan works within the shift."""
    frames = {name: snapshot[name] for name in ("calendar_shift", "calendar_exception", "site")}
    only = {name: frame.clear() if name != "site" else frame for name, frame in frames.items()}
    shift = {**only, **change.apply_to(only)}
    followers = snapshot["resource"].filter(pl.col("calendar") == change.calendar).select("code", "site", "calendar")
    tasks = after.schedule.tasks.drop_nulls("starts_at").join(
        followers, left_on="resource", right_on="code", how="semi"
    )
    if not tasks.height:
        return 0.0
    end = max(tasks["ends_at"].to_list()) + timedelta(days=1)
    opened = list_open_hours(shift, followers, after.plan.as_of, end)
    seconds = 0.0
    for (machine,), rows in tasks.group_by("resource"):
        mine = opened.filter(pl.col("code") == machine)
        starts, ends = (rows[name].dt.epoch("s").to_numpy()[:, None] for name in ("starts_at", "ends_at"))
        first, last = (mine[name].dt.epoch("s").to_numpy()[None, :] for name in ("starts_at", "ends_at"))
        seconds += float(np.maximum(np.minimum(ends, last) - np.maximum(starts, first), 0).sum())
    return seconds / 3600


def sum_days(run: FinitePlan) -> float:
    """Days that the demands of a plan are late, added up; what never comes is not counted."""
    return float(run.deliveries["late_seconds"].fill_null(0).sum()) / 86_400
