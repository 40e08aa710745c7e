"""Estimate from production reports how run times stray from their standard, and how much is scrapped."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from scipy.special import ndtri

from drumbeat.basics.arrays import Floats
from drumbeat.data.snapshot import Snapshot
from drumbeat.plant.list_open_hours import list_open_hours
from drumbeat.twin.engine.fit.draw_sets import weigh_quantiles
from drumbeat.twin.measure_busy import Spans, read_log, read_spans

DEFAULT_CV = 0.10
"""Standard deviation over mean of a run time of which nothing is known."""

FEWEST_REPORTS = 20
"""Reports from which an operation's own figures go before those of all."""

OWN_WEIGHT = 10
"""Reports that the spread of all operations counts as, beside an operation's own."""

FEWEST_AS_SEEN = 200
"""Reports from which the law of run times is looked at, and taken as seen where it is not lognormal."""

MOST_DISTANCE = 0.04
"""Largest distance from the lognormal law (Kolmogorov's) up to which it is taken for lognormal."""

MOST_CLASSES = 4
"""Classes of length in which run times are taken as seen."""

NUM_QUANTILES = 1001
LEAST_CV, MOST_CV = 0.01, 1.0


@dataclass(frozen=True)
class RunTimeFit:
    """How run times stray.

    Parameters
    ----------
    operations
        Columns operation, cv (0.01 to 1: spread of the logarithm, seen robustly), ratio (median of actual to standard),
        num_reports; sorted by operation; only those with at least `FEWEST_REPORTS` reports.
    cv, ratio
        The same of all operations together: for those with fewer.
    operation_spread
        Standard deviation, between operations, of the logarithm of their ratios: how unsure the ratio of an operation
        without reports is.
    pace_spread
        Standard deviation, between weeks, of the logarithm of a machine's pace, beyond chance: how unsure the pace of
        the coming weeks is.
    quantiles
        Shape (E, `NUM_QUANTILES`): the logarithm of run time over its median, over its spread, as seen, by class of
        length; no row where it is lognormal, or too few reports tell.
    bounds
        Shape (E - 1,): standard minutes at which the next class of length begins: a stop of an hour is much to a short
        run and little to a long one.
    num_reports
        Reports that were used.
    """

    operations: pl.DataFrame
    cv: float
    ratio: float
    operation_spread: float
    pace_spread: float
    quantiles: Floats
    bounds: Floats
    num_reports: int


def estimate_run_times(snapshot: Snapshot) -> RunTimeFit:
    """Estimate how run times stray, from production reports up to the snapshot's moment.

    Reports are held against the standards of their time: those before the changes of a what-if.

    Each report's duration, without the machine's stops and closed hours inside it, is divided by its standard (the
    lot's minutes and the units' minutes), and that by the median of its operation on its resource, so that a faster
    machine or a wrong standard is not taken for spread. Spreads are interquartile ranges over 1.349, which a few odd
    reports do not disturb; an operation's own counts with its reports, that of all as `OWN_WEIGHT` more. Where the
    deviations of all are not lognormal, they are played as they were seen, rare long ones included.
    """
    return snapshot.recorded.find_once("run times", _estimate_run_times)


def _estimate_run_times(snapshot: Snapshot) -> RunTimeFit:
    reports = _with_ratio(snapshot)
    if reports.height == 0:
        return RunTimeFit(_NONE, DEFAULT_CV, 1.0, 0.05, 0.0, np.zeros((0, NUM_QUANTILES)), np.zeros(0), 0)
    middle = pl.col("log").median().over("operation", "resource")
    reports = reports.with_columns((pl.col("log") - middle).alias("stray"), pl.len().over("operation").alias("size"))
    # With one or two reports an operation's own median is the report itself.
    told = reports.filter(pl.len().over("operation", "resource") >= 5)
    cv = _spread(told["stray"].to_numpy()) if told.height >= FEWEST_REPORTS else DEFAULT_CV
    operations = _fit_operations(reports, cv)
    own = dict(operations.select("operation", "cv").iter_rows())
    scaled = told["stray"].to_numpy() / np.array([own.get(name, cv) for name in told["operation"]])
    ratios = np.log(operations["ratio"].to_numpy())
    quantiles, bounds = _see_law(scaled, told["standard"].to_numpy())
    return RunTimeFit(
        operations=operations,
        cv=cv,
        ratio=float(np.exp(reports["log"].median())),  # type: ignore[arg-type]
        operation_spread=float(np.clip(ratios.std(), 0.02, 0.3)) if len(ratios) > 2 else 0.05,
        pace_spread=_measure_pace(told, cv),
        quantiles=quantiles,
        bounds=bounds,
        num_reports=reports.height,
    )


_NONE = pl.DataFrame(schema={"operation": pl.String, "cv": pl.Float64, "ratio": pl.Float64, "num_reports": pl.UInt32})


def _spread(strays: Floats) -> float:
    low, high = np.quantile(strays, (0.25, 0.75))
    return float(np.clip((high - low) / 1.349, LEAST_CV, MOST_CV))


