"""Find what threatens a play of the plant: each cause switched off alone, on the same luck."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from itertools import zip_longest
from typing import TypeAlias

import numpy as np
import polars as pl

from drumbeat.basics.arrays import Floats, Int64s
from drumbeat.basics.findings import Finding, InputError
from drumbeat.basics.progress import Progress, part_of, silent
from drumbeat.basics.streams import FIXED
from drumbeat.twin.compile_floor import CompiledFloor
from drumbeat.twin.engine.floor.problem import FloorProblem
from drumbeat.twin.engine.floor.result import BROKEN, RUNNING, SETTING_UP, FloorResult
from drumbeat.twin.engine.floor.simulate import simulate_floor
from drumbeat.twin.engine.widen_intervals import bound_mean
from drumbeat.twin.measure_play import list_scopes, measure_delivery, number_sets

MOST_NAMED = 20
"""Causes that may be asked for."""

MOST_LOOKED, LEAST_LOOKS, MOST_LOOKS = 24, 8, 40
"""Causes that are looked at, and replications of that look: a tenth of those of the play, within these."""

FEWEST_REPLICATIONS, MOST_PLAYED = 2, 400
"""Replications of a play that can be told of, and those of them that are played without each cause."""

Player: TypeAlias = partial[Floats]
"""Plays the floor without a cause from a replication on, so often, and measures it."""

Switch: TypeAlias = Callable[[FloorProblem], FloorProblem]
"""Makes a problem without a cause."""

NEVER = 1e9
"""A life so many times as long does not end within a play."""

THREATS_SCHEMA = {
    "scope": pl.String(), "name": pl.String(), "site": pl.String(), "rank": pl.Int64(), "kind": pl.String(),
    "subject": pl.String(), "at": pl.String(), "on_time": pl.Float64(), "on_time_low": pl.Float64(),
    "on_time_high": pl.Float64(), "output": pl.Float64(), "output_low": pl.Float64(), "output_high": pl.Float64(),
}  # fmt: skip


@dataclass(frozen=True)
class FloorCause:
    """Something that can be switched off.

    Parameters
    ----------
    kind
        breakdown, absence, supplier or scrap.
    subject
        Code of the resource, pool of people, or supplier.
    site
        Where it is; "" = nowhere, or at several sites.
    weight
        How much of it there was in a play, against others of its kind; above 0.
    switch
        Makes the problem without it.
    """

    kind: str
    subject: str
    site: str
    weight: float
    switch: Switch


def no_threats() -> pl.DataFrame:
    """Make an empty list of threats."""
    return pl.DataFrame(schema=THREATS_SCHEMA)


def find_play_threats(
    compiled: CompiledFloor,
    result: FloorResult,
    *,
    num_sets: int = 1,
    most: int = 5,
    seed: int = 1,
    cores: int = 1,
    progress: Progress = silent,
) -> pl.DataFrame:
    """Find the causes that cost a played plant most, each by switching it off alone on the play's own luck.

    A first look, on other luck than the play's so that its choice does not flatter the answer, plays up to 24 causes
    some 8 to 40 times; those that cost most are then played as often as the plant was, 400 times at most. In all that
    takes about `most` + 3 times as long as the play did.

    Parameters
    ----------
    compiled, result
        The floor, and its play from replication 0 on.
    num_sets
        Sets of parameters that the play was spread over: each replication without a cause is played with the same set.
    most
        Causes to name, 0 to 20.
    seed
        That of the play.
    cores
        Threads; 0 = all.
    progress
        Hears how far it is; raises `Cancelled` to stop it.

    Returns
    -------
    pl.DataFrame
        scope (plant or site), name, site ("" = all), rank (1 costs most there: points on time and percent of output
        added up), kind, subject, at (site of the subject); on_time: share of the orders that it alone makes late;
        output: units a week that it alone costs; each with bounds low and high. The bounds of all causes and both
        figures of a scope hold together with at least 95 % (paired t, widened by what sets of parameters disagree
        about, Bonferroni); below 0 = the plant is better with it. No rows where nothing can go wrong. nan where a
        figure cannot be measured.

    Raises
    ------
    InputError
        One replication has no interval; or more causes are asked for than that.
    """
    if not 0 <= most <= MOST_NAMED:
        rule, remedy = "some causes are named", f"Ask for 0 to {MOST_NAMED}"
        raise InputError(Finding("simulate", rule, remedy, None, "threats", str(most)))
    if most and result.num_replications < FEWEST_REPLICATIONS:
        rule, remedy = "what a cause costs is told from several plays", "Ask for 2 replications at least, or no threats"
        raise InputError(Finding("simulate", rule, remedy, None, "replications", str(result.num_replications)))
    causes = _pick_by_kind(list_causes(compiled, result)) if most else []
    if not causes:
        return no_threats()
    num = min(result.num_replications, MOST_PLAYED)
    looks = min(max(num // 10, LEAST_LOOKS), MOST_LOOKS)
    problems = [compiled.problem, *compiled.doubt.vary(compiled.problem, num_sets)]
    play = partial(_play, compiled, problems, result.end, seed, cores)
    looked = 0.0
    if len(causes) > most:
        looked = looks * (len(causes) + 1) / (looks * (len(causes) + 1) + most * num)
        causes = _look(play, causes, most, result.num_replications, looks, part_of(progress, 0.0, looked))
    played = _play_without(play, causes, 0, num, part_of(progress, looked, 1.0))
    return _tell(compiled, causes, played, _measure(compiled, result)[:, :, :num], number_sets(num, num_sets))


def _play(
    compiled: CompiledFloor, problems: list[FloorProblem], end: float, seed: int, cores: int, switch: Switch,
    first: int, count: int, progress: Progress,
) -> Floats:  # fmt: skip
    """Play a floor, and its sets of parameters behind it, from some replication on without a cause, and measure it."""
    problem, *variants = (switch(one) for one in problems)
    result = simulate_floor(
        problem,
        variants=variants,
        until=end,
        seed=seed,
        first=first,
        replications=count,
        is_checked=True,
        cores=cores,
        progress=progress,
    )
    return _measure(compiled, result)


def _play_without(play: Player, causes: list[FloorCause], first: int, count: int, progress: Progress) -> list[Floats]:
    """Play the floor without each of some causes."""
    found = []
    for k, cause in enumerate(causes):
        heard = part_of(progress, k / len(causes), (k + 1) / len(causes))
        found.append(play(cause.switch, first, count, heard))
    return found


def _look(
    play: Player, causes: list[FloorCause], most: int, first: int, looks: int, progress: Progress
) -> list[FloorCause]:
    """Choose the causes that cost the plant most in a few replications."""
    share = 1 / (len(causes) + 1)
    whole = play(lambda problem: problem, first, looks, part_of(progress, 0.0, share))
    without = _play_without(play, causes, first, looks, part_of(progress, share, 1.0))
    costs = np.array([_weigh(one, whole)[0] for one in without])
    return [causes[k] for k in np.argsort(-costs, kind="stable")[:most]]


def list_causes(compiled: CompiledFloor, result: FloorResult) -> list[FloorCause]:
    """List the causes that had anything to do in a play, those of each kind by weight, the heaviest first."""
    found = [
        *_list_breakdowns(compiled, result),
        *_list_absences(compiled, result),
        *_list_suppliers(compiled, result),
        *_list_scrap(compiled, result),
    ]
    return sorted((cause for cause in found if cause.weight > 0), key=lambda cause: -cause.weight)


def _pick_by_kind(causes: list[FloorCause]) -> list[FloorCause]:
    """Take so many that each kind is looked at: the heaviest of each, then the next of each."""
    kinds = [[cause for cause in causes if cause.kind == kind] for kind in dict.fromkeys(one.kind for one in causes)]
    turns = [cause for turn in zip_longest(*kinds) for cause in turn if cause is not None]
    return turns[:MOST_LOOKED]


def _list_breakdowns(compiled: CompiledFloor, result: FloorResult) -> list[FloorCause]:
    """Breakdowns of each resource; they weigh by the time they take, and by how busy their machines are."""
    lives = compiled.problem.lives
    if not len(lives.keys):
        return []
    seconds = result.machine_seconds.sum(axis=0)
    busy = seconds[:, [RUNNING, SETTING_UP, BROKEN]].sum(axis=1) / np.maximum(seconds.sum(axis=1), 1.0)
    weight = seconds[:, BROKEN] * busy
    owner = compiled.machines["resource"].to_numpy()[lives.machine]
    site_of = dict(compiled.machines.select("resource", "site").iter_rows())
    found = []
    for resource in dict.fromkeys(owner):
        own = owner == resource

        def switch(problem: FloorProblem, own: np.ndarray = own) -> FloorProblem:
            life = problem.lives.life
            longer = replace(life, mean=np.where(own, life.mean * NEVER, life.mean))
            return replace(problem, lives=replace(problem.lives, life=longer))

        total = float(weight[np.unique(lives.machine[own])].sum())
        found.append(FloorCause("breakdown", str(resource), site_of.get(resource) or "", total, switch))
    return found


def _list_absences(compiled: CompiledFloor, result: FloorResult) -> list[FloorCause]:
    """Absence from each pool of people; it weighs by its rate, and by how much of the people is held."""
    pools = compiled.problem.pools
    held = result.pool_held.sum(axis=0) / np.maximum(result.pool_present.sum(axis=0), 1.0)
    found = []
    for c, (pool, site) in enumerate(compiled.pools.select("pool", "site").iter_rows()):

        def switch(problem: FloorProblem, c: int = c) -> FloorProblem:
            absence = problem.pools.absence.copy()
            absence[c] = 0.0
            return replace(problem, pools=replace(problem.pools, absence=absence))

        found.append(FloorCause("absence", pool, site or "", float(pools.absence[c] * held[c]), switch))
    return found


def _list_suppliers(compiled: CompiledFloor, result: FloorResult) -> list[FloorCause]:
    """Suppliers who deliver otherwise than they promise; they weigh by how long work waited for what they bring."""
    rows = compiled.materials
    short = result.material_short.sum(axis=0)
    promised = rows["promised_seconds"].to_numpy()
    found = []
    for supplier in rows["supplier"].drop_nulls().unique().sort():
        own = (rows["supplier"] == supplier).fill_null(False).to_numpy()
        sites = rows.filter(pl.Series(own))["site"].unique()

        def switch(problem: FloorProblem, own: np.ndarray = own) -> FloorProblem:
            lead = problem.materials.lead
            # Nobody is slower for keeping a promise that is longer than what was usual.
            kept = np.where(np.isfinite(promised), np.minimum(lead.mean, promised), lead.mean)
            times = replace(
                lead, kind=np.where(own, FIXED, lead.kind).astype(np.int8), mean=np.where(own, kept, lead.mean)
            )
            return replace(problem, materials=replace(problem.materials, lead=times))

        weight = float(short[own].sum())
        found.append(FloorCause("supplier", str(supplier), sites[0] if len(sites) == 1 else "", weight, switch))
    return found


def _list_scrap(compiled: CompiledFloor, result: FloorResult) -> list[FloorCause]:
    """Scrap at each work centre, the first resource of a step's group; it weighs by the pieces that it takes."""
    steps, products, groups = compiled.problem.steps, compiled.problem.products, compiled.problem.groups
    owner = np.repeat(np.arange(len(products.keys)), np.diff(products.ptr))
    weight = steps.scrap * (result.released.sum(axis=0) * products.pieces)[owner]
    has_machine = (steps.group >= 0) & (np.diff(groups.ptr) > 0)[steps.group]
    first = groups.machine[groups.ptr[np.where(has_machine, steps.group, 0)]] if has_machine.any() else steps.group
    centre = np.where(has_machine, first, -1)
    found = []
    for m in np.unique(centre[has_machine & (weight > 0)]):
        resource, site = compiled.machines.select("resource", "site").row(int(m))
        own = centre == m

        def switch(problem: FloorProblem, own: np.ndarray = own) -> FloorProblem:
            return replace(problem, steps=replace(problem.steps, scrap=np.where(own, 0.0, problem.steps.scrap)))

        found.append(FloorCause("scrap", resource, site or "", float(weight[own].sum()), switch))
    return found


