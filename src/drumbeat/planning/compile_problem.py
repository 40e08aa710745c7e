"""Compile a snapshot into a planning problem.

Rules, so that nobody has to guess:

- Demand: every open order and forecast counts, side by side; a forecast whose day is over does not. Importance is
  the line's times the customer's.
- Supply: open purchase orders (what has not been received yet) and production orders that are firm, released or
  started. Planned ones are made anew by this plan. An order's quantity is the good units it brings; components
  are taken for that divided by the yield of its routing. Firm and released orders still take theirs, at their
  release (or at their due date less the lead time); started ones, and those with a task begun, have taken them.
  A transfer that is ordered for a moment after now is still to leave its sender; so are the components that a
  subcontractor is sent for a purchase order of such a moment.
- Fences: within an item's frozen days no planned order arrives, and none on its way is moved; within its forecast
  fence only customers' orders count. Orders that are frozen are never moved.
- A phantom's stock is used up first; where it has none, what it consists of is needed in its stead.
- A supplier with the code of a site stands for transfers from that site.
- Days are the site's; its UTC offset is that of the snapshot's moment.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import polars as pl

from drumbeat.basics.findings import Finding, Findings, InputError
from drumbeat.data.snapshot import Snapshot
from drumbeat.planning.compile_flows import compile_flows
from drumbeat.planning.compile_outputs import compile_outputs, list_driven, list_outputs
from drumbeat.planning.compile_rules import LONGEST_PERIOD, compile_rules
from drumbeat.planning.compile_substitutes import list_stand_ins, replace_used_up
from drumbeat.planning.compile_supply import UNDER_WAY, compile_receipts
from drumbeat.planning.engine.find_extremes import find_extremes
from drumbeat.planning.engine.find_levels import find_circle, find_levels
from drumbeat.planning.engine.problem import MAKE, MOVE, Bills, Buffers, Demands, Methods, PlanParams, Problem
from drumbeat.planning.list_methods import COLUMNS, DAY, PLACE, Clock, list_assumed, list_sourced

MADE = ["make", "deliverable", "phantom"]
TAKES_BILL = (pl.col("kind") == MAKE) | pl.col("takes_bill")
"""Methods whose orders take what is on the bill."""


def compile_problem(snapshot: Snapshot, params: PlanParams | None = None) -> tuple[Problem, pl.DataFrame, Findings]:
    """Compile a snapshot into a planning problem.

    Parameters
    ----------
    params
        How planning behaves; None = as usual.

    Returns
    -------
    tuple
        The problem; its buffers (item, site, buffer = index) in the order of the problem; and the findings:
        what had to be assumed. The problem is empty where nothing is stocked, wanted or made.

    Raises
    ------
    InputError
        When an item goes into itself.
    """
    findings, params = Findings(), params or PlanParams()
    clock = Clock(snapshot.as_of)
    sourced = list_sourced(snapshot, clock)
    lines = _bill_lines(snapshot)
    places = _places(snapshot, sourced, lines)
    anywhere = places.join(_made_anywhere(snapshot, sourced), on="item")
    made = pl.concat([sourced.filter(pl.col("kind") == MAKE).select(PLACE), anywhere.select(PLACE)]).unique()
    driven = list_driven(snapshot, made, sourced)
    assumed = list_assumed(snapshot, places.join(driven, on=PLACE, how="anti"), sourced, findings)
    _note_lots(snapshot, findings)
    _note_empty_bills(snapshot, lines, findings)
    _note_no_lead(sourced, findings)
    chosen = _ranked(replace_used_up(snapshot, pl.concat([sourced, assumed]), places, clock), snapshot, places)
    buffers = _buffers(snapshot, places)
    bills = _bills(snapshot, lines, places, chosen, clock)
    problem = Problem(
        buffers, _methods(chosen, places), bills, _demands(snapshot, places, clock, findings),
        compile_receipts(snapshot, places, chosen, clock), params, compile_rules(snapshot, places),
    )  # fmt: skip
    problem = _without_circles(problem, findings)
    find_extremes(problem, find_levels(problem)).raise_on_errors()
    if not problem.num_demands:
        rule, remedy = "something is wanted", "Enter open demand lines; only safety stock and receipts are planned"
        findings.add(Finding("demand_line", rule, remedy, severity="warning"))
    problem = compile_outputs(snapshot, problem, places, chosen, findings)
    return compile_flows(snapshot, problem, places), places, findings


def _note_empty_bills(snapshot: Snapshot, lines: pl.DataFrame, findings: Findings) -> None:
    """Say which subcontractors are to be sent components that no bill names."""
    sent = snapshot["supply_term"].filter("sends_components").join(lines, on="item", how="anti")
    for item in sent["item"].unique().sort():
        rule, remedy = "who is sent components is sent what is on the bill", "Nothing is sent; enter the item's bill"
        findings.add(Finding("supply_term", rule, remedy, column="sends_components", value=item, severity="warning"))


def _note_no_lead(sourced: pl.DataFrame, findings: Findings) -> None:
    """Say what is bought, or moved, without any time to come: the plan counts on it the moment that it is ordered."""
    no_time = (pl.col("kind") != MAKE) & (pl.col("lead_seconds") <= 0)
    rows = sourced.filter(no_time).select("item", "source", "site").unique().sort("item", "source", "site")
    if rows.height:
        item, source, site = rows.row(0)
        more = f" and {rows.height - 1:,} more" if rows.height > 1 else ""
        rule = "what is bought or moved takes time; with 0 days it is there the moment that it is ordered"
        remedy = "Enter lead_time_days of the term or the item, or leave 0 for what lies ready"
        value = f"{item} from {source} @ {site}{more}"
        findings.add(Finding("supply_term", rule, remedy, column="lead_time_days", value=value, severity="warning"))


def _note_lots(snapshot: Snapshot, findings: Findings) -> None:
    """Say which items' lot rules contradict each other, or name no lot; the largest lot is kept then."""
    is_fixed = pl.col("lot_rule").cast(pl.String) == "fixed"
    for item in snapshot["item"].filter(is_fixed & (pl.col("lot_minimum") <= 0))["code"]:
        rule, remedy = "orders of one size have a size", "What is missing is ordered; enter it as lot_minimum"
        findings.add(Finding("item", rule, remedy, column="lot_minimum", value=item, severity="warning"))
    for item in snapshot["item"].filter(~is_fixed & (pl.col("lot_minimum") > pl.col("lot_maximum")))["code"]:
        rule, remedy = "the smallest lot is at most the largest", "The largest is kept; correct lot_minimum"
        findings.add(Finding("item", rule, remedy, column="lot_minimum", value=item, severity="warning"))
    sizes = snapshot["item"].filter(is_fixed & (pl.col("lot_minimum") > 0)).select(item="code", size="lot_minimum")
    terms = snapshot["supply_term"].filter(~pl.col("supplier").is_in(snapshot["site"]["code"].implode()))
    dear = terms.join(sizes, on="item").filter(pl.col("order_minimum") > pl.col("size")).sort("item", "supplier")
    for item, supplier in dear.select("item", "supplier").unique(maintain_order=True).iter_rows():
        rule, remedy = "orders of one size are as large as the supplier's least", "The size is kept; correct either"
        told = f"{item} of {supplier}"
        findings.add(Finding("supply_term", rule, remedy, column="order_minimum", value=told, severity="warning"))


