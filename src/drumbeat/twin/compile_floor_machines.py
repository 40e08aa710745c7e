"""Machines of the floor: their hours, changeovers, breakdowns, planned care, and those that are down now."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

import numpy as np
import polars as pl

from drumbeat.basics.arrays import Floats, Int32s, Int64s
from drumbeat.basics.calendars import OpenTimes
from drumbeat.basics.findings import Finding, Findings
from drumbeat.basics.streams import FIXED, LOGNORMAL, sigma_of
from drumbeat.data.snapshot import Snapshot
from drumbeat.scheduling.compile_problem import compile_setups
from drumbeat.twin.compile_floor_pools import PoolBook
from drumbeat.twin.compile_floor_products import Place, ProductBook, as_texts
from drumbeat.twin.engine.fit.fit_law import Fit
from drumbeat.twin.engine.floor.problem import Calendars, Machines
from drumbeat.twin.engine.floor.surroundings import BUSY, CALENDAR, Care, Lives, Outages
from drumbeat.twin.engine.floor.times import Times, make_times
from drumbeat.twin.estimate_failures import Mode, estimate_failures

HOUR, DAY = 3600.0, 86_400.0

FEWEST_CARES = 8
"""Cares of a plan from which their measured length is used."""

MOST_WEAR = 3.0
"""How many times as often a machine fails at most, however late its care is."""


MOST_COPIES = 500
"""Machines that a resource is at most."""

LEAST_LIFE = 60.0
"""Seconds from repair to failure, on average, at least."""


@dataclass
class FloorMachines:
    """Machines, with what happens to them.

    Parameters
    ----------
    of_resource
        Machines (numbers) of each resource: several where it works on several tasks at a time.
    families
        Number of each setup family.
    rows
        machine, resource, line, site, cost_per_hour.
    modes
        By life, the code of its failure mode.
    fitted
        By life, its failure mode as estimated.
    """

    machines: Machines
    calendars: Calendars
    setups: Floats
    of_resource: dict[str, list[int]]
    families: dict[str, int]
    rows: pl.DataFrame
    lives: Lives = field(default_factory=Lives)
    care: Care = field(default_factory=Care)
    outages: Outages = field(default_factory=Outages)
    modes: list[str] = field(default_factory=list)
    fitted: list[Mode] = field(default_factory=list)


def compile_machines(
    snapshot: Snapshot, products: ProductBook, pools: PoolBook, growth: float, findings: Findings
) -> FloorMachines:
    """Compile the machines, rooms and subcontractors that operations of the products may run on."""
    resources = _find_resources(snapshot, products)
    calendar_of, calendars = _compile_calendars(resources, pools, findings)
    copies = _count_copies(resources, pools, findings)
    owner = np.repeat(np.arange(resources.height), copies)
    codes = resources["code"].to_list()
    place = np.arange(len(owner)) - np.concatenate(([0], np.cumsum(copies)))[owner]
    keys = [codes[r] if copies[r] == 1 else f"{codes[r]} #{k + 1}" for r, k in zip(owner, place, strict=True)]
    words = sorted(
        {*snapshot["item"]["setup_family"], *snapshot["operation"]["setup_family"], *resources["set_up_for"]}
    )
    families = {word: f for f, word in enumerate(word for word in words if word)}
    setups, matrices = compile_setups(snapshot, list(families))
    matrix = np.array([matrices.get(code, -1) if code else -1 for code in resources["setup_matrix"]], np.int32)
    is_ahead = bool(snapshot["company"]["is_set_up_ahead"].any())
    machines = Machines(
        as_texts(keys),
        calendar_of[owner],
        np.array([families.get(word, -1) for word in resources["set_up_for"]], np.int32)[owner],
        matrix[owner],
        np.zeros(len(owner), np.int64),
        is_ahead=np.full(len(owner), is_ahead, np.bool_) if is_ahead else np.zeros(0, np.bool_),
    )
    rows = resources[owner.tolist()].select(
        pl.Series("machine", keys, dtype=pl.String),
        pl.col("code").alias("resource"),
        "line",
        "site",
        pl.col("cost_per_hour").cast(pl.Float64).fill_null(0.0),
    )
    of_resource: dict[str, list[int]] = {}
    for m, r in enumerate(owner):
        of_resource.setdefault(codes[r], []).append(m)
    found = FloorMachines(machines, calendars, _as_matrices(setups.seconds), of_resource, families, rows)
    crew_of = _find_crews(snapshot, pools, findings)
    found.lives = _compile_lives(snapshot, found, crew_of, findings)
    found.care = _compile_care(snapshot, found, crew_of, growth, findings)
    found.outages = _compile_down(snapshot, found, findings)
    return found


def _find_resources(snapshot: Snapshot, products: ProductBook) -> pl.DataFrame:
    """Resources that are listed for an operation of a product, or have a capability that one asks for at its site."""
    operations = {
        str(row["code"]): (products.sites[p], str(row["capability"]))
        for p, routing in enumerate(products.routings)
        for row in products.operations[routing]
    }
    listed = snapshot["operation_resource"].filter(pl.col("operation").is_in(list(operations)))["resource"]
    asked = pl.DataFrame(
        sorted({place for place in operations.values() if place[1]}),
        schema={"site": pl.String, "capability": pl.String},
        orient="row",
    )
    able = snapshot["resource"].join(asked, on=["site", "capability"], how="semi")["code"]
    kind = pl.col("kind").cast(pl.String)
    rows = snapshot["resource"].filter(pl.col("code").is_in([*listed, *able]))
    return rows.filter(kind.is_in(("machine", "room", "subcontractor"))).sort("code")


def _compile_calendars(resources: pl.DataFrame, pools: PoolBook, findings: Findings) -> tuple[Int32s, Calendars]:
    """Calendar of each resource, -1 = always open; equal ones once."""
    always = [code for code, calendar in resources.select("code", "calendar").iter_rows() if calendar is None]
    if always:
        names = ", ".join(always[:5]) + (f" and {len(always) - 5} more" if len(always) > 5 else "")
        rule = "a machine without a calendar is always open"
        findings.add(Finding("resource", rule, "Give it a calendar if it is not", None, "calendar", names, "note"))
    numbers: dict[bytes, int] = {}
    times: list[OpenTimes] = []
    found = np.full(resources.height, -1, np.int32)
    for r, (code, calendar) in enumerate(resources.select("code", "calendar").iter_rows()):
        own = pools.open_of[code]
        if calendar is None and len(own.open_start) == 1:
            continue
        mark = own.open_start.tobytes() + own.open_end.tobytes()
        if mark not in numbers:
            numbers[mark] = len(times)
            times.append(own)
        found[r] = numbers[mark]
    merged = [_merge(own) for own in times]
    ptr: Int64s = np.concatenate(([0], np.cumsum([len(start) for start, _ in merged]))).astype(np.int64)
    if not merged:
        return found, Calendars(ptr, np.zeros(0), np.zeros(0), np.zeros(0))
    start = np.concatenate([start for start, _ in merged])
    end = np.concatenate([end for _, end in merged])
    return found, Calendars(ptr, start, end, np.full(len(merged), np.inf))


def _merge(times: OpenTimes) -> tuple[Floats, Floats]:
    """Intervals that touch as one: the floor knows open and closed, not levels."""
    if times.is_never_open:
        return np.zeros(0), np.zeros(0)
    breaks = times.open_start[1:] > times.open_end[:-1]
    first = np.concatenate(([True], breaks))
    last = np.concatenate((breaks, [True]))
    return times.open_start[first].astype(np.float64), times.open_end[last].astype(np.float64)


def _count_copies(resources: pl.DataFrame, pools: PoolBook, findings: Findings) -> Int64s:
    """How many lots each works on at a time; an oven is one machine that takes batches."""
    found, uneven = [], []
    for code, capacity, is_batch in resources.select("code", "capacity", "is_batch").iter_rows():
        level = pools.open_of[code].level
        most = int(level.max(initial=1))
        if len(level) and int(level.min()) < most:
            uneven.append(code)
        copies = 1 if is_batch else int(capacity) * most
        if copies > MOST_COPIES:
            rule = f"a resource works on at most {MOST_COPIES:,} lots at a time in a play"
            remedy = "Lower its capacity; with so much it is no bottleneck, or split it into several resources"
            findings.add(Finding("resource", rule, remedy, None, "capacity", f"{code}: {copies:,}", "warning"))
        found.append(min(copies, MOST_COPIES))
    if uneven:
        rule = "where the level of a calendar changes, its highest holds whenever it is open"
        findings.add(
            Finding("calendar_shift", rule, "Use calendars of one level", None, "level", ", ".join(uneven[:5]), "note")
        )
    return np.array(found, np.int64)


def _as_matrices(seconds: Int64s) -> Floats:
    """Setup matrices with row and column 0 for no family; the scheduler's last row is that of none."""
    num, size = seconds.shape[0], seconds.shape[2]
    found = np.zeros((num, size + 1, size + 1))
    found[:, 1:, 1:] = seconds[:, :size, :]
    found[:, 0, 1:] = seconds[:, size, :]
    return found


