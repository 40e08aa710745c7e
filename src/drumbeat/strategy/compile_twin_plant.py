"""Compile the plant as the twin plays it through a roadmap: its floor with whatever initiatives are in force."""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np
import polars as pl

from drumbeat.basics.arrays import Bools, Floats
from drumbeat.basics.findings import Finding, Findings, InputError
from drumbeat.basics.streams import GAMMA
from drumbeat.data.change import Change
from drumbeat.data.snapshot import Snapshot
from drumbeat.strategy.compile_roadmap import CompiledRoadmap
from drumbeat.strategy.compile_throughput import list_families
from drumbeat.strategy.convert_money import read_money
from drumbeat.strategy.engine.roadmap.play_roadmaps import TwinFloor, TwinPlant
from drumbeat.twin.compile_floor import MOST_WEEKS, WEEK_SECONDS, CompiledFloor, FloorTerms, compile_floor
from drumbeat.twin.engine.floor.problem import RENEWAL, FloorProblem, Sources
from drumbeat.twin.engine.floor.times import Times

NO_DEMAND = 1e-6
"""Demand of a way is at least this share of today's: a source that brings nothing has no time between two lots."""

OTHER_DEMAND = 0.1
"""Share by which past demand of a family differs from what is wanted now before that is said."""


def compile_twin_plant(snapshot: Snapshot, compiled: CompiledRoadmap) -> tuple[TwinPlant, Findings]:
    """Compile a snapshot for `judge_by_twin`.

    The floor is that of `drumbeat simulate`, from the plant as it stands now. Two things are as the throughput model
    has them, so that both judge the same: customers want of each family what they want there, and a good piece earns
    its price less its standard cost, in the company's currency. Certificates of people are renewed.

    Parameters
    ----------
    snapshot
        The production system that was compiled.
    compiled
        Its roadmap problem.

    Returns
    -------
    The plant, and what is assumed of it.

    Raises
    ------
    InputError
        Nothing can be played; the horizon is longer than the twin looks; and, when a floor is made, initiatives whose
        changes cannot be made together.
    """
    weeks = int(np.ceil(compiled.problem.num_periods * compiled.problem.weeks)) + 1
    if weeks > MOST_WEEKS:
        rule, remedy = f"the twin plays {MOST_WEEKS // 52} years at most", "Plan the roadmap over fewer years"
        raise InputError(Finding("roadmap", rule, remedy, None, "months", str(compiled.terms.months)))
    findings = Findings()
    maker = _FloorMaker(_renew_certificates(snapshot, findings), compiled, FloorTerms(weeks=weeks))
    _tell_demand(maker, findings)
    keys = compiled.problem.initiatives.keys
    touches = np.array([bool(compiled.changes.get(str(key))) for key in keys], dtype=bool)
    return TwinPlant(maker.floor, compiled.problem.weeks * WEEK_SECONDS, 0.0, touches), findings


def _renew_certificates(snapshot: Snapshot, findings: Findings) -> Snapshot:
    """A plant of which nobody renews a certificate stands still after some years: nobody plans for that."""
    skills = snapshot["person_skill"]
    number = skills["certified_until"].count()
    if not number:
        return snapshot
    rule = "certificates that end within the horizon are renewed"
    findings.add(Finding("person_skill", rule, "Plan their renewal", None, "certified_until", f"{number}", "note"))
    renewed = skills.with_columns(pl.lit(None, skills.schema["certified_until"]).alias("certified_until"))
    return replace(snapshot, frames={**snapshot.frames, "person_skill": renewed})


