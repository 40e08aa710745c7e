"""Put purchase lines on suppliers' delivery days and on trucks: fuller ones where that saves more than it costs.

Rules, so that nobody has to guess:

- A supplier with delivery days brings a line on the last of them by which it is needed; where it would have to be
  ordered before now for that, on the first one after it can be there.
- A truck is as full as the scarcest of weight, volume and pallets says; what an item does not tell takes no room.
- The next delivery of a supplier to a site comes with an earlier one where that saves a truck, and the truck costs more
  than keeping the goods until then; not where it would be later than needed, or sooner than its lead time allows.
- Where it does not come as a whole, a line of it is rounded up on the earlier truck instead: by the part that saves the
  later delivery one truck, where that part has room, pays, and leaves both orders within the supplier's terms. Orders
  of one size are never parted: they ride whole or not at all.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from math import ceil
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import polars as pl

from drumbeat.data.snapshot import Snapshot

YEAR_DAYS = 365.0
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
ROUNDING = 1e-9
Line = dict[str, Any]
SCHEMA: Any = {
    "order": pl.String, "supplier": pl.String, "site": pl.String, "due_at": pl.Datetime("us", "UTC"),
    "trucks": pl.Int64, "fill": pl.Float64, "kg": pl.Float64, "m3": pl.Float64, "pallets": pl.Float64,
    "cost": pl.Float64, "saved": pl.Float64,
}  # fmt: skip


@dataclass(frozen=True)
class Freight:
    """What is known of suppliers' trucks and of items' sizes.

    Parameters
    ----------
    suppliers
        By code: delivery_days, truck_kg, truck_m3, truck_pallets, truck_cost.
    items
        By code: weight_kg, volume_m3, units_per_pallet, holding_rate.
    zones
        Time zone by site.
    as_of
        Now.
    """

    suppliers: dict[str, dict[str, Any]]
    items: dict[str, dict[str, Any]]
    zones: dict[str, ZoneInfo]
    as_of: datetime

    @classmethod
    def of(cls, snapshot: Snapshot) -> Freight:
        """Read it from a snapshot."""
        items = snapshot["item"].select("code", "weight_kg", "volume_m3", "units_per_pallet", "holding_rate")
        return cls(
            {row["code"]: row for row in snapshot["supplier"].iter_rows(named=True)},
            {row["code"]: row for row in items.iter_rows(named=True)},
            {code: ZoneInfo(zone) for code, zone in snapshot["site"].select("code", "time_zone").iter_rows()},
            snapshot.as_of,
        )

    def day_of(self, line: Line) -> date:
        """Day on which a line comes, by the clock of its site."""
        day: date = line["due_at"].astimezone(self.zones[line["site"]]).date()
        return day

    def has_truck(self, supplier: str) -> bool:
        """Whether anything is known of a supplier's trucks."""
        found = self.suppliers.get(supplier)
        return found is not None and (float(found["truck_cost"]) > 0 or any(self._rooms(supplier)))

    def _rooms(self, supplier: str) -> tuple[float, float, float]:
        found = self.suppliers[supplier]
        return found["truck_kg"], found["truck_m3"], found["truck_pallets"]

    def measure(self, lines: list[Line]) -> tuple[float, float, float]:
        """Weight [kg], volume [m3] and pallets of lines."""
        kg = m3 = pallets = 0.0
        for line in lines:
            item = self.items[line["item"]]
            kg += line["quantity"] * item["weight_kg"]
            m3 += line["quantity"] * item["volume_m3"]
            pallets += line["quantity"] / item["units_per_pallet"] if item["units_per_pallet"] > 0 else 0.0
        return kg, m3, pallets

    def fill(self, lines: list[Line]) -> float | None:
        """Trucks that lines fill, as a number with a fraction; None = their supplier names no bound."""
        rooms = self._rooms(lines[0]["supplier"])
        shares = [size / room for size, room in zip(self.measure(lines), rooms, strict=True) if room > 0]
        return max(shares) if shares else None

    def count(self, lines: list[Line]) -> int:
        """Whole trucks that lines take, at least one."""
        return max(1, ceil((self.fill(lines) or 0.0) - ROUNDING))

    def cost(self, lines: list[Line]) -> float:
        """Money for their trucks."""
        return self.count(lines) * float(self.suppliers[lines[0]["supplier"]]["truck_cost"])

    def holding(self, line: Line, earlier: timedelta) -> float:
        """Money that it costs to have a line so much earlier."""
        days = max(earlier / timedelta(days=1), 0.0)
        return float(line["money"] * self.items[line["item"]]["holding_rate"] * days / YEAR_DAYS)


