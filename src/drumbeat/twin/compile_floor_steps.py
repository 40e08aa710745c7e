"""Steps of the floor's products: where they queue, how long they run, what they hold, what is lost."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import polars as pl

from drumbeat.basics.arrays import Floats, Int32s, Int64s
from drumbeat.basics.findings import Finding, Findings
from drumbeat.basics.streams import FIXED, LOGNORMAL, sigma_of
from drumbeat.data.snapshot import Snapshot
from drumbeat.scheduling.compile_modes import Floorplan
from drumbeat.twin.compile_floor_demand import FloorDemand
from drumbeat.twin.compile_floor_machines import FloorMachines
from drumbeat.twin.compile_floor_places import compile_moves, count_places, warn_of_rings
from drumbeat.twin.compile_floor_pools import PoolBook
from drumbeat.twin.compile_floor_products import ProductBook, as_texts
from drumbeat.twin.compile_floor_transfer import find_transfer_lots, share_of_lot
from drumbeat.twin.engine.floor.problem import EDD, PER_LOT, PER_PIECE, Groups, Steps
from drumbeat.twin.engine.floor.surroundings import DURING_BOTH, DURING_SETUP, Moves, Needs, no_needs
from drumbeat.twin.engine.floor.times import Times
from drumbeat.twin.estimate_escapes import estimate_escapes
from drumbeat.twin.estimate_run_times import FEWEST_REPORTS, estimate_run_times, estimate_scrap

LEAST_RATIO, MOST_RATIO = 0.5, 2.0
"""Between these, a median of actual over standard run time is believed."""


@dataclass
class FloorSteps:
    """Steps and the queues before them.

    Parameters
    ----------
    operations, owner
        By step: the operation's code and its product.
    first_of
        Step of an operation of a product.
    last_resource
        By product, the preferred resource of its last operation that has one.
    transfer
        By product, pieces that go on together; 0 = the whole lot.
    moves
        How long lots travel from site to site.
    """

    steps: Steps
    groups: Groups
    operations: list[str]
    owner: list[int]
    first_of: dict[tuple[int, str], int]
    last_resource: list[str | None]
    transfer: Int64s
    moves: Moves


@dataclass
class _Groups:
    """Numbers queues: one for each set of machines, with their speeds."""

    floor: FloorMachines
    keys: dict[tuple[tuple[str, float], ...], int] = field(default_factory=dict)

    def number(self, ways: list[tuple[str, float]]) -> int:
        return self.keys.setdefault(tuple(ways), len(self.keys))

    def resources(self) -> list[list[str]]:
        """Resources of each queue."""
        return [[code for code, _ in ways] for ways in self.keys]

    def as_groups(self, places: Int64s, area: Int32s) -> Groups:
        members = [
            [(m, 1.0 / speed) for code, speed in ways for m in self.floor.of_resource[code]] for ways in self.keys
        ]
        names = [" or ".join(code for code, _ in ways) for ways in self.keys]
        seen: dict[str, int] = {}
        for i, name in enumerate(names):
            seen[name] = seen.get(name, 0) + 1
            names[i] = name if seen[name] == 1 else f"{name} ({seen[name]})"
        num = len(names)
        return Groups(
            as_texts(names),
            np.concatenate(([0], np.cumsum([len(own) for own in members]))).astype(np.int64),
            np.array([m for own in members for m, _ in own], np.int32),
            np.array([factor for own in members for _, factor in own], np.float64),
            np.full(num, EDD, np.int8),
            np.zeros(num, np.bool_),
            places,
            area,
        )


def compile_steps(
    snapshot: Snapshot,
    products: ProductBook,
    floor: FloorMachines,
    pools: PoolBook,
    demand: FloorDemand,
    findings: Findings,
) -> FloorSteps:
    """Compile the steps of all products, in the order of their numbers."""
    ways = _Ways.of(snapshot, floor, pools, findings)
    groups = _Groups(floor)
    rows: list[dict[str, float]] = []
    needs: list[list[tuple[int, int, int]]] = []
    operations, owner, keys = [], [], []
    first_of: dict[tuple[int, str], int] = {}
    last_resource: list[str | None] = []
    facts = _Facts.of(snapshot, findings, [op for own in products.routings for op in products.operations[own]])
    transfer = find_transfer_lots(products, demand.pieces, ways.find_ovens(products), findings)
    shares = share_of_lot(transfer, demand.pieces)
    for p, routing in enumerate(products.routings):
        last: str | None = None
        own = products.operations[routing]
        for k, operation in enumerate(own):
            code = str(operation["code"])
            machines = ways.machines(code, products.sites[p], str(operation["capability"]))
            last = machines[0][0] if machines else last
            row = facts.row(
                operation, _family(snapshot_family=facts.family_of, operation=operation, item=products.items[p]), floor
            )
            row["group"] = groups.number(machines) if machines else -1
            row["batch_max"] = ways.batch(code, machines) * int(demand.most_pieces[p])
            row["most_wait"] = np.nan if k + 1 == len(own) else row["most_wait"]
            row["setup"] *= shares[p]
            row["run"] *= shares[p] if row["unit"] == PER_LOT else 1.0
            row["delay"] += products.travel[p] if k + 1 == len(own) else 0.0
            is_end = k + 1 == len(own) and products.is_sold[p]
            row["defect"] = facts.escapes.get(products.items[p], 0.0) * shares[p] if is_end else 0.0
            rows.append(row)
            needs.append(ways.needs(code, products.sites[p], machines))
            first_of[p, code] = len(operations)
            operations.append(code)
            owner.append(p)
            keys.append(f"{products.keys[p]}: {code}")
        last_resource.append(last)
    steps = _as_steps(keys, rows, needs)
    queues = groups.resources()
    places = count_places(snapshot, queues, findings)
    area, moves = compile_moves(snapshot, queues, steps.group, owner, findings)
    found = groups.as_groups(places, area)
    warn_of_rings(steps, owner, found, findings)
    return FloorSteps(steps, found, operations, owner, first_of, last_resource, transfer, moves)


def _family(snapshot_family: dict[str, str], operation: dict[str, object], item: str) -> str:
    return str(operation["setup_family"] or "") or snapshot_family.get(item, "")


@dataclass
class _Ways:
    """Where operations run, and what else they hold."""

    floor: FloorMachines
    pools: PoolBook
    floorplan: Floorplan
    codes: list[str]
    crew_of: dict[str, str]
    batch_of: dict[str, int]
    findings: Findings
    lacking: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, snapshot: Snapshot, floor: FloorMachines, pools: PoolBook, findings: Findings) -> _Ways:
        rows = snapshot["resource"]
        crew_of = dict(rows.filter(pl.col("setup_crew").is_not_null()).select("code", "setup_crew").iter_rows())
        batch_of = dict(rows.filter("is_batch").select("code", "capacity").iter_rows())
        plan = Floorplan.of(snapshot, [], Findings())
        return cls(floor, pools, plan, rows["code"].to_list(), crew_of, batch_of, findings)

    def _needs_of(self, operation: str) -> dict[str, list[tuple[int, int, float, int, float]]]:
        return self.floorplan.needs.get(operation, {})

    def _main(self, operation: str) -> str | None:
        """The need that is the machine: that of the name, else the first whose resources are machines."""
        needs = self._needs_of(operation)
        for need in sorted(needs, key=lambda name: (name != "machine", name)):
            if all(self.codes[way[0]] in self.floor.of_resource for way in needs[need]):
                return need
        return None

    def machines(self, operation: str, site: str, capability: str) -> list[tuple[str, float]]:
        """Machines that can run an operation with their speeds, the preferred first."""
        need = self._main(operation)
        if need is not None:
            return [(self.codes[way[0]], way[2]) for way in self._needs_of(operation)[need]]
        able = [self.codes[r] for r in self.floorplan.able.get((site, capability), ()) if capability]
        found = [(code, 1.0) for code in able if code in self.floor.of_resource]
        if not found and operation not in self.lacking:
            self.lacking.add(operation)
            rule = "an operation runs on a machine"
            remedy = "Name its machines, or a capability that one has; here it only takes time"
            self.findings.add(Finding("operation_resource", rule, remedy, None, "operation", operation, "warning"))
        return found

    def find_ovens(self, products: ProductBook) -> set[str]:
        """Operations of the products that run as batches."""
        return {
            code
            for p, routing in enumerate(products.routings)
            for row in products.operations[routing]
            if self.batch(code := str(row["code"]), self.machines(code, products.sites[p], str(row["capability"])))
        }

    def batch(self, operation: str, machines: list[tuple[str, float]]) -> int:
        """Tasks that run together, where all machines of the operation are ovens; 0 = none."""
        if not machines or any(code not in self.batch_of for code, _ in machines):
            return 0
        units = min((way[1] for ways in self._needs_of(operation).values() for way in ways), default=1)
        return max(min(self.batch_of[code] for code, _ in machines) // max(units, 1), 1)

    def needs(self, operation: str, site: str, machines: list[tuple[str, float]]) -> list[tuple[int, int, int]]:
        """Pools that an operation holds: (pool, units, phase)."""
        found: dict[tuple[int, int], int] = {}
        main = self._main(operation)
        for need, ways in sorted(self._needs_of(operation).items()):
            if need != main:
                pool = self.pools.resources(sorted({self.codes[way[0]] for way in ways}), site)
                found[pool, DURING_BOTH] = found.get((pool, DURING_BOTH), 0) + min(way[1] for way in ways)
        for skill, people in self.floorplan_crews(operation):
            known = self.pools.skill(skill, site)
            if known is None:
                if (key := f"{skill} @ {site}") not in self.lacking:
                    self.lacking.add(key)
                    rule = "a skill that operations need is held by somebody who is there at some time"
                    remedy = "Certify or hire somebody; here the operation does without"
                    self.findings.add(Finding("person_skill", rule, remedy, None, "skill", key, "warning"))
                continue
            units = min(people, max(self.pools.most(known), 1))
            found[known, DURING_BOTH] = found.get((known, DURING_BOTH), 0) + units
        crews = {self.crew_of.get(code) for code, _ in machines}
        if len(crews) == 1 and (crew := crews.pop()) is not None:
            found[self.pools.resources([crew], site), DURING_SETUP] = 1
        return [(pool, units, phase) for (pool, phase), units in found.items()]

    def floorplan_crews(self, operation: str) -> list[tuple[str, int]]:
        """Skills that an operation needs, with how many people."""
        return list(self.floorplan.crews.get(operation, ()))


@dataclass
class _Facts:
    """What is measured of operations."""

    family_of: dict[str, str]
    spread: dict[str, tuple[float, float]]
    usual: tuple[float, float]
    scrap: dict[str, float]
    rework: dict[str, float]
    escapes: dict[str, float]

    @classmethod
    def of(cls, snapshot: Snapshot, findings: Findings, operations: list[dict[str, object]]) -> _Facts:
        runs = estimate_run_times(snapshot)
        spread = {code: (float(cv), float(ratio)) for code, cv, ratio, _ in runs.operations.iter_rows()}
        scrap = dict(estimate_scrap(snapshot).select("operation", "share").iter_rows())
        wanted = {str(row["code"]) for row in operations}
        assumed = len(wanted - set(spread))
        if assumed:
            rule = (
                f"run times spread by {runs.cv:.0%} where fewer than {FEWEST_REPORTS} reports tell an operation's own"
            )
            remedy = "Report what is made, with start and end, to have each operation's spread measured"
            findings.add(Finding("production_report", rule, remedy, None, None, f"{assumed} operations", "note"))
        planned = len(wanted - set(scrap))
        if planned:
            rule = "what is lost follows the yield of the operation where reports tell no scrap of its own"
            findings.add(
                Finding("operation", rule, "Report scrap", None, "operation_yield", f"{planned} operations", "note")
            )
        families = dict(snapshot["item"].select("code", "setup_family").iter_rows())
        usual = (runs.cv, runs.ratio if runs.num_reports >= FEWEST_REPORTS else 1.0)
        escapes = estimate_escapes(snapshot)
        if escapes:
            rule = "what customers found in the past half year tells how often a defect reaches them"
            remedy = "Keep nonconformances with their stage"
            findings.add(Finding("nonconformance", rule, remedy, None, "stage", f"{len(escapes)} items", "note"))
        return cls(families, spread, usual, scrap, _estimate_rework(snapshot), escapes)

    def row(self, operation: dict[str, object], family: str, floor: FloorMachines) -> dict[str, float]:
        """Return the numbers of one step."""
        code = str(operation["code"])
        cv, ratio = self.spread.get(code, self.usual)
        # The mean of a lognormal is above its median; a median far off the standard is doubted.
        factor = ratio * float(np.sqrt(1 + cv * cv)) if LEAST_RATIO <= ratio <= MOST_RATIO else 1.0
        unit, lot = _minutes(operation, "run_minutes"), _minutes(operation, "lot_minutes")
        standard = 1.0 - float(str(operation["operation_yield"]))
        most = operation["most_wait_minutes"]
        return {
            "run": (unit if unit > 0 else lot) * 60.0 * factor,
            "unit": PER_PIECE if unit > 0 else PER_LOT,
            # Minutes of the lot beside those of its pieces are played as setup: they don't grow with the pieces.
            "setup": (_minutes(operation, "setup_minutes") + (lot * factor if unit > 0 else 0.0)) * 60.0,
            "cv": cv,
            "delay": _minutes(operation, "wait_minutes") * 60.0,
            "most_wait": np.nan if most is None else float(str(most)) * 60.0,
            "family": floor.families.get(family, -1),
            "scrap": min(max(float(self.scrap.get(code, standard)), 0.0), 0.9),
            "rework": min(self.rework.get(code, 0.0), 0.5),
            "drift": float(str(operation["scrap_drift"] or 0.0)),
        }


def _minutes(operation: dict[str, object], column: str) -> float:
    return float(str(operation[column] or 0.0))


def _estimate_rework(snapshot: Snapshot) -> dict[str, float]:
    """Share of units that reports send to rework, by operation with enough reports."""
    units = pl.col("good") + pl.col("scrap") + pl.col("rework")
    rows = (
        snapshot["production_report"]
        .filter(pl.col("operation").is_not_null() & (units > 0))
        .group_by("operation")
        .agg((pl.col("rework").sum() / units.sum()).alias("share"), pl.len().alias("num"))
        .filter((pl.col("num") >= FEWEST_REPORTS) & (pl.col("share") > 0))
    )
    return {code: float(share) for code, share, _ in rows.iter_rows()}


def _as_steps(keys: list[str], rows: list[dict[str, float]], needs: list[list[tuple[int, int, int]]]) -> Steps:
    num = len(keys)

    def column(name: str) -> Floats:
        return np.array([row[name] for row in rows], np.float64)

    every = np.arange(num)
    run, rework, most = column("run"), column("rework"), column("most_wait")
    batch = column("batch_max").astype(np.int64)
    family = column("family").astype(np.int32)
    flat = [entry for own in needs for entry in own]
    none = np.full(num, -1, np.int32)
    return Steps(
        keys=as_texts(keys),
        group=column("group").astype(np.int32),
        run=Times(np.full(num, LOGNORMAL, np.int8), run, np.array([sigma_of(cv) for cv in column("cv")])),
        unit=column("unit").astype(np.int8),
        delay=Times(np.full(num, FIXED, np.int8), column("delay"), np.zeros(num)),
        family=family,
        # Lots of one setup family share an oven; those without one run with lots of their own operation.
        batch_family=np.where(batch > 0, np.where(family >= 0, family, family.max(initial=0) + 1 + every), -1).astype(
            np.int32
        ),
        batch_min=np.where(batch > 0, 1, 0).astype(np.int64),
        batch_max=batch,
        batch_wait=np.full(num, np.inf),
        scrap=column("scrap"),
        scrap_unit=np.full(num, PER_PIECE, np.int8),
        rework=rework,
        rework_to=np.where(rework > 0, every, -1).astype(np.int32),
        skip=np.zeros(num),
        dedicate_to=none,
        limit_to=np.where(np.isnan(most), -1, every + 1).astype(np.int32),
        limit_seconds=np.nan_to_num(most, nan=np.inf),
        defect=column("defect"),
        detect=np.zeros(num),
        is_reworked=np.zeros(num, np.bool_),
        drift=column("drift"),
        needs=Needs(
            np.concatenate(([0], np.cumsum([len(own) for own in needs]))).astype(np.int64),
            np.array([pool for pool, _, _ in flat], np.int32),
            np.array([units for _, units, _ in flat], np.float64),
            np.array([phase for _, _, phase in flat], np.int8),
        ),
        uses=no_needs(num),
        setup=column("setup"),
    )