def _fit_operations(reports: pl.DataFrame, cv: float) -> pl.DataFrame:
    own = (pl.col("stray").quantile(0.75) - pl.col("stray").quantile(0.25)) / 1.349
    size = pl.col("num_reports")
    return (
        reports.group_by("operation")
        .agg(own.alias("own"), pl.col("log").median().exp().alias("ratio"), pl.len().alias("num_reports"))
        .filter(size >= FEWEST_REPORTS)
        .select(
            "operation",
            ((size * pl.col("own") ** 2 + OWN_WEIGHT * cv * cv) / (size + OWN_WEIGHT))
            .sqrt()
            .clip(LEAST_CV, MOST_CV)
            .alias("cv"),
            "ratio",
            "num_reports",
        )
        .sort("operation")
    )


def _measure_pace(told: pl.DataFrame, cv: float) -> float:
    """Between-week variance of machines' means beyond chance (analysis of variance); strays beyond 3 spreads count 3.

    Long stops come one at a time; what a week has in common, a tired tool or another crew, moves all of it.
    """
    cells = (
        told.with_columns(pl.col("stray").clip(-3 * cv, 3 * cv))
        .group_by("resource", pl.col("starts_at").dt.truncate("1w"))
        .agg(pl.col("stray").mean().alias("mean"), pl.col("stray").var().alias("within"), pl.len().alias("size"))
        .filter(pl.col("size") >= 3)
    )
    if cells.height < 8:
        return 0.0
    size, mean = cells["size"].to_numpy(), cells["mean"].to_numpy()
    within = float(((size - 1) * cells["within"].to_numpy()).sum() / (size - 1).sum())
    between = float((size * (mean - mean.mean()) ** 2).sum() / (len(size) - 1))
    return float(np.sqrt(np.clip((between - within) / size.mean(), 0.0, 0.25)))


