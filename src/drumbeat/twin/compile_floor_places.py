"""Places of the floor: how many lots may wait before a machine, and how long they travel from site to site."""

from __future__ import annotations

import numpy as np
import polars as pl

from drumbeat.basics.arrays import Int32s, Int64s
from drumbeat.basics.findings import Finding, Findings
from drumbeat.basics.streams import FIXED, LOGNORMAL, sigma_of
from drumbeat.data.snapshot import Snapshot
from drumbeat.twin.engine.floor.problem import Groups, Steps
from drumbeat.twin.engine.floor.surroundings import Moves
from drumbeat.twin.engine.floor.times import Times

DAY = 86_400.0

ANY = -1
"""As many lots as come may wait."""


def count_places(snapshot: Snapshot, queues: list[list[str]], findings: Findings) -> Int64s:
    """Count the places before each queue: those of its resources together, any where one of them has no limit.

    Parameters
    ----------
    snapshot
        The plant.
    queues
        By queue, codes of the resources that serve it.
    findings
        Hears of it where there are limits.
    """
    places = dict(snapshot["resource"].select("code", "queue_places").iter_rows())
    found = np.full(len(queues), ANY, np.int64)
    for q, codes in enumerate(queues):
        told = [places.get(code) for code in codes]
        if told and all(number is not None for number in told):
            found[q] = sum(int(number) for number in told if number is not None)
    limited = {code for q, codes in enumerate(queues) for code in codes if found[q] != ANY}
    shared = sorted(code for code in limited if sum(code in codes for codes in queues) > 1)
    if shared:
        rule = "machines that serve several queues have their places before each of them"
        remedy = "Nothing, or make the operations' alternatives the same"
        findings.add(Finding("resource", rule, remedy, None, "queue_places", ", ".join(shared[:5]), "note"))
    return found


def warn_of_rings(steps: Steps, owner: list[int], groups: Groups, findings: Findings) -> None:
    """Warn where machines may block each other for good: each waits for a place that only others of them could free.

    Parameters
    ----------
    steps, owner
        Steps with their queues, and the product of each.
    groups
        Queues with their machines and places.
    findings
        Hears of such machines.
    """
    serve = [
        {int(m) for m in groups.machine[low:high]} for low, high in zip(groups.ptr[:-1], groups.ptr[1:], strict=True)
    ]
    waits: dict[int, set[int]] = {}
    for here, there in _list_ways(steps, owner):
        if min(here, there) >= 0 and groups.capacity[there] != ANY:
            # A lot that comes back to its own machine takes the place that it leaves.
            for m in serve[here] - serve[there]:
                waits.setdefault(m, set()).add(there)
    # The largest set of machines each of which may wait for one that only the set serves.
    stuck = set(waits)
    while freed := {m for m in stuck if not any(serve[q] <= stuck for q in waits[m])}:
        stuck -= freed
    if not stuck:
        return
    ring = [min(stuck)]
    while ring[-1] not in ring[:-1]:
        ring.append(min(serve[min(q for q in waits[ring[-1]] if serve[q] <= stuck)]))
    names = {m: groups.keys[q] for q in range(len(serve) - 1, -1, -1) for m in serve[q]}
    rule = "lots that come back find a place: of the machines that they pass on the way one has no limit"
    remedy = "Leave one of them without a limit; in the play they may block each other until its end"
    value = " > ".join(names[m] for m in ring[ring.index(ring[-1]) :])
    findings.add(Finding("resource", rule, remedy, None, "queue_places", value, "warning"))


def _list_ways(steps: Steps, owner: list[int]) -> set[tuple[int, int]]:
    """Queues from which lots go straight to others: to the next step, or back for rework."""
    ways = set()
    for s, product in enumerate(owner):
        if steps.delay.mean[s] > 0:
            continue  # it waits away from the machine, and blocks nothing
        if s + 1 < len(owner) and owner[s + 1] == product:
            ways.add((int(steps.group[s]), int(steps.group[s + 1])))
        if steps.rework[s] > 0:
            ways.add((int(steps.group[s]), int(steps.group[steps.rework_to[s]])))
    return ways


def compile_moves(
    snapshot: Snapshot, queues: list[list[str]], groups: Int32s, owner: list[int], findings: Findings
) -> tuple[Int32s, Moves]:
    """Say at which site each queue is and how long lots travel between sites, where routings lead to another site.

    The time is that of the transfers between the two sites: the median lead time of the supply terms whose supplier
    has the code of the site that sends. Without terms lots are there at once, with a warning.

    Returns
    -------
    tuple
        Shape (G,): the area of each queue; the moves, none where no routing leaves its site.
    """
    site_of = dict(snapshot["resource"].select("code", "site").iter_rows())
    at = [site_of.get(codes[0], "") if codes else "" for codes in queues]
    sites = sorted(set(at))
    area = np.array([sites.index(site) for site in at], np.int32)
    crossed = {
        (sites[area[groups[s - 1]]], sites[area[groups[s]]])
        for s in range(1, len(owner))
        if owner[s] == owner[s - 1] and groups[s - 1] >= 0 and groups[s] >= 0
    }
    crossed = {(here, there) for here, there in crossed if here != there}
    if not crossed:
        return np.zeros(len(queues), np.int32), Moves()
    terms = (
        snapshot["supply_term"]
        .group_by("supplier", "site")
        .agg(pl.col("lead_time_days").median(), pl.col("lead_time_spread_days").median())
    )
    told = {(here, there): (float(days or 0.0), float(spread or 0.0)) for here, there, days, spread in terms.rows()}
    times = [told.get((here, there), (0.0, 0.0)) if here != there else (0.0, 0.0) for here in sites for there in sites]
    mean = np.array([days for days, _ in times]) * DAY
    spreads = np.array([sigma_of(spread / days) if days > 0 and spread > 0 else 0.0 for days, spread in times])
    unknown = sorted(f"{here} > {there}" for here, there in crossed if told.get((here, there), (0.0, 0.0))[0] <= 0)
    if unknown:
        rule = "how long lots travel from site to site is known from the supply terms of transfers between them"
        remedy = "Add a supply term whose supplier has the code of the site that sends; here they are there at once"
        findings.add(Finding("supply_term", rule, remedy, None, "lead_time_days", ", ".join(unknown[:5]), "warning"))
    kinds = np.where(spreads > 0, LOGNORMAL, FIXED).astype(np.int8)
    return area, Moves(len(sites), Times(kinds, mean, spreads))
