"""The words of a scenario of one's own plant: who it is, what it makes for whom, and what its data say of it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import timedelta
from typing import Any, NamedTuple

import polars as pl

from drumbeat.data.snapshot import Snapshot
from drumbeat.strategy.engine.result import Weakness

NAMED = ("resource", "supplier", "skill", "cost_centre", "item", "crew")
"""Tables whose codes are told with their names. People stay codes: a game is told in front of others."""

LEAST_CODE = 3
"""Shorter codes may be words of a sentence."""

WEEKS = 26


class PlantWords(NamedTuple):
    """Names of a plant that its story uses.

    Parameters
    ----------
    site, name
        Its code, and what it is called.
    names
        Name of each machine, supplier, skill, ... by code.
    customer
        Who buys most; "One customer" where nobody is known.
    opening
        What it makes for whom, with whom and what: a paragraph.
    """

    site: str
    name: str
    names: dict[str, str]
    customer: str
    opening: str

    def name_of(self, code: str) -> str:
        """Return what a code is called: the name with the code behind it; the code alone where it has none."""
        if code == self.site:
            return self.name
        name = self.names.get(code, "")
        return f"{name} ({code})" if name and name != code else code


def find_words(snapshot: Snapshot, site: str, company: dict[str, Any]) -> PlantWords:
    """Find the words for a site.

    Parameters
    ----------
    snapshot, site
        The production system, and the code of the site.
    company
        Of `compile_own_company`.
    """
    names: dict[str, str] = {}
    for table in NAMED:
        frame = snapshot[table]
        if "name" in frame.columns:
            names |= {code: name or "" for code, name in frame.select("code", "name").iter_rows()}
    customers = _rank_customers(snapshot, site)
    return PlantWords(
        site, company["name"], names, customers[0] if customers else "One customer",
        _tell_opening(snapshot, site, company, customers),
    )  # fmt: skip


def tell_headline(weakness: Weakness, words: PlantWords) -> str:
    """Return the headline of a weakness as somebody of the plant says it: its own name left out, machines named."""
    told = weakness.headline
    if words.site and weakness.subject != words.site:
        told = told.replace(f" at {words.site}", "")
    told = re.sub(rf" at {re.escape(words.site)}\b", "", told) if words.site else told
    told = re.sub(rf"\b{re.escape(words.site)}\b", words.name, told) if len(words.site) >= LEAST_CODE else told
    subject = weakness.subject
    if len(subject) >= LEAST_CODE and subject != words.site and words.names.get(subject):
        told = re.sub(rf"(?<![\w-]){re.escape(subject)}(?='s)", lambda _: words.names[subject], told)
        told = re.sub(rf"(?<![\w-]){re.escape(subject)}(?![\w-])", lambda _: words.name_of(subject), told, count=1)
    return told


def join_words(words: Sequence[str]) -> str:
    """Join words as a sentence does: "a", "a and b", "a, b and c"."""
    return " and ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else "".join(words)


def _rank_customers(snapshot: Snapshot, site: str) -> list[str]:
    """Names of the customers of a site, those that buy most first: by what was ordered in the last half-year."""
    prices = snapshot["item"].select(pl.col("code").alias("item"), pl.col("price").cast(pl.Float64).alias("listed"))
    since = snapshot.as_of - timedelta(weeks=WEEKS)
    lines = snapshot["demand_line"].filter(
        (pl.col("site") == site) & (pl.col("due_at") >= since) & pl.col("customer").is_not_null()
    )
    worth = pl.col("quantity") * pl.coalesce(pl.col("price").cast(pl.Float64), "listed", pl.lit(0.0))
    told = lines.join(prices, on="item", how="left").group_by("customer").agg(worth.sum().alias("worth"))
    names = dict(snapshot["customer"].select("code", "name").iter_rows())
    ranked = told.sort("worth", "customer", descending=[True, False])["customer"].to_list()
    return [names.get(code) or code for code in ranked if code]


def _tell_opening(snapshot: Snapshot, site: str, company: dict[str, Any], customers: Sequence[str]) -> str:
    """What the plant makes for whom, with whom and what."""
    makes = join_words([one["name"] for one in company["products"][:3]])
    buys = ""
    if customers:
        buys = f" for {customers[0]}" if len(customers) == 1 else f" for {len(customers)} customers"
        buys += f"; {customers[0]} buys most" if len(customers) > 1 else ""
    people = snapshot["person"].filter(pl.col("site") == site).height
    is_here = (pl.col("site") == site) & (pl.col("kind").cast(pl.String) == "machine")
    machines = snapshot["resource"].filter(is_here).height
    who = f"{_count(people, 'person', 'people')} and " if people else ""
    told = [f"{company['name']} makes {makes}{buys}.", f"It has {who}{_count(machines, 'machine', 'machines')}."]
    groups = [f"{one['name']} ({one['machines']:g})" for one in company["groups"][:3]]
    told.append(f"Most of the work goes through {join_words(groups)}.")
    if company["suppliers"]:
        told.append(f"Material comes from {company['suppliers'][0]['name']}.")
    return " ".join(told)


def _count(num: int, one: str, many: str) -> str:
    return f"{num:,} {one if num == 1 else many}"