class _FloorMaker:
    """Makes the floors: one compilation for each set of initiatives, whatever the demand."""

    def __init__(self, snapshot: Snapshot, compiled: CompiledRoadmap, terms: FloorTerms) -> None:
        self.snapshot, self.compiled, self.terms = snapshot, compiled, terms
        self.order = _sort_by_needs(compiled)
        self.money, _ = read_money(snapshot)
        self.wanted = list_families(snapshot)
        self._made: dict[bytes, TwinFloor] = {}
        self.today = self.compile(np.zeros(len(self.order), dtype=bool))

    def floor(self, force: Bools, factor: float) -> TwinFloor:
        """Make the floor with some initiatives in force, at so many times today's demand."""
        key = force.tobytes()
        if key not in self._made:
            self._made[key] = self._price(self.compile(force) if force.any() else self.today)
        made = self._made[key]
        return replace(made, problem=_scale_demand(made.problem, np.full(len(made.problem.sources.keys), factor)))

    def compile(self, force: Bools) -> CompiledFloor:
        """Compile the floor with some initiatives in force, at its own demand."""
        chosen = [str(self.compiled.problem.initiatives.keys[i]) for i in self.order if force[i]]
        changes: list[Change] = [change for key in chosen for change in self.compiled.changes.get(key, [])]
        try:
            return compile_floor(self.snapshot.apply(changes) if changes else self.snapshot, self.terms)
        except InputError as error:
            if len(chosen) < 2:
                raise
            rule, remedy = "initiatives that may be in force together can be made together", "Exclude one of them"
            found = Findings()
            found.add(Finding("initiative_link", rule, remedy, None, "kind", ", ".join(chosen)))
            found.merge(error.findings)
            raise InputError(found) from error

    def _price(self, floor: CompiledFloor) -> TwinFloor:
        """The floor at the demand of the throughput model, with what a good piece of each product earns."""
        items = self.snapshot["item"].select(
            pl.col("code").alias("item"), (pl.col("price") - pl.col("cost")).cast(pl.Float64).alias("margin")
        )
        rows = floor.products.join(items, on="item", how="left", maintain_order="left")
        is_sold = rows["is_sold"].to_numpy()
        rates = np.array([self.money.of_site(site) for site in rows["site"]])
        margin = np.where(is_sold, rows["margin"].fill_null(0.0).to_numpy() * rates, 0.0)
        problem = _scale_demand(floor.problem, self._find_scale(floor))
        return TwinFloor(self._bring_unsold(floor, problem), margin, is_sold)

    def _bring_unsold(self, floor: CompiledFloor, problem: FloorProblem) -> FloorProblem:
        """Add demand by chance for what is wanted although it was not sold before, from where its orders end."""
        usual, orders = problem.products, problem.orders
        played = set(self.compare_demand(floor)["flow"])
        place = {(item, site): p for p, (item, site) in enumerate(floor.products.select("item", "site").iter_rows())
                 if floor.products["is_sold"][p]}  # fmt: skip
        found = [
            (place[item, site], weekly)
            for item, site, flow, weekly in self.wanted.select("item", "site", "flow", "weekly").iter_rows()
            if flow not in played and (item, site) in place
        ]
        if not found:
            return problem
        new, own = np.array([p for p, _ in found]), problem.sources
        weekly = np.array([units for _, units in found])
        ends = np.zeros(len(usual.keys))
        is_due = np.isfinite(orders.due)
        np.maximum.at(ends, orders.product[is_due], orders.due[is_due])
        between = own.between
        sources = Sources(
            np.concatenate([own.keys, np.array([f"wanted {usual.keys[p]}" for p in new], dtype=object)]),
            np.concatenate([own.product, new.astype(np.int32)]),
            np.concatenate([own.kind, np.full(len(new), RENEWAL, np.int8)]),
            Times(
                np.concatenate([between.kind, np.full(len(new), GAMMA, np.int8)]),
                np.concatenate([between.mean, usual.pieces[new] * WEEK_SECONDS / weekly]),
                np.concatenate([between.shape, np.ones(len(new))]),
            ),
            np.concatenate([own.first, np.maximum(ends[new] - usual.due_seconds[new], 0.0)]),
            np.concatenate([own.lots, np.ones(len(new), np.int64)]),
            np.concatenate([own.ptr, np.full(len(new), own.ptr[-1], np.int64)]),
            *(getattr(own, one.name) for one in fields(own)[7:]),
        )
        return replace(problem, sources=sources)

    def _find_scale(self, floor: CompiledFloor) -> Floats:
        """Say for each source by what its demand falls short of what its family is wanted."""
        flows = self.compare_demand(floor)
        share = dict(flows.select("flow", (pl.col("weekly") / pl.col("played")).alias("share")).iter_rows())
        flow_of = {(item, site): flow for item, site, flow in self.wanted.select("item", "site", "flow").iter_rows()}
        places = list(floor.products.select("item", "site").iter_rows())
        return np.array([share.get(flow_of.get(places[p], ""), 1.0) for p in floor.problem.sources.product.tolist()])

    def compare_demand(self, floor: CompiledFloor) -> pl.DataFrame:
        """flow, weekly, played: units a week that are wanted of each family, and those that the floor's sources bring;
        families that no source brings are left out."""
        sources, products = floor.problem.sources, floor.problem.products
        weekly = np.zeros(len(products.keys))
        rate = products.pieces[sources.product] * WEEK_SECONDS / sources.between.mean
        np.add.at(weekly, sources.product, rate)
        played = floor.products.select("item", "site").with_columns(pl.Series("played", weekly))
        played = played.group_by("item", "site").agg(pl.col("played").sum())
        both = self.wanted.join(played, on=["item", "site"], how="left").with_columns(pl.col("played").fill_null(0.0))
        flows = both.group_by("flow", maintain_order=True).agg(pl.col("weekly").sum(), pl.col("played").sum())
        return flows.filter(pl.col("played") > 0)


def _scale_demand(problem: FloorProblem, factor: Floats) -> FloorProblem:
    """The floor with so many times the demand of each source; stock is kept in the proportion of all of them."""
    sources, materials = problem.sources, problem.materials
    between = replace(sources.between, mean=sources.between.mean / np.maximum(factor, NO_DEMAND))
    usual = float(factor.mean()) if len(factor) else 1.0
    return replace(
        problem, sources=replace(sources, between=between),
        materials=replace(materials, reorder_point=materials.reorder_point * usual),
    )  # fmt: skip


def _sort_by_needs(compiled: CompiledRoadmap) -> list[int]:
    """Initiatives, each after those that it requires."""
    requires = compiled.problem.initiatives.requires
    left, order = list(range(len(requires))), []
    while left:
        ready = [i for i in left if not any(requires[i, j] for j in left)]
        order += ready
        left = [i for i in left if i not in ready]
    return order


def _tell_demand(maker: _FloorMaker, findings: Findings) -> None:
    """Say where past demand, which the floor alone would play, is another than what is wanted now."""
    for flow, weekly, played in maker.compare_demand(maker.today).iter_rows():
        if abs(weekly / played - 1) > OTHER_DEMAND:
            rule = f"{weekly:,.0f} a week are wanted, {played:,.0f} were in the past: the twin plays what is wanted"
            remedy = "See which of them is right, or enter a demand outlook"
            findings.add(Finding("demand_line", rule, remedy, None, "quantity", flow, "note"))
