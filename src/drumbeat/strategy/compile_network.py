"""Compile a snapshot into the network that stress tests are run on."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import numpy as np
import polars as pl

from drumbeat.basics.arrays import Floats
from drumbeat.basics.findings import Finding, Findings
from drumbeat.data.snapshot import Snapshot
from drumbeat.planning.compile_master import CompiledMaster, MasterTerms, compile_master, usable_hours
from drumbeat.planning.compile_problem import compile_problem as compile_planning
from drumbeat.planning.compile_work import WEEK_SECONDS
from drumbeat.planning.find_holding_rates import find_holding_rates
from drumbeat.strategy.compile_people import absence_shares, list_holders, list_shifts, list_skill_needs
from drumbeat.strategy.convert_money import read_money
from drumbeat.strategy.engine.stress import Network, find_usual_flows, write_program

WEEKS = 13
PEOPLE_WEEKS = 4


@dataclass(frozen=True)
class CompiledNetwork:
    """A network, and what its rows stand for.

    Parameters
    ----------
    network
        For the engine.
    places
        item, site, name: the first products of the network; kinds of work and skills follow.
    ways
        how, item, site, source: one row an activity.
    machines
        code, name, site, line, capability: machines among the resources, in their order; groups of people follow.
    hold_cost, unit_cost
        Shape (P,): money a year for a unit in stock (inf = none may be held), and money for a unit.
    groups
        name, site, skills, people, hours: groups of people.
    currency
        Of all money.
    findings
        What was assumed.
    """

    network: Network
    places: pl.DataFrame
    ways: pl.DataFrame
    machines: pl.DataFrame
    hold_cost: Floats
    unit_cost: Floats
    groups: pl.DataFrame
    currency: str
    findings: Findings


@dataclass
class _Ways:
    """Activities and resources while they are collected."""

    keys: list[str]
    makes: list[int]
    most: list[float]
    begins: list[float]
    parts: list[list[tuple[int, float]]]
    hours: list[list[tuple[int, float]]]
    rows: list[tuple[str, str, str, str]]

    def add(
        self, row: tuple[str, str, str, str], product: int, parts: list[tuple[int, float]],
        hours: list[tuple[int, float]],
    ) -> None:  # fmt: skip
        """Add an activity without a limit that is done every week; `row` is how, item, site, source."""
        self.keys.append(" ".join(part for part in row if part))
        self.rows.append(row)
        self.makes.append(product)
        self.most.append(np.inf)
        self.begins.append(0.0)
        self.parts.append(parts)
        self.hours.append(hours)


def compile_network(snapshot: Snapshot) -> CompiledNetwork:
    """Compile a snapshot into a network of weekly flows.

    Demand is that of the next 13 weeks, a week's share of it. Contribution is price less cost. Machine hours are
    open hours less care and expected breakdowns, hours of people their shifts less usual absence. Customers of a site
    can be served from any site that has the item. Where several suppliers offer an item, each goes on with its usual
    share, and more comes from it only after its lead time.

    Raises
    ------
    InputError
        When an item goes into itself.
    """
    master = compile_master(snapshot, MasterTerms(weeks=WEEKS))
    money, findings = read_money(snapshot)
    items = snapshot["item"].select(item="code", item_name="name", cost=pl.col("cost").cast(pl.Float64),
                                    price=pl.col("price").cast(pl.Float64))  # fmt: skip
    places = master.products.join(items, on="item", how="left", maintain_order="left").with_columns(
        pl.col("cost", "price").fill_null(0.0), rate=pl.Series([money.of_site(s) for s in master.products["site"]])
    )
    demand = _weekly_demand(snapshot, master.problem.products.stock.size)
    ways = _start_ways(master)
    _serve_elsewhere(ways, places, demand)
    products, stock = [*master.problem.products.keys], master.problem.products.stock
    groups = _add_people(ways, snapshot, master, products, findings)
    count, size = len(products), len(places)

    def padded(values: Floats, last: float = 0.0) -> Floats:
        return np.concatenate([values, np.full(count - len(values), last)])

    unit_cost = places["cost"].to_numpy() * places["rate"].to_numpy()
    margin = (places["price"].to_numpy() - places["cost"].to_numpy()) * places["rate"].to_numpy()
    _note_margins(places, demand[:size], margin, findings)
    network = Network(
        np.array(products, dtype=object), padded(stock), padded(demand), padded(np.maximum(margin, 0.0)),
        **_flatten(ways),
        resources=np.array([*master.capacity.machines["code"], *groups["name"]], dtype=object),
        hours=np.concatenate([usable_hours(master.capacity).mean(axis=1), groups["hours"].to_numpy()]),
    )  # fmt: skip
    rows = pl.DataFrame(
        ways.rows, schema={"how": pl.String, "item": pl.String, "site": pl.String, "source": pl.String}, orient="row"
    )
    kinds = snapshot["resource"].select("code", "capability")
    machines = master.capacity.machines.select("code", "name", "site", "line").join(
        kinds, on="code", how="left", maintain_order="left"
    )
    hold = unit_cost * find_holding_rates(snapshot, master.products)
    _note_costs(places, unit_cost, findings)
    compiled = CompiledNetwork(
        network, places.select("item", "site", name="item_name"), rows, machines,
        padded(np.where(unit_cost > 0, hold, np.inf), np.inf), padded(unit_cost), groups, money.currency, findings,
    )  # fmt: skip
    return _limit_sources(compiled, snapshot)


def _weekly_demand(snapshot: Snapshot, count: int) -> Floats:
    """Units a week of each product that customers want, over the weeks that demand is known for, 13 at most."""
    planning, _, _ = compile_planning(snapshot)
    demands = planning.demands
    inside = demands.due < WEEKS * WEEK_SECONDS
    if not inside.any():
        return np.zeros(count)
    weeks = min(max(math.ceil(float(demands.due[inside].max()) / WEEK_SECONDS), 1), WEEKS)
    weekly: Floats = np.bincount(demands.buffer[inside], demands.quantity[inside], count) / weeks
    return weekly


def _start_ways(master: CompiledMaster) -> _Ways:
    """Take over the master plan's activities as they are in its first week."""
    activities = master.problem.activities

    def listed(ptr: np.ndarray, index: np.ndarray, amount: Floats) -> list[list[tuple[int, float]]]:
        pairs = list(zip(index.tolist(), amount.tolist(), strict=True))
        return [pairs[low:high] for low, high in zip(ptr[:-1].tolist(), ptr[1:].tolist(), strict=True)]

    rows = list(master.activities.iter_rows())
    return _Ways(
        [*activities.keys], activities.product.tolist(), activities.most[:, 0].tolist(),
        [0.0] * len(rows),
        listed(activities.parts_ptr, activities.parts_product, activities.parts_per_unit),
        listed(activities.hours_ptr, activities.hours_resource, activities.hours_per_unit), rows,
    )  # fmt: skip


