"""Find how much of a late demand can be there in time, so that this part is delivered first.

Rules, so that nobody has to guess:

- What is there by the due time, of the supplies that serve the demand, can be delivered then.
- Of the next supply, if it is made here, as much more as its work gets done of until then: of the open hours of its
  machine between its start and its end, what is left after its setups counts evenly. That is rounded down to whole
  multiples of the item's lot rule (to whole units where there is none and the demand has whole units); less than the
  smallest lot is nothing.
- Where that turns out to be too much, half of it is tried, then none; where nothing can be there in time, half of the
  demand.
- To make a part of an order first takes one more setup of its operations: their machines' hours are its cost.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, NamedTuple

import polars as pl

from drumbeat.data.snapshot import Snapshot
from drumbeat.planning.changes import SplitDemand
from drumbeat.plant.list_open_hours import list_open_hours
from drumbeat.scheduling.plan_finitely import FinitePlan

ROUNDING = 1e-6


class Split(NamedTuple):
    """A part that could be delivered first: what to do, the change, its cost in words, and in money as far as known."""

    title: str
    change: SplitDemand
    cost: str
    money: float | None


def split_deliveries(snapshot: Snapshot, run: FinitePlan, now: dict[str, Any]) -> list[Split]:
    """Find parts of a late demand to be delivered first, the largest first.

    Parameters
    ----------
    snapshot, run
        The data, and the finite plan that was made of them.
    now
        The demand's row of `FinitePlan.deliveries`.

    Returns
    -------
    list of Split
        At most three; empty where the demand is never delivered, or is of one piece.
    """
    if now["delivered_at"] is None:
        return []
    due = max((now["due_at"] - run.plan.as_of).total_seconds(), 0.0) if now["due_at"] else 0.0
    mine = run.supplies.filter(pl.col("demand") == now["demand"])
    in_time = mine.filter(pl.col("there_seconds") <= due)
    there, item = float(in_time["quantity"].sum()), _find_item(snapshot, now["item"])
    late = mine.filter((pl.col("there_seconds") > due) & (pl.col("supply") != "")).head(1)
    tasks = run.schedule.tasks.filter(pl.col("order").is_in(late["supply"].implode())).drop_nulls("starts_at")
    setups = _list_setups(snapshot, tasks)
    more = _find_part(snapshot, run, late, tasks, float(setups["seconds"].sum()), due)
    steps = {there + _round_down(share, item, now["quantity"]): None for share in (more, more / 2, 0.0)}
    parts = [units for units in steps if ROUNDING < units < now["quantity"] - ROUNDING]
    if not parts:
        parts = [half for half in (_round_down(now["quantity"] / 2, item, now["quantity"]),) if half > 0]
    return [_tell(now, units, there, tasks, setups) for units in parts]


def _find_item(snapshot: Snapshot, code: str) -> dict[str, Any]:
    return snapshot["item"].filter(pl.col("code") == code).row(0, named=True)


def _round_down(units: float, item: dict[str, Any], whole: float) -> float:
    """Round units down to what the item's lot rule allows: multiples, and nothing below the smallest lot."""
    least = float(item["lot_minimum"] or 0.0)
    step = least if item["lot_rule"] == "fixed" else float(item["lot_multiple"] or 0.0)
    step = step or (1.0 if float(whole).is_integer() else 0.0)
    rounded = (units + ROUNDING) // step * step if step > 0 else units
    return rounded if rounded >= least - ROUNDING else 0.0


def _find_part(
    snapshot: Snapshot, run: FinitePlan, late: pl.DataFrame, tasks: pl.DataFrame, setup: float, due: float
) -> float:
    """Units of a late supply that its work, as it is scheduled, gets done of by the due time."""
    if not tasks.height:
        return 0.0
    moments = [*tasks["starts_at"], *tasks["ends_at"]]
    first, last = min(moments), max(moments)
    until = min(max(run.plan.as_of + timedelta(seconds=due), first), last)
    machines = tasks["resource"].drop_nulls().to_list()[-1:]
    whole, done = (_count_open(snapshot, machines, first, end) for end in (last, until))
    if whole <= setup:
        return 0.0
    share = max((done - setup) / (whole - setup), 0.0)
    return min(share * float(tasks["quantity"].to_list()[-1]), float(late["quantity"][0]))


def _count_open(snapshot: Snapshot, machines: list[str], start: datetime, end: datetime) -> float:
    """Seconds in which the last machine of an order is open; all of them where it follows no calendar, or is none."""
    rows = snapshot["resource"].filter(pl.col("code").is_in(machines) & pl.col("calendar").is_not_null())
    if not rows.height:
        return (end - start).total_seconds()
    frames = {name: snapshot[name] for name in ("calendar_shift", "calendar_exception", "site")}
    opened = list_open_hours(frames, rows.select("code", "site", "calendar"), start, end)
    length = pl.min_horizontal("ends_at", pl.lit(end)) - pl.max_horizontal("starts_at", pl.lit(start))
    return float(opened.select(length.dt.total_seconds().clip(0).sum()).item() or 0)


def _list_setups(snapshot: Snapshot, tasks: pl.DataFrame) -> pl.DataFrame:
    """Setups that the operations of tasks take, each on its machine: seconds, money (null = no price)."""
    minutes = pl.col("setup_minutes") + pl.col("lot_minutes")
    operations = snapshot["operation"].select(operation="code", seconds=minutes * 60.0)
    prices = snapshot["resource"].select(resource="code", price=pl.col("cost_per_hour").cast(pl.Float64))
    rows = tasks.join(operations, on="operation").join(prices, on="resource", how="left")
    price = pl.when(pl.col("price") > 0).then("price")
    return rows.select("seconds", money=price * pl.col("seconds") / 3600).filter(pl.col("seconds") > 0)


def _tell(now: dict[str, Any], units: float, there: float, tasks: pl.DataFrame, setups: pl.DataFrame) -> Split:
    title = f"Deliver {units:g} first, and {now['quantity'] - units:g} when they can be there"
    change = SplitDemand(now["demand"], units, now["delivered_at"])
    if units <= there + ROUNDING or not tasks.height or not setups.height:
        return Split(title, change, "One more delivery", None)
    hours, money = float(setups["seconds"].sum()) / 3600, None
    cost = f"One more delivery, and one more setup of {hours:,.1f} machine hours"
    if not setups["money"].null_count():
        money = float(setups["money"].sum())
        cost += f" for {money:,.0f}"
    return Split(title, change, cost, money)
