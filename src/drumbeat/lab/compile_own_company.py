"""Make a small company of a plant: its busiest machines, its largest items, its people and suppliers, as the Lab plays.

What is kept: at most six groups (machines of one capability) with most work, at most four items that customers order
most work of, components made at the site added to their items' routings. Demand is scaled so that the fullest group
is used to 82 %, a machine that was measured to be the bottleneck as full as any: what is left out would have loaded it,
too. Fuller, a plant of this size is late in most lucks whatever is decided.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from typing import Any

import polars as pl

from drumbeat.basics.findings import Finding, InputError
from drumbeat.data.snapshot import Snapshot
from drumbeat.plant.list_open_hours import list_open_hours

MOST_GROUPS, MOST_PRODUCTS = 6, 4
WEEKS = 26
FULL = 0.82
DEEPEST = 12
LONGEST_LOT_HOURS = 16.0
LONGEST_SETUP = 8.0


def compile_own_company(snapshot: Snapshot, site: str, needed: set[str], bottleneck: str = "") -> dict[str, Any]:
    """Make the company of a site as plain values, in the form of a scenario file.

    Parameters
    ----------
    snapshot
        The production system.
    site
        Code of the site.
    needed
        Machines whose groups must be in it, where they do any of the kept work, and suppliers of whom one must.
    bottleneck
        Machine that was measured to hold the site up; its group is made as full as any. "" = none was.

    Raises
    ------
    InputError
        When nothing that is ordered there runs on any machine.
    """
    machines = snapshot["resource"].filter((pl.col("site") == site) & (pl.col("kind").cast(pl.String) == "machine"))
    capability = dict(zip(machines["code"], machines["capability"], strict=True))
    works = _work_by_item(snapshot, site)
    weekly = _weekly_demand(snapshot, site)
    hours: dict[str, float] = defaultdict(float)
    by_item: dict[str, float] = {}
    for item, quantity in weekly.items():
        by_item[item] = sum(minutes for minutes, _ in works.get(item, {}).values()) * quantity
        for group, (minutes, _) in works.get(item, {}).items():
            hours[group] += minutes * quantity / 60.0
    known = set(capability.values()) - {None, ""}
    ranked = sorted((group for group in hours if group in known and hours[group] > 0), key=lambda one: -hours[one])
    first = [group for group in ranked if group in {capability.get(code) for code in needed}]
    groups = [*first, *(group for group in ranked if group not in first)][:MOST_GROUPS]
    items = [item for item in sorted(by_item, key=lambda one: -by_item[one]) if set(works.get(item, ())) & set(groups)]
    items = items[:MOST_PRODUCTS]
    if not groups or not items:
        rule, remedy = "something that customers order runs on machines of the site", "Load orders and routings first"
        raise InputError(Finding("site", rule, remedy, value=site))
    rows = _describe_groups(snapshot, machines, groups, works)
    supplier = _find_supplier(snapshot, site, needed)
    products = _describe_products(snapshot, items, groups, works, weekly, supplier)
    groups_used = {step["group"] for product in products for step in product["steps"]}
    rows = [row for row in rows if row["code"] in groups_used]
    _scale_demand(rows, products)
    _fill_bottleneck(next((row for row in rows if row["name"] == capability.get(bottleneck)), None), products)
    skills = _describe_skills(snapshot, site, rows)
    return _add_money(snapshot, site, rows, products, skills, supplier)


def _work_by_item(snapshot: Snapshot, site: str) -> dict[str, dict[str, tuple[float, float]]]:
    """Minutes a piece and setup minutes a lot by capability, of each item with those of its components made there."""
    routings = snapshot["routing"].filter(pl.col("site") == site).sort("priority").unique("item", keep="first")
    item_of = dict(zip(routings["code"], routings["item"], strict=True))
    own: dict[str, dict[str, tuple[float, float]]] = defaultdict(dict)
    steps = snapshot["operation"].sort("routing", "sequence")
    columns = ("routing", "capability", "run_minutes", "setup_minutes")
    for routing, group, run, setup in steps.select(columns).iter_rows():
        if routing in item_of and group:
            before = own[item_of[routing]].get(group, (0.0, 0.0))
            own[item_of[routing]][group] = (before[0] + (run or 0.0), max(before[1], setup or 0.0))
    bill: dict[str, list[tuple[str, float]]] = defaultdict(list)
    for item, component, quantity in snapshot["bill_line"].select("item", "component", "quantity_per").iter_rows():
        bill[item].append((component, quantity or 0.0))

    def explode(item: str, depth: int) -> dict[str, tuple[float, float]]:
        total: dict[str, tuple[float, float]] = {}
        parts = [(explode(component, depth + 1), quantity) for component, quantity in bill[item] if depth < DEEPEST]
        for work, quantity in [*parts, (own.get(item, {}), 1.0)]:
            for group, (run, setup) in work.items():
                before = total.get(group, (0.0, 0.0))
                total[group] = (before[0] + run * quantity, max(before[1], setup))
        return total

    return {item: explode(item, 0) for item in list(own)}


def _weekly_demand(snapshot: Snapshot, site: str) -> dict[str, float]:
    lines = snapshot["demand_line"].filter(
        (pl.col("site") == site)
        & pl.col("due_at").is_between(snapshot.as_of - timedelta(weeks=WEEKS), snapshot.as_of + timedelta(weeks=4))
        & (pl.col("state").cast(pl.String) != "cancelled")
    )
    told = lines.group_by("item").agg(pl.col("quantity").sum() / (WEEKS + 4)).sort("item")
    return {item: quantity for item, quantity in told.iter_rows() if quantity and quantity > 0}


def _describe_groups(
    snapshot: Snapshot, machines: pl.DataFrame, groups: list[str], works: dict[str, Any]
) -> list[dict[str, Any]]:
    week = timedelta(weeks=4)
    opened = list_open_hours(
        snapshot.frames, machines.select("code", "site", "calendar"), snapshot.as_of, snapshot.as_of + week
    )
    spans = opened.with_columns(hours=(pl.col("ends_at") - pl.col("starts_at")).dt.total_seconds() / 3600.0 / 4.0)
    open_hours = dict(spans.group_by("code").agg(pl.col("hours").sum()).iter_rows())
    failures = {row["resource"]: row for row in snapshot["failure_mode"].iter_rows(named=True)}
    cares = snapshot["maintenance_plan"]
    rows = []
    for group in groups:
        mine = machines.filter(pl.col("capability") == group)["code"].to_list()
        modes = [failures[code] for code in mine if code in failures]
        care = cares.filter(pl.col("resource").is_in(mine) & (pl.col("interval_days") > 0))
        needed = float(
            care.select((pl.col("duration_minutes") / 60.0 * 7.0 / pl.col("interval_days")).sum()).item() or 0.0
        )
        setups = [work[group][1] for work in works.values() if group in work]
        rows.append(
            {
                "code": _code(group), "name": group, "machines": float(len(mine)),
                "hours": round(max(8.0, min(168.0, _mean([open_hours.get(code, 80.0) for code in mine], 80.0))), 1),
                "mtbf": round(max(4.0, _mean([one["mean_hours"] for one in modes], 150.0)), 1),
                "mttr": round(max(0.1, _mean([one["repair_mean_hours"] for one in modes], 2.0)), 2),
                "setup": round(min(LONGEST_SETUP, _mean(setups, 0.0) / 60.0), 2),
                "upkeep": round(needed, 1), "upkeep_needed": round(needed, 1), "wear": 0.03,
            }
        )  # fmt: skip
    return rows


def _mean(values: list[float | None], default: float) -> float:
    known = [float(value) for value in values if value is not None and value > 0]
    return sum(known) / len(known) if known else default


def _code(text: str) -> str:
    kept = "".join(letter if letter.isascii() and (letter.isalnum() or letter in "-_") else "-" for letter in text)
    return (kept.strip("-_") or "X")[:60]


def _describe_products(
    snapshot: Snapshot,
    items: list[str],
    groups: list[str],
    works: dict[str, Any],
    weekly: dict[str, float],
    supplier: dict[str, Any] | None,
) -> list[dict[str, Any]]:
    known = {row["code"]: row for row in snapshot["item"].iter_rows(named=True)}
    prices = dict(
        snapshot["demand_line"]
        .drop_nulls("price")
        .group_by("item")
        .agg(pl.col("price").cast(pl.Float64).mean())
        .iter_rows()
    )
    rows = []
    for item in items:
        told = known[item]
        steps = [
            {"group": _code(group), "minutes": round(max(minutes, 0.001), 4)}
            for group, (minutes, _) in works[item].items()
            if group in groups and minutes > 0
        ]
        if not steps:
            continue
        longest = max(step["minutes"] for step in steps)
        cost = float(told["cost"] or 0.0)
        price = float(prices.get(item) or told["price"] or 0.0) or max(2.0 * cost, longest * 3.0)
        lot = max(1.0, float(told["lot_minimum"] or 0.0), weekly[item] / 3.0)
        rows.append(
            {
                "code": _code(item), "name": told["name"] or item, "family": _code(told["setup_family"] or item),
                "price": round(price, 2), "material": round(min(0.55 * cost or 0.4 * price, 0.6 * price), 2),
                "demand": round(weekly[item], 3), "spread": 0.2,
                "lot": float(max(1, round(min(lot, LONGEST_LOT_HOURS * 60.0 / longest)))), "due": 3.0,
                "defects": 0.004, **({"supplier": supplier["code"]} if supplier else {}), "steps": steps,
            }
        )  # fmt: skip
    return rows


def _find_supplier(snapshot: Snapshot, site: str, needed: set[str]) -> dict[str, Any] | None:
    """Describe the supplier of the site that a weakness names, otherwise the one with most terms; None without one."""
    terms = snapshot["supply_term"].filter(pl.col("site") == site)
    told = terms.group_by("supplier").agg(pl.len().alias("num"), (pl.col("lead_time_days") / 7.0).mean().alias("weeks"))
    told = told.with_columns(is_needed=pl.col("supplier").is_in(sorted(needed)))
    first = next(told.sort("is_needed", "num", "supplier", descending=[True, True, False]).iter_rows(named=True), None)
    if first is None:
        return None
    code, weeks = first["supplier"], float(first["weeks"] or 2.0)
    names = dict(snapshot["supplier"].select("code", "name").iter_rows())
    return {"code": _code(code), "name": names.get(code) or code, "outage": 0.02,
            "recovery": round(max(2.0, 2.0 * weeks), 1), "stock": 3.0}  # fmt: skip


def _load_of(group: dict[str, Any], products: list[dict[str, Any]]) -> tuple[float, float]:
    """Hours of work of a group in a week, repairs and changeovers counted, and the hours that it has for it."""
    run = 0.0
    for product in products:
        minutes = sum(step["minutes"] for step in product["steps"] if step["group"] == group["code"])
        run += product["demand"] * minutes / 60.0
    setup = _count_lots(group, products) * group["setup"]
    free = group["machines"] * group["hours"] - group["upkeep"]
    return run * (1.0 + group["mttr"] / group["mtbf"]) + setup, max(free, 1.0)


def _count_lots(group: dict[str, Any], products: list[dict[str, Any]]) -> float:
    """Lots that a group makes in a week."""
    here = [one for one in products if any(step["group"] == group["code"] for step in one["steps"])]
    return float(sum(one["demand"] / one["lot"] for one in here))


def _scale_demand(groups: list[dict[str, Any]], products: list[dict[str, Any]]) -> None:
    """Scale demand so that the fullest group is used to `FULL`, changeovers, upkeep and breakdowns counted."""
    loads = [_load_of(group, products) for group in groups]
    most = max(work / free for work, free in loads)
    for product in products:
        product["demand"] = round(product["demand"] * FULL / most, 3)


def _fill_bottleneck(group: dict[str, Any] | None, products: list[dict[str, Any]]) -> None:
    """Make the group that was measured to be the bottleneck as full as any other.

    What fills it beyond its routings' times is, in the data, changeovers more often than lots are made; here it is
    longer ones.
    """
    if group is None:
        return
    work, free = _load_of(group, products)
    lots = _count_lots(group, products)
    if lots > 0.0 and work < FULL * free:
        group["setup"] = round(min(LONGEST_SETUP, group["setup"] + (FULL * free - work) / lots), 2)


def _describe_skills(snapshot: Snapshot, site: str, groups: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """People of the skill that each group's operations ask for most; groups without one run unmanned."""
    persons = snapshot["person"].filter(pl.col("site") == site)
    held = snapshot["person_skill"].filter(pl.col("person").is_in(persons["code"].to_list()))
    wages = dict(zip(persons["code"], persons["cost_per_hour"].cast(pl.Float64), strict=True))
    needs = snapshot["crew_need"].join(
        snapshot["operation"].select(pl.col("code").alias("operation"), "capability"), on="operation"
    )
    names = dict(snapshot["skill"].select("code", "name").iter_rows())
    rows: dict[str, dict[str, Any]] = {}
    for group in groups:
        mine = needs.filter(pl.col("capability") == group["name"]).group_by("skill").len().sort("len", descending=True)
        if not mine.height:
            continue
        skill = str(mine["skill"][0])
        people = held.filter(pl.col("skill") == skill)["person"].unique().to_list()
        if not people:
            continue
        # As many as the open hours take: what is short of hands in the data is told by its weaknesses, not here.
        wanted = group["machines"] * group["hours"] / 38.0 * 1.08
        row = rows.setdefault(
            _code(skill),
            {"code": _code(skill), "name": names.get(skill) or skill, "people": 0.0,
             "wage": round(_mean([wages.get(one) for one in people], 34.0), 2)},
        )  # fmt: skip
        row["people"] = float(round(row["people"] + max(wanted, 1.0)))
        group["skill"] = row["code"]
    return list(rows.values())