def choose_delivery_days(lines: list[Line], freight: Freight) -> None:
    """Move lines to their suppliers' delivery days, and say so; lines of suppliers without any stay."""
    for line in lines:
        named = freight.suppliers.get(line["supplier"], {}).get("delivery_days", "")
        days = {DAYS.index(name.strip()) for name in named.split(",") if name.strip()}
        if not days or line["due_at"] is None:
            continue
        local = line["due_at"].astimezone(freight.zones[line["site"]])
        back = next(step for step in range(7) if (local - timedelta(days=step)).weekday() in days)
        moved = timedelta(days=-back)
        if back and line["order_at"] + moved < freight.as_of:
            ahead = next(step for step in range(1, 8) if (local + timedelta(days=step)).weekday() in days)
            moved = timedelta(days=ahead)
            line["reason"] += f"; delivered on {DAYS[(local + moved).weekday()]}, {ahead} days after it could be there"
        elif back:
            line["order_at"] += moved
            line["reason"] += f"; delivered on {DAYS[(local + moved).weekday()]}, {back} days before it is needed"
        # In local time: where clocks change in between, the weekday stays the one that is named.
        line["due_at"] = (local + moved).astimezone(UTC)


def delivers_on_days(supplier: str, freight: Freight) -> bool:
    """Whether a supplier names delivery days."""
    return bool(freight.suppliers.get(supplier, {}).get("delivery_days", ""))


def part_deliveries(group: list[Line], freight: Freight) -> list[list[Line]]:
    """Part lines that are ordered together, at one moment, into those that can come on one truck, by time.

    Lines of suppliers of whose trucks nothing is known stay together.
    """
    if not freight.has_truck(group[0]["supplier"]):
        return [group]
    timed = sorted((line for line in group if line["due_at"] is not None), key=lambda line: line["due_at"])
    parts: list[list[Line]] = []
    for line in timed:
        if parts and parts[-1][0]["due_at"] - line["order_at"] >= line["lead"]:
            parts[-1].append(line)
        else:
            parts.append([line])
    untimed = [line for line in group if line["due_at"] is None]
    return [*parts, untimed] if untimed else parts


def fill_trucks(groups: list[list[Line]], freight: Freight) -> list[list[Line]]:
    """Let later deliveries of a supplier to a site come with earlier ones where that saves a truck and money.

    Parameters
    ----------
    groups
        Lines that come together, one list a delivery, by time.
    """
    kept: list[list[Line]] = []
    last: dict[tuple[str, str], list[Line]] = {}
    for group in groups:
        key = (group[0]["supplier"], group[0]["site"])
        before = last.get(key)
        if before is not None and freight.has_truck(key[0]):
            whole, part = _weigh_whole(before, group, freight), _find_round_up(before, group, freight)
            if part is not None and part.gain > max(whole, 0.0) + ROUNDING:
                _move_part(before, group, part)
            elif whole > ROUNDING:
                _bring_forward(before, group)
                continue
        last[key] = group
        kept.append(group)
    return kept


def _weigh_whole(before: list[Line], group: list[Line], freight: Freight) -> float:
    """Money that a delivery saves on the trucks of the one before, keeping its goods taken off; 0 = it cannot come."""
    if any(line["due_at"] is None for line in (*before, *group)):
        return 0.0
    due, order_at = min(line["due_at"] for line in before), before[0]["order_at"]
    if any(line["due_at"] < due or due - order_at < line["lead"] for line in group):
        # It would come later than it is needed, or sooner than its supplier can have it there.
        return 0.0
    saved = freight.cost(before) + freight.cost(group) - freight.cost(before + group)
    return saved - sum(freight.holding(line, line["due_at"] - due) for line in group)


def _bring_forward(before: list[Line], group: list[Line]) -> None:
    due, order_at = min(line["due_at"] for line in before), before[0]["order_at"]
    for line in group:
        days = (line["due_at"] - due) / timedelta(days=1)
        line["reason"] += f"; {days:.1f} days early on a truck that has room"
        line["due_at"], line["order_at"] = due, order_at
    before += group


class RoundUp(NamedTuple):
    """Units of a line that come on an earlier truck, when that is there, and the money that it saves."""

    gain: float
    line: Line
    units: float
    due: datetime


