"""Compile what comes out beside an item when it is made: by-products and co-products."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl

from drumbeat.basics.findings import Finding, Findings, InputError
from drumbeat.data.snapshot import Snapshot
from drumbeat.planning.engine.find_levels import find_levels
from drumbeat.planning.engine.keep_plan import join_spans
from drumbeat.planning.engine.problem import MAKE, Outputs, Problem, Receipts
from drumbeat.planning.engine.result import Result

REMEDY = "It is left out of the plan; correct the by-product"


def list_outputs(snapshot: Snapshot, makes: pl.DataFrame) -> pl.DataFrame:
    """List the places of what comes out beside items where these are made: item, site."""
    return makes.join(snapshot["by_product"], on="item").select(item="product", site="site").unique()


def list_driven(snapshot: Snapshot, makes: pl.DataFrame, sourced: pl.DataFrame) -> pl.DataFrame:
    """List the places of co-products, for which more is made where they run short: item, site.

    Of items that come out beside each other, of which the data name no way to have any, the first is made by itself.

    Parameters
    ----------
    makes
        item, site: where something is made, as far as the data tell.
    sourced
        Methods that the data name.
    """
    rows = makes.join(snapshot["by_product"].filter("is_co_product"), on="item").select("item", "product", "site")
    had = set(sourced.select("item", "site").iter_rows())
    waiting: dict[tuple[str, str], set[tuple[str, str]]] = {}
    for item, product, site in rows.iter_rows():
        if (product, site) not in had:
            waiting.setdefault((product, site), set()).add((item, site))
    driven = []
    while waiting:
        found = [place for place, makers in waiting.items() if not makers <= waiting.keys()]
        driven += found
        for place in found or [min(waiting)]:
            del waiting[place]
    return pl.DataFrame(driven, schema={"item": pl.String, "site": pl.String}, orient="row")


def compile_outputs(
    snapshot: Snapshot, problem: Problem, places: pl.DataFrame, chosen: pl.DataFrame, findings: Findings
) -> Problem:
    """Add to a problem what comes out beside its orders, planned and under way.

    A phantom has no outputs and is none. A by-product that is needed for the item that it comes out beside, at any
    level, is left out with a finding: its stock still counts.

    Parameters
    ----------
    places
        item, site, buffer.
    chosen
        The methods, in the order of the problem.
    """
    if not snapshot["by_product"].height:
        return problem
    rows = _read_rows(snapshot, places, chosen, problem, findings)
    found = _build(problem, rows)
    try:
        find_levels(found)
    except InputError:
        rows = _leave_out_circles(problem, rows, findings)
        found = _build(problem, rows)
    return replace(found, receipts=_add_receipts(snapshot, problem.receipts, rows)) if rows.height else found


def _read_rows(
    snapshot: Snapshot, places: pl.DataFrame, chosen: pl.DataFrame, problem: Problem, findings: Findings
) -> pl.DataFrame:
    """Outputs by method: method, maker and product (buffers), per, drives, item, code of the product, routing."""
    methods = chosen.with_row_index("method").filter(pl.col("kind") == MAKE)
    methods = methods.join(places.select("buffer", "item", "site"), on="buffer")
    products = places.select(product="item", site="site", made="buffer")
    rows = (
        methods.select("method", "item", "site", maker="buffer", by="routing")
        .join(snapshot["by_product"], on="item")
        .filter(pl.col("routing").is_null() | (pl.col("routing") == pl.col("by")))
        .join(products, on=["product", "site"])
        .sort("method", "product")
    )
    is_phantom = pl.Series(problem.buffers.is_phantom)
    blown = pl.Series([bool(is_phantom[a] or is_phantom[b]) for a, b in rows.select("maker", "made").iter_rows()])
    for item in rows.filter(blown)["product"].unique().sort() if rows.height else []:
        findings.add(Finding("by_product", "a phantom neither has by-products nor is one", REMEDY, value=item,
                             severity="warning"))  # fmt: skip
    return rows.filter(~blown) if rows.height else rows


def _build(problem: Problem, rows: pl.DataFrame) -> Problem:
    outputs = Outputs(
        np.searchsorted(rows["method"].to_numpy(), np.arange(len(problem.methods.kind) + 1)).astype(np.int64),
        rows["made"].to_numpy().astype(np.int32),
        rows["quantity_per"].to_numpy().astype(np.float64),
        rows["is_co_product"].to_numpy().astype(np.bool_),
    )
    return replace(problem, outputs=outputs if rows.height else None)


def _leave_out_circles(problem: Problem, rows: pl.DataFrame, findings: Findings) -> pl.DataFrame:
    """Keep the outputs that lead in no circle with those kept before; name the others."""
    kept = rows.clear()
    for (item, product), group in rows.group_by("item", "product", maintain_order=True):
        tried = pl.concat([kept, group]).sort("method", "product")
        try:
            find_levels(_build(problem, tried))
            kept = tried
        except InputError:
            rule = "a by-product is not needed for the item that it comes out beside"
            findings.add(Finding("by_product", rule, REMEDY, value=f"{item} > {product}", severity="warning"))
    return kept


def _add_receipts(snapshot: Snapshot, receipts: Receipts, rows: pl.DataFrame) -> Receipts:
    """Add what comes out beside the production orders under way; it comes when they come."""
    routings = dict(snapshot["order"].select("code", "routing").iter_rows())
    beside: dict[int, dict[int, tuple[float, str | None]]] = {}
    for maker, made, per, routing in rows.select("maker", "made", "quantity_per", "routing").iter_rows():
        beside.setdefault(maker, {})[made] = (per, routing)
    leaders, buffers, units = [], [], []
    for at in np.flatnonzero(receipts.kind == MAKE).tolist():
        for made, (per, routing) in beside.get(int(receipts.buffer[at]), {}).items():
            if routing is None or routings.get(str(receipts.keys[at])) in {None, routing}:
                leaders.append(at)
                buffers.append(made)
                units.append(float(receipts.quantity[at]) * per)
    led, size = np.array(leaders, np.int64), len(receipts.time)
    none = np.zeros(len(led))
    return Receipts(
        keys=np.concatenate([receipts.keys, receipts.keys[led]]),
        kind=np.concatenate([receipts.kind, receipts.kind[led]]),
        buffer=np.concatenate([receipts.buffer, np.array(buffers, np.int32)]),
        quantity=np.concatenate([receipts.quantity, np.array(units)]),
        time=np.concatenate([receipts.time, receipts.time[led]]),
        is_movable=np.concatenate([receipts.is_movable, np.zeros(len(led), np.bool_)]),
        start=np.concatenate([receipts.start, receipts.start[led]]),
        units_to_issue=np.concatenate([receipts.units_to_issue, none]),
        source=np.concatenate([receipts.source, np.full(len(led), -1, np.int32)]),
        source_per=np.concatenate([receipts.source_per, none + 1]),
        leader=np.concatenate([np.arange(size), led]).astype(np.int32),
    )


def describe_outputs(
    snapshot: Snapshot, problem: Problem, result: Result, places: pl.DataFrame, orders: pl.DataFrame
) -> pl.DataFrame:
    """Describe what comes out beside planned orders, and what it bears of the cost of what they take.

    Parameters
    ----------
    places
        item, site, buffer.
    orders
        The planned orders: `PlanRun.orders`.

    Returns
    -------
    DataFrame
        order, item (made), product, site, quantity, ready_at, cost_share, cost (that share of the components at
        standard cost); no rows where nothing comes out.
    """
    costs = snapshot["item"].select(component="code", unit_cost=pl.col("cost").cast(pl.Float64))
    bills = (
        snapshot["bill_line"]
        .join(costs, on="component")
        .group_by("item")
        .agg(material=(pl.col("quantity_per") / (1 - pl.col("scrap")) * pl.col("unit_cost")).sum())
    )
    outputs, method = problem.outputs, result.orders.method
    made = product = np.zeros(0, np.int64)
    if outputs is not None:
        count = np.diff(outputs.ptr)[method]
        made = np.repeat(np.arange(len(method)), count)
        product = outputs.product[join_spans(outputs.ptr[method], count)].astype(np.int64)
    # What the plan counts on: not what another routing would bring, nor what was left out.
    return (
        orders[made.tolist()]
        .select("item", "site", "ready_at", units="quantity", order="code")
        .with_columns(places["item"][product.tolist()].alias("product"))
        .join(snapshot["by_product"], on=["item", "product"])
        .join(bills, on="item", how="left")
        .select(
            "order", "item", "product", "site", quantity=pl.col("units") * pl.col("quantity_per"), ready_at="ready_at",
            cost_share="cost_share", cost=pl.col("units") * pl.col("material").fill_null(0.0) * pl.col("cost_share"),
        )
        .sort("order", "product")
    )  # fmt: skip
