"""What waits for what: links as stored, and the sequence of the tasks of orders that have none."""

from __future__ import annotations

import polars as pl

from drumbeat.data.snapshot import Snapshot

NO_LEAST = -10.0 * 366 * 24 * 60
"""A lag in minutes that asks for nothing: ten years of overlap."""

COLUMNS = ("before", "after", "kind", "lag_minutes", "most_minutes")


def find_links(snapshot: Snapshot, tasks: pl.DataFrame) -> pl.DataFrame:
    """Find the links between tasks.

    Parameters
    ----------
    snapshot
        Checked data.
    tasks
        The tasks of `Work` with their `row`, sorted by job and sequence.

    Returns
    -------
    pl.DataFrame
        before, after (rows of `tasks`), kind ("FS", ...), lag_minutes (least), most_minutes (null = any).
    """
    place = tasks.select("task", "row", "order")
    stored = (
        snapshot["link"]
        .rename({"most_lag_minutes": "most_minutes"})
        .join(place.rename({"task": "predecessor", "row": "before", "order": "first_order"}), on="predecessor")
        .join(place.rename({"task": "successor", "row": "after", "order": "last_order"}), on="successor")
        .select("before", "after", pl.col("kind").cast(pl.String), "lag_minutes", "most_minutes")
        .sort("before", "after", "kind")
    )
    linked = pl.concat([snapshot["link"]["predecessor"], snapshot["link"]["successor"]]).unique()
    linked_orders = snapshot["task"].filter(pl.col("code").is_in(linked.implode())).select("order").unique()
    free = tasks.join(linked_orders, on="order", how="anti", maintain_order="left")
    # The tasks of a route follow each other, and all of them are done if one is.
    optional = free.filter(is_optional() & (pl.col("route") == "")).select("order").unique()
    chain = (
        free.join(optional, on="order", how="anti", maintain_order="left")
        .with_columns(
            *(
                pl.col(name).shift(-1).over("job", "route").alias(f"next_{name}")
                for name in ("row", "unit_minutes", "quantity")
            )
        )
        .filter(pl.col("next_row").is_not_null())
    )
    overlaps = (pl.col("transfer_lot") > 0) & (pl.col("transfer_lot") < pl.col("quantity")) & pl.col("is_expanded")
    overlaps = overlaps.fill_null(False)
    wait, most = pl.col("wait_minutes").fill_null(0.0), pl.col("most_wait_minutes")
    first_lot = pl.col("setup_minutes") + pl.col("lot_minutes") + pl.col("unit_minutes") * pl.col("transfer_lot")
    lapped = chain.filter(overlaps)
    parts = [
        stored,
        _as_links(chain.filter(~overlaps), "FS", wait, most),
        _as_links(lapped, "SS", first_lot + wait),
        _as_links(lapped, "FF", pl.col("next_unit_minutes") * pl.col("transfer_lot") + wait),
        _as_links(lapped.filter(most.is_not_null()), "FS", pl.lit(NO_LEAST), most),
        _link_around(free.join(optional, on="order", how="semi", maintain_order="left")),
    ]
    return pl.concat([part.select(COLUMNS) for part in parts], how="vertical_relaxed")


def is_optional() -> pl.Expr:
    """Whether a task may be left out."""
    return pl.col("skip_cost").is_not_null() | (pl.col("choice_group") != "")


def _as_links(chain: pl.DataFrame, kind: str, lag_minutes: pl.Expr, most: pl.Expr | None = None) -> pl.DataFrame:
    return chain.select(
        pl.col("row").alias("before"),
        pl.col("next_row").alias("after"),
        pl.lit(kind).alias("kind"),
        lag_minutes.cast(pl.Float64).alias("lag_minutes"),
        (pl.lit(None) if most is None else most).cast(pl.Float64).alias("most_minutes"),
    )


def _link_around(tasks: pl.DataFrame) -> pl.DataFrame:
    """Link the tasks of orders in their sequence so that it holds whichever of the optional ones are left out.

    A task waits for those before it back to the last one that must be done: a link to what is left out binds nobody.
    The most wait holds between neighbours only.
    """
    rows: list[tuple[int, int, str, float, float | None]] = []
    waiting: list[tuple[int, float, float | None]] = []
    job = None
    columns = ("job", "row", "wait_minutes", "most_wait_minutes")
    for order, row, wait, most, may_be_left in tasks.select(*columns, is_optional()).iter_rows():
        if order != job:
            job, waiting = order, []
        last = len(waiting) - 1
        for i, (before, lag, limit) in enumerate(waiting):
            rows.append((before, row, "FS", lag, limit if i == last else None))
        waiting = [*(waiting if may_be_left else []), (row, wait or 0.0, most)]
    kinds = (pl.Int64, pl.Int64, pl.String, pl.Float64, pl.Float64)
    return pl.DataFrame(rows, dict(zip(COLUMNS, kinds, strict=True)), orient="row")
