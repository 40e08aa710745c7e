"""Propose links that carry what one person or one supplier carries alone: cross-training and second sources."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import polars as pl

from drumbeat.data.snapshot import Snapshot
from drumbeat.people.changes import TrainPerson
from drumbeat.sourcing.changes import AddSource

WORKS_ALONE = 2
"""Level of a skill from which on somebody works alone."""


def train_others(
    snapshot: Snapshot, site: str, skill: str, count: int, crews: Collection[str] = ()
) -> list[TrainPerson]:
    """Choose people of a site to train in a skill.

    Parameters
    ----------
    snapshot
        The production system.
    site, skill
        Codes.
    count
        How many, >= 0.
    crews
        Crews whose people are asked first; empty = any.

    Returns
    -------
    One change a person: those of the crews first, then those whose own skill most others of the site have too, so that
    they are missed least. Fewer where the site has no more people.
    """
    people = snapshot["person"].filter(pl.col("site") == site).select("crew", person="code")
    held = snapshot["person_skill"].join(people, on="person")
    able = held.filter((pl.col("skill") == skill) & (pl.col("level") >= WORKS_ALONE))["person"]
    spare = held.with_columns(pl.len().over("skill").alias("holders")).group_by("person").agg(pl.col("holders").min())
    ranked = (
        people.filter(~pl.col("person").is_in(able.implode()))
        .join(spare, on="person", how="left")
        .with_columns(pl.col("crew").is_in(list(crews)).fill_null(False).alias("is_asked"))
        .sort(["is_asked", "holders", "person"], descending=[True, True, False], nulls_last=True)
    )
    return [TrainPerson(person, skill, WORKS_ALONE) for person in ranked["person"].head(count)]


def add_sources(snapshot: Snapshot, supplier: str, places: Sequence[tuple[str, str]]) -> list[AddSource]:
    """Propose a second source of what a supplier delivers, as dear and as slow as the first.

    Parameters
    ----------
    snapshot
        The production system.
    supplier
        Code of the first source.
    places
        Items and sites.

    Returns
    -------
    One change for each of them that the supplier has terms for: nobody knows the second source's terms yet, so that its
    price and lead time are to be mended in the what-if.
    """
    terms = snapshot["supply_term"].filter(pl.col("supplier") == supplier).sort("quantity_from", "position")
    told = terms.unique(["item", "site"], keep="first", maintain_order=True)
    rows = {(row["item"], row["site"]): row for row in told.iter_rows(named=True)}
    return [
        AddSource(
            f"{supplier[:110]}-2ND", item, site, float(rows[item, site]["price"] or 0.0),
            float(rows[item, site]["lead_time_days"] or 0.0), float(rows[item, site]["lead_time_spread_days"] or 0.0),
        )
        for item, site in dict.fromkeys(places)
        if (item, site) in rows
    ]  # fmt: skip
