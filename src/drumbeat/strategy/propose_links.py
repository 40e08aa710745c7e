"""Propose links that carry what one person or one supplier carries alone: cross-training and second sources."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from datetime import timedelta

import polars as pl

from drumbeat.data.snapshot import Snapshot
from drumbeat.people.changes import TrainPerson
from drumbeat.sourcing.changes import AddSource
from drumbeat.strategy.compile_people import list_skill_needs
from drumbeat.strategy.engine.thresholds import QUARTER

SHORTEST_WORD = 4
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


def find_skill_of_centre(snapshot: Snapshot, site: str, centre: str) -> str:
    """Find the skill that a cost centre works with; "" where none can be told.

    Parameters
    ----------
    snapshot
        The production system.
    site, centre
        Codes.

    Notes
    -----
    No table says which people or machines a cost centre has. A skill of its site that shares the most words with its
    name or code is taken (of four letters or more), of those alike the one with the most work a head. Work: standard
    hours of what was reported in the last quarter, times the people an operation holds. Heads: who has the skill
    and works alone.
    """
    people = snapshot["person"].filter(pl.col("site") == site).select(person="code")
    held = snapshot["person_skill"].filter(pl.col("level") >= WORKS_ALONE).join(people, on="person")
    heads = held.group_by("skill").agg(pl.col("person").n_unique().alias("heads"))
    first = snapshot.as_of - timedelta(weeks=QUARTER)
    made = pl.col("good") + pl.col("scrap") + pl.col("rework")
    reports = snapshot["production_report"].filter(pl.col("ends_at") >= first).group_by("operation").agg(made.sum())
    minutes = snapshot["operation"].select("run_minutes", operation="code")
    needs = list_skill_needs(snapshot).filter(pl.col("site") == site)
    work = (
        needs.join(reports, on="operation")
        .join(minutes, on="operation")
        .group_by("skill")
        .agg((pl.col("good") * pl.col("run_minutes") * pl.col("num_people")).sum().alias("work"))
        .join(heads, on="skill")
        .with_columns((pl.col("work") / pl.col("heads")).alias("each"))
        .sort(["each", "skill"], descending=[True, False])
    )
    names = dict(snapshot["skill"].select("code", "name").iter_rows())
    told = snapshot["cost_centre"].filter(pl.col("code") == centre)["name"].to_list()
    words = _words(" ".join([centre, *(str(name) for name in told)]))
    shared = [(len(words & _words(f"{skill} {names.get(skill) or ''}")), skill) for skill in work["skill"]]
    most = max((count for count, _ in shared), default=0)
    return next(skill for count, skill in shared if count == most) if most else ""


def _words(text: str) -> set[str]:
    return {word for word in re.findall(r"[^\W\d_]+", text.lower()) if len(word) >= SHORTEST_WORD}


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
