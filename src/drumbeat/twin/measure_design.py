"""Play one design: plan it, schedule it, replay it on the luck that all designs share, and measure each replication."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from drumbeat.basics.arrays import Bools, Floats, Int64s
from drumbeat.basics.findings import Findings, InputError
from drumbeat.basics.progress import Progress, part_of, silent
from drumbeat.data.snapshot import Snapshot
from drumbeat.finance.convert_money import read_money
from drumbeat.planning.actions import make_plan
from drumbeat.scheduling.actions import ScheduleRun, make_schedule
from drumbeat.scheduling.engine.problem import FAR_FUTURE
from drumbeat.twin.actions import compile_network
from drumbeat.twin.engine.lay_out import lay_out
from drumbeat.twin.engine.problem import Network
from drumbeat.twin.engine.simulate_schedule import run_replications


@dataclass(frozen=True, slots=True)
class Kpi:
    """A figure that designs are compared by: one value a replication.

    Parameters
    ----------
    name, label
        For programs; for people.
    unit
        "%" for a share from 0 to 1, "h", "d", or "" for money.
    higher_is_better
        Whether more of it is better.
    """

    name: str
    label: str
    unit: str
    higher_is_better: bool


KPIS = (
    Kpi("on_time", "Orders on time", "%", True),
    Kpi("all_on_time", "Every order on time", "%", True),
    Kpi("late_hours", "Lateness of all orders", "h", False),
    Kpi("late_cost", "Cost of lateness", "", False),
    Kpi("last_end", "Last order done after", "d", False),
    Kpi("contribution", "Contribution of what is done in four weeks", "", True),
    Kpi("work_in_progress", "Money in work under way, mean of four weeks", "", False),
)
"""The first is what the choice is made by. Cost of lateness is nan where the company names no price of a late hour,
contribution where no item that is made has a price, money in work where none has a cost. Money is in the company's
currency."""

WINDOW_SECONDS = 28 * 86_400
"""Over so long money is counted: the same for all designs."""


@dataclass(frozen=True)
class Design:
    """A way to run the plant: the data as they are, or as a what-if makes them.

    Parameters
    ----------
    name
        For people; distinct within a comparison.
    snapshot
        Its production system; None when it cannot be made: then `findings` say why.
    findings
        What is wrong with it.
    code
        Code of the what-if that it is; "" = none.
    """

    name: str
    snapshot: Snapshot | None
    findings: Findings
    code: str = ""


@dataclass(frozen=True)
class Played:
    """What the replications of one design gave.

    Parameters
    ----------
    values
        KPI by replication, in the order of `KPIS`; shape (K, R).
    orders
        Row j = job j of its schedule: order, item, site, due_at, key (the same in other designs for what is the same
        order there), probability (on time), p80_end (hours from now until it is done in 80 % of the replications;
        null where a task of it has no place).
    on_time
        Whether each order was on time; shape (J, R).
    num_unplaced
        Orders with a task that has no place in the schedule: they are never on time.
    findings
        What was assumed on the way.
    """

    values: Floats
    orders: pl.DataFrame
    on_time: Bools
    num_unplaced: int
    findings: Findings


@dataclass(frozen=True, slots=True)
class Effort:
    """How much work goes into each design; the same for all, so that differences are due to the designs.

    Parameters
    ----------
    replications
        Plays of each schedule, >= 2.
    seconds
        What the search for a schedule may take, > 0; it counts work rather than the clock, so that equal data give
        equal schedules: a rough guess.
    seed
        Of all luck.
    cores
        Threads that replay; 0 = all. The answer is the same.
    cluster
        Address of a Dask scheduler whose workers replay instead; None = this machine.

    Raises
    ------
    ValueError
        Naming what is out of range.
    """

    replications: int = 1000
    seconds: float = 2.0
    seed: int = 1
    cores: int = 0
    cluster: str | None = None

    def __post_init__(self) -> None:
        if self.replications < 2 or not self.seconds > 0:
            rule = "a comparison takes 2 replications or more and above 0 seconds"
            raise ValueError(f"{rule}, not {self.replications} and {self.seconds}")


def play_design(snapshot: Snapshot, effort: Effort, progress: Progress = silent) -> Played:
    """Plan, schedule and replay one design.

    Raises
    ------
    InputError
        When it cannot be planned or scheduled.
    """
    plan = make_plan(snapshot, part_of(progress, 0.0, 0.1))
    schedule = make_schedule(
        snapshot, plan, seconds=effort.seconds, seed=effort.seed, workers=1, is_deterministic=True,
        waits_for_kernels=False, progress=part_of(progress, 0.1, 0.6),
    )  # fmt: skip
    network, uncertainty, findings = compile_network(snapshot, schedule)
    model = lay_out(network, uncertainty)
    ends = np.zeros((len(model.due), effort.replications), dtype=np.int64)
    count, late = run_replications(
        model, np.ones(model.num_causes + 1, dtype=bool), effort.replications, seed=effort.seed, cores=effort.cores,
        ends=ends, cluster=effort.cluster, progress=part_of(progress, 0.6, 1.0),
    )[1:]  # fmt: skip
    merged = Findings()
    for found in (plan.findings, schedule.findings, findings):
        merged.merge(found)
    is_placed = network.num_unplaced == 0
    on_time = (ends <= network.due[:, None]) & is_placed[:, None]
    return Played(
        values=_measure(snapshot, schedule, network, ends, count, late),
        orders=_tell_orders(snapshot, schedule, on_time, ends, is_placed),
        on_time=on_time,
        num_unplaced=int((~is_placed).sum()),
        findings=merged,
    )


def _measure(
    snapshot: Snapshot, schedule: ScheduleRun, network: Network, ends: Int64s, count: Int64s, late: Int64s
) -> Floats:
    """One row a KPI, one column a replication."""
    has_due, is_placed = network.due < FAR_FUTURE, network.num_unplaced == 0
    num_due, replications = int(has_due.sum()), ends.shape[1]
    share = count / num_due if num_due else np.ones(replications)
    last = ends[is_placed].max(axis=0) if is_placed.any() else np.zeros(replications)
    rates = snapshot["company"]["late_hour_cost"].drop_nulls().to_list()
    cost = np.full(replications, np.nan)
    if rates:
        weights = schedule.problem.jobs.weight
        cost = np.zeros(replications)
        for job in np.flatnonzero(has_due & is_placed):
            cost += np.maximum(ends[job] - network.due[job], 0) * (float(weights[job]) / 3600 * float(rates[0]))
    money = _measure_money(snapshot, schedule, np.where(is_placed[:, None], ends, FAR_FUTURE))
    return np.stack([share, (share == 1.0).astype(float), late / 3600, cost, last / 86_400, *money])


def _measure_money(snapshot: Snapshot, schedule: ScheduleRun, ends: Int64s) -> tuple[Floats, Floats]:
    """Contribution of the orders that are done in the window, and the money that orders hold while they are made.

    A unit earns its price less its standard cost; an order under way holds its standard cost, from its planned start to
    its end. What is made for stock or for other orders has no price, and earns nothing by itself.
    """
    money, _ = read_money(snapshot)
    worth = {site: money.of_site(site) for site in money.site_currency}
    values = snapshot["item"].select(pl.col("code").alias("item"), pl.col("price", "cost").cast(pl.Float64))
    start = (pl.col("starts_at") - pl.lit(schedule.horizon_start)).dt.total_seconds()
    rows = schedule.orders.select("item", "site", "quantity", start.alias("start")).join(
        values, on="item", how="left", maintain_order="left"
    )
    units = rows["quantity"].fill_null(0.0).to_numpy() * np.array([worth.get(site, 1.0) for site in rows["site"]])
    price, cost = (rows[name].fill_null(0.0).to_numpy() for name in ("price", "cost"))
    unknown = np.full(ends.shape[1], np.nan)
    earned = unknown if not (price > 0).any() else np.zeros(ends.shape[1])
    held = unknown if not (cost > 0).any() else np.zeros(ends.shape[1])
    begin = np.clip(rows["start"].fill_null(WINDOW_SECONDS).to_numpy(), 0, WINDOW_SECONDS)
    for job in np.flatnonzero(units > 0):
        if price[job] > 0:
            earned = earned + (ends[job] <= WINDOW_SECONDS) * (units[job] * (price[job] - cost[job]))
        if cost[job] > 0:
            under_way = np.clip(np.minimum(ends[job], WINDOW_SECONDS) - begin[job], 0, None) / WINDOW_SECONDS
            held = held + under_way * (units[job] * cost[job])
    return earned, held


def _tell_orders(
    snapshot: Snapshot, schedule: ScheduleRun, on_time: Bools, ends: Int64s, is_placed: Bools
) -> pl.DataFrame:
    """Name each order so that it is found again in another design, where proposals are numbered anew."""
    stored = pl.col("order").is_in(snapshot["order"]["code"].implode())
    place = max(int(np.ceil(0.8 * ends.shape[1])) - 1, 0)
    p80 = np.partition(ends, place, axis=1)[:, place] / 3600 if len(ends) else np.zeros(0)
    what = pl.concat_str(["item", "site", pl.col("due_at").cast(pl.String)], separator=" | ", ignore_nulls=True)
    orders = schedule.orders.select("order", "item", "site", "due_at").with_columns(
        what.alias("what"),
        pl.Series("probability", on_time.mean(axis=1) if len(on_time) else np.zeros(0)),
        pl.Series("p80_end", np.where(is_placed, p80, np.nan)).fill_nan(None),
    )
    turn = pl.col("order").cum_count().over("what").cast(pl.String)
    key = pl.when(stored).then(pl.col("order")).otherwise(pl.concat_str(["what", turn], separator=" #"))
    return orders.with_columns(key.alias("key")).drop("what")


def try_design(design: Design, effort: Effort, progress: Progress = silent) -> tuple[Played | None, Findings]:
    """Play a design; one that cannot be played gives None and the findings that stop it."""
    if design.snapshot is None or design.findings.has_errors:
        return None, design.findings
    try:
        played = play_design(design.snapshot, effort, progress)
    except InputError as error:
        return None, error.findings
    return played, design.findings