def _bill_lines(snapshot: Snapshot) -> pl.DataFrame:
    """Bill lines that use something, with the days on which the line and its revision are both valid."""
    revisions = snapshot["revision"].select("code", revision_from="valid_from", revision_to="valid_to")
    return (
        snapshot["bill_line"]
        .filter(pl.col("quantity_per") > 0)
        .join(revisions, left_on="revision", right_on="code", how="left")
        .with_columns(
            valid_from=pl.max_horizontal("valid_from", "revision_from"),
            valid_to=pl.min_horizontal("valid_to", "revision_to"),
        )
    )


def _places(snapshot: Snapshot, sourced: pl.DataFrame, lines: pl.DataFrame) -> pl.DataFrame:
    """Every item at every site that matters, sorted, numbered from 0: item, site, buffer."""
    open_orders = snapshot["order"].filter(pl.col("item").is_not_null() & pl.col("state").is_in(UNDER_WAY))
    purchases = snapshot["purchase_order"].filter(pl.col("state") == "open")
    transfers = purchases.filter(pl.col("from_site").is_not_null()).select("item", site="from_site")
    senders = sourced.filter(pl.col("kind") == MOVE).select("item", site="source_site")
    wanted = snapshot["demand_line"].filter(pl.col("state") == "open")
    parts = [snapshot["stock"], wanted, purchases, open_orders, transfers, senders, sourced]
    places = pl.concat([part.select(PLACE) for part in parts]).unique()
    makes = pl.concat([sourced.filter(TAKES_BILL).select(PLACE), open_orders.select(PLACE)]).unique()
    kinds = snapshot["item"].select(item="code", kind=pl.col("kind").cast(pl.String))
    anywhere = _made_anywhere(snapshot, sourced)
    always = pl.concat([anywhere, kinds.filter(pl.col("kind") == "phantom").select("item")]).unique()
    beside = snapshot["by_product"].filter("is_co_product").select(made="item", item="product")
    while True:
        # Components are needed wherever something that uses them is made; they may be made there themselves.
        here = pl.concat([makes.join(places, on=PLACE, how="semi"), places.join(always, on="item", how="semi")])
        needed = here.unique().join(lines.select("item", "component"), on="item").select(item="component", site="site")
        makers = places.join(beside, on="item").select(item="made", site="site")
        makers = pl.concat([makers.join(makes, on=PLACE, how="semi"), makers.join(anywhere, on="item", how="semi")])
        beside_and_instead = [list_outputs(snapshot, here.unique()), list_stand_ins(snapshot, places)]
        grown = pl.concat([places, needed, makers, *beside_and_instead]).unique()
        if grown.height == places.height:
            return places.sort(PLACE).with_row_index("buffer").with_columns(pl.col("buffer").cast(pl.Int32))
        places = grown