def _see_law(scaled: Floats, standard: Floats) -> tuple[Floats, Floats]:
    """Quantiles of deviations by class of length, and the classes' bounds; none where they are normal, or too few.

    Within a class long runs weigh more, so that the time that all take together comes out right.
    """
    nothing = np.zeros((0, NUM_QUANTILES)), np.zeros(0)
    if len(scaled) < FEWEST_AS_SEEN:
        return nothing
    values = np.sort(scaled)
    places = (np.arange(len(values)) + 0.5) / len(values)
    distance = np.abs(np.searchsorted(values, ndtri(places)) / len(values) - places).max()
    tail = float((np.abs(values) > 4).mean())
    if distance < MOST_DISTANCE and tail < 1e-3:
        return nothing
    num = min(MOST_CLASSES, max(1, len(scaled) // FEWEST_AS_SEEN))
    bounds = np.unique(np.quantile(standard, np.arange(1, num) / num))
    which = np.searchsorted(bounds, standard, side="right")
    tables = []
    for number in range(len(bounds) + 1):
        rows = np.flatnonzero(which == number)
        rows = rows if len(rows) >= FEWEST_AS_SEEN // 2 else np.arange(len(scaled))
        rows = rows[np.argsort(scaled[rows], kind="stable")]
        tables.append(weigh_quantiles(scaled[rows], standard[rows], NUM_QUANTILES))
    return np.stack(tables), bounds


def _with_ratio(snapshot: Snapshot) -> pl.DataFrame:
    """Reports with the logarithm of actual over standard: operation, resource, starts_at, standard (minutes), log."""
    operations = snapshot["operation"].select(pl.col("code").alias("operation"), "run_minutes", "lot_minutes")
    units = pl.col("good") + pl.col("scrap") + pl.col("rework")
    reports = (
        snapshot["production_report"]
        .filter(pl.col("operation").is_not_null() & (pl.col("ends_at") <= snapshot.as_of))
        .join(operations, on="operation", how="inner", maintain_order="left")
        .with_columns(
            pl.col("resource").fill_null(""),
            (pl.col("lot_minutes") + pl.col("run_minutes") * units).alias("standard"),
        )
        .filter((pl.col("standard") > 0) & (pl.col("ends_at") > pl.col("starts_at")))
    )
    minutes = (pl.col("ends_at") - pl.col("starts_at")).dt.total_seconds() / 60
    reports = reports.with_columns(minutes.alias("minutes"), pl.lit(_measure_pauses(snapshot, reports)).alias("paused"))
    net = pl.col("minutes") - pl.col("paused")
    return reports.filter(net > 0.02 * pl.col("minutes")).select(
        "operation", "resource", "starts_at", "standard", (net / pl.col("standard")).log().alias("log")
    )


def _measure_pauses(snapshot: Snapshot, reports: pl.DataFrame) -> pl.Series:
    """Minutes of each report in which its machine did not work.

    Where events tell when it worked, all others; else those in which it was down, and those in which it was closed from
    an opening's end to the next opening.
    """
    paused = np.zeros(reports.height)
    if reports.height == 0:
        return pl.Series(paused)
    now = pl.lit(snapshot.as_of)
    rows = reports.select(
        "resource",
        *(((pl.col(name) - now).dt.total_microseconds() / 3.6e9).alias(name) for name in ("starts_at", "ends_at")),
    ).with_row_index("row")
    log, closed = read_log(snapshot), _list_closed(snapshot, reports)
    for (resource,), part in rows.group_by("resource"):
        at, start, end = part["row"].to_numpy(), part["starts_at"].to_numpy(), part["ends_at"].to_numpy()
        if str(resource) in log.worked:
            worked = log.worked[str(resource)]
            seen = worked.until(end) - worked.until(start)
            # A report without any event inside tells of a gap in the events.
            paused[at] = np.where(seen > 0, 60 * np.maximum(end - start - seen, 0.0), 0.0)
            continue
        for spans, is_whole in ((log.stopped.get(str(resource)), False), (closed.get(str(resource)), True)):
            if spans is None or len(spans.start) == 0:
                continue
            if is_whole:
                # Only what was closed from begin to end inside the report: it may have been made in overtime.
                first = np.searchsorted(spans.start, start, side="left")
                last = np.maximum(np.searchsorted(spans.end, end, side="right"), first)
                sums = np.concatenate(([0.0], np.cumsum(spans.end - spans.start)))
                paused[at] += 60 * (sums[last] - sums[first])
            else:
                paused[at] += 60 * (spans.until(end) - spans.until(start))
    return pl.Series(paused)


def _list_closed(snapshot: Snapshot, reports: pl.DataFrame) -> dict[str, Spans]:
    """When machines were closed while reports ran, by resource."""
    used = reports["resource"].unique()
    owners = snapshot["resource"].filter(pl.col("code").is_in(used.to_list()) & pl.col("calendar").is_not_null())
    if owners.height == 0:
        return {}
    start, end = reports["starts_at"].min(), reports["ends_at"].max()
    opened = list_open_hours(snapshot.frames, owners.select("code", "site", "calendar"), start, end)  # type: ignore[arg-type]
    found = {}
    spans = read_spans(opened.select(pl.col("code").alias("resource"), "starts_at", "ends_at"), snapshot)
    for resource, one in spans.items():
        found[resource] = Spans(one.end[:-1], one.start[1:])
    return found


def estimate_scrap(snapshot: Snapshot) -> pl.DataFrame:
    """Estimate the share of units that is scrapped by operation, and how it varies from report to report.

    The variance between reports is what is left of the weighted variance of their shares after that of chance within
    them, s (1 - s) / n (method of moments), and the error of the share itself: what is not known of it adds to what
    varies. Where a what-if changed the yield of an operation, what reports tell changes in proportion to its losses.

    Returns
    -------
    Columns operation, share (0 to 0.9), spread (standard deviation between reports, >= 0), num_reports; only
    operations with at least `FEWEST_REPORTS` reports; without rows when there are none.
    """
    found = snapshot.recorded.find_once("scrap", _estimate_scrap)
    if snapshot.before is None:
        return found
    old = snapshot.before["operation"].select(pl.col("code").alias("operation"), (1 - pl.col(YIELD)).alias("before"))
    now = snapshot["operation"].select(pl.col("code").alias("operation"), (1 - pl.col(YIELD)).alias("now"))
    lost = pl.when(pl.col("before") > 0).then(pl.col("now") / pl.col("before")).otherwise(1.0).fill_null(1.0)
    added = pl.when(pl.col("before") > 0).then(0.0).otherwise(pl.col("now")).fill_null(0.0)
    both = found.join(old, on="operation", how="left", maintain_order="left")
    return (
        both.join(now, on="operation", how="left", maintain_order="left")
        .with_columns((pl.col("share") * lost + added).clip(0.0, 0.9), pl.col("spread") * lost)
        .select(found.columns)
    )


YIELD = "operation_yield"


def _estimate_scrap(snapshot: Snapshot) -> pl.DataFrame:
    units = pl.col("good") + pl.col("scrap")
    reports = (
        snapshot["production_report"]
        .filter(pl.col("operation").is_not_null() & (units > 0) & (pl.col("ends_at") <= snapshot.as_of))
        .select("operation", "scrap", units.alias("units"))
    )
    share = pl.col("scrap").sum() / pl.col("units").sum()
    shares = reports.join(reports.group_by("operation").agg(share.alias("share")), on="operation")
    far = (pl.col("scrap") / pl.col("units") - pl.col("share")) ** 2 * pl.col("units")
    chance = pl.col("share") * (1 - pl.col("share"))
    between = ((far - chance).sum() / pl.col("units").sum()).clip(0.0, None)
    return (
        shares.group_by("operation")
        .agg(
            pl.col("share").first().clip(0.0, 0.9),
            (between * (1 + 1 / pl.len())).sqrt().alias("spread"),
            pl.len().alias("num_reports"),
        )
        .filter(pl.col("num_reports") >= FEWEST_REPORTS)
        .sort("operation")
    )
