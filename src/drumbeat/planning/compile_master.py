"""Compile a snapshot into a master planning problem: weeks, buffers, methods, machine hours, and what they cost."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import polars as pl

from drumbeat.basics.arrays import Floats, Int64s, Texts
from drumbeat.basics.findings import Finding, Findings
from drumbeat.data.snapshot import Snapshot
from drumbeat.planning.compile_capacity import WeeklyCapacity, compile_capacity
from drumbeat.planning.compile_problem import compile_problem
from drumbeat.planning.compile_work import MOMENT, WEEK_SECONDS, compile_work, sum_by_week
from drumbeat.planning.engine.blow_phantoms import blow_phantoms
from drumbeat.planning.engine.master import Activities, Capacity, MasterProblem, Periods, Products
from drumbeat.planning.engine.problem import BUY, MAKE, MOVE, Problem
from drumbeat.planning.find_holding_rates import find_holding_rates
from drumbeat.planning.list_work_sets import WorkSets, list_work_sets

WEEK_HOURS = 168.0
WEEKS_A_YEAR = 52


@dataclass(frozen=True)
class MasterTerms:
    """What a master plan may do, and what it reckons where the data name no price.

    Parameters
    ----------
    weeks
        Length of the horizon, 1 or more.
    holding_rate
        Share of an item's cost that a year in stock costs, >= 0; None = as the data say, by site or item.
    late_rate
        Share of the price that a week of lateness costs, >= 0; times the demand's importance.
    overtime_share
        Overtime that can be had, as a share of open hours, >= 0; never beyond 168 hours a week.
    overtime_premium
        Cost of an hour of overtime against the hour's usual cost, >= 0.
    extra_shifts
        Extra shifts that each machine can have in a week, >= 0.
    shift_hours
        Length of one, above 0.
    budget
        Money a week for purchases, subcontracting, overtime and shifts; inf = any.

    Raises
    ------
    ValueError
        When one of them is out of its range.
    """

    weeks: int = 13
    holding_rate: float | None = None
    late_rate: float = 0.02
    overtime_share: float = 0.2
    overtime_premium: float = 1.5
    extra_shifts: int = 0
    shift_hours: float = 8.0
    budget: float = float("inf")

    def __post_init__(self) -> None:
        shares = (self.holding_rate or 0.0, self.late_rate, self.overtime_share, self.overtime_premium, self.budget)
        if self.weeks < 1 or self.extra_shifts < 0 or not self.shift_hours > 0 or not min(shares) >= 0:
            raise ValueError(
                f"a master plan has 1 or more weeks, and rates, shares and shifts of 0 or more, not {self}"
            )


@dataclass(frozen=True)
class CompiledMaster:
    """A master planning problem, and what its rows stand for.

    Parameters
    ----------
    problem
        For the engine.
    products
        item, site: the first products of the problem; those after them are work that several machines can do.
    activities
        how (make, buy, move, work), item, site, source: one row an activity.
    capacity
        Machines and weeks.
    firm_hours
        Shape (machines, weeks): hours that orders already under way take.
    findings
        What was assumed.
    """

    problem: MasterProblem
    products: pl.DataFrame
    activities: pl.DataFrame
    capacity: WeeklyCapacity
    firm_hours: Floats
    findings: Findings


@dataclass
class _Ways:
    """Activities while they are collected."""

    keys: list[str] = field(default_factory=list)
    product: list[int] = field(default_factory=list)
    lead: list[int] = field(default_factory=list)
    cost: list[float] = field(default_factory=list)
    most: list[Floats] = field(default_factory=list)
    hours: list[list[tuple[int, float]]] = field(default_factory=list)
    parts: list[list[tuple[int, float]]] = field(default_factory=list)
    besides: list[list[tuple[int, float]]] = field(default_factory=list)
    rows: list[tuple[str, str, str, str]] = field(default_factory=list)

    def add(
        self, row: tuple[str, str, str, str], product: int, lead: int, cost: float, most: Floats,
        hours: list[tuple[int, float]], parts: list[tuple[int, float]], besides: list[tuple[int, float]] | None = None,
    ) -> None:  # fmt: skip
        """Add an activity; `row` is how, item, site, source; `besides` is what comes out beside it."""
        self.keys.append(" ".join(part for part in row if part))
        self.rows.append(row)
        self.product.append(product)
        self.lead.append(lead)
        self.cost.append(cost)
        self.most.append(most)
        self.hours.append(hours)
        self.parts.append(parts)
        self.besides.append(besides or [])

    def build(self, weeks: int) -> Activities:
        """Return them as arrays."""

        def flat(lists: list[list[tuple[int, float]]]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
            pairs = [pair for entries in lists for pair in entries]
            ptr = np.cumsum([0, *map(len, lists)], dtype=np.int64)
            index = np.array([first for first, _ in pairs], dtype=np.int32)
            return ptr, index, np.array([amount for _, amount in pairs], dtype=np.float64)

        return Activities(
            np.array(self.keys, dtype=object), np.array(self.product, dtype=np.int32),
            np.array(self.lead, dtype=np.int64), np.array(self.cost, dtype=np.float64),
            np.array(self.most, dtype=np.float64).reshape(len(self.most), weeks),
            *flat(self.hours), *flat(self.parts), *flat(self.besides),
        )  # fmt: skip


def compile_master(snapshot: Snapshot, terms: MasterTerms) -> CompiledMaster:
    """Compile a snapshot into a master planning problem.

    Weeks run from the snapshot's moment. Hours of machines are open hours less care, expected breakdowns and the work
    of orders under way; they are sunk. Setups are spread over usual lots. Lead times are rounded to whole weeks.
    A forecast or order beyond the horizon is left out. All machines of an operation are alternatives.

    Raises
    ------
    InputError
        When an item goes into itself.
    """
    planning, places, findings = compile_problem(snapshot)
    capacity = compile_capacity(snapshot, terms.weeks)
    sets = list_work_sets(snapshot, capacity.machines["code"].to_list(), planning)
    prices = _prices(snapshot, places)
    ways = _Ways()
    _add_methods(ways, snapshot, planning, places, prices, sets, terms.weeks)
    _add_work(ways, capacity, sets, planning.num_buffers)
    firm = _firm_hours(snapshot, capacity)
    problem = MasterProblem(
        Periods.chain(terms.weeks),
        _products(planning, prices, _stores(snapshot, places, terms), sets, terms),
        ways.build(terms.weeks),
        _capacity(snapshot, capacity, firm, terms),
        np.full(terms.weeks, terms.budget),
    )
    _note_prices(places, prices, planning, findings)
    rows = pl.DataFrame(
        ways.rows, schema={"how": pl.String, "item": pl.String, "site": pl.String, "source": pl.String}, orient="row"
    )
    return CompiledMaster(problem, places.select("item", "site"), rows, capacity, firm, findings)


def _prices(snapshot: Snapshot, places: pl.DataFrame) -> pl.DataFrame:
    """Cost and price of the item of each buffer."""
    items = snapshot["item"].select(
        item="code", cost=pl.col("cost").cast(pl.Float64), price=pl.col("price").cast(pl.Float64)
    )
    return places.join(items, on="item", how="left", maintain_order="left").with_columns(
        pl.col("cost", "price").fill_null(0.0)
    )


def _note_prices(places: pl.DataFrame, prices: pl.DataFrame, planning: Problem, findings: Findings) -> None:
    wanted = np.unique(planning.demands.buffer)
    free = prices[wanted].filter(pl.col("price") <= 0) if len(wanted) else places.clear()
    if free.height:
        rule, remedy = "what customers want has a price", "1 is taken; enter the item's price"
        findings.add(
            Finding("item", rule, remedy, column="price", value=free["item"][0], severity="warning"),
            times=free.height,
        )


def _add_methods(
    ways: _Ways, snapshot: Snapshot, planning: Problem, places: pl.DataFrame, prices: pl.DataFrame, sets: WorkSets,
    weeks: int,
) -> None:  # fmt: skip
    """Add what the plan's methods can do: make, buy, move; a bill that changes on the way is one activity a stretch."""
    methods, bills = planning.methods, blow_phantoms(planning)
    owner = np.repeat(np.arange(planning.num_buffers), np.diff(methods.ptr))
    terms = {
        (supplier, item, site): (float(price), most)
        for supplier, item, site, price, most in snapshot["supply_term"]
        .sort("quantity_from", descending=True)
        .select("supplier", "item", "site", "price", "capacity_per_week")
        .iter_rows()
    }
    takes_bill = methods.taking == MAKE
    items, sites, costs = places["item"].to_list(), places["site"].to_list(), prices["cost"].to_list()
    starts = np.arange(weeks) * WEEK_SECONDS
    for m in np.flatnonzero(~planning.buffers.is_phantom[owner]).tolist():
        buffer, kind, source = int(owner[m]), int(methods.kind[m]), str(methods.source_keys[m])
        item, site = items[buffer], sites[buffer]
        lead = round(float(methods.lead_seconds[m]) / WEEK_SECONDS)
        price, capacity = terms.get((source, item, site), (costs[buffer] if kind == BUY else 0.0, None))
        is_open = (methods.valid_from[m] < starts + WEEK_SECONDS) & (starts < methods.valid_to[m])
        most = np.where(is_open, np.inf if capacity is None else float(capacity), 0.0)
        if kind == MAKE or takes_bill[m]:
            routing = str(methods.routing_keys[m])
            hours, work = sets.needs(routing, planning.num_buffers)
            row = (("make", item, site, routing), sets.outside_cost(routing))
            if kind == BUY:
                row = (("buy", item, site, source), price)
            lines = np.arange(bills.ptr[buffer], bills.ptr[buffer + 1])
            per = bills.quantity_per[lines] / (1 - bills.scrap[lines]) / methods.yields[m]
            holds = (bills.valid_from[lines, None] <= starts) & (starts < bills.valid_to[lines, None])
            for bill in np.unique(holds, axis=1).T:
                parts = work + list(zip(bills.component[lines[bill]].tolist(), per[bill].tolist(), strict=True))
                limit = np.where((holds == bill[:, None]).all(axis=0), most, 0.0)
                ways.add(row[0], buffer, lead, row[1], limit, hours, parts, _list_besides(planning, m))
        elif kind == MOVE:
            ways.add(("move", item, site, source), buffer, lead, price, most, [],
                     [(int(methods.source[m]), 1.0 / float(methods.yields[m]))])  # fmt: skip
        else:
            ways.add(("buy", item, site, source), buffer, lead, price, most, [], [])