def _limit_sources(compiled: CompiledNetwork, snapshot: Snapshot) -> CompiledNetwork:
    """Let what is bought from several suppliers come as usual at first; more of it begins after the lead time.

    The usual share of a supplier is that of the orders of a year; without orders the first by priority has all.
    """
    network, ways = compiled.network, compiled.ways.with_row_index("row")
    _, flows = find_usual_flows(write_program(network))
    bought = snapshot["purchase_order"].group_by("supplier", "item", "site").agg(pl.col("quantity").sum())
    usual = dict(zip(bought.select("supplier", "item", "site").iter_rows(), bought["quantity"], strict=True))
    terms = snapshot["supply_term"].group_by("supplier", "item", "site").agg(
        pl.col("lead_time_days").max(), pl.col("priority").min()
    )  # fmt: skip
    told = {(s, i, at): (lead or 0.0, first) for s, i, at, lead, first in terms.iter_rows()}
    most, more = network.most.copy(), []
    for (item, site), rows in ways.filter(pl.col("how") == "buy").partition_by("item", "site", as_dict=True).items():
        if rows.height < 2:
            continue
        keys = [(source, item, site) for source in rows["source"]]
        weights = np.array([float(usual.get(key) or 0.0) for key in keys])
        if weights.sum() <= 0:
            weights[int(np.argmin([told.get(key, (0.0, 99))[1] for key in keys]))] = 1.0
        numbers = rows["row"].to_numpy()
        wanted = float(flows[numbers].sum())
        for key, number, weight in zip(keys, numbers.tolist(), weights / weights.sum(), strict=True):
            most[number] = min(wanted * weight * (1 + 1e-6), network.most[number])
            more.append((number, told.get(key, (0.0, 99))[0] / 7, network.most[number]))
    return _append_ways(replace(compiled, network=replace(network, most=most)), more)


