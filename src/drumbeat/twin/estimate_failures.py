"""Estimate from machine events how often machines fail and how long repairs take."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from drumbeat.basics.arrays import Floats
from drumbeat.basics.findings import Finding, Findings
from drumbeat.basics.streams import DISTRIBUTIONS, EXPONENTIAL, LOGNORMAL
from drumbeat.data.snapshot import Snapshot
from drumbeat.twin.engine.fit.choose_law import Pooled, pool_fits
from drumbeat.twin.engine.fit.fit_law import Fit
from drumbeat.twin.engine.fit.laws import NAMES
from drumbeat.twin.engine.fit.sample import Sample
from drumbeat.twin.measure_busy import Log, Spans, read_log, read_spans

FEWEST_OF_GROUP = 5
"""Failures of a group of like machines from which its events go before what the failure modes state."""

FEWEST_OWN = 12
"""Failures of a machine below which it is said that its group's are used beside its own."""

STATED_ERROR = 0.35
"""Standard error of the logarithm of a stated mean time of which no event tells."""

BUSY = "busy"
NOTHING = Sample.of()


@dataclass(frozen=True)
class Mode:
    """A way in which a machine fails, as the twin plays it.

    Parameters
    ----------
    code, resource
        Business keys.
    is_busy_clock
        Whether it ages only while the machine works.
    life, repair
        Fitted laws, in hours; with the doubt about them.
    said_by
        "its own events", "events of its group" or "its failure mode".
    lives, repairs
        What its own events tell, in hours.
    """

    code: str
    resource: str
    is_busy_clock: bool
    life: Fit
    repair: Fit
    said_by: str
    lives: Sample = NOTHING
    repairs: Sample = NOTHING


def estimate_failures(snapshot: Snapshot, resources: list[str], findings: Findings) -> list[Mode]:
    """Estimate the failures of some resources.

    Times between failures run from the end of a repair to the next stop; what was under way when the record began or
    ends counts as cut. Machines of one capability and clock are a group: each is drawn towards the group as far as it
    has few failures of its own. Without `FEWEST_OF_GROUP` failures in a group, what the failure modes state is played,
    as unsure as statements are. Machines with stops and no failure mode get one. Where a what-if changed what a failure
    mode states, what the events tell changes in the same proportion: they are of the plant before.

    Parameters
    ----------
    snapshot
        Machine events, production reports, failure modes.
    resources
        Codes of the resources that are wanted.
    findings
        Receives notes on what was assumed.

    Returns
    -------
    One entry a mode, sorted by code; empty where nothing ever fails.
    """
    past = _Past(snapshot.recorded, snapshot.recorded.find_once("log of machines", read_log), _find_changed(snapshot))
    modes = _list_modes(snapshot, past.log, resources)
    found: list[Mode] = []
    for _, members in sorted(_group(snapshot, modes).items()):
        found += _estimate_group(members, past, findings)
    _tell_silent(snapshot, resources, {mode.resource for mode in found}, findings)
    return sorted(found, key=lambda mode: mode.code)


@dataclass(frozen=True)
class _Past:
    """The plant that the events are about, their log, and what lives and repairs are multiplied by since, by mode."""

    recorded: Snapshot
    log: Log
    changed: Mapping[str, tuple[float, float]]

    def pool(self, name: str, members: list[_Stated], samples: list[Sample], usual: int) -> Pooled:
        """Fit the group's samples, once for all what-ifs."""
        key = ("fits of failures", name, *((mode.code, mode.resource, mode.is_busy_clock) for mode in members))
        return self.recorded.find_once(key, lambda _: pool_fits(samples, usual))

    def change(self, code: str, life: Fit, repair: Fit) -> tuple[Fit, Fit]:
        """Bring what events tell of a mode to what was changed."""
        lives, repairs = self.changed.get(code, (1.0, 1.0))
        return replace(life, mean=life.mean * lives), replace(repair, mean=repair.mean * repairs)


def _find_changed(snapshot: Snapshot) -> dict[str, tuple[float, float]]:
    """By failure mode, what its stated times are now against what they were before the changes."""
    if snapshot.before is None:
        return {}
    names = ("mean_hours", "repair_mean_hours")
    before = snapshot.before["failure_mode"].select("code", *(pl.col(name).alias(f"old_{name}") for name in names))
    both = snapshot["failure_mode"].join(before, on="code").filter(pl.col("old_mean_hours") > 0)
    repair = pl.when(pl.col("old_repair_mean_hours") > 0).then(pl.col(names[1]) / pl.col("old_repair_mean_hours"))
    factors = both.select("code", pl.col(names[0]) / pl.col("old_mean_hours"), repair.otherwise(1.0))
    return {str(code): (float(life), float(rest)) for code, life, rest in factors.iter_rows() if life > 0 and rest > 0}