def _find_round_up(before: list[Line], group: list[Line], freight: Freight) -> RoundUp | None:
    """Find the part of a line of the next delivery that saves it a truck by coming with this one; None = none pays."""
    filled, count = freight.fill(group), freight.count(group)
    if filled is None or count < 2 or any(line["due_at"] is None for line in (*before, *group)):
        return None
    due, order_at = min(line["due_at"] for line in before), before[0]["order_at"]
    found = []
    for line in group:
        in_time = line["due_at"] >= due and due - order_at >= line["lead"]
        units = _find_part(line, group, filled - (count - 1), freight) if in_time else None
        if units is None:
            continue
        part, rest = _cut(line, units), _cut(line, line["quantity"] - units)
        others = [one for one in group if one is not line]
        fits = freight.count([*before, part]) == freight.count(before) and freight.count([*others, rest]) < count
        gain = freight.cost(group) - freight.cost([*others, rest]) - freight.holding(part, line["due_at"] - due)
        if fits and _keeps_terms(part, before):
            found.append(RoundUp(gain, line, units, due))
    return max(found, key=lambda one: one.gain, default=None)


def _find_part(line: Line, group: list[Line], excess: float, freight: Freight) -> float | None:
    """Least units of a line, in its multiples or all, without which the group takes a truck less; None = too many."""
    without = freight.fill([_cut(line, 0.0), *(one for one in group if one is not line)]) or 0.0
    mine = (freight.fill(group) or 0.0) - without
    if mine < excess - ROUNDING:
        return None
    step = line["multiple"] or 1.0
    units = float(ceil(line["quantity"] * excess / mine / step - ROUNDING) * step)
    rest = line["quantity"] - units
    return units if rest >= max(line["least"], ROUNDING) or abs(rest) < ROUNDING else None


def _keeps_terms(part: Line, before: list[Line]) -> bool:
    """Whether a part may be ordered: on a line of its item and price that is there, or as one of its own."""
    return part["quantity"] >= part["least"] - ROUNDING or _find_same(part, before) is not None


def _find_same(part: Line, before: list[Line]) -> Line | None:
    return next((one for one in before if (one["item"], one["price"]) == (part["item"], part["price"])), None)


def _cut(line: Line, units: float) -> Line:
    """Return a line of so many units of it; what it is needed for is its share."""
    share = units / line["quantity"] if line["quantity"] > 0 else 0.0
    return line | {"quantity": units, "needed": line["needed"] * share, "money": units * line["price"]}


def _move_part(before: list[Line], group: list[Line], found: RoundUp) -> None:
    gain, line, units, due = found
    part, rest = _cut(line, units), _cut(line, line["quantity"] - units)
    days = (line["due_at"] - due) / timedelta(days=1)
    told = f"{units:g} more fill the truck, {days:.1f} days before they are needed: saves {gain:,.2f}"
    if rest["quantity"] < ROUNDING:
        # It comes as it is: beside another order of its item, not as one with it.
        group[:] = [one for one in group if one is not line]
        same = None
    else:
        line |= rest
        line["reason"] += f"; {units:g} come on an earlier truck"
        same = _find_same(part, before)
    if same is None:
        more = {"reason": f"{part['reason']}; {told}", "due_at": due, "order_at": before[0]["order_at"], "gain": gain}
        before.append(part | more | {"is_part": True})
        return
    same |= {name: same[name] + part[name] for name in ("quantity", "needed", "money")}
    same["gain"] = same.get("gain", 0.0) + gain
    same["reason"] += f"; {told}"


def describe_trucks(groups: list[list[Line]], needed: dict[str, datetime], freight: Freight) -> pl.DataFrame:
    """Describe the trucks of deliveries of suppliers who say something of theirs.

    Parameters
    ----------
    groups
        Lines that come together; numbered (`order`).
    needed
        When each line was to be there by the plan, by its planned order.

    Returns
    -------
    DataFrame
        order, supplier, site, due_at, trucks, fill (share of them; null = no bound), kg, m3, pallets, cost, saved: what
        a delivery of its own for each line would cost more, less what keeping the goods longer costs.
    """
    rows = []
    for group in groups:
        if not freight.has_truck(group[0]["supplier"]):
            continue
        kg, m3, pallets = freight.measure(group)
        count, filled, cost = freight.count(group), freight.fill(group), freight.cost(group)
        # What a part from a later delivery saves is its gain: a truck of its own was never meant for it.
        alone = sum(freight.cost([line]) for line in group if "is_part" not in line)
        kept = sum(
            freight.holding(line, needed[line["planned_order"]] - line["due_at"])
            for line in group
            if line["due_at"] is not None and needed.get(line["planned_order"]) is not None and "is_part" not in line
        )
        gain = sum(line.get("gain", 0.0) for line in group)
        rows.append(
            {
                "order": group[0]["order"], "supplier": group[0]["supplier"], "site": group[0]["site"],
                "due_at": group[0]["due_at"], "trucks": count, "fill": None if filled is None else filled / count,
                "kg": kg, "m3": m3, "pallets": pallets, "cost": cost, "saved": alone - cost - kept + gain,
            }
        )  # fmt: skip
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")
