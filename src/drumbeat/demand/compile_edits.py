"""Compile planners' edits: which items at which sites and which periods each is about, and how much of them.

Rules, so that nobody has to guess:

- An edit counts from when it was made until it is withdrawn. Edits are applied in the order in which they were made.
- What an edit names narrows it: an item, a family, a site, a customer; what it leaves empty is not narrowed. A customer
  has the share of an item at a site that the orders on file show, over all customers.
- Percent holds for each day from first to last. Units (more or less, or in all) are for all days together; where the
  forecast covers only some of these days, that share of them counts.
- The amount's unit is that of the items; another one is converted where both measure the same thing.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import numpy as np
import polars as pl

from drumbeat.basics.findings import Finding, Findings
from drumbeat.data.snapshot import Snapshot
from drumbeat.demand.engine.apply_edits import ABSOLUTE, DELTA, PERCENT, Edits

MOST = 1e15
"""Largest amount of an edit."""
KINDS = {"percent": PERCENT, "delta": DELTA, "absolute": ABSOLUTE}
UNITS = {
    "mg": ("mass", 1e-6), "g": ("mass", 1e-3), "kg": ("mass", 1.0), "t": ("mass", 1e3),
    "mm": ("length", 1e-3), "cm": ("length", 1e-2), "m": ("length", 1.0), "km": ("length", 1e3),
    "ml": ("volume", 1e-3), "l": ("volume", 1.0), "m3": ("volume", 1e3), "hl": ("volume", 100.0),
    "s": ("time", 1.0), "min": ("time", 60.0), "h": ("time", 3600.0), "d": ("time", 86_400.0),
    "pc": ("count", 1.0), "dozen": ("count", 12.0), "k pc": ("count", 1000.0),
}  # fmt: skip
"""What each unit measures, and how much of it."""


def compile_edits(
    snapshot: Snapshot, places: pl.DataFrame, starts: Sequence[date], end: date, *, as_of_each_period: bool = False
) -> tuple[Edits, pl.DataFrame, Findings]:
    """Compile the edits of a snapshot.

    Parameters
    ----------
    snapshot
        With the table forecast_edit.
    places
        One row a series: item, site, family, unit.
    starts, end
        First day of each period of the forecast, and the day after the last.
    as_of_each_period
        Whether an edit counts in the periods that began after it was made, as scoring needs it; False: edits count in
        all periods unless they are withdrawn.

    Returns
    -------
    tuple
        The edits; their rows of the table, in the same order; and what is wrong with those that are left out.
    """
    findings = Findings()
    rows = snapshot["forecast_edit"].sort("made_at", "code")
    if not as_of_each_period:
        rows = rows.filter(pl.col("withdrawn_at").is_null())
    shares = _share_customers(snapshot, places, rows)
    columns = {name: places[name].to_numpy().astype(str) for name in ("item", "site", "family", "unit")}
    kept: list[tuple[int, float, np.ndarray, np.ndarray, np.ndarray]] = []
    used = []
    for place, row in enumerate(rows.iter_rows(named=True)):
        cover = _cover(row, starts, end)
        if as_of_each_period:
            cover = cover * _in_force(row, starts)
        if not cover.any():
            continue
        members, share = _select(row, columns, shares, findings)
        amount = _amount(row, columns["unit"][members], starts, end, findings) if len(members) else None
        if amount is not None:
            kept.append((KINDS[row["kind"]], amount, members, share, cover))
            used.append(place)
    chosen = rows[used]
    _report_doubles(chosen, findings)
    ptr = np.concatenate(([0], np.cumsum([len(members) for _, _, members, _, _ in kept]))).astype(np.int64)
    edits = Edits(
        tuple(chosen["code"].to_list()),
        np.array([kind for kind, *_ in kept], dtype=np.int64),
        np.array([amount for _, amount, *_ in kept], dtype=np.float64),
        ptr,
        np.concatenate([members for _, _, members, _, _ in kept] or [np.zeros(0)]).astype(np.int64),
        np.concatenate([share for _, _, _, share, _ in kept] or [np.zeros(0)]).astype(np.float64),
        np.array([cover for *_, cover in kept], dtype=np.float64).reshape(len(kept), len(starts)),
    )
    return edits, chosen, findings


def _cover(row: dict[str, Any], starts: Sequence[date], end: date) -> np.ndarray:
    """Share of each period that lies between an edit's first and last day."""
    bounds = [*starts, end]
    stop = row["ends_on"] + timedelta(days=1) if row["ends_on"] < date.max else date.max
    shares = [
        max((min(stop, bounds[h + 1]) - max(row["starts_on"], bounds[h])).days, 0) / (bounds[h + 1] - bounds[h]).days
        for h in range(len(starts))
    ]
    return np.array(shares, dtype=np.float64)


def _in_force(row: dict[str, Any], starts: Sequence[date]) -> np.ndarray:
    moments = [datetime.combine(day, time(0), UTC) for day in starts]
    gone = row["withdrawn_at"]
    return np.array([row["made_at"] <= moment and (gone is None or gone > moment) for moment in moments])


