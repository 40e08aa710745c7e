"""Estimate how late suppliers deliver: from what they delivered, else from their terms, else from a usual value."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from scipy.special import ndtri

from drumbeat.basics.arrays import Floats, Int32s, Int64s
from drumbeat.basics.findings import Finding, Findings
from drumbeat.data.snapshot import Snapshot
from drumbeat.scheduling.engine.problem import Materials
from drumbeat.twin.engine.fit.draw_sets import NUM_SETS, draw_normals, draw_quantiles, weigh_quantiles

FEWEST_DELIVERIES = 8
"""Deliveries from which a supplier's own history is used."""

FEWEST_OF_ALL = 60
"""Deliveries of all suppliers from which they say something of each."""

MOST_POINTS = 400
"""Deliveries that are drawn from one by one; more are taken as so many of their quantiles."""

LENT, LENT_POINTS = 3.0, 30
"""Deliveries that those of all count as beside a supplier's own, spread over so many of their quantiles."""

BELIEVED_ERROR = 0.4
"""Standard error of the logarithm of a spread that is only believed."""

_REMEDY = f"Keep due and received dates of at least {FEWEST_DELIVERIES} deliveries"

DEFAULT_SHARE = 0.10
"""Standard deviation of lateness over the item's lead time, where neither history nor terms say anything."""

NUM_QUANTILES = 101
DAY_SECONDS = 86_400


@dataclass(frozen=True)
class Deliveries:
    """How late receipts may be.

    Parameters
    ----------
    suppliers
        Codes of the suppliers (of sending sites, for transfers).
    supplier, already_late_seconds
        Shape (Q,): by receipt, index into `suppliers` (-1 = as planned), and how long it is overdue.
    quantiles
        Shape (S, `NUM_QUANTILES`): lateness in seconds.
    sets
        Shape (`NUM_SETS`, S, `NUM_QUANTILES`): what the quantiles may be as well.
    """

    suppliers: list[str]
    supplier: Int32s
    already_late_seconds: Int64s
    quantiles: Floats
    sets: Floats


def estimate_lateness(snapshot: Snapshot, materials: Materials, findings: Findings) -> Deliveries:
    """Estimate the lateness of every receipt of a scheduling problem.

    Parameters
    ----------
    snapshot
        Purchase orders past and open, terms and items.
    materials
        The receipts: open purchase orders, and planned ones, which come from the item's preferred supplier.
    findings
        Receives a note for each supplier whose lateness is not taken from its own deliveries.
    """
    receipts = _find_sources(snapshot, materials)
    suppliers = sorted({code for code in receipts["source"] if code is not None})
    number = {code: i for i, code in enumerate(suppliers)}
    history = _history(snapshot)
    believed = _believed_days(snapshot, receipts)
    everybody = np.array([day for days in history.values() for day in days])
    quantiles = np.zeros((len(suppliers), NUM_QUANTILES))
    sets = np.zeros((NUM_SETS, len(suppliers), NUM_QUANTILES))
    for i, code in enumerate(suppliers):
        days = np.array(history.get(code, []), dtype=np.float64)
        if len(days) >= FEWEST_DELIVERIES or len(everybody) >= FEWEST_OF_ALL:
            values, weights = _lend(days, everybody)
            quantiles[i] = weigh_quantiles(values, weights, NUM_QUANTILES)
            sets[:, i] = draw_quantiles(code, values, weights, NUM_QUANTILES)
            if len(days) < FEWEST_DELIVERIES:
                rule = (
                    f"{len(days)} deliveries: too few; lateness as that of all suppliers, {len(everybody)} deliveries"
                )
                findings.add(Finding("purchase_order", rule, _REMEDY, None, "supplier", code, "note"))
            continue
        spread, said_by = believed.get(code, (0.0, "nothing"))
        normal = ndtri(np.clip(np.linspace(0.0, 1.0, NUM_QUANTILES), 0.005, 0.995))
        quantiles[i] = normal * spread
        shift, wide = draw_normals(code, 1) * 0.5 * spread, np.exp(draw_normals(code, 2) * BELIEVED_ERROR)
        sets[:, i] = shift[:, None] + wide[:, None] * quantiles[i]
        rule = f"lateness assumed normal with a spread of {spread:.2g} days, from {said_by}"
        remedy = f"{_REMEDY}; there are {len(days)}"
        findings.add(Finding("purchase_order", rule, remedy, None, "supplier", code, "note"))
    overdue = receipts["overdue"].to_numpy() if receipts.height else np.zeros(0)
    return Deliveries(
        suppliers,
        np.array([number.get(code, -1) if code else -1 for code in receipts["source"]], dtype=np.int32),
        np.maximum(overdue, 0).astype(np.int64),
        quantiles * DAY_SECONDS,
        sets * DAY_SECONDS,
    )


