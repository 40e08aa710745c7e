"""Add the levels above items at sites: items over their sites, families over their items; in one unit each."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl

from drumbeat.data.snapshot import Snapshot
from drumbeat.demand.engine.problem import Effects, Hierarchy, History


def describe_places(snapshot: Snapshot, series: pl.DataFrame) -> pl.DataFrame:
    """Return the series (item, site) with family, unit, cost and price (0 where unknown), in the same order."""
    items = snapshot["item"].select(
        item="code", unit="unit", cost=pl.col("cost").cast(pl.Float64), price=pl.col("price").cast(pl.Float64)
    )
    families = snapshot["item_family"].select("item", "family").unique("item", keep="first", maintain_order=True)
    return (
        series.join(items, on="item", how="left", maintain_order="left")
        .join(families, on="item", how="left", maintain_order="left")
        .with_columns(
            pl.col("unit").fill_null(""),
            pl.col("family").fill_null(""),
            pl.col("cost", "price").fill_null(0.0),
        )
    )


def add_levels(
    history: History, effects: Effects | None, places: pl.DataFrame
) -> tuple[History, Effects | None, Hierarchy] | None:
    """Return the history with its sums, the effects on them, and who is part of whom; None where nothing adds up.

    A level that would hold a single series is left out. The effect on a sum is the mean of its parts' effects, weighted
    by their mean demand.

    Parameters
    ----------
    history
        Of items at sites, cleaned.
    effects
        On them; None = none.
    places
        One row a series: item, site, family, unit.
    """
    size = history.num_series
    item = _number(places["item"])
    family = _number(places["family"] + "\n" + places["unit"])
    has_item = np.bincount(item)[item] > 1
    # A family is worth a level where two items, or one item at two sites, are in it.
    has_family = (places["family"] != "").to_numpy() & (np.bincount(family)[family] > 1)
    first_of_item, first_of_family = np.unique(item, return_index=True)[1], np.unique(family, return_index=True)[1]
    several = np.bincount(np.unique(np.stack((family, item)), axis=1)[0], minlength=len(first_of_family)) > 1
    has_family &= several[family]
    item_nodes = [s for s in first_of_item if has_item[s]]
    family_nodes = [s for s in first_of_family if has_family[s]]
    if not item_nodes and not family_nodes:
        return None
    node_of_item = {int(item[s]): size + n for n, s in enumerate(item_nodes)}
    node_of_family = {int(family[s]): size + len(item_nodes) + n for n, s in enumerate(family_nodes)}
    above_item = np.array([node_of_item.get(int(n), -1) for n in item], dtype=np.int64)
    above_family = np.array(
        [node_of_family.get(int(n), -1) if here else -1 for n, here in zip(family, has_family, strict=True)],
        dtype=np.int64,
    )
    parent = np.full(size + len(item_nodes) + len(family_nodes), -1, dtype=np.int64)
    parent[:size] = np.where(above_item >= 0, above_item, above_family)
    parent[[node_of_item[int(item[s])] for s in item_nodes]] = above_family[item_nodes]
    keys = [str(places["item"][int(s)]) for s in item_nodes] + [str(places["family"][int(s)]) for s in family_nodes]
    full, moved = _sum_up(history, effects, (above_item, above_family), keys)
    return full, moved, Hierarchy(parent)


def _number(column: pl.Series) -> np.ndarray:
    return np.unique(column.to_numpy().astype(str), return_inverse=True)[1]


def _sum_up(
    history: History, effects: Effects | None, above: tuple[np.ndarray, ...], keys: list[str]
) -> tuple[History, Effects | None]:
    size, lengths = history.num_series, np.diff(history.ptr)
    longest = np.concatenate((lengths, np.zeros(len(keys), dtype=np.int64)))
    for node in above:
        np.maximum.at(longest, node[node >= 0], lengths[node >= 0])
    ptr = np.concatenate(([0], np.cumsum(longest))).astype(np.int64)
    owner = np.repeat(np.arange(size), lengths)
    # All series end together: a value is found by how far it lies before the end.
    from_end = history.ptr[owner + 1] - np.arange(len(history.values))
    values = np.concatenate((history.values, np.zeros(int(ptr[-1]) - len(history.values))))
    targets = [(node[owner] >= 0, ptr[node[owner] + 1] - from_end) for node in above]
    for here, at in targets:
        np.add.at(values, at[here], history.values[here])
    full = History(np.concatenate((history.keys, np.array(keys, dtype=object))), ptr, values, history.cycle)
    if effects is None:
        return full, None
    usual = np.array([history.values[a:b].mean() if b > a else 0.0 for a, b in zip(ptr, history.ptr[1:], strict=False)])
    weight = np.maximum(usual, 1e-9)
    past, future = effects.past, effects.future
    past = np.concatenate((past, np.zeros((len(values) - len(past), past.shape[1]))))
    future = np.concatenate((future, np.zeros((len(keys), *future.shape[1:]))))
    in_past, in_future = np.zeros(len(values)), np.zeros(size + len(keys))
    for node, (here, at) in zip(above, targets, strict=True):
        np.add.at(past, at[here], effects.past[here] * weight[owner[here], None])
        np.add.at(in_past, at[here], weight[owner[here]])
        part = np.flatnonzero(node >= 0)
        np.add.at(future, node[part], effects.future[part] * weight[part, None, None])
        np.add.at(in_future, node[part], weight[part])
    past[in_past > 0] /= in_past[in_past > 0, None]
    future[in_future > 0] /= in_future[in_future > 0, None, None]
    group = effects.group if len(effects.group) else np.zeros(size, dtype=np.int64)
    # What is added up from several is a group of its own.
    group = np.concatenate((group, int(group.max()) + 1 + np.arange(len(keys))))
    return full, replace(effects, past=past, future=future, group=group)