@dataclass(frozen=True)
class _Stated:
    """A failure mode as stated, and the stops that are its own."""

    code: str
    resource: str
    is_busy_clock: bool
    life: Fit | None
    repair: Fit | None
    stops: Spans


def _list_modes(snapshot: Snapshot, log: Log, resources: list[str]) -> list[_Stated]:
    wanted = set(resources)
    stops = snapshot["machine_event"].filter(
        (pl.col("state").cast(pl.String) == "down") & pl.col("resource").is_in(list(wanted))
    )
    rows = snapshot["failure_mode"].filter(pl.col("resource").is_in(list(wanted))).sort("code")
    by_resource: dict[str, list[dict[str, object]]] = {}
    for row in rows.iter_rows(named=True):
        by_resource.setdefault(str(row["resource"]), []).append(row)
    found = []
    parts = {str(name): part for (name,), part in stops.partition_by("resource", as_dict=True).items()}
    for resource in sorted({*by_resource, *parts}):
        own = parts.get(resource, stops.clear())
        stated = by_resource.get(resource, [])
        for place, row in enumerate(stated):
            mine = own if len(stated) == 1 else _stops_of(own, stated, place)
            spans = read_spans(mine, snapshot).get(resource, Spans(np.zeros(0), np.zeros(0)))
            is_busy = str(row["clock"]) == BUSY
            found.append(_Stated(str(row["code"]), resource, is_busy, *_state(row), spans))
        if not stated and resource in (seen := read_spans(own, snapshot)):
            found.append(_Stated(f"{resource} stops", resource, resource in log.busy, None, None, seen[resource]))
    return found


def _stops_of(own: pl.DataFrame, stated: list[dict[str, object]], place: int) -> pl.DataFrame:
    """Stops whose reason names a mode; those that name none belong to the first."""
    named = {str(row[word]): i for i, row in enumerate(stated) for word in ("code", "name") if row[word]}
    number = pl.col("reason").fill_null("").replace_strict(named, default=0, return_dtype=pl.Int64)
    return own.filter(number == place)


def _state(row: dict[str, object]) -> tuple[Fit, Fit]:
    error = np.diag([STATED_ERROR**2, 0.0])

    def fit(law: str, mean: str, shape: str) -> Fit:
        return Fit(DISTRIBUTIONS[str(row[law])], float(str(row[mean])), float(str(row[shape])), error, 0.0, 0.0, 0, 0)

    return (
        fit("distribution", "mean_hours", "shape"),
        fit("repair_distribution", "repair_mean_hours", "repair_shape"),
    )


def _group(snapshot: Snapshot, modes: list[_Stated]) -> dict[tuple[str, bool, int], list[_Stated]]:
    """Like machines: of one capability, on one clock, and the same place among their machine's modes."""
    kinds = dict(snapshot["resource"].select("code", "capability").iter_rows())
    groups: dict[tuple[str, bool, int], list[_Stated]] = {}
    seen: dict[str, int] = {}
    for mode in modes:
        place = seen[mode.resource] = seen.get(mode.resource, -1) + 1
        groups.setdefault((kinds.get(mode.resource) or mode.resource, mode.is_busy_clock, place), []).append(mode)
    return groups


def _estimate_group(members: list[_Stated], past: _Past, findings: Findings) -> list[Mode]:
    log = past.log
    lives = [sample_lives(mode.stops, log, mode.resource, mode.is_busy_clock) for mode in members]
    repairs = [sample_repairs(mode.stops) for mode in members]
    num = sum(sample.num_ended for sample in lives)
    is_stated = all(mode.life is not None for mode in members)
    if num == 0 or (num < FEWEST_OF_GROUP and is_stated):
        stated = [mode for mode in members if mode.life is not None]
        _tell_stated(stated, findings)
        return [_play_stated(mode) for mode in stated]
    life = past.pool("lives", members, lives, EXPONENTIAL)
    has_repairs = any(sample.num_ended for sample in repairs)
    repair = past.pool("repairs", members, repairs, LOGNORMAL) if has_repairs else None
    found, unseen = [], []
    for i, mode in enumerate(members):
        if mode.stops.start.size == 0 and mode.resource not in log.began and mode.life is not None:
            found.append(_play_stated(mode))
            unseen.append(mode)
            continue
        own, fixed = past.change(mode.code, life.members[i], repair.members[i] if repair else life.members[i])
        fixed = fixed if repair else (mode.repair or life.members[i])
        said_by = "its own events" if lives[i].num_ended >= FEWEST_OWN else "events of its group"
        found.append(Mode(mode.code, mode.resource, mode.is_busy_clock, own, fixed, said_by, lives[i], repairs[i]))
    _tell_stated(unseen, findings)
    _tell_few(members, lives, life, findings)
    _tell_stated_wrong(members, found, findings)
    return found


