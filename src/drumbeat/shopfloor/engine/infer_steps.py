"""Read a log's rows as steps: which capability each shows, and which steps each order went through in what order."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

import polars as pl

_SEPARATOR = re.compile(r"\s*-\s+|\s+-\s*")
_SETUP = re.compile(r"^set-?up\b[\s:-]*", re.IGNORECASE)
_REPAIR = r"(?i)\b(rework|fix|repair)\b"


def name_capability(activity: str, machines: str) -> str:
    """Say what an activity is when the machine's name is taken out of it.

    "Lapping - Machine 1" is "Lapping" in a plant with a "Machine 1 - Lapping": a part of the name that has a digit
    and occurs in a machine's name tells the machine, not the work. A leading "Setup" tells the kind of report, not
    the work either.

    Parameters
    ----------
    activity
        Name as the log has it.
    machines
        Names of all machines, one a line.

    Returns
    -------
    str
        The capability; "" when nothing but the machine and "setup" is left.
    """
    parts = [part.strip() for part in _SEPARATOR.split(activity)]
    known = machines.lower()
    kept = [part for part in parts if part and not (re.search(r"\d", part) and part.lower() in known)]
    kept = [re.sub(r"\s+", " ", _SETUP.sub("", part)).strip() for part in kept]
    return " - ".join(part for part in kept if part)


def cut_log(log: pl.DataFrame, as_of: datetime) -> pl.DataFrame:
    """Forget everything after a moment.

    Rows that start at or after it are dropped. Of a row that is running at it only the start is known: its end becomes
    the moment, its quantities zero and `is_running` true.
    """
    running = pl.col("ends_at") > as_of
    quantities = [pl.when(running).then(0.0).otherwise(name).alias(name) for name in ("good", "scrap", "review")]
    return (
        log.filter(pl.col("starts_at") < as_of)
        .with_columns(*quantities, running.alias("is_running"))
        .with_columns(ends_at=pl.min_horizontal("ends_at", pl.lit(as_of)))
    )


def read_steps(log: pl.DataFrame) -> pl.DataFrame:
    """Add the columns `capability` and `is_repair` to a log.

    Setup rows whose activity names no work get what their machine does most. Rework, fixes and repairs are told by
    the log's own mark or by the activity's name.
    """
    machines = "\n".join(log["machine"].unique().sort().to_list())
    activities = log.select("activity").unique(maintain_order=True)
    names = [name_capability(activity, machines) for activity in activities["activity"].to_list()]
    named = log.join(
        activities.with_columns(capability=pl.Series(names, dtype=pl.String)),
        on="activity",
        how="left",
        maintain_order="left",
    )
    usual = (
        named.filter((pl.col("kind") == "run") & (pl.col("capability") != ""))
        .group_by("machine", "capability")
        .len()
        .sort("machine", "len", "capability", descending=[False, True, False])
        .unique("machine", keep="first", maintain_order=True)
        .select("machine", pl.col("capability").alias("usual"))
    )
    worked = named.filter(pl.col("kind") == "run")["capability"].unique().implode()
    is_vague = (pl.col("capability") == "") | ((pl.col("kind") != "run") & ~pl.col("capability").is_in(worked))
    return (
        named.join(usual, on="machine", how="left", maintain_order="left")
        .with_columns(
            capability=pl.when(is_vague).then(pl.coalesce("usual", "activity")).otherwise("capability"),
            is_repair=pl.col("is_rework") | pl.col("activity").str.contains(_REPAIR),
        )
        .drop("usual")
    )


def sum_minutes(rows: pl.DataFrame, keys: list[str]) -> pl.DataFrame:
    """Add up the time that rows cover, by keys; where rows overlap, their time counts once.

    Parameters
    ----------
    rows
        Columns `keys`, `starts_at`, `ends_at`.
    keys
        Columns to add up by.

    Returns
    -------
    polars.DataFrame
        Columns `keys` and `minutes`, sorted by the keys.
    """
    ordered = rows.select(*keys, "starts_at", "ends_at").sort(*keys, "starts_at", "ends_at")
    covered = pl.col("ends_at").cum_max().shift(1).over(keys).fill_null(pl.col("starts_at"))
    fresh = (pl.col("ends_at") - pl.max_horizontal("starts_at", covered)).dt.total_seconds() / 60.0
    return (
        ordered.with_columns(minutes=fresh.clip(lower_bound=0.0))
        .group_by(keys, maintain_order=True)
        .agg(pl.col("minutes").sum())
    )


def trace_orders(rows: pl.DataFrame, as_of: datetime) -> pl.DataFrame:
    """Follow every order through its steps and judge whether all of them were seen.

    A step is all that the order ran at one capability, placed at the mean of its reports' starts, so that lots that
    overtake each other do not turn the sequence round; repairs don't count. An order is done when it was quiet for
    longer than nine in ten orders ever are, or when nearly all of it passed a step with which orders usually end. It
    is whole when it is done, began with a step with which orders usually begin and ended with one with which they
    usually end.

    Parameters
    ----------
    rows
        Rows with `capability` and `is_repair`.
    as_of
        Moment up to which the log counts.

    Returns
    -------
    polars.DataFrame
        One row an order: `order`, `part`, `order_quantity`, `steps` (list of capabilities), `starts_at`, `ends_at`,
        `is_done`, `is_whole`. Empty when nothing ran.
    """
    ran = rows.filter((pl.col("kind") == "run") & ~pl.col("is_repair")).sort("order", "starts_at", "ends_at", "machine")
    steps = ran.group_by("order", "capability", maintain_order=True).agg(
        pl.col("starts_at").dt.epoch("s").mean().alias("middle"),
        pl.col("starts_at").min().alias("first_at"),
        pl.col("ends_at").max().alias("last_at"),
        pl.col("good").sum(),
    )
    steps = steps.sort("order", "middle", "last_at", "capability")
    gap = (pl.col("starts_at") - pl.col("ends_at").cum_max().shift(1).over("order")).dt.total_seconds()
    gaps = ran.with_columns(gap=gap.fill_null(0)).group_by("order").agg(pl.col("gap").max())
    quiet = timedelta(seconds=float(gaps["gap"].quantile(0.9, "higher") or 0.0)) if gaps.height else timedelta(0)
    orders = (
        steps.group_by("order", maintain_order=True)
        .agg(
            pl.col("capability").alias("steps"),
            pl.col("first_at").min().alias("starts_at"),
            pl.col("last_at").max().alias("ends_at"),
            pl.col("good").last().alias("good_at_end"),
        )
        .join(
            rows.group_by("order", maintain_order=True).agg(
                pl.col("part").first(), pl.col("order_quantity").max(), pl.col("good").max().alias("largest")
            ),
            on="order",
            how="left",
            maintain_order="left",
        )
        .with_columns(order_quantity=pl.coalesce("order_quantity", "largest"))
    )
    silent = pl.col("ends_at") < as_of - max(quiet, timedelta(days=1))
    endings = _usual(orders.filter(silent)["steps"].list.last())
    first = orders["starts_at"].min()
    middle = first + (as_of - first) / 3 if isinstance(first, datetime) else as_of
    beginnings = _usual(orders.filter(pl.col("starts_at") >= middle)["steps"].list.first())
    passed = pl.col("steps").list.last().is_in(endings) & (pl.col("good_at_end") >= 0.9 * pl.col("order_quantity"))
    return orders.with_columns(is_done=silent | passed).select(
        "order",
        "part",
        "order_quantity",
        "steps",
        "starts_at",
        "ends_at",
        "is_done",
        (
            pl.col("is_done")
            & pl.col("steps").list.first().is_in(beginnings)
            & pl.col("steps").list.last().is_in(endings)
        ).alias("is_whole"),
    )


def _usual(names: pl.Series) -> list[str]:
    """Names that make up at least one in ten."""
    counts = names.drop_nulls().value_counts()
    return sorted(counts.filter(pl.col("count") >= 0.1 * names.len())[names.name].to_list())