def _add_money(
    snapshot: Snapshot,
    site: str,
    groups: list[dict[str, Any]],
    products: list[dict[str, Any]],
    skills: list[dict[str, Any]],
    supplier: dict[str, Any] | None,
) -> dict[str, Any]:
    """Money: fixed cost such that a quiet week earns a tenth of its sales."""
    told = {row["code"]: row for row in snapshot["site"].iter_rows(named=True)}[site]
    sales = sum(one["demand"] * one["price"] for one in products)
    material = sum(one["demand"] * one["material"] for one in products)
    wages = sum(one["people"] * one["wage"] * 38.0 for one in skills)
    # A site that sells less than its people cost does so in the data that were left out: prices follow.
    if wages > 0.45 * sales > 0:
        for one in products:
            one["price"] = round(one["price"] * wages / (0.45 * sales), 2)
        sales = sum(one["demand"] * one["price"] for one in products)
    fixed = max(0.0, 0.9 * sales - material - wages)
    regions = dict(snapshot["region"].select("code", "name").iter_rows())
    return {
        "code": _code(site), "name": told["name"] or site, "place": regions.get(told["region"]) or told["region"] or "",
        "text": "Your own plant, made small: its busiest machines, its largest items, its own people and hours. What "
                f"is left out loads it, too: by the orders its fullest machines have work for {100 * FULL:.0f} % of "
                "their hours, so that there is something to decide. The story's figures are those of the whole plant.",
        "groups": groups, "products": products, "skills": skills, "suppliers": [supplier] if supplier else [],
        "organisation": {"absorption": 3.0},
        "money": {
            "currency": told["currency"] or "EUR", "cash": round(sales * 13), "budget": round(sales * 6),
            "fixed": round(fixed), "upkeep": 70.0, "repair": 160.0, "setup": 50.0, "short": 0.12,
            "complaint": round(4.0 * sales / max(sum(one["demand"] for one in products), 1e-9), 2), "leaver": 12000.0,
        },
    }  # fmt: skip