def _find_crews(snapshot: Snapshot, pools: PoolBook, findings: Findings) -> dict[str, int]:
    """Pool of the people who care for each resource: those of the skill that its maintenance plans name."""
    plans = snapshot["maintenance_plan"].filter(pl.col("skill").is_not_null()).sort("code")
    sites = dict(snapshot["resource"].select("code", "site").iter_rows())
    found: dict[str, int] = {}
    for resource, skill in plans.select("resource", "skill").iter_rows():
        pool = pools.skill(skill, sites.get(resource, ""))
        if pool is not None:
            found.setdefault(resource, pool)
    if found:
        rule = "who maintains a machine also repairs it, one person at a time; repairs come first"
        findings.add(Finding("maintenance_plan", rule, "Nothing, or name another skill", None, "skill", None, "note"))
    return found


def _compile_lives(snapshot: Snapshot, floor: FloorMachines, crew_of: dict[str, int], findings: Findings) -> Lives:
    """Breakdowns as fitted to the plant's own events, by failure mode, for each machine of a resource on its own."""
    modes = estimate_failures(snapshot, list(floor.of_resource), findings)
    silent = sorted(set(floor.of_resource) - {mode.resource for mode in modes})
    if silent:
        names = ", ".join(silent[:5]) + (f" and {len(silent) - 5} more" if len(silent) > 5 else "")
        remedy = "Add a failure mode with the mean times between failures and to repair"
        findings.add(Finding("failure_mode", "these machines never fail", remedy, None, "resource", names, "note"))
    pairs = [(mode, m) for mode in modes for m in floor.of_resource[mode.resource]]
    num = len(pairs)
    floor.modes = [mode.code for mode, _ in pairs]
    floor.fitted = [mode for mode, _ in pairs]
    first = dict(snapshot["failure_mode"].select("code", "repair_priority").iter_rows())

    frantic = sorted({mode.code for mode in modes if mode.life.mean * HOUR < LEAST_LIFE})
    if frantic:
        rule = f"a machine runs {LEAST_LIFE:.0f} seconds at least from repair to failure: else a play has no end"
        remedy = "Enter its mean hours between failures; what stops every few seconds is a slower run time"
        value = ", ".join(frantic[:5])
        findings.add(Finding("failure_mode", rule, remedy, None, "mean_hours", value, "warning"))

    def times(fits: list[Fit], least: float = 0.0) -> Times:
        mean = np.maximum(np.array([fit.mean for fit in fits]) * HOUR, least)
        return Times(np.array([fit.law for fit in fits], np.int8), mean, np.array([fit.shape for fit in fits], float))

    return Lives(
        as_texts(
            [mode.code if len(floor.of_resource[mode.resource]) == 1 else f"{mode.code} #{m}" for mode, m in pairs]
        ),
        np.array([m for _, m in pairs], np.int32),
        np.array([BUSY if mode.is_busy_clock else CALENDAR for mode, _ in pairs], np.int8),
        times([mode.life for mode, _ in pairs], LEAST_LIFE),
        times([mode.repair for mode, _ in pairs]),
        np.ones(num, np.bool_),
        np.array([crew_of.get(mode.resource, -1) for mode, _ in pairs], np.int32),
        np.array([first.get(mode.code, 1) for mode, _ in pairs], np.int32),
        np.full(num, -1, np.int32),
    )