def _append_ways(compiled: CompiledNetwork, more: list[tuple[int, float, float]]) -> CompiledNetwork:
    """Append copies of ways to buy (row, weeks until they begin, most a week)."""
    network = compiled.network
    rows = [row for row, _, _ in more]
    ends = np.zeros(len(rows), dtype=np.int64)
    wider = replace(
        network,
        activities=np.append(network.activities, network.activities[rows]),
        makes=np.append(network.makes, network.makes[rows]),
        most=np.append(network.most, [most for _, _, most in more]),
        begins=np.append(network.begins, [weeks for _, weeks, _ in more]),
        parts_ptr=np.append(network.parts_ptr, network.parts_ptr[-1] + ends),
        hours_ptr=np.append(network.hours_ptr, network.hours_ptr[-1] + ends),
    )
    return replace(compiled, network=wider, ways=pl.concat([compiled.ways, compiled.ways[rows]]))


def _serve_elsewhere(ways: _Ways, places: pl.DataFrame, demand: Floats) -> None:
    """Let customers of a site be served from other sites that have the item."""
    rows: dict[str, list[tuple[int, str]]] = {}
    for index, (item, site) in enumerate(places.select("item", "site").iter_rows()):
        rows.setdefault(item, []).append((index, site))
    for item, found in rows.items():
        for to, to_site in found:
            for source, source_site in found:
                if source != to and demand[to] > 0:
                    ways.add(("serve", item, to_site, source_site), to, [(source, 1.0)], [])


def _add_people(
    ways: _Ways, snapshot: Snapshot, master: CompiledMaster, products: list[str], findings: Findings
) -> pl.DataFrame:
    """Add skills as products that groups of people of the same skills bring, and that routings take.

    Returns name, site, skills, people, hours of the groups: further resources.
    """
    needs = _skill_hours(snapshot)
    wanted = sorted({(site, skill) for site, skill in needs.select("site", "skill").iter_rows()})
    groups = _people_groups(snapshot, wanted)
    able = {(site, skill) for site, skills in groups.select("site", "skills").iter_rows() for skill in skills}
    for site, skill in sorted(set(wanted) - able):
        rule, remedy = "somebody has each skill that operations ask for", "Enter who has it; the need is left out"
        findings.add(Finding("person_skill", rule, remedy, column="skill", value=f"{skill} at {site}",
                             severity="warning"))  # fmt: skip
    row = {}
    for site, skill in wanted:
        if (site, skill) in able:
            row[site, skill] = len(products)
            products.append(f"{skill} at {site}")
    takes: dict[tuple[str, str], list[tuple[int, float]]] = {}
    for routing, site, skill, hours in needs.iter_rows():
        if (site, skill) in row and hours > 0:
            takes.setdefault((routing, site), []).append((row[site, skill], hours))
    for number, (how, _, site, source) in enumerate(list(ways.rows)):
        if how == "make":
            ways.parts[number] = ways.parts[number] + takes.get((source, site), [])
    first = master.capacity.machines.height
    for index, (name, site, skills) in enumerate(groups.select("name", "site", "skills").iter_rows()):
        for skill in skills:
            ways.add(("skill", skill, site, name), row[site, skill], [], [(first + index, 1.0)])
    return groups


