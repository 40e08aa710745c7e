"""Compile the plant's own data into a floor: what runs without a schedule, by rules, weeks and months ahead."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from types import MappingProxyType

import numpy as np
import polars as pl

from drumbeat.basics.findings import Finding, Findings, InputError
from drumbeat.data.snapshot import Snapshot
from drumbeat.scheduling.compile_orders import find_work
from drumbeat.scheduling.compile_resources import CalendarBook
from drumbeat.twin.compile_floor_demand import FloorDemand, compile_demand
from drumbeat.twin.compile_floor_doubt import FloorDoubt, compile_floor_doubt
from drumbeat.twin.compile_floor_machines import compile_machines, find_spares, number_spares
from drumbeat.twin.compile_floor_materials import compile_floor_materials
from drumbeat.twin.compile_floor_pools import PoolBook
from drumbeat.twin.compile_floor_products import ProductBook, as_texts
from drumbeat.twin.compile_floor_steps import compile_steps
from drumbeat.twin.engine.floor.problem import ATC, CRITICAL_RATIO, EDD, FIFO, SPT, FloorProblem

RULES: Mapping[str, int] = MappingProxyType(
    {"fifo": FIFO, "edd": EDD, "spt": SPT, "critical-ratio": CRITICAL_RATIO, "atc": ATC}
)
"""Dispatching rules by the word for them."""

WEEK_SECONDS = 604_800
MOST_WEEKS = 520


@dataclass(frozen=True)
class FloorTerms:
    """How a plant is played forward.

    Parameters
    ----------
    weeks
        Weeks to play, 1 to 520.
    rule
        A word of `RULES`: what a machine takes next.
    setups_first
        Whether a machine takes what needs the shortest changeover first, before the rule.
    growth
        How much more often machines fail when care is late: 1 + growth x (age / interval - 1) times, at most three
        times; >= 0; 0 = not at all. Where a maintenance plan says it (`wear_growth`), that holds.
    """

    weeks: int = 13
    rule: str = "edd"
    setups_first: bool = False
    growth: float = 0.0

    def __post_init__(self) -> None:
        findings = Findings()
        if not 1 <= self.weeks <= MOST_WEEKS:
            remedy = f"Ask for 1 to {MOST_WEEKS} weeks"
            findings.add(Finding("simulate", "a play lasts some weeks", remedy, None, "weeks", str(self.weeks)))
        if self.rule not in RULES:
            remedy = f"Use one of {', '.join(RULES)}"
            findings.add(Finding("simulate", "the dispatching rule is known", remedy, None, "rule", self.rule))
        if not self.growth >= 0:
            findings.add(
                Finding("simulate", "growth is not negative", "Enter 0 or more", None, "growth", str(self.growth))
            )
        findings.raise_on_errors()


@dataclass(frozen=True)
class CompiledFloor:
    """A floor with the business rows behind it.

    Parameters
    ----------
    problem
        What the engine plays; second 0 is `horizon_start`.
    products
        Row p = product p: product, item, site, line (of its last machine; null where it has none), routing, is_sold
        (whether it leaves the plant; others go to stock), price (of a unit), pieces (of a usual lot).
    steps
        Row s = step s: operation, product.
    machines
        Row m = machine m: machine, resource, line, site, cost_per_hour.
    pools
        Row c = pool c: pool, kind ("people" or "resource"), site, overtime_cost (of an hour, nought where unknown).
    materials
        Row b = material b: material, item, site, is_made, supplier (the preferred one; null where none is known),
        promised_seconds (its lead time; null where no terms tell).
    horizon_start
        Moment of second 0.
    weeks
        Weeks that the calendars cover.
    findings
        What was assumed, as notes; what was left out, as warnings.
    doubt
        How unsure the laws of the problem are.
    """

    problem: FloorProblem
    products: pl.DataFrame
    steps: pl.DataFrame
    machines: pl.DataFrame
    pools: pl.DataFrame
    materials: pl.DataFrame
    horizon_start: datetime
    weeks: int
    findings: Findings
    doubt: FloorDoubt = field(default_factory=FloorDoubt)


def compile_floor(snapshot: Snapshot, terms: FloorTerms | None = None) -> CompiledFloor:
    """Compile a snapshot into a floor and its state now.

    Orders that are open come as they are, those under way at the operation that they have reached. What is sold later
    comes at random at the rate of the past; what is assembled into something else is made to stock, released by its
    reorder point; what is bought is ordered by its reorder point and arrives when suppliers usually do.

    Parameters
    ----------
    snapshot
        Checked data.
    terms
        How it is played; default: 13 weeks, earliest due date first.

    Returns
    -------
    CompiledFloor
        Every assumption is a finding.

    Raises
    ------
    InputError
        Nothing can be played: no item with a routing is wanted.
    """
    terms = terms or FloorTerms()
    findings = Findings()
    work = find_work(snapshot, None, Findings())
    book = CalendarBook(snapshot, (terms.weeks + 1) * WEEK_SECONDS, findings)
    products = ProductBook.of(snapshot, findings)
    demand = compile_demand(snapshot, work, products, terms.weeks, findings)
    if not products.keys:
        rule = "something is made: an item with a routing is ordered, or was sold in the past"
        raise InputError(Finding("routing", rule, "Add routings with operations for the items that are wanted"))
    pools = PoolBook.of(snapshot, book, findings)
    machines = compile_machines(snapshot, products, pools, terms.growth, findings)
    steps = compile_steps(snapshot, products, machines, pools, demand, findings)
    spares = find_spares(snapshot, machines)
    materials = compile_floor_materials(
        snapshot, products, demand, {place for place in spares if place is not None}, findings
    )
    groups = replace(
        steps.groups,
        rule=np.full(len(steps.groups.keys), RULES[terms.rule], np.int8),
        is_setup_first=np.full(len(steps.groups.keys), terms.setups_first, np.bool_),
    )
    problem = FloorProblem(
        products.as_products(demand.pieces, steps.transfer, demand.due_seconds, materials.made),
        replace(steps.steps, uses=materials.uses),
        groups,
        machines.machines,
        demand.sources,
        demand.as_orders(steps.first_of),
        machines.calendars,
        setups=machines.setups,
        lives=replace(machines.lives, spare=number_spares(spares, materials.rows)),
        care=machines.care,
        pools=pools.as_pools(),
        materials=materials.materials,
        outages=machines.outages,
        moves=steps.moves,
        families=as_texts(list(machines.families)),
    )
    _tell_unplayed(snapshot, findings)
    return CompiledFloor(
        problem,
        _describe_products(snapshot, products, demand, steps.last_resource),
        pl.DataFrame({"operation": steps.operations, "product": [products.keys[p] for p in steps.owner]}),
        machines.rows,
        pools.describe(),
        materials.rows,
        snapshot.as_of,
        terms.weeks,
        findings,
        compile_floor_doubt(snapshot, machines, pools.keys, pools.errors, materials.leads, findings),
    )


def _describe_products(
    snapshot: Snapshot, products: ProductBook, demand: FloorDemand, last_resource: list[str | None]
) -> pl.DataFrame:
    lines = dict(snapshot["resource"].select("code", "line").iter_rows())
    prices = dict(snapshot["item"].select("code", pl.col("price").cast(pl.Float64).fill_null(0.0)).iter_rows())
    return pl.DataFrame(
        {
            "product": products.keys,
            "item": products.items,
            "site": products.sites,
            "line": [lines.get(code) if code else None for code in last_resource],
            "routing": products.routings,
            "is_sold": products.is_sold,
            "price": [float(prices.get(item, 0.0)) for item in products.items],
            "pieces": demand.pieces.tolist(),
        },
        schema={
            "product": pl.String, "item": pl.String, "site": pl.String, "line": pl.String, "routing": pl.String,
            "is_sold": pl.Boolean, "price": pl.Float64, "pieces": pl.Int64,
        },
    )  # fmt: skip


def _tell_unplayed(snapshot: Snapshot, findings: Findings) -> None:
    """Say which rules of the data the floor does not keep."""
    resource, operation = snapshot["resource"], snapshot["operation"]
    projects = snapshot["order"].filter(
        (pl.col("kind").cast(pl.String) == "project")
        & pl.col("state").cast(pl.String).is_in(("firm", "released", "started"))
    )
    for count, table, column, rule in (
        (projects.height, "order", "kind", "projects are not played: only orders with a routing are"),
        (resource["most_campaign_hours"].count(), "resource", "most_campaign_hours", "campaigns are not cleaned after"),
        (snapshot["stock"]["storage_maximum"].count(), "stock", "storage_maximum", "what is made always finds room"),
        (
            int(snapshot["line"]["keeps_sequence"].sum() or 0),
            "line",
            "keeps_sequence",
            "orders may overtake each other",
        ),
        (
            operation.filter(~pl.col("can_pause")).height,
            "operation",
            "can_pause",
            "work pauses when its machine closes",
        ),
    ):
        if count:
            remedy = "Read the figures as those of a plant without this rule"
            findings.add(Finding(table, f"in this play {rule}", remedy, None, column, f"{count} rows", "note"))