def _play_stated(mode: _Stated) -> Mode:
    assert mode.life is not None
    assert mode.repair is not None
    return Mode(mode.code, mode.resource, mode.is_busy_clock, mode.life, mode.repair, "its failure mode")


def _tell_stated(members: list[_Stated], findings: Findings) -> None:
    """Say of a group's members at once that what is stated is played."""
    if not members:
        return
    means = [mode.life.mean for mode in members if mode.life is not None]
    mean = f"{min(means):.3g} h" if max(means) < 1.01 * min(means) else f"{min(means):.3g} to {max(means):.3g} h"
    rule = f"fails every {mean}, as stated: too few stops tell"
    remedy = "Keep machine events with state down, start and end"
    findings.add(
        Finding("failure_mode", rule, remedy, None, "mean_hours", name_some([m.code for m in members]), "note")
    )


def name_some(codes: list[str], most: int = 5) -> str:
    """Name the first of many."""
    return ", ".join(codes[:most]) + (f" and {len(codes) - most} more" if len(codes) > most else "")


def _tell_few(members: list[_Stated], lives: list[Sample], pooled: Pooled, findings: Findings) -> None:
    group = sum(sample.num_ended for sample in lives)
    few = [(mode.resource, sample.num_ended) for mode, sample in zip(members, lives, strict=True)
           if sample.num_ended < FEWEST_OWN and sample.size]  # fmt: skip
    if not few or len(members) == 1:
        return
    counts = [count for _, count in few]
    rule = (
        f"{min(counts)} to {max(counts)} stops" if min(counts) < max(counts) else f"{counts[0]} stops"
    ) + f" of {few[0][0]}" * (len(few) == 1)
    rule += (
        f": too few; with those of like machines, {group} in all, "
        f"{NAMES.get(pooled.group.law, 'fixed')} around {pooled.group.mean:.3g} h"
    )
    remedy = "Keep machine events with state down, start and end, for longer"
    value = name_some([name for name, _ in few])
    findings.add(Finding("machine_event", rule, remedy, None, "resource", value, "note"))


def _tell_stated_wrong(members: list[_Stated], played: list[Mode], findings: Findings) -> None:
    stated = {mode.code: mode.life for mode in members if mode.life is not None}
    for mode in played:
        life = stated.get(mode.code)
        if life is None or mode.said_by == "its failure mode" or mode.life.log_mean_error <= 0:
            continue
        if abs(np.log(mode.life.mean / life.mean)) > max(3 * mode.life.log_mean_error, 0.3):
            rule = (
                f"stated to fail every {life.mean:.3g} h; its events say every {mode.life.mean:.3g} h, and are played"
            )
            remedy = "Correct the failure mode, or see which stops are missing or counted twice"
            findings.add(Finding("failure_mode", rule, remedy, None, "mean_hours", mode.code, "warning"))


def _tell_silent(snapshot: Snapshot, resources: list[str], failing: set[str], findings: Findings) -> None:
    machines = set(snapshot["resource"].filter(pl.col("kind").cast(pl.String) == "machine")["code"])
    for code in sorted((machines & set(resources)) - failing):
        remedy = "Add a failure mode with the mean times between failures and to repair, or machine events"
        findings.add(Finding("failure_mode", "this machine never fails", remedy, None, "resource", code, "note"))


def sample_lives(stops: Spans, log: Log, resource: str, is_busy_clock: bool) -> Sample:
    """Take the times between stops of one machine, in hours of its clock.

    Parameters
    ----------
    stops
        When it was down.
    log, resource
        The record of the machine; nothing comes back where there is none.
    is_busy_clock
        Whether only hours in which it worked count.
    """
    if resource not in log.began:
        return Sample.of()
    began = min(log.began[resource], float(stops.start[0]) if len(stops.start) else 0.0)
    edges = np.concatenate(([began], stops.end)), np.concatenate((stops.start, [0.0]))
    if is_busy_clock:
        busy = log.busy.get(resource, Spans(np.zeros(0), np.zeros(0)))
        length = busy.until(edges[1]) - busy.until(edges[0])
    else:
        length = edges[1] - edges[0]
    length = np.maximum(length, 0.0)
    least = 1 / 120  # half a minute: a stop straight after a repair is one of its own
    is_running = len(stops.end) == 0 or float(stops.end[-1]) < 0.0
    if len(length) == 1:
        return Sample.of(running_rest=_above(length, 0.0))
    running = _above(length[-1:], 0.0) if is_running else ()
    return Sample.of(np.maximum(length[1:-1], least), running, np.maximum(length[:1], least))


def sample_repairs(stops: Spans) -> Sample:
    """Take the lengths of stops, in hours; one that lasts still is cut."""
    length, is_open = stops.end - stops.start, stops.end >= 0.0
    return Sample.of(_above(length[~is_open], 0.0), _above(length[is_open], 0.0))


def _above(values: Floats, least: float) -> Floats:
    return values[values > least]