def _lend(days: Floats, everybody: Floats) -> tuple[Floats, Floats]:
    """A supplier's own deliveries, one each, and, where there are many of all, theirs as `LENT` deliveries in all.

    Without these the latest delivery of few would be the latest there can be.
    """
    values, weights = np.sort(days), np.ones(len(days))
    if len(days) > MOST_POINTS:
        values = np.quantile(days, (np.arange(MOST_POINTS) + 0.5) / MOST_POINTS)
        weights = np.full(MOST_POINTS, len(days) / MOST_POINTS)
    if len(everybody) < FEWEST_OF_ALL:
        return values, weights
    lent = np.quantile(everybody, (np.arange(LENT_POINTS) + 0.5) / LENT_POINTS)
    values, weights = (
        np.concatenate((values, lent)),
        np.concatenate((weights, np.full(LENT_POINTS, LENT / LENT_POINTS))),
    )
    order = np.argsort(values, kind="stable")
    return values[order], weights[order]


def _find_sources(snapshot: Snapshot, materials: Materials) -> pl.DataFrame:
    """Row q = receipt q: item, site, source (supplier or sending site, or null), overdue (seconds)."""
    names = [str(materials.keys[k]).rsplit(" @ ", 1) for k in materials.receipt_material]
    receipts = pl.DataFrame(
        {
            "code": [str(key) for key in materials.receipt_keys],
            "item": [name[0] for name in names],
            "site": [name[-1] for name in names],
        },
        schema={"code": pl.String, "item": pl.String, "site": pl.String},
    )
    orders = snapshot["purchase_order"].select(
        "code",
        pl.coalesce("supplier", "from_site").alias("ordered_from"),
        (pl.lit(snapshot.as_of) - pl.col("due_at")).dt.total_seconds().alias("overdue"),
    )
    usual = (
        snapshot["supply_term"]
        .sort("priority", "quantity_from", "supplier", "position")
        .unique(["item", "site"], keep="first", maintain_order=True)
        .select("item", "site", pl.col("supplier").alias("usual"))
    )
    return (
        receipts.join(orders, on="code", how="left", maintain_order="left")
        .join(usual, on=["item", "site"], how="left", maintain_order="left")
        .with_columns(pl.coalesce("ordered_from", "usual").alias("source"), pl.col("overdue").fill_null(0))
    )


def _history(snapshot: Snapshot) -> dict[str, list[float]]:
    """Days late of past deliveries by source."""
    past = (
        snapshot["purchase_order"]
        .filter(pl.col("received_at") <= snapshot.as_of)
        .select(
            pl.coalesce("supplier", "from_site").alias("source"),
            ((pl.col("received_at") - pl.col("due_at")).dt.total_seconds() / DAY_SECONDS).alias("days"),
        )
        .filter(pl.col("source").is_not_null())
        .group_by("source", maintain_order=True)
        .agg("days")
    )
    return dict(past.iter_rows())


def _believed_days(snapshot: Snapshot, receipts: pl.DataFrame) -> dict[str, tuple[float, str]]:
    """Spread in days by source, and what says so: its terms, or a share of the lead times of what it sends."""
    terms = snapshot["supply_term"].group_by("supplier").agg(pl.col("lead_time_spread_days").mean().alias("spread"))
    found = {code: (float(spread), "its terms") for code, spread in terms.iter_rows() if spread and spread > 0}
    leads = (
        receipts.join(snapshot["item"].select(pl.col("code").alias("item"), "lead_time_days"), on="item", how="left")
        .filter(pl.col("source").is_not_null())
        .group_by("source")
        .agg(pl.col("lead_time_days").mean())
    )
    for code, lead in leads.iter_rows():
        found.setdefault(code, (DEFAULT_SHARE * float(lead or 0.0), f"{DEFAULT_SHARE:.0%} of the lead time"))
    return found