def find_spares(snapshot: Snapshot, floor: FloorMachines) -> list[Place | None]:
    """Find what a repair of each life uses up, and at which site; None for nothing."""
    spare_of = dict(snapshot["failure_mode"].select("code", "spare").iter_rows())
    sites = floor.rows["site"].to_list()
    pairs = zip(floor.modes, floor.lives.machine, strict=True)
    return [(spare_of[mode], sites[m]) if spare_of.get(mode) else None for mode, m in pairs]


def number_spares(spares: list[Place | None], materials: pl.DataFrame) -> Int32s:
    """Number the materials of `find_spares`; -1 for none. `materials`: rows of `FloorMaterials`."""
    number: dict[Place | None, int] = {
        (item, site): b for b, (item, site) in enumerate(materials.select("item", "site").iter_rows())
    }
    return np.array([number.get(spare, -1) for spare in spares], np.int32)


def _compile_care(
    snapshot: Snapshot, floor: FloorMachines, crew_of: dict[str, int], growth: float, findings: Findings
) -> Care:
    """Planned care: the first when its open order is due, or one interval after the last; as long as it took."""
    plans = snapshot["maintenance_plan"].filter(pl.col("resource").is_in(list(floor.of_resource))).sort("code")
    if not plans.height:
        return Care()
    orders = snapshot["maintenance_order"].filter(pl.col("plan").is_not_null())
    state = pl.col("state").cast(pl.String)
    due = dict(
        orders.filter(state == "open").group_by("plan").agg(pl.coalesce("starts_at", "due_at").min()).iter_rows()
    )
    last = dict(orders.filter(state == "done").group_by("plan").agg(pl.coalesce("ends_at", "due_at").max()).iter_rows())
    hours = pl.col("ends_at") - pl.col("starts_at")
    taken = {
        plan: (float(mean), float(spread or 0.0))
        for plan, mean, spread, count in orders.filter((state == "done") & (hours > pl.duration(seconds=0)))
        .group_by("plan")
        .agg(hours.dt.total_seconds().mean(), hours.dt.total_seconds().std().alias("sd"), pl.len())
        .iter_rows()
        if count >= FEWEST_CARES
    }
    skipped = _share_skipped(orders, snapshot.as_of)
    rows = []
    for code, resource, days, minutes, told in plans.select(
        "code", "resource", "interval_days", "duration_minutes", "wear_growth"
    ).iter_rows():
        mean, spread = taken.get(code, (float(minutes) * 60.0, 0.0))
        first = _first_due(due.get(code), last.get(code), float(days) * DAY, snapshot.as_of)
        for m in floor.of_resource[resource]:
            key = code if len(floor.of_resource[resource]) == 1 else f"{code} #{m}"
            sigma = sigma_of(spread / mean) if mean > 0 and spread > 0 else 0.0
            interval = max(float(days) * DAY - mean, 60.0)
            wear = growth if told is None else float(told)
            rows.append((key, m, interval, first, mean, sigma, crew_of.get(resource, -1), wear))
    num = len(rows)
    columns = list(zip(*rows, strict=True))
    sigmas, wears = np.array(columns[5]), np.array(columns[7])
    rule = f"{skipped:.0%} of planned care is left out, as in the past; the rest goes before production when it is due"
    findings.add(Finding("maintenance_plan", rule, "Change it with a what-if", None, None, f"{num} plans", "note"))
    if growth == 0 and plans["wear_growth"].null_count():
        rule = "failures come no more often when care is late where the plan does not say how wear grows"
        value = f"{plans['wear_growth'].null_count()} plans"
        findings.add(Finding("maintenance_plan", rule, "Enter how it grows", None, "wear_growth", value, "note"))
    return Care(
        as_texts(list(columns[0])),
        np.array(columns[1], np.int32),
        np.full(num, CALENDAR, np.int8),
        np.array(columns[2]),
        np.array(columns[3]),
        Times(np.where(sigmas > 0, LOGNORMAL, FIXED).astype(np.int8), np.array(columns[4]), sigmas),
        np.array(columns[6], np.int32),
        np.zeros(num),
        np.full(num, skipped),
        wears,
        np.where(wears > 0, MOST_WEAR, 1.0),
    )