def _made_anywhere(snapshot: Snapshot, sourced: pl.DataFrame) -> pl.DataFrame:
    """Items that are made, and of which the data do not say where: wherever they are needed."""
    made = snapshot["item"].filter(pl.col("kind").cast(pl.String).is_in(MADE)).select(item="code")
    return made.join(sourced.select("item").unique(), on="item", how="anti")


def _ranked(methods: pl.DataFrame, snapshot: Snapshot, places: pl.DataFrame) -> pl.DataFrame:
    """Methods in the order of their buffers, the preferred first; among equals, what the item's kind says."""
    is_made = snapshot["item"].select(
        item="code",
        is_made=pl.col("kind").cast(pl.String).is_in(MADE),
        fence=(pl.col("frozen_days") * DAY).clip(upper_bound=LONGEST_PERIOD).round(),
    )
    is_typical = pl.col("is_made") == (pl.col("kind") == MAKE)
    # An order may start when it arrives no earlier than the frozen fence ends.
    opens = pl.when(pl.col("fence") > 0).then((pl.col("fence") - pl.col("lead_seconds")).cast(pl.Int64))
    return (
        methods.join(places, on=PLACE)
        .join(is_made, on="item")
        .with_columns(
            typical=pl.when(is_typical).then(0).otherwise(1), valid_from=pl.max_horizontal("valid_from", opens)
        )
        .sort("buffer", "priority", "typical", "kind", "source", "valid_from")
        .select("buffer", *COLUMNS)
    )


def _buffers(snapshot: Snapshot, places: pl.DataFrame) -> Buffers:
    items = snapshot["item"].select(item="code", item_safety="safety_stock", kind=pl.col("kind").cast(pl.String))
    stock = snapshot["stock"].with_columns(is_stocked=True)
    # An item's own safety stock is kept where the item is stocked, as its table says.
    kept = pl.when("is_stocked").then(pl.coalesce("safety_stock", "item_safety")).otherwise(0.0)
    full = (
        places.join(items, on="item", how="left", maintain_order="left")
        .join(stock, on=PLACE, how="left", maintain_order="left")
        .with_columns(
            key=pl.col("item") + " @ " + pl.col("site"),
            safety=pl.when(pl.col("kind") == "phantom").then(0.0).otherwise(kept.fill_null(0.0)),
            # What there is of a phantom is used up like anything else.
            is_phantom=(pl.col("kind") == "phantom") & (pl.col("quantity").fill_null(0.0) <= 0),
        )
    )
    return Buffers(
        full["key"].to_numpy().astype(object),
        full["quantity"].fill_null(0.0).to_numpy().astype(np.float64),
        full["safety"].to_numpy().astype(np.float64),
        full["is_phantom"].to_numpy().astype(np.bool_),
    )


def _pointer(index: pl.Series, size: int) -> np.ndarray:
    return np.searchsorted(index.to_numpy(), np.arange(size + 1)).astype(np.int64)


def _methods(chosen: pl.DataFrame, places: pl.DataFrame) -> Methods:
    sources = places.select(source_item="item", source_site="site", sender="buffer")
    rows = chosen.with_columns(pl.coalesce("source_item", "item").alias("source_item"))
    rows = rows.join(sources, on=["source_item", "source_site"], how="left", maintain_order="left")

    def column(name: str, dtype: type) -> np.ndarray:
        return rows[name].to_numpy().astype(dtype)

    return Methods(
        ptr=_pointer(rows["buffer"], places.height),
        kind=column("kind", np.int8),
        source=rows["sender"].fill_null(-1).to_numpy().astype(np.int32),
        source_keys=rows["source"].to_numpy().astype(object),
        lead_seconds=column("lead_seconds", np.int64),
        lead_seconds_per_unit=column("lead_seconds_per_unit", np.float64),
        lot_minimum=column("lot_minimum", np.float64),
        lot_multiple=column("lot_multiple", np.float64),
        lot_maximum=column("lot_maximum", np.float64),
        yields=column("yields", np.float64),
        valid_from=column("valid_from", np.int64),
        valid_to=column("valid_to", np.int64),
        routing_keys=column("routing", object),
        capacity_per_week=column("capacity_per_week", np.float64),
        takes_bill=column("takes_bill", np.bool_),
    )