def _list_besides(planning: Problem, method: int) -> list[tuple[int, float]]:
    """List what comes out beside an order of a method: product, and units for each good unit."""
    outputs = planning.outputs
    if outputs is None:
        return []
    span = slice(int(outputs.ptr[method]), int(outputs.ptr[method + 1]))
    return list(zip(outputs.product[span].tolist(), outputs.per[span].tolist(), strict=True))


def _add_work(ways: _Ways, capacity: WeeklyCapacity, sets: WorkSets, first: int) -> None:
    """Add the machines that can do each kind of shared work."""
    codes, sites = capacity.machines["code"].to_list(), capacity.machines["site"].to_list()
    most = np.full(len(capacity.starts), np.inf)
    for number, members in enumerate(sets.members):
        for machine, speed in members:
            cost = sets.rate[machine] / speed
            row = ("work", "", sites[machine], codes[machine])
            ways.add(row, first + number, 0, cost, most, [(machine, 1.0 / speed)], [])


def _by_week(seconds: Int64s, weeks: int) -> Int64s:
    """Week of each moment; what is overdue is this week's, what is beyond the horizon `weeks`."""
    week: Int64s = np.clip(seconds // WEEK_SECONDS, 0, weeks).astype(np.int64)
    return week


def _stores(snapshot: Snapshot, places: pl.DataFrame, terms: MasterTerms) -> tuple[Floats, Floats]:
    """Units that each buffer's store holds (inf where none is named), and the share of cost that a year in it costs."""
    stores = snapshot["stock"].select("item", "site", "storage_maximum")
    room = places.join(stores, on=["item", "site"], how="left", maintain_order="left")["storage_maximum"]
    most: Floats = room.fill_null(float("inf")).to_numpy().astype(np.float64)
    if terms.holding_rate is not None:
        return most, np.full(places.height, terms.holding_rate)
    return most, find_holding_rates(snapshot, places)


def _products(
    planning: Problem, prices: pl.DataFrame, stores: tuple[Floats, Floats], sets: WorkSets, terms: MasterTerms
) -> Products:
    weeks, count = terms.weeks, planning.num_buffers
    demand, receipts = np.zeros((weeks + 1, count)), np.zeros((weeks + 1, count))
    demands, incoming = planning.demands, planning.receipts
    np.add.at(demand, (_by_week(demands.due, weeks), demands.buffer), demands.quantity)
    np.add.at(receipts, (_by_week(incoming.time, weeks), incoming.buffer), incoming.quantity)
    # What orders under way still take from stock is wanted like anything else, but nobody pays for it.
    bills = blow_phantoms(planning)
    for r in np.flatnonzero(incoming.units_to_issue > 0).tolist():
        lines = np.arange(bills.ptr[incoming.buffer[r]], bills.ptr[incoming.buffer[r] + 1])
        lines = lines[(bills.valid_from[lines] <= incoming.start[r]) & (incoming.start[r] < bills.valid_to[lines])]
        taken = incoming.units_to_issue[r] * bills.quantity_per[lines] / (1 - bills.scrap[lines])
        np.add.at(demand, (_by_week(incoming.start[r : r + 1], weeks), bills.component[lines]), taken)
    leaving = np.flatnonzero(incoming.source >= 0)
    np.add.at(demand, (_by_week(incoming.start[leaving], weeks), incoming.source[leaving]), incoming.quantity[leaving])
    weight = np.bincount(demands.buffer, demands.quantity * demands.priority, count)
    units = np.bincount(demands.buffer, demands.quantity, count)
    importance = np.divide(weight, units, out=np.ones(count), where=units > 0)
    cost, price = prices["cost"].to_numpy(), prices["price"].to_numpy()
    worth = np.where(price > 0, price, np.maximum(cost, 1.0)) * importance
    room, rate = stores
    hold = cost * rate / WEEKS_A_YEAR
    work = len(sets.members)

    def padded(values: Floats, last: float = 0.0) -> Floats:
        return np.concatenate([values, np.full(work, last)])

    keys: Texts = np.array([*planning.buffers.keys, *sets.names], dtype=object)
    wide = ((0, 0), (0, work))
    return Products(
        keys, padded(planning.buffers.stock), np.pad(demand[:weeks], wide), np.pad(receipts[:weeks], wide),
        padded(hold), padded(planning.buffers.safety_stock), padded(worth * terms.late_rate / 2),
        padded(room, 0.0), padded(worth * terms.late_rate), padded(worth),
    )  # fmt: skip


def _firm_hours(snapshot: Snapshot, capacity: WeeklyCapacity) -> Floats:
    """Hours that orders under way take of each machine and week; what does not fit goes on to the next."""
    none = pl.DataFrame(
        schema={"method": pl.String, "item": pl.String, "site": pl.String, "quantity": pl.Float64, "code": pl.String,
                "start_at": MOMENT, "due_at": MOMENT}
    )  # fmt: skip
    machines, weeks = capacity.open_hours.shape
    rows = pl.DataFrame({"resource": capacity.machines["code"]}).with_row_index("row")
    work = sum_by_week(compile_work(snapshot, none), snapshot.as_of, weeks).join(rows, on="resource")
    hours = np.zeros((machines, weeks))
    hours[work["row"].to_numpy(), work["week"].to_numpy()] = (work["run_hours"] + work["setup_hours"]).to_numpy()
    usable = usable_hours(capacity)
    left = np.zeros(machines)
    taken = np.zeros((machines, weeks))
    for week in range(weeks):
        left += hours[:, week]
        taken[:, week] = np.minimum(left, usable[:, week])
        left -= taken[:, week]
    return taken


def usable_hours(capacity: WeeklyCapacity) -> Floats:
    """Return open hours less care and expected breakdowns; shape (machines, weeks)."""
    share = 1.0 - capacity.breakdown_share[:, None]
    usable: Floats = np.maximum(capacity.open_hours - capacity.care_hours, 0.0) * share
    return usable


def _capacity(snapshot: Snapshot, capacity: WeeklyCapacity, firm: Floats, terms: MasterTerms) -> Capacity:
    people = snapshot["person"]["cost_per_hour"].cast(pl.Float64)
    pay = float(people.mean() or 0.0) if people.len() else 0.0  # type: ignore[arg-type]
    own = capacity.machines["cost_per_hour"].cast(pl.Float64).to_numpy()
    hour = np.maximum(own, pay)
    closed = np.maximum(WEEK_HOURS - capacity.open_hours, 0.0)
    overtime = np.minimum(capacity.open_hours * terms.overtime_share, closed)
    shifts = np.floor(np.minimum(np.full_like(closed, terms.extra_shifts), (closed - overtime) / terms.shift_hours))
    return Capacity(
        capacity.machines["code"].to_numpy().astype(object), usable_hours(capacity) - firm, overtime,
        hour * terms.overtime_premium, np.full(len(hour), terms.shift_hours), shifts,
        hour * terms.shift_hours * terms.overtime_premium,
    )  # fmt: skip
