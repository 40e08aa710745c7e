"""Propose remedies for a demand that a finite plan delivers late; each is tried on the whole plan, machines and all.

Rules, so that nobody has to guess:

- What is tried follows from what the demand's time goes into (`FinitePlan.list_waits`): one more shift a week for the
  two machines that it waits for longest, another machine of their kind for its operations, the purchases that it
  waits for sooner or from somebody else, and as much of it first as can be there in time (`split_deliveries`).
- A remedy is what delivers the demand, or a part of it, earlier. The fewest late demands come first, then the fewest
  days late. Of parts, the largest that is in time is told; where none is, the largest.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

import numpy as np
import polars as pl

from drumbeat.basics.findings import Finding, InputError
from drumbeat.basics.progress import Progress, part_of, silent
from drumbeat.data.snapshot import Snapshot
from drumbeat.data.stored_change import StoredChange
from drumbeat.planning.changes import SECOND
from drumbeat.planning.find_hurries import hurry_order, hurry_receipt, is_earlier
from drumbeat.planning.narrow_remedies import Figures, find_sites
from drumbeat.plant.changes import AddShift, QualifyMachine
from drumbeat.plant.list_alternatives import list_alternatives
from drumbeat.scheduling.plan_finitely import FinitePlan, plan_finitely
from drumbeat.scheduling.split_deliveries import split_deliveries
from drumbeat.scheduling.try_overtime import count_hours, find_shift, sum_days

MACHINES = 2
MOST = 8
"""Remedies that are tried for one demand at most."""
_MACHINE = re.compile(r"^machine (.+?) behind order ")
_BOUGHT = re.compile(r"^material .+ from (?!order )(.+)$")
_MADE = re.compile(r"^material .+ from order (.+)$")


class Idea(NamedTuple):
    """Something to try: what it is for people, the change, what is known of its cost."""

    kind: str
    title: str
    change: StoredChange
    cost: str
    money: float | None


@dataclass(frozen=True)
class FiniteRemedy:
    """A change that has been tried on the finite plan.

    Parameters
    ----------
    kind
        overtime, alternate, purchase or split.
    title, cost
        What to do and what is known of its cost, for people.
    change
        The change, to be applied to the snapshot; it can be stored.
    money
        What it costs by the data; None = they do not say.
    worth
        Money of lateness that it saves over all demands; None = the company names no cost of a late hour.
    delivered_at
        When all of the demand is delivered then; None = never.
    is_cured
        Whether the demand, or its first part, is on time then.
    num_late, num_late_before, late_days, late_days_before
        Late demands, and the days that all are late together, with and without it.
    sites
        Codes of the sites that the change touches.
    by_site
        num_late, num_late_before, late_days, late_days_before and worth of each site.
    """

    kind: str
    title: str
    cost: str
    change: StoredChange
    money: float | None
    worth: float | None
    delivered_at: datetime | None
    is_cured: bool
    num_late: int
    num_late_before: int
    late_days: float
    late_days_before: float
    sites: tuple[str, ...]
    by_site: Figures

    def as_json(self) -> dict[str, Any]:
        """Return the remedy in plain values; `change` is read back by `restore_change`."""
        told = {name: getattr(self, name) for name in self.__dataclass_fields__}
        delivered = self.delivered_at.isoformat() if self.delivered_at else ""
        return told | {"change": self.change.to_json(), "delivered_at": delivered}


def propose_finite_remedies(
    snapshot: Snapshot, run: FinitePlan, demand: str, progress: Progress = silent
) -> list[FiniteRemedy]:
    """Propose remedies for a demand that comes late by a finite plan, and try each.

    Parameters
    ----------
    snapshot, run
        The data, and the finite plan that was made of them.
    demand
        Code of the demand.

    Returns
    -------
    list of FiniteRemedy
        At most `MOST`; empty where it is on time, or nothing that is known helps.

    Raises
    ------
    InputError
        When the plan has no such demand.
    """
    rows = run.deliveries.filter(pl.col("demand") == demand)
    if not rows.height:
        raise InputError(Finding("demand_line", "the demand is in the plan", "Name an open demand", value=demand))
    now = rows.row(0, named=True)
    if now["late_seconds"] == 0:
        return []
    splits = [Idea("split", *split) for split in split_deliveries(snapshot, run, now)]
    ideas = [*list(find_ideas(snapshot, run, now))[: MOST - len(splits)], *splits]
    tried: list[FiniteRemedy] = []
    for number, idea in enumerate(ideas):
        step = part_of(progress, number / len(ideas), (number + 1) / len(ideas))
        known = tried[-1] if tried and tried[-1].kind == idea.kind == "split" else None
        if known is not None and known.is_cured:
            break
        found = _try(snapshot, run, now, idea, step)
        if found is not None and (known is None or found.is_cured):
            tried = [*(one for one in tried if one is not known), found]
    return sorted(tried, key=lambda one: (one.num_late, one.late_days, not one.is_cured))


def find_ideas(snapshot: Snapshot, run: FinitePlan, now: dict[str, Any]) -> Iterator[Idea]:
    """Find what may help a late demand (a row of `FinitePlan.deliveries`), nearest to its cause first."""
    order = run.last_orders.get(now["demand"], "")
    waits = run.list_waits(order)
    yield from _find_purchases(snapshot, run, waits, order)
    own = {order, *(found[1] for wait in waits if (found := _MADE.match(wait["cause"])))}
    tasks = run.schedule.tasks.filter(pl.col("order").is_in(sorted(own))).drop_nulls("resource")
    calendars = dict(snapshot["resource"].select("code", "calendar").iter_rows())
    shifted: set[str] = set()
    for machine in _find_machines(waits, tasks):
        calendar = calendars.get(machine)
        if calendar is not None and calendar not in shifted and (shift := find_shift(snapshot, calendar)):
            shifted.add(calendar)
            yield Idea("overtime", _tell_shift(machine, shift), shift, "", None)
        yield from _find_alternates(snapshot, run, machine, tasks)


def _tell_shift(machine: str, shift: AddShift) -> str:
    hours = f"{shift.weekday.capitalize()} {shift.start:%H:%M}–{shift.end:%H:%M}"
    return f"One more shift for {machine}: {hours}, calendar {shift.calendar}"


def _find_machines(waits: list[dict[str, Any]], tasks: pl.DataFrame) -> list[str]:
    """Machines that a demand waits for longest, in their queue or for them to open."""
    seconds: Counter[str] = Counter()
    for wait in waits:
        if found := _MACHINE.match(wait["cause"]):
            seconds[found[1]] += wait["seconds"]
        elif wait["cause"] == "calendar":
            seconds.update(dict.fromkeys(tasks["resource"].to_list(), wait["seconds"]))
    return [machine for machine, _ in sorted(seconds.items(), key=lambda one: (-one[1], one[0]))[:MACHINES]]


def _find_alternates(snapshot: Snapshot, run: FinitePlan, machine: str, tasks: pl.DataFrame) -> Iterator[Idea]:
    """Another machine, the least busy of its kind, for the first operation that the demand has done on a machine."""
    listed = list_alternatives(snapshot)
    busy = run.schedule.tasks.drop_nulls("resource").group_by("resource").agg(work=pl.len())
    for operation in tasks.filter(pl.col("resource") == machine)["operation"].unique(maintain_order=True)[:1]:
        able = listed.filter(pl.col("operation") == operation)["resource"].to_list()
        alike = listed.filter(pl.col("operation").is_in(
            listed.filter(pl.col("resource") == machine)["operation"].unique().implode()
        )).select("resource", "site").unique()  # fmt: skip
        site = listed.filter(pl.col("operation") == operation)["site"].first()
        others = alike.filter((pl.col("site") == site) & ~pl.col("resource").is_in(able))
        others = others.join(busy, on="resource", how="left").with_columns(pl.col("work").fill_null(0))
        for other in others.sort("work", "resource")["resource"][:1]:
            title, change = f"Let {operation} run on {other} too", QualifyMachine(other, operation)
            yield Idea("alternate", title, change, "Qualifying it; the data name no cost", None)


def _find_purchases(snapshot: Snapshot, run: FinitePlan, waits: list[dict[str, Any]], order: str) -> Iterator[Idea]:
    """Hurry, or buy elsewhere, what the demand waits for from outside."""
    codes = [order] if order and not waits else []
    codes += [found[1] for wait in waits if (found := _BOUGHT.match(wait["cause"]))]
    for code in dict.fromkeys(codes):
        planned = (run.plan.orders["code"] == code).arg_true()
        receipts = np.flatnonzero(run.plan.problem.receipts.keys == code)
        if len(receipts):
            hurries = hurry_receipt(snapshot, run.plan, int(receipts[0]))
        else:
            hurries = hurry_order(snapshot, run.plan, int(planned[0])) if len(planned) else []
        yield from (Idea("purchase", *hurry) for hurry in hurries)


def _try(
    snapshot: Snapshot, run: FinitePlan, now: dict[str, Any], idea: Idea, progress: Progress
) -> FiniteRemedy | None:
    """Plan with the change; None where it cannot be made, or delivers nothing earlier."""
    try:
        after = plan_finitely(snapshot.apply([idea.change]), progress)  # type: ignore[list-item]
    except InputError:
        return None
    rows = after.deliveries.filter(pl.col("demand").is_in([now["demand"], now["demand"] + SECOND]))
    first = rows.filter(pl.col("demand") == now["demand"])["delivered_at"].to_list()
    if not first or not is_earlier(now["delivered_at"], first[0]):
        return None
    all_of_it = rows["delivered_at"].to_list()
    cost, money = _price(snapshot, after, idea)
    by_site = _weigh_by_site(snapshot, run, after)
    worths = [figures["worth"] for figures in by_site.values() if figures["worth"] is not None]
    return FiniteRemedy(
        idea.kind, idea.title, cost, idea.change, money, sum(worths) if worths else None,
        None if None in all_of_it else max(all_of_it), now["due_at"] is None or first[0] <= now["due_at"],
        after.num_late, run.num_late, sum_days(after), sum_days(run), find_sites(snapshot, idea.change), by_site,
    )  # fmt: skip


def _weigh_by_site(snapshot: Snapshot, run: FinitePlan, after: FinitePlan) -> dict[str, dict[str, float | None]]:
    """Late demands, the days that they are late and what the saved ones are worth, of each site."""
    rates = [float(rate) for rate in snapshot["company"]["late_hour_cost"].drop_nulls().to_list()]
    figures: dict[str, dict[str, float | None]] = {}
    for site in sorted({*run.deliveries["site"].to_list(), *after.deliveries["site"].to_list()}):
        late, days = [], []
        for plan in (after, run):
            seconds = plan.deliveries.filter(pl.col("site") == site)["late_seconds"]
            late.append(int((seconds.fill_null(1) > 0).sum()))
            days.append(float(seconds.fill_null(0).sum()) / 86_400)
        figures[site] = {
            "num_late": late[0], "num_late_before": late[1], "late_days": days[0], "late_days_before": days[1],
            "worth": rates[0] * (days[1] - days[0]) * 24 if rates and rates[0] > 0 else None,
        }  # fmt: skip
    return figures


def _price(snapshot: Snapshot, after: FinitePlan, idea: Idea) -> tuple[str, float | None]:
    """Say what a change costs: of overtime the machine hours that the new plan works in it."""
    if not isinstance(idea.change, AddShift):
        return idea.cost, idea.money
    hours, rates = count_hours(snapshot, after, idea.change), snapshot["company"]["overtime_hour_cost"].to_list()
    if not rates or not rates[0] or float(rates[0]) <= 0:
        return f"{hours:,.1f} machine hours of overtime", None
    return f"{hours * float(rates[0]):,.0f} for {hours:,.1f} machine hours of overtime", hours * float(rates[0])