def _first_due(due: datetime | None, last: datetime | None, interval: float, now: datetime) -> float:
    if due is not None:
        return max((due - now).total_seconds(), 0.0)
    if last is not None:
        return max((last - now).total_seconds() + interval, 0.0)
    return interval


def _share_skipped(orders: pl.DataFrame, now: datetime) -> float:
    """Share of the past orders of maintenance plans that were put off or cancelled."""
    past = orders.filter(pl.col("due_at") < now)["state"].cast(pl.String)
    left_out = int(past.is_in(["deferred", "cancelled"]).sum())
    decided = left_out + int((past == "done").sum())
    return min(left_out / decided, 0.95) if decided else 0.0


def _compile_down(snapshot: Snapshot, floor: FloorMachines, findings: Findings) -> Outages:
    """Machines that are down now stay so for the mean repair of their failure modes."""
    down = snapshot["machine_event"].filter(
        (pl.col("state").cast(pl.String) == "down")
        & (pl.col("starts_at") <= snapshot.as_of)
        & (pl.col("ends_at").is_null() | (pl.col("ends_at") > snapshot.as_of))
        & pl.col("resource").is_in(list(floor.of_resource))
    )
    repairs = dict(snapshot["failure_mode"].group_by("resource").agg(pl.col("repair_mean_hours").mean()).iter_rows())
    rows = []
    for resource, ends_at in (
        down.sort("resource").unique("resource", maintain_order=True).select("resource", "ends_at").iter_rows()
    ):
        left = (ends_at - snapshot.as_of).total_seconds() if ends_at else float(repairs.get(resource) or 4.0) * HOUR
        rows.append((resource, left))
    if not rows:
        return Outages()
    rule = "machines that are down now come back after the mean repair of their failure modes, from now on"
    names = ", ".join(resource for resource, _ in rows[:5])
    findings.add(Finding("machine_event", rule, "Enter when they will be back", None, "resource", names, "note"))
    num = len(rows)
    machines = [floor.of_resource[resource] for resource, _ in rows]
    return Outages(
        as_texts([f"down now: {resource}" for resource, _ in rows]),
        np.concatenate(([0], np.cumsum([len(own) for own in machines]))).astype(np.int64),
        np.array([m for own in machines for m in own], np.int32),
        make_times(0.0, FIXED, count=num),
        make_times(0.0, FIXED, count=num),
        np.arange(num + 1, dtype=np.int64),
        np.zeros(num),
        np.array([left for _, left in rows]),
    )
