"""Which work there is: orders that exist and planned ones, as frames of jobs, tasks and links."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from drumbeat.basics.arrays import Int64s
from drumbeat.basics.findings import Finding, Findings
from drumbeat.data.snapshot import Snapshot
from drumbeat.planning.describe_plan import CALENDAR_SECONDS
from drumbeat.planning.engine.problem import BUY, MAKE
from drumbeat.planning.plan_run import PlanRun
from drumbeat.scheduling.compile_links import find_links
from drumbeat.scheduling.compile_routes import (
    choose_routings,
    expand_routes,
    expand_routings,
    list_operations,
    list_routes,
)

DAY_SECONDS = 86_400

LIVE = ("firm", "released", "started")
"""States of orders that are scheduled."""

JOB_COLUMNS = (
    "order", "item", "site", "routing", "quantity", "release_at", "due_at", "deadline_at", "budget", "priority",
)  # fmt: skip


@dataclass(frozen=True)
class Work:
    """What is to be scheduled.

    Parameters
    ----------
    jobs
        One row an order: the columns of `JOB_COLUMNS`, and is_move, source, lead_seconds and fence_seconds (of planned
        orders: before it, seconds after now, what is made may not be ready; 0 = at any time); transfers have no
        routing.
    tasks
        One row a task, sorted by job and sequence: task, job (row of `jobs`), order, item, site, operation, sequence,
        quantity (started, gross of yields), setup_minutes, run_minutes (of the whole task on a standard machine),
        capability, resource (the only one allowed, or null), family, can_pause, release_at, starts_at, state, is_fixed,
        skip_cost (null = it must be done), choice_group ("" = none), spends, route (the routing that a task belongs to
        where its order may be made by several, of which one is done; "" = it must be done or is a choice by itself).
    links
        As `find_links` returns them.
    """

    jobs: pl.DataFrame
    tasks: pl.DataFrame
    links: pl.DataFrame


def find_work(
    snapshot: Snapshot, planned: pl.DataFrame | None, findings: Findings, *, has_routes: bool = False
) -> Work:
    """Collect live orders and planned make and move orders, with their tasks and links.

    Orders without tasks get them from their routing; an order with neither is left out with a finding. What a plan puts
    together of a phantom is one task without a resource.

    Parameters
    ----------
    planned
        As `list_planned` returns it; None = no plan.
    has_routes
        Whether an order that names no routing gets the tasks of all that are preferred alike, to choose from; otherwise
        those of the first one.
    """
    wanted = _collect_jobs(snapshot, planned)
    jobs = choose_routings(snapshot, wanted)
    stored = _stored_tasks(snapshot, jobs)
    with_tasks = snapshot["task"].select("order").unique()
    rest = jobs.join(with_tasks, on="order", how="anti", maintain_order="left")
    routes = list_routes(snapshot, wanted if has_routes else wanted.clear())
    expanded = expand_routings(snapshot, rest.join(routes, on="order", how="anti", maintain_order="left"))
    routed = expand_routes(snapshot, rest.drop("routing").join(routes, on="order", maintain_order="left_right"))
    untimed = _untimed_tasks(rest.filter(pl.col("is_move") | _is_put_together(snapshot, planned)))
    tasks = pl.concat([stored, expanded, routed, untimed], how="diagonal_relaxed").with_columns(
        pl.col("choice_group", "route").fill_null(""), pl.col("spends").fill_null(0.0)
    )
    empty = jobs.join(tasks.select("order").unique(), on="order", how="anti", maintain_order="left")
    for row in empty.join(with_tasks, on="order", how="anti", maintain_order="left").head(50).iter_rows(named=True):
        rule = "an order that is scheduled has tasks, or its item a routing at its site with operations"
        remedy = "Add a routing with operations for this item at this site, or tasks to the order"
        findings.add(Finding("order", rule, remedy, value=row["order"], severity="warning"))
    jobs = jobs.join(tasks.select("order").unique(), on="order", how="semi", maintain_order="left")
    jobs = jobs.with_row_index("job")
    place = jobs.select("order", "job", *("item", "site"))
    tasks = tasks.join(place, on="order", how="left", maintain_order="left").with_columns(
        pl.col("job").cast(pl.Int64), pl.col("quantity").cast(pl.Float64)
    )
    tasks = tasks.sort("job", "sequence", "task", maintain_order=True).with_row_index("row")
    return Work(jobs.drop("job"), tasks.drop("row"), find_links(snapshot, tasks))


def _collect_jobs(snapshot: Snapshot, planned: pl.DataFrame | None) -> pl.DataFrame:
    promised = (
        snapshot["demand_line"]
        .filter(pl.col("order").is_not_null())
        .group_by("order", maintain_order=True)
        .agg(pl.col("due_at").min().alias("promised_at"))
    )
    orders = (
        snapshot["order"]
        .filter(pl.col("state").cast(pl.String).is_in(LIVE))
        .rename({"code": "order"})
        .join(promised, on="order", how="left", maintain_order="left")
        .with_columns(pl.coalesce("due_at", "promised_at").alias("due_at"), pl.lit(False).alias("is_move"))
        .select(
            *JOB_COLUMNS,
            "is_move",
            pl.lit(None, pl.String).alias("source"),
            pl.lit(None, pl.Int64).alias("lead_seconds"),
            pl.lit(0, pl.Int64).alias("fence_seconds"),
        )
    )
    if planned is None or planned.height == 0:
        return orders
    method = pl.col("method").cast(pl.String)
    opens = pl.lit(snapshot.as_of) + pl.duration(seconds="opens_seconds")
    fences = snapshot["item"].select(item="code", fence=(pl.col("frozen_days") * DAY_SECONDS).round())
    planned = planned.with_columns(pl.col("item").cast(pl.String)).join(fences, "item", "left", maintain_order="left")
    fence = pl.col("fence").clip(0, CALENDAR_SECONDS).fill_null(0.0).cast(pl.Int64)
    proposed = planned.filter(method.is_in(("make", "move")) | pl.col("is_sent")).select(
        pl.col("code").cast(pl.String).alias("order"),
        "item",
        pl.col("site").cast(pl.String),
        pl.when(pl.col("routing") != "").then("routing").alias("routing"),
        pl.col("quantity").cast(pl.Float64),
        pl.when(method != "make").then("start_at").when(pl.col("opens_seconds") > 0).then(opens).alias("release_at"),
        "due_at",
        pl.lit(None).cast(orders.schema["deadline_at"]).alias("deadline_at"),
        pl.lit(None).cast(orders.schema["budget"]).alias("budget"),
        pl.col("priority").cast(pl.Float64).fill_null(1.0),
        (method != "make").alias("is_move"),
        pl.when(method == "move").then(pl.col("source").cast(pl.String)).alias("source"),
        "lead_seconds",
        pl.when(method == "make").then(fence).otherwise(0).alias("fence_seconds"),
    )
    return pl.concat([orders, proposed], how="vertical_relaxed")


def list_planned(plan: PlanRun) -> pl.DataFrame:
    """List the planned orders, and after them what substitutes from stock bring and what is still to be sent for.

    Returns
    -------
    DataFrame
        The columns of `PlanRun.orders`, and routing (of what is made; "" = none is named), opens_seconds (how long
        after now the order may start at the earliest: the frozen fence, or the first day of its terms; 0 = at once),
        lead_seconds (how long it takes as planned) and is_sent (whether it is a purchase for which the supplier is sent
        the components; those that exist already but are still to be placed are among them).
    """
    orders, methods = plan.result.orders, plan.problem.methods
    # What no calendar reaches could not be written as a moment.
    opens = np.minimum(find_opening(plan), CALENDAR_SECONDS)
    coming, size = plan.list_coming(), plan.orders.height
    is_sent = (methods.kind == BUY) & (methods.taking == MAKE)
    routings = methods.routing_keys[orders.method] if len(methods.routing_keys) else np.full(size, "")
    known = coming.head(size).with_columns(
        pl.Series("routing", routings, dtype=pl.String),
        pl.Series("opens_seconds", opens, dtype=pl.Int64),
        pl.Series("lead_seconds", orders.need - orders.start, dtype=pl.Int64),
        pl.Series("is_sent", is_sent[orders.method], dtype=pl.Boolean),
    )
    rest = coming.slice(size)
    parts = [known, rest, _list_to_place(plan).cast({name: known.schema[name] for name in _TO_PLACE})]
    return pl.concat(parts, how="diagonal").with_columns(pl.col("is_sent").fill_null(False))


_TO_PLACE = ("code", "item", "site", "method", "quantity", "start_at", "due_at")


def _list_to_place(plan: PlanRun) -> pl.DataFrame:
    """Purchases that exist, of which a subcontractor must be sent the components when they are placed."""
    receipts = plan.problem.receipts
    rows = np.flatnonzero((receipts.kind == BUY) & (receipts.units_to_issue > 0))
    start, time = receipts.start[rows], np.maximum(receipts.time[rows], 0)
    places = plan.places[receipts.buffer[rows]].select("item", "site")
    begin = pl.lit(plan.as_of)
    return places.with_columns(
        pl.Series("code", [str(key) for key in receipts.keys[rows]], dtype=pl.String),
        pl.Series("quantity", receipts.quantity[rows], dtype=pl.Float64),
        pl.Series("lead_seconds", np.maximum(time - start, 0), dtype=pl.Int64),
        pl.Series("start", start, dtype=pl.Int64),
        pl.Series("time", time, dtype=pl.Int64),
        pl.lit("buy").alias("method"),
        pl.lit(0, pl.Int64).alias("opens_seconds"),
        pl.lit(True).alias("is_sent"),
    ).select(
        *("code", "item", "site", "method", "quantity", "lead_seconds", "opens_seconds", "is_sent"),
        (begin + pl.duration(seconds="start")).alias("start_at"),
        (begin + pl.duration(seconds="time")).alias("due_at"),
    )


def find_opening(plan: PlanRun) -> Int64s:
    """Seconds after now before which each planned order may not start, >= 0: its frozen fence or its terms."""
    return np.maximum(plan.problem.methods.valid_from[plan.result.orders.method], 0).astype(np.int64)


def list_kept_phantoms(snapshot: Snapshot, planned: pl.DataFrame | None) -> pl.DataFrame:
    """List where phantoms are taken from stock, as the plan takes them, before more are put together: item, site.

    Without a plan nobody puts together what then lacks: there phantoms are blown through everywhere.
    """
    phantoms = _phantoms(snapshot) if planned is not None else []
    stock = snapshot["stock"].filter(pl.col("item").is_in(phantoms) & (pl.col("quantity") > 0))
    return stock.select("item", "site").unique().sort("site", "item")


def _phantoms(snapshot: Snapshot) -> list[str]:
    return snapshot["item"].filter(pl.col("kind").cast(pl.String) == "phantom")["code"].to_list()


def _is_put_together(snapshot: Snapshot, planned: pl.DataFrame | None) -> pl.Expr:
    """Whether an order is of a phantom that nothing says how to make: only a plan asks for such orders."""
    phantoms = _phantoms(snapshot) if planned is not None else []
    timed = snapshot["operation"]["routing"].unique().implode()
    return pl.col("item").is_in(phantoms) & ~pl.col("routing").is_in(timed).fill_null(False)


def _stored_tasks(snapshot: Snapshot, jobs: pl.DataFrame) -> pl.DataFrame:
    """Take the tasks that live orders have; done and cancelled ones are left out, and alternatives to done ones."""
    gates = (
        snapshot["gate"]
        .filter((pl.col("decision").cast(pl.String) == "open") & pl.col("task").is_not_null())
        .group_by("task", maintain_order=True)
        .agg(pl.col("due_at").max().alias("gate_at"))
    )
    operations = list_operations(snapshot).select(
        "operation",
        pl.col("setup_minutes").alias("usual_setup"),
        pl.col("run_minutes").alias("unit_minutes"),
        "lot_minutes",
        "wait_minutes",
        "most_wait_minutes",
        pl.col("capability").alias("usual_capability"),
        "family",
        "can_pause",
    )
    usual_run = pl.col("lot_minutes").fill_null(0) + pl.col("unit_minutes").fill_null(0) * pl.col("quantity")
    return (
        snapshot["task"]
        .join(jobs.select("order"), on="order", how="semi", maintain_order="left")
        .join(_decided_choices(snapshot), on=["order", "choice_group"], how="anti", maintain_order="left")
        .filter(pl.col("state").cast(pl.String).is_in(("open", "started")))
        .join(operations, on="operation", how="left", maintain_order="left")
        .rename({"code": "task"})
        .join(gates, on="task", how="left", maintain_order="left")
        .select(
            "task",
            "order",
            "operation",
            "sequence",
            "quantity",
            pl.coalesce("setup_minutes", "usual_setup").fill_null(0.0).alias("setup_minutes"),
            pl.coalesce(pl.col("run_minutes"), usual_run).alias("run_minutes"),
            pl.col("unit_minutes").fill_null(0.0),
            pl.col("lot_minutes").fill_null(0.0),
            pl.col("wait_minutes").fill_null(0.0),
            "most_wait_minutes",
            pl.lit(0.0).alias("transfer_lot"),
            pl.when(pl.col("capability") == "")
            .then(pl.col("usual_capability"))
            .otherwise("capability")
            .fill_null("")
            .alias("capability"),
            "resource",
            pl.col("family").fill_null(""),
            pl.col("can_pause").fill_null(True),
            pl.col("gate_at").alias("release_at"),
            "starts_at",
            pl.col("state").cast(pl.String),
            "is_fixed",
            pl.lit(False).alias("is_expanded"),
            pl.col("skip_cost").cast(pl.Float64),
            "choice_group",
            pl.col("spends").cast(pl.Float64),
        )
    )


def _decided_choices(snapshot: Snapshot) -> pl.DataFrame:
    """Choices of which one task is done already: the others are not, any more."""
    is_done = (pl.col("state").cast(pl.String) == "done") & (pl.col("choice_group") != "")
    return snapshot["task"].filter(is_done).select("order", "choice_group")


def _untimed_tasks(jobs: pl.DataFrame) -> pl.DataFrame:
    """A transfer, a subcontractor's work or a phantom is one task without a resource that lasts as long as planned."""
    lasts = pl.col("lead_seconds") / 60.0
    return jobs.select(
        (pl.col("order") + "/10").alias("task"),
        "order",
        pl.lit(None, pl.String).alias("operation"),
        pl.lit(10, pl.Int64).alias("sequence"),
        "quantity",
        pl.lit(0.0).alias("setup_minutes"),
        pl.max_horizontal(lasts, 0.0).fill_null(0.0).alias("run_minutes"),
        pl.lit(0.0).alias("wait_minutes"),
        pl.lit("").alias("capability"),
        pl.lit("").alias("family"),
        pl.lit(True).alias("can_pause"),
        "release_at",
        pl.lit("open").alias("state"),
        pl.lit(False).alias("is_fixed"),
        pl.lit(False).alias("is_expanded"),
    )
