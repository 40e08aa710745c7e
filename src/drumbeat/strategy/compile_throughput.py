"""Compile a snapshot into the throughput model: groups of machines, families of products, hours, loads and margins."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import polars as pl

from drumbeat.basics.arrays import Floats, Int64s
from drumbeat.basics.findings import Findings
from drumbeat.data.snapshot import Snapshot
from drumbeat.planning.compile_capacity import compile_capacity
from drumbeat.planning.compile_problem import compile_problem
from drumbeat.planning.engine.find_usage import add_dependent, find_usage
from drumbeat.planning.engine.problem import MAKE, Problem
from drumbeat.planning.list_work_sets import WorkSets, list_work_sets
from drumbeat.strategy.convert_money import read_money

WEEKS = 13
"""Weeks ahead over which hours are averaged."""
MOST_FLOWS = 12
"""Families by themselves; the smaller ones of a site are put together."""
OPEN_STATES = ("open",)


@dataclass(frozen=True)
class Throughput:
    """What a plant can make in a week, with what its rows stand for.

    Parameters
    ----------
    groups
        Key of each group: the first of its machines.
    members
        Machines of each group.
    flows
        Key of each flow: family at site.
    calendar_hours
        Shape (G,): standard hours a week, expected breakdowns not yet taken off.
    running_share
        Shape (G,): share of them that is left by breakdowns, and speed against the standard.
    failures
        Shape (G,): expected breakdowns a week, and (row 1) hours of one.
    load, margin, demand
        As of `PlantModel`; margins in the company's currency.
    findings
        What was assumed.
    """

    groups: list[str]
    members: list[list[str]]
    flows: list[str]
    calendar_hours: Floats
    running_share: Floats
    failures: Floats
    load: Floats
    margin: Floats
    demand: Floats
    findings: Findings


def compile_throughput(
    snapshot: Snapshot, members: Mapping[str, list[str]] | None = None, families: pl.DataFrame | None = None
) -> Throughput:
    """Compile what a plant can make in a week.

    Machines that share an operation are one group: work goes to whichever is free. Hours are the average of the next
    quarter: open, less bookings and planned care. Loads come from preferred routings through all levels of the bills,
    setups spread over usual lots, yields reckoned in. Demand is what is open over the weeks for which there are orders,
    else what was wanted over the last half year. A unit's margin is its price less its standard cost.

    Parameters
    ----------
    snapshot
        The production system.
    members
        Groups of another snapshot of the same plant: those that hold one of its machines keep its key, so that both can
        be compared.
    families
        Of `list_families` of another snapshot: its flows, shares and demand are kept.
    """
    planning, places, _ = compile_problem(snapshot)
    capacity = compile_capacity(snapshot, WEEKS)
    machines = capacity.machines["code"].to_list()
    sets = list_work_sets(snapshot, machines, planning)
    speed = _speeds(sets, len(machines))
    group, groups, names = _group_machines(sets, machines, members or {})
    wanted = list_families(snapshot) if families is None else families
    findings = Findings()
    units = _units_for_all(planning, places, wanted)
    load = _loads(sets, planning, units, group, len(groups), speed)
    usable = (capacity.open_hours - capacity.care_hours).clip(min=0).mean(axis=1)
    running = usable * speed * (1 - capacity.breakdown_share)
    calendar, left = np.zeros(len(groups)), np.zeros(len(groups))
    np.add.at(calendar, group, usable)
    np.add.at(left, group, running)
    share = np.divide(left, calendar, out=np.ones_like(left), where=calendar > 0)
    flows, margin, demand = _money(snapshot, wanted, findings)
    blend = _blend(wanted, flows)
    used = np.flatnonzero((load @ blend > 0).any(axis=1)) if len(flows) else np.zeros(0, np.int64)
    return Throughput(
        [groups[g] for g in used], [names[g] for g in used], flows, calendar[used], share[used],
        _failures(snapshot, machines, group, usable, len(groups))[:, used], (load @ blend)[used], margin, demand,
        findings,
    )  # fmt: skip


def _speeds(sets: WorkSets, count: int) -> Floats:
    """Speed of each machine at the work that it shares with others; 1 where it shares none."""
    total, number = np.zeros(count), np.zeros(count)
    for able in sets.members:
        for machine, pace in able:
            total[machine] += pace
            number[machine] += 1
    return np.divide(total, number, out=np.ones(count), where=number > 0)


def _group_machines(
    sets: WorkSets, machines: list[str], known: Mapping[str, list[str]]
) -> tuple[Int64s, list[str], list[list[str]]]:
    """Group of each machine, and key and machines of each group."""
    root = list(range(len(machines)))

    def find(at: int) -> int:
        while root[at] != at:
            at = root[at]
        return at

    for able in sets.members:
        for machine, _ in able[1:]:
            a, b = find(able[0][0]), find(machine)
            root[max(a, b)] = min(a, b)
    old = {machine: key for key, group in known.items() for machine in group}
    keys: dict[str, list[str]] = {}
    for at in range(len(machines)):
        together = [machines[other] for other in range(len(machines)) if find(other) == find(at)]
        key = next((old[machine] for machine in together if machine in old), machines[find(at)])
        keys.setdefault(key, []).append(machines[at])
    place = {machine: number for number, group in enumerate(keys.values()) for machine in group}
    return np.array([place[machine] for machine in machines], dtype=np.int64), list(keys), list(keys.values())


def list_families(snapshot: Snapshot) -> pl.DataFrame:
    """Return item, site, flow, weekly (units wanted a week): what customers want, by family at its site."""
    lines = snapshot["demand_line"].filter(pl.col("state").cast(pl.String).is_in(list(OPEN_STATES)))
    weeks = 1.0
    if lines.height:
        last: datetime = lines["due_at"].max()  # type: ignore[assignment]
        weeks = max((last - snapshot.as_of).total_seconds() / 604_800, 1.0)
    wanted = lines.group_by("item", "site").agg((pl.col("quantity").sum() / weeks).alias("weekly"))
    if not wanted.height:
        past = snapshot["demand_history"].sort("period_start").group_by("item", "site")
        wanted = past.agg((pl.col("quantity").tail(26).mean()).alias("weekly"))
    families = snapshot["item_family"].select("item", "family")
    wanted = wanted.join(families.unique("item"), on="item", how="left").filter(pl.col("weekly") > 0)
    made = snapshot["routing"].select("item", "site").unique()
    wanted = wanted.join(made, on=["item", "site"], how="semi").sort("site", "item")
    wanted = wanted.with_columns(pl.col("family").fill_null(pl.col("item")))
    sizes = wanted.group_by("family", "site").agg(pl.col("weekly").sum()).sort("weekly", descending=True)
    kept = sizes.head(MOST_FLOWS).select("family", "site", pl.lit(True).alias("kept"))
    label = pl.when("kept").then(pl.col("family")).otherwise(pl.lit("other"))
    return wanted.join(kept, on=["family", "site"], how="left", maintain_order="left").select(
        "item", "site", pl.format("{} @ {}", label, "site").alias("flow"), "weekly"
    )


def _units_for_all(planning: Problem, places: pl.DataFrame, wanted: pl.DataFrame) -> Floats:
    """Good units of each buffer that go into a unit of each wanted item; shape (items, buffers)."""
    row = {key: at for at, key in enumerate(places.select("item", "site").iter_rows())}
    own = np.zeros((wanted.height, places.height))
    for at, key in enumerate(wanted.select("item", "site").iter_rows()):
        if key in row:
            own[at, row[key]] = 1.0
    usage = find_usage(planning)
    # A maker takes parts for all that it starts, good or not.
    methods = planning.methods
    first = np.where(np.diff(methods.ptr) > 0, methods.ptr[:-1], 0)
    yields = methods.yields[first] if len(methods.yields) else np.ones(places.height)
    scaled = usage.multiply((1.0 / yields)[:, None]).tocsr() if places.height else usage
    return add_dependent(scaled, own)


def _loads(sets: WorkSets, planning: Problem, units: Floats, group: Int64s, groups: int, speed: Floats) -> Floats:
    """Standard hours of each group for a unit of each wanted item; shape (groups, items)."""
    methods = planning.methods
    hours = np.zeros((groups, units.shape[1]))
    for buffer in range(units.shape[1]):
        first = int(methods.ptr[buffer])
        if first == methods.ptr[buffer + 1] or methods.kind[first] != MAKE:
            continue
        routing = str(methods.routing_keys[first])
        for machine, time in sets.own_hours.get(routing, {}).items():
            hours[group[machine], buffer] += time * speed[machine]
        for kind, time in sets.shared_hours.get(routing, {}).items():
            hours[group[sets.members[kind][0][0]], buffer] += time
    needed: Floats = hours @ units.T
    return needed


def _money(snapshot: Snapshot, wanted: pl.DataFrame, findings: Findings) -> tuple[list[str], Floats, Floats]:
    """Flows, margin of a unit in the company's currency, and units wanted a week."""
    money, said = read_money(snapshot)
    findings.merge(said)
    items = snapshot["item"].select(
        pl.col("code").alias("item"), (pl.col("price") - pl.col("cost")).cast(pl.Float64).alias("margin")
    )
    worth = pl.col("site").replace_strict({site: money.of_site(site) for site in money.site_currency}, default=1.0)
    both = wanted.join(items, on="item", how="left", maintain_order="left").with_columns(
        (pl.col("margin").fill_null(0.0) * worth.cast(pl.Float64)).alias("margin")
    )
    summed = both.group_by("flow", maintain_order=True).agg(
        ((pl.col("margin") * pl.col("weekly")).sum() / pl.col("weekly").sum()).alias("margin"), pl.col("weekly").sum()
    )
    return summed["flow"].to_list(), summed["margin"].to_numpy(), summed["weekly"].to_numpy()