def _bills(snapshot: Snapshot, lines: pl.DataFrame, places: pl.DataFrame, chosen: pl.DataFrame, clock: Clock) -> Bills:
    """Bills of the buffers that are made, or headings, or being made."""
    makers = chosen.filter(TAKES_BILL).select(PLACE)
    phantoms = snapshot["item"].filter(pl.col("kind") == "phantom").select(item="code")
    under_way = snapshot["order"].filter(pl.col("item").is_not_null() & pl.col("state").is_in(UNDER_WAY))
    owners = pl.concat(
        [makers, places.join(phantoms, on="item", how="semi").select(PLACE), under_way.select(PLACE)]
    ).unique()
    components = places.select(component="item", site="site", component_buffer="buffer")
    rows = (
        places.join(owners, on=PLACE, how="semi")
        .join(lines, on="item")
        .join(components, on=["component", "site"])
        .join(clock.offsets(snapshot), on="site")
        .with_columns(clock.validity())
        .sort("buffer", "position", "component_buffer")
    )
    return Bills(
        _pointer(rows["buffer"], places.height),
        rows["component_buffer"].to_numpy().astype(np.int32),
        rows["quantity_per"].to_numpy().astype(np.float64),
        rows["scrap"].to_numpy().astype(np.float64),
        rows["valid_from"].to_numpy().astype(np.int64),
        rows["valid_to"].to_numpy().astype(np.int64),
    )


def _demands(snapshot: Snapshot, places: pl.DataFrame, clock: Clock, findings: Findings) -> Demands:
    customers = snapshot["customer"].select(customer="code", customer_priority="priority")
    rows = (
        snapshot["demand_line"]
        .filter(pl.col("state") == "open")
        .join(places, on=PLACE)
        .join(customers, on="customer", how="left")
        .join(snapshot["item"].select(item="code", fence=pl.col("forecast_fence_days") * DAY), on="item", how="left")
        .with_columns(due=clock.seconds("due_at"))
    )
    is_over = (pl.col("kind") == "forecast") & (pl.col("due") < 0)
    over = rows.filter(is_over).height
    if over:
        rule, remedy = "a forecast lies ahead", "Forecasts of past days are left out; enter what is still expected"
        findings.add(Finding("demand_line", rule, remedy, severity="note"), times=over)
    is_fenced = (pl.col("kind") == "forecast") & (pl.col("due") < pl.col("fence")) & ~is_over
    fenced = rows.filter(is_fenced).height
    if fenced:
        rule, remedy = "within the forecast fence only orders count", "Forecasts that fall into it are left out"
        findings.add(Finding("demand_line", rule, remedy, column="forecast_fence_days", severity="note"), times=fenced)
    rows = rows.filter(~is_over & ~is_fenced).sort("code")
    return Demands(
        rows["code"].to_numpy().astype(object),
        rows["buffer"].to_numpy().astype(np.int32),
        rows["quantity"].to_numpy().astype(np.float64),
        rows["due"].to_numpy().astype(np.int64),
        (rows["priority"] * rows["customer_priority"].fill_null(1.0)).to_numpy().astype(np.float64),
    )


def _without_circles(problem: Problem, findings: Findings) -> Problem:
    """Leave transfers out that lead in a circle; a bill in a circle is refused."""
    while True:
        try:
            find_levels(problem)
        except InputError:
            circle = find_circle(problem)
            dropped = _drop_transfer(problem, circle, findings)
            if dropped is None:
                raise
            problem = dropped
        else:
            return problem


def _drop_transfer(problem: Problem, circle: list[int], findings: Findings) -> Problem | None:
    methods = problem.methods
    owner = np.repeat(np.arange(problem.num_buffers), np.diff(methods.ptr))
    steps = set(pairwise(circle))
    moves = np.flatnonzero(methods.kind == MOVE)
    found = [m for m in moves if (int(owner[m]), int(methods.source[m])) in steps]
    if not found:
        return None
    # The least preferred transfer of the circle goes: the one furthest down its buffer's list.
    last = max(found, key=lambda m: (m - methods.ptr[owner[m]], m))
    keys = problem.buffers.keys
    rule, remedy = "transfers do not lead in a circle", "It is left out; remove the transfer that is never used"
    value = f"{keys[methods.source[last]]} to {keys[owner[last]]}"
    findings.add(Finding("supply_term", rule, remedy, value=value, severity="warning"))
    kept = np.arange(len(methods.kind)) != last
    ptr = _pointer(pl.Series(owner[kept]), problem.num_buffers)
    columns = {name: getattr(methods, name)[kept] for name in Methods.__dataclass_fields__ if name != "ptr"}
    return replace(problem, methods=Methods(ptr, **columns))