def _skill_hours(snapshot: Snapshot) -> pl.DataFrame:
    """routing, site, skill, hours of people for a good unit; setups are left out, they depend on the lots."""
    surviving = pl.col("operation_yield").cum_prod(reverse=True).over("routing", order_by="sequence")
    steps = snapshot["operation"].select(
        "routing", operation="code", hours=pl.col("run_minutes") / 60 / surviving
    )  # fmt: skip
    return (
        list_skill_needs(snapshot)
        .join(steps, on="operation")
        .group_by("routing", "site", "skill")
        .agg((pl.col("hours") * pl.col("num_people")).sum())
        .sort("routing", "site", "skill")
    )


def _people_groups(snapshot: Snapshot, wanted: list[tuple[str, str]]) -> pl.DataFrame:
    """name, site, skills, people, hours a week of people of a site who have the same of the wanted skills."""
    until = snapshot.as_of + timedelta(weeks=PEOPLE_WEEKS)
    length = (pl.col("ends_at") - pl.col("starts_at")).dt.total_seconds() / 3600 / PEOPLE_WEEKS
    hours = list_shifts(snapshot, snapshot.as_of, until).group_by("person").agg(hours=length.sum())
    away = absence_shares(snapshot)
    asked = pl.DataFrame(wanted, schema={"site": pl.String, "skill": pl.String}, orient="row")
    return (
        list_holders(snapshot)
        .filter(pl.col("level") >= 2)
        .join(asked, on=["site", "skill"], how="semi")
        .group_by("person", "site")
        .agg(skills=pl.col("skill").unique().sort())
        .join(hours, on="person", how="left")
        .with_columns(pl.col("hours").fill_null(0.0) * (1 - pl.col("site").replace_strict(away, default=0.0)))
        .group_by("site", "skills")
        .agg(people=pl.col("person").sort(), hours=pl.col("hours").sort().sum())
        .with_columns(name=pl.lit("people of ") + pl.col("site") + ": " + pl.col("skills").list.join(", "))
        .sort("site", "name")
    )


def _flatten(ways: _Ways) -> dict[str, Any]:
    """Activities as the fields of a network."""

    def flat(lists: list[list[tuple[int, float]]]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        pairs = [pair for entries in lists for pair in entries]
        return (
            np.cumsum([0, *map(len, lists)], dtype=np.int64), np.array([i for i, _ in pairs], dtype=np.int32),
            np.array([amount for _, amount in pairs], dtype=np.float64),
        )  # fmt: skip

    told = {
        "activities": np.array(ways.keys, dtype=object), "makes": np.array(ways.makes, dtype=np.int32),
        "most": np.array(ways.most, dtype=np.float64), "begins": np.array(ways.begins, dtype=np.float64),
    }  # fmt: skip
    told |= dict(zip(("parts_ptr", "parts", "parts_per_unit"), flat(ways.parts), strict=True))
    return told | dict(zip(("hours_ptr", "hours_of", "hours_per_unit"), flat(ways.hours), strict=True))


def _note_margins(places: pl.DataFrame, demand: Floats, margin: Floats, findings: Findings) -> None:
    bare = np.flatnonzero((demand > 0) & (margin <= 0))
    if len(bare):
        rule, remedy = (
            "what customers want earns more than it costs",
            "Enter price and cost; its loss counts as nothing",
        )
        findings.add(
            Finding("item", rule, remedy, column="price", value=places["item"][int(bare[0])], severity="warning"),
            times=len(bare),
        )


def _note_costs(places: pl.DataFrame, unit_cost: Floats, findings: Findings) -> None:
    free = np.flatnonzero(unit_cost <= 0)
    if len(free):
        rule, remedy = "an item that is to be held in stock has a cost", "Enter it; stock of it is no remedy until then"
        findings.add(
            Finding("item", rule, remedy, column="cost", value=places["item"][int(free[0])], severity="warning"),
            times=len(free),
        )