def _blend(wanted: pl.DataFrame, flows: list[str]) -> Floats:
    """Share of each item in its flow; shape (items, flows)."""
    place = {flow: at for at, flow in enumerate(flows)}
    shares = np.zeros((wanted.height, len(flows)))
    for at, (flow, weekly) in enumerate(wanted.select("flow", "weekly").iter_rows()):
        shares[at, place[flow]] = weekly
    total = shares.sum(axis=0, keepdims=True)
    blend: Floats = np.divide(shares, total, out=np.zeros_like(shares), where=total > 0)
    return blend


def _failures(snapshot: Snapshot, machines: list[str], group: Int64s, usable: Floats, groups: int) -> Floats:
    """Expected breakdowns of each group in a week, and the hours of one; shape (2, groups)."""
    row = {code: at for at, code in enumerate(machines)}
    count, down = np.zeros(groups), np.zeros(groups)
    modes = snapshot["failure_mode"].select("resource", "mean_hours", "repair_mean_hours")
    for resource, life, repair in modes.iter_rows():
        if resource in row and life + repair > 0:
            at = row[resource]
            number = usable[at] / (life + repair)
            count[group[at]] += number
            down[group[at]] += number * repair
    return np.array([count, np.divide(down, count, out=np.zeros(groups), where=count > 0)])
