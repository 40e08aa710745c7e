"""What a load would do to the stored tables, found before anything is written."""

from __future__ import annotations

from dataclasses import dataclass, replace

import polars as pl

from drumbeat.data.compare_frames import TableDiff, compare_frames
from drumbeat.data.places import Place
from drumbeat.data.schema import Schema
from drumbeat.data.source import Source


@dataclass(frozen=True, slots=True)
class TableLoad:
    """What a load does to one table.

    Parameters
    ----------
    schema
        The table.
    inserted, updated
        Rows to be written: those whose key is new, and those that differ from what is stored.
    removed
        Keys of the rows to be removed.
    num_unchanged
        Rows that are stored already as they should be.
    merged
        The table as it will be: the source's rows in their order, then the stored rows that it does not have.
    place
        Where the rows of `merged` come from.
    stored
        The table as it is.
    """

    schema: Schema
    inserted: pl.DataFrame
    updated: pl.DataFrame
    removed: pl.DataFrame
    num_unchanged: int
    merged: pl.DataFrame
    place: Place
    stored: pl.DataFrame

    def compare(self) -> TableDiff:
        """Say which keys are inserted, removed and updated, and which columns differ."""
        return compare_frames(self.stored, self.merged, self.schema)

    @property
    def num_written(self) -> int:
        """Rows that are inserted, updated or removed."""
        return self.inserted.height + self.updated.height + self.removed.height


def plan_table(source: Source, schema: Schema, stored: pl.DataFrame, *, remove_absent: bool) -> TableLoad:
    """Compare a table of the source with what is stored.

    Columns that the source does not have keep their stored values, and take their default in new rows.

    Parameters
    ----------
    source
        What was read; it has this table.
    schema
        The table.
    stored
        The table as it is stored.
    remove_absent
        Whether stored rows that the source does not have are removed.
    """
    key = list(schema.key)
    frame, place = source.frames[schema.name], source.places[schema.name]
    if not stored.height:
        nothing = frame.clear()
        return TableLoad(schema, frame, nothing, nothing.select(key), 0, frame, place, stored)
    kept = [name for name in source.missing.get(schema.name, frozenset()) if name not in key]
    if kept:
        frame = _keep_stored(frame, stored, key, kept)
        place = replace(place, unreadable={n: cells for n, cells in place.unreadable.items() if n not in kept})
    numbered = frame.with_row_index("#")
    others = [column.name for column in schema.columns if column.name not in key]
    both = numbered.join(stored, on=key, how="inner", suffix=" stored", maintain_order="left")
    differs = [pl.col(name).ne_missing(pl.col(f"{name} stored")) for name in others]
    changed = both.filter(pl.any_horizontal(differs)) if others else both.clear()
    inserted = numbered.filter(~pl.col("#").is_in(both["#"].implode())).drop("#")
    updated = numbered.filter(pl.col("#").is_in(changed["#"].implode())).drop("#")
    absent = stored.join(frame, on=key, how="anti", maintain_order="left")
    if remove_absent:
        return TableLoad(
            schema, inserted, updated, absent.select(key), both.height - changed.height, frame, place, stored
        )
    merged = pl.concat([frame, absent])
    place = place.followed_by(frame.height, absent.height)
    return TableLoad(
        schema, inserted, updated, absent.clear().select(key), both.height - changed.height, merged, place, stored
    )


def _keep_stored(frame: pl.DataFrame, stored: pl.DataFrame, key: list[str], kept: list[str]) -> pl.DataFrame:
    both = frame.join(
        stored.select(*key, *kept, pl.lit(True).alias("is stored")),
        on=key,
        how="left",
        suffix=" stored",
        maintain_order="left",
    )
    return both.with_columns(
        pl.when(pl.col("is stored")).then(pl.col(f"{name} stored")).otherwise(pl.col(name)).alias(name) for name in kept
    ).select(frame.columns)
