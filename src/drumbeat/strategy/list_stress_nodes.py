"""List what may be lost of a network, for how long, and who or what is gone then."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import numpy as np
import polars as pl

from drumbeat.basics.arrays import Bools
from drumbeat.data.snapshot import Snapshot
from drumbeat.strategy.compile_network import CompiledNetwork
from drumbeat.strategy.engine.stress import Disruption, undisturbed

WEEKS_TO_RECOVER = {
    "site": 13.0,
    "line": 6.0,
    "group": 4.0,
    "supplier": 8.0,
    "skill": 8.0,
    "people": 2.0,
    "demand": 4.0,
}
"""Assumed weeks until a lost node works again, by kind; no table holds them. A supplier's lead time comes on top."""

KINDS = ("site", "line", "group", "supplier", "skill", "people", "demand")


@dataclass(frozen=True)
class StressTerms:
    """What is assumed in stress tests.

    Parameters
    ----------
    weeks_to_recover
        By kind of node; those left out are as in `WEEKS_TO_RECOVER`.
    people_share
        Share of a site's people that are away in the test of people, above 0, at most 1.
    demand_factor
        What demand is multiplied by in the test of demand, > 0.
    """

    weeks_to_recover: dict[str, float] = field(default_factory=dict)
    people_share: float = 0.2
    demand_factor: float = 1.3

    def __post_init__(self) -> None:
        wrong = [kind for kind, weeks in self.weeks_to_recover.items() if kind not in KINDS or not 0 < weeks <= 104]
        if wrong or not 0 < self.people_share <= 1 or not 0 < self.demand_factor < 100:
            raise ValueError(
                f"weeks to recover are above 0 and at most 104, for {', '.join(KINDS)}; a share of people is above 0 "
                f"and at most 1; a factor of demand is above 0 and below 100; not {self}"
            )

    def weeks_of(self, kind: str) -> float:
        """Return the weeks that a kind of node takes to recover."""
        return self.weeks_to_recover.get(kind, WEEKS_TO_RECOVER[kind])


@dataclass(frozen=True)
class Node:
    """Something that may be lost.

    Parameters
    ----------
    kind
        One of `KINDS`.
    code, site, name
        What it is; `site` is "" where it belongs to none or several.
    disruption
        Its loss.
    members
        Codes of the machines, the supplier, or the people that are gone.
    basis
        Where the weeks to recover come from.
    """

    kind: str
    code: str
    site: str
    name: str
    disruption: Disruption
    members: tuple[str, ...]
    basis: str

    @property
    def key(self) -> str:
        """Name that is unique among the nodes."""
        return "/".join(
            (self.kind, self.site, self.code) if self.kind in ("group", "skill") else (self.kind, self.code)
        )


def list_nodes(compiled: CompiledNetwork, snapshot: Snapshot, terms: StressTerms) -> Iterator[Node]:
    """List what may be lost: sites, lines, machines that do the same, suppliers, skills, people; and more demand."""
    machines, network, groups = compiled.machines, compiled.network, compiled.groups
    size = len(network.resources)
    place = np.array([*compiled.places["site"], *[""] * (len(network.products) - len(compiled.places))], dtype=object)
    owner = np.array([*machines["site"], *groups["site"]], dtype=object)
    codes = machines["code"].to_numpy().astype(object)

    def lose(kind: str, code: str, site: str, name: str, gone: Bools, members: list[str]) -> Node:
        left = np.ones(size)
        left[: len(gone)] = np.where(gone, 0.0, 1.0)
        weeks = terms.weeks_of(kind)
        lost = replace(undisturbed(network, f"{kind} {name or code}", weeks), hours_left=left)
        return Node(kind, code, site, name, lost, tuple(members), f"{weeks:g} weeks assumed for a {kind}")

    for site, name in snapshot["site"].select("code", "name").sort("code").iter_rows():
        gone = owner == site
        if gone.any():
            node = lose("site", site, site, name, gone, codes[gone[: len(codes)]].tolist())
            # Its stock is out of reach, and what is bought for it is not taken in.
            ways = (compiled.ways["site"] == site).to_numpy() & compiled.ways["how"].is_in(["buy", "make"]).to_numpy()
            lost = replace(node.disruption, stock_left=np.where(place == site, 0.0, 1.0),
                           most_left=np.where(ways, 0.0, 1.0))  # fmt: skip
            yield replace(node, disruption=lost)
    for line, name, site in snapshot["line"].select("code", "name", "site").sort("code").iter_rows():
        gone = (machines["line"] == line).fill_null(value=False).to_numpy()
        if gone.any():
            yield lose("line", line, site, name, gone, codes[gone].tolist())
    for (site, kind), rows in sorted(machines.partition_by("site", "capability", as_dict=True).items(), key=str):
        if kind:
            gone = machines["code"].is_in(rows["code"].implode()).to_numpy()
            yield lose("group", str(kind), str(site), f"{kind} ({rows.height})", gone, rows["code"].to_list())
    yield from _list_suppliers(compiled, snapshot, terms)
    yield from _list_people(compiled, groups, owner, terms, snapshot)
    weeks = terms.weeks_of("demand")
    more = replace(undisturbed(network, f"demand x {terms.demand_factor:g}", weeks),
                   demand_factor=np.full(len(network.products), terms.demand_factor))  # fmt: skip
    yield Node("demand", "all", "", f"All demand x {terms.demand_factor:g}", more, (), f"{weeks:g} weeks assumed")