def _share_customers(snapshot: Snapshot, places: pl.DataFrame, rows: pl.DataFrame) -> dict[str, np.ndarray]:
    """Share of each series that each customer named in an edit buys, by the orders on file."""
    wanted = rows["customer"].drop_nulls().unique().to_list()
    if not wanted:
        return {}
    orders = snapshot["demand_line"].filter((pl.col("kind") == "order") & (pl.col("state") != "cancelled"))
    both = ["item", "site"]
    whole = orders.group_by(both).agg(whole=pl.col("quantity").sum())
    shares = {}
    for customer in wanted:
        part = orders.filter(pl.col("customer") == customer).group_by(both).agg(part=pl.col("quantity").sum())
        joined = places.select(both).join(whole, on=both, how="left", maintain_order="left")
        joined = joined.join(part, on=both, how="left", maintain_order="left")
        share = joined.select(pl.col("part").fill_null(0.0) / pl.col("whole").fill_null(0.0)).to_series()
        shares[customer] = share.fill_nan(0.0).fill_null(0.0).to_numpy()
    return shares


def _select(
    row: dict[str, Any], columns: dict[str, np.ndarray], shares: dict[str, np.ndarray], findings: Findings
) -> tuple[np.ndarray, np.ndarray]:
    mask = np.ones(len(columns["item"]), dtype=np.bool_)
    for name in ("item", "family", "site"):
        if row[name]:
            mask &= columns[name] == row[name]
    share = np.ones(len(mask))
    if row["customer"]:
        share = shares[row["customer"]]
        mask &= share > 0
    members = np.flatnonzero(mask)
    if not len(members):
        named = ", ".join(f"{name} {row[name]}" for name in ("item", "family", "site", "customer") if row[name])
        rule = "an edit is about items with past demand"
        remedy = "It is left out; enter an item, family, site or customer that has some, or enter item_family"
        findings.add(_finding(row, rule, remedy, named or "all"))
    return members, share[members]


def _amount(
    row: dict[str, Any], units: np.ndarray, starts: Sequence[date], end: date, findings: Findings
) -> float | None:
    """The amount in the items' unit, for the days that the forecast covers; None where it cannot be said."""
    amount = float(row["amount"])
    if not abs(amount) <= MOST:
        findings.add(_finding(row, f"an amount is a number of at most {MOST:.0e}", "It is left out", f"{amount:g}"))
        return None
    if row["kind"] == "percent":
        if amount < -100:
            findings.add(_finding(row, "nothing is left at -100 percent", "It takes all away", f"{amount:g}"))
        return max(amount, -100.0)
    if row["kind"] == "absolute" and amount < 0:
        findings.add(_finding(row, "what is wanted in all is 0 or more", "It is left out", f"{amount:g}"))
        return None
    counted = sorted(set(units))
    if len(counted) > 1:
        rule = "an amount in units is about items that are counted in one unit"
        remedy = "It is left out; enter percent, or one edit for each unit"
        findings.add(_finding(row, rule, remedy, ", ".join(counted)))
        return None
    factor = convert(row["unit"], counted[0]) if row["unit"] else 1.0
    if factor is None:
        rule, remedy = "a unit measures what the item's unit measures", f"It is left out; enter it in {counted[0]}"
        findings.add(_finding(row, rule, remedy, row["unit"]))
        return None
    days = (row["ends_on"] - row["starts_on"]).days + 1
    inside = (min(row["ends_on"], end - timedelta(days=1)) - max(row["starts_on"], starts[0])).days + 1
    return float(amount * factor * inside / days)


def convert(unit: str, into: str) -> float | None:
    """Return how many of the second unit one of the first is; None where they measure different things.

    >>> convert("t", "kg"), convert("kg", "pc")
    (1000.0, None)
    """
    if unit == into:
        return 1.0
    one, other = UNITS.get(unit), UNITS.get(into)
    if one is None or other is None or one[0] != other[0]:
        return None
    return one[1] / other[1]


def _report_doubles(rows: pl.DataFrame, findings: Findings) -> None:
    """Tell of edits of one place and overlapping days: both count, the later one upon the earlier."""
    place = ["item", "family", "site", "customer"]
    for _, same in rows.group_by(place, maintain_order=True):
        last: dict[str, Any] | None = None
        for row in same.sort("starts_on", "made_at").iter_rows(named=True):
            if last is not None and row["starts_on"] <= last["ends_on"]:
                rule = f"edits {last['code']} by {last['author'] or 'nobody'} and {row['code']} are about the same days"
                remedy = "Both count, the later upon the earlier; withdraw one if only one is meant"
                findings.add(_finding(row, rule, remedy, row["author"], severity="note"))
            last = row if last is None or row["ends_on"] > last["ends_on"] else last


def _finding(row: dict[str, Any], rule: str, remedy: str, value: str, severity: Any = "warning") -> Finding:
    return Finding("forecast_edit", rule, remedy, value=f"{row['code']}: {value}", severity=severity)