def _measure(compiled: CompiledFloor, result: FloorResult) -> Floats:
    """Share on time and units a week by scope and replication; shape (scopes, 2, R)."""
    return np.array([measure_delivery(compiled, result, of) for _, _, _, of in _places(compiled)])


def _places(compiled: CompiledFloor) -> list[tuple[str, str, str, np.ndarray]]:
    """The plant and its sites: scope, name, site, products."""
    return [(scope, name, site, own) for scope, name, site, _, own, _ in list_scopes(compiled) if scope != "line"]


def _weigh(without: Floats, whole: Floats) -> Floats:
    """What a cause costs by scope: share on time, and share of the output, added up; shape (scopes,)."""
    gain = np.nan_to_num(without - whole).mean(axis=2)
    output = np.nan_to_num(whole[:, 1]).mean(axis=1)
    found: Floats = gain[:, 0] + gain[:, 1] / np.maximum(output, 1e-9)
    return found


def _tell(
    compiled: CompiledFloor, causes: list[FloorCause], played: list[Floats], whole: Floats, sets: Int64s
) -> pl.DataFrame:
    """Put what each cause costs in each scope into rows, in the order of their cost."""
    each = 1 - 0.05 / (2 * len(causes))
    costs = np.array([_weigh(without, whole) for without in played])
    rows: list[tuple[object, ...]] = []
    for place, (scope, name, site, _) in enumerate(_places(compiled)):
        for rank, k in enumerate(np.argsort(-costs[:, place], kind="stable"), start=1):
            bounds: list[float] = []
            for figure in range(2):
                one, other = played[k][place, figure], whole[place, figure]
                known = np.isfinite(one) & np.isfinite(other)
                found = bound_mean((one - other)[known], sets[known], each) if known.any() else None
                bounds += [found.value, found.low, found.high] if found else [float("nan")] * 3
            cause = causes[k]
            rows.append((scope, name, site, rank, cause.kind, cause.subject, cause.site, *bounds))
    return pl.DataFrame(rows, schema=THREATS_SCHEMA, orient="row")