def _list_suppliers(compiled: CompiledNetwork, snapshot: Snapshot, terms: StressTerms) -> Iterator[Node]:
    names = dict(snapshot["supplier"].select("code", "name").iter_rows())
    leads = dict(snapshot["supply_term"].group_by("supplier").agg(pl.col("lead_time_days").max()).iter_rows())
    is_buy = (compiled.ways["how"] == "buy").to_numpy()
    for supplier in sorted(set(compiled.ways.filter(pl.col("how") == "buy")["source"]) & set(names)):
        lead, base = (leads.get(supplier) or 0.0) / 7, terms.weeks_of("supplier")
        mine = is_buy & (compiled.ways["source"] == supplier).to_numpy()
        lost = replace(undisturbed(compiled.network, f"supplier {supplier}", base + lead),
                       most_left=np.where(mine, 0.0, 1.0))  # fmt: skip
        basis = f"{base:g} weeks assumed to qualify another, and a lead time of {lead:.1f}"
        yield Node("supplier", supplier, "", names[supplier] or supplier, lost, (supplier,), basis)


def _list_people(
    compiled: CompiledNetwork, groups: pl.DataFrame, owner: np.ndarray, terms: StressTerms, snapshot: Snapshot
) -> Iterator[Node]:
    network, first = compiled.network, compiled.machines.height
    names = dict(snapshot["skill"].select("code", "name").iter_rows())
    brings = compiled.ways.with_row_index("row").filter(pl.col("how") == "skill")
    for (site, skill), rows in sorted(brings.partition_by("site", "item", as_dict=True).items(), key=str):
        left = np.ones(len(network.activities))
        left[rows["row"].to_numpy()] = 0.0
        weeks = terms.weeks_of("skill")
        lost = replace(undisturbed(network, f"skill {skill} at {site}", weeks), most_left=left)
        people = groups.filter(pl.col("name").is_in(rows["source"].implode()))["people"].explode().to_list()
        basis = f"{weeks:g} weeks assumed to certify somebody else"
        yield Node("skill", str(skill), str(site), names.get(str(skill)) or str(skill), lost, tuple(people), basis)
    for site in sorted(set(groups["site"])):
        left = np.ones(len(network.resources))
        left[first:] = np.where(owner[first:] == site, 1.0 - terms.people_share, 1.0)
        weeks, people = terms.weeks_of("people"), groups.filter(pl.col("site") == site)["people"].explode().to_list()
        away = people[:: max(round(1 / terms.people_share), 1)]
        lost = replace(undisturbed(network, f"{terms.people_share:.0%} of people at {site}", weeks), hours_left=left)
        name = f"{terms.people_share:.0%} of people at {site}"
        yield Node("people", site, site, name, lost, tuple(away), f"{weeks:g} weeks assumed")
