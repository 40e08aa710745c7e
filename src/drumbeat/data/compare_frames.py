"""What differs between two frames of the same table: rows added, removed and changed, by key."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import polars as pl

from drumbeat.data.schema import Schema

CHANGED = "columns"
"""Column of `TableDiff.changed` that lists the columns in which a row differs."""


SHOWN_KEYS = 50
"""Keys of each kind that a difference gives as JSON."""


@dataclass(frozen=True, slots=True)
class TableDiff:
    """The difference between two states of one table.

    Parameters
    ----------
    added, removed
        Keys of the rows that only the second, or only the first, state has.
    changed
        Keys of the rows that differ, and in the list column `columns` the names of the columns in which they do.
    """

    added: pl.DataFrame
    removed: pl.DataFrame
    changed: pl.DataFrame

    def __bool__(self) -> bool:
        return bool(self.added.height or self.removed.height or self.changed.height)

    def as_json(self) -> dict[str, list[Any]]:
        """A JSON-ready form: the first `SHOWN_KEYS` keys of each kind, as text, and the columns that differ."""

        def keys(frame: pl.DataFrame) -> list[str]:
            shown = frame.head(SHOWN_KEYS).select(pl.exclude(CHANGED).cast(pl.String).fill_null(""))
            return [" / ".join(key) for key in shown.rows()]

        columns = self.changed[CHANGED].head(SHOWN_KEYS).to_list()
        changed = [{"key": key, "columns": c} for key, c in zip(keys(self.changed), columns, strict=True)]
        return {"added": keys(self.added), "removed": keys(self.removed), "changed": [*changed]}


def compare_frames(before: pl.DataFrame, after: pl.DataFrame, schema: Schema) -> TableDiff:
    """Compare two frames of one table, whose keys are unique in each.

    Two numbers that are both "not a number" count as equal, and so do 0.0 and -0.0.

    Returns
    -------
    TableDiff
        Its frames hold the key columns, sorted; empty where nothing differs.
    """
    key = list(schema.key)
    added = after.join(before, on=key, how="anti").select(key).sort(key)
    removed = before.join(after, on=key, how="anti").select(key).sort(key)
    others = [column.name for column in schema.columns if column.name not in key]
    both = before.join(after, on=key, how="inner", suffix=" after")
    differs = [pl.col(name).ne_missing(pl.col(f"{name} after")) for name in others]
    names = [
        pl.when(differ).then(pl.lit(name)).alias(f"{name} differs")
        for name, differ in zip(others, differs, strict=True)
    ]
    if not others:
        changed = both.head(0).select(*key, pl.lit([], dtype=pl.List(pl.String)).alias(CHANGED))
    else:
        changed = (
            both.filter(pl.any_horizontal(differs))
            .select(*key, pl.concat_list(names).list.drop_nulls().alias(CHANGED))
            .sort(key)
        )
    return TableDiff(added, removed, changed)
