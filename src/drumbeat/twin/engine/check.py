"""Judge the twin: replay one replication by hand, slowly and another way, from the same draws.

Nothing of the kernel or of its layout is used, only the network, the uncertainty and `drumbeat.basics.streams`.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from scipy.stats import nbinom

from drumbeat.basics.arrays import Int64s
from drumbeat.basics.streams import (
    FIXED,
    LOGNORMAL,
    draw,
    draw_residual,
    key_of,
    luck_of,
    normal_quantile,
    uniform,
)
from drumbeat.scheduling.engine.problem import FAR_FUTURE
from drumbeat.twin.engine.pick_parameters import pick_parameters
from drumbeat.twin.engine.problem import (
    ABSENCE,
    EMPIRICAL,
    LATENESS,
    LIFE,
    REPAIR,
    RESIDUAL,
    RUN,
    SCRAP_COUNT,
    SCRAP_LEVEL,
    Arcs,
    Network,
    Uncertainty,
    absence_horizon,
)

DAY = 86_400
Spans = list[tuple[int, int]]


@dataclass
class _Life:
    """One failure mode of one unit: seconds of work left, or the moment of its next failure."""

    mode: int
    key: np.uint64
    left: int
    up_from: int = 0
    count: int = 0


def replay_by_hand(
    network: Network, uncertainty: Uncertainty, seed: int, replication: int, off: int = -1
) -> tuple[Int64s, Int64s]:
    """Replay one replication in plain Python, with its own set of parameters where they are in doubt.

    Parameters
    ----------
    network, uncertainty
        What is simulated.
    seed, replication
        Whose luck it has.
    off
        Cause that is switched off; -1 = none.

    Returns
    -------
    Start and end of each task of the network; shape (N,) each.
    """
    picked = pick_parameters(uncertainty, replication)
    return _Replay(network, picked, np.uint64(luck_of(seed, replication)), off).run()


def find_broken_rules(network: Network, start: Int64s, end: Int64s, arrivals: Int64s) -> list[str]:
    """Return what a replay breaks: releases, arcs, or units held twice; nothing when it is right.

    Parameters
    ----------
    network
        What was replayed.
    start, end
        Shape (N,): of each task.
    arrivals
        Shape (Q,): of each receipt.
    """
    moments = np.concatenate([np.stack([start, end], axis=1).ravel(), arrivals])
    broken = [f"{network.keys[n]} ends before it starts" for n in np.flatnonzero(end < start)]
    broken += [f"{network.keys[n]} starts before its release" for n in np.flatnonzero(start < network.release)]
    for arcs, bounded, name in ((network.start_arcs, start, "starts"), (network.end_arcs, end, "ends")):
        owner = np.repeat(np.arange(network.num_tasks), np.diff(arcs.ptr))
        wrong = bounded[owner] < moments[arcs.source] + arcs.lag
        broken += [f"{network.keys[n]} {name} before what it waits for" for n in owner[wrong]]
    holds = network.holds
    owner = np.repeat(np.arange(network.num_tasks), np.diff(holds.ptr))
    held: dict[tuple[int, int], list[tuple[int, int]]] = {}
    for n, resource, unit in zip(owner, holds.resource, holds.unit, strict=True):
        if network.resource_capacity[resource] == 1 and network.resource_calendar[resource] < 0:
            held.setdefault((int(resource), int(unit)), []).append((int(start[n]), int(end[n])))
    for (resource, _), spans in held.items():
        spans.sort()
        if any(a[1] > b[0] for a, b in pairwise(spans)):
            broken.append(f"{network.resource_keys[resource]} is held twice at once")
    return broken


class _Replay:
    """One replication under way."""

    def __init__(self, network: Network, uncertainty: Uncertainty, luck: np.uint64, off: int) -> None:
        self.network, self.uncertainty, self.luck, self.off = network, uncertainty, luck, off
        self.lives: dict[tuple[int, int], _Life] = {}
        self.away = {int(r): self._roll(p) for p, r in enumerate(uncertainty.absences.resource)}
        self.spans: dict[tuple[tuple[int, int], ...], Spans] = {}

    def run(self) -> tuple[Int64s, Int64s]:
        network = self.network
        size = network.num_tasks
        moments = [0] * (2 * size) + [self._arrive(q) for q in range(len(network.receipt_time))]
        for n in range(size):
            ready = max([int(network.release[n]), *self._bounds(network.start_arcs, n, moments)])
            start, end = self._work(n, ready, self._seconds(n))
            moments[2 * n] = start
            moments[2 * n + 1] = max([end, *self._bounds(network.end_arcs, n, moments)])
        array = np.array(moments[: 2 * size], dtype=np.int64)
        return array[0::2], array[1::2]

    @staticmethod
    def _bounds(arcs: Arcs, n: int, moments: list[int]) -> Iterator[int]:
        for a in range(arcs.ptr[n], arcs.ptr[n + 1]):
            yield moments[arcs.source[a]] + int(arcs.lag[a])

    def _luck(self, key: str | np.uint64, purpose: int, n: int = 0) -> float:
        return uniform(self.luck, key_of(key) if isinstance(key, str) else key, purpose, n)

    def _is_on(self, cause: int) -> bool:
        return cause < 0 or cause != self.off

    def _seconds(self, n: int) -> int:
        task, key = int(self.network.task[n]), str(self.network.keys[n])
        runs, scrap = self.uncertainty.run_times, self.uncertainty.scrap
        run = float(self.network.run_seconds[n])
        if self._is_on(runs.cause[task]):
            factor, kind, shape = 1.0, runs.distribution[task], runs.shape[task]
            if kind >= EMPIRICAL:
                row = runs.tables[kind - EMPIRICAL]
                factor = math.exp(shape * np.interp(self._luck(key, RUN), np.linspace(0, 1, len(row)), row))
            elif kind != FIXED and not (kind == LOGNORMAL and shape <= 0):
                factor = draw(kind, 1.0, shape, self._luck(key, RUN))
            run *= runs.factor[task] * factor
        if scrap.share[task] > 0 and self._is_on(scrap.cause[task]):
            share, quantity = float(scrap.share[task]), float(scrap.quantity[task])
            if scrap.spread[task] > 0:
                sigma = math.sqrt(math.log1p(min(float(scrap.spread[task]) / max(share, 1e-9), 10.0) ** 2))
                share = min(0.9, share * draw(LOGNORMAL, 1.0, sigma, self._luck(key, SCRAP_LEVEL)))
            u, mean = self._luck(key, SCRAP_COUNT), quantity * share / (1 - share)
            if mean > 20:
                lost = max(0.0, math.floor(mean + math.sqrt(mean / (1 - share)) * normal_quantile(u) + 0.5))
            else:
                lost = float(nbinom.ppf(u, quantity, 1 - share))
            run *= (1 + lost / quantity) * (1 - float(scrap.planned_share[task]))
        return int(self.network.setup_seconds[n]) + math.floor(run + 0.5)

    def _arrive(self, q: int) -> int:
        lateness, planned = self.uncertainty.lateness, int(self.network.receipt_time[q])
        supplier = int(lateness.supplier[q]) if len(lateness.supplier) else -1
        if supplier < 0 or not self._is_on(lateness.cause[supplier]):
            return planned
        row = lateness.quantiles[supplier]
        shares = np.linspace(0, 1, len(row))
        overdue = int(lateness.already_late_seconds[q])
        done = 0.0
        if overdue > 0:
            if overdue >= row[-1]:
                return planned
            i = bisect_right(list(row), overdue)
            done = float(np.interp(overdue, row[i - 1 : i + 1], shares[i - 1 : i + 1])) if i else 0.0
        share = done + (1 - done) * self._luck(str(self.network.receipt_keys[q]), LATENESS)
        late = math.floor(np.interp(share, shares, row) + 0.5)
        return max(0, (-overdue if overdue > 0 else planned) + late)

    def _shifts(self, resource: int) -> Iterator[tuple[int, int, int]]:
        until = absence_horizon(self.network)
        for opens, closes, level in self._levels(resource):
            start = opens
            while start < min(closes, until):
                yield start, min(start + DAY, closes), int(self.network.resource_capacity[resource]) * level
                start += DAY

    def _levels(self, resource: int) -> list[tuple[int, int, int]]:
        c, calendars = int(self.network.resource_calendar[resource]), self.network.calendars
        if c < 0:
            return [(0, FAR_FUTURE, 1)]
        return [
            (int(calendars.open_start[i]), int(calendars.open_end[i]), int(calendars.level[i]))
            for i in range(calendars.ptr[c], calendars.ptr[c + 1])
        ]

    def _roll(self, p: int) -> list[tuple[int, int, int]]:
        """Shifts of a pool with the people present: start, end, number."""
        absences = self.uncertainty.absences
        resource, rate = int(absences.resource[p]), float(absences.rate[p])
        leave_rate = 1 / max(float(absences.spell_days[p]), 1.0)
        stay = max(1 - leave_rate / (1 - rate), 0.0)
        seen: dict[tuple[int, int], tuple[int, bool]] = {}
        found = []
        for start, end, size in self._shifts(resource):
            hour, day, here = start % DAY // 3600, start // DAY, size
            for person in range(size if rate > 0 and self._is_on(absences.cause[p]) else 0):
                chance = rate
                if stay > 0:
                    before, was_away = seen.get((hour, person), (-1, False))
                    chance += (float(was_away) - rate) * stay ** (day - before)
                key = f"{self.network.resource_keys[resource]}@{hour}"
                is_away = self._luck(key, ABSENCE, person * 2**20 + day) < chance
                seen[hour, person] = (day, is_away)
                here -= is_away
            found.append((start, end, here))
        return found

    def _open(self, n: int) -> Spans:
        """When all that task n holds is there."""
        network = self.network
        if network.setup_seconds[n] + network.run_seconds[n] == 0:
            return [(0, FAR_FUTURE)]
        entries = range(network.holds.ptr[n], network.holds.ptr[n + 1])
        needs = tuple((int(network.holds.resource[e]), int(network.holds.need[e])) for e in entries)
        if needs not in self.spans:
            spans: Spans = [(0, FAR_FUTURE)]
            for resource, need in needs:
                capacity = int(network.resource_capacity[resource])
                enough = [(a, b) for a, b, level in self._levels(resource) if capacity * level >= need]
                spans = _intersect(spans, enough)
            if not spans or spans[-1][1] < FAR_FUTURE:
                after = int(network.calendars.open_start.max())
                spans = [(a, min(b, after)) for a, b in spans if a < after] + [(after, FAR_FUTURE)]
            for resource, need in needs:
                for start, end, here in self.away.get(resource, ()):
                    if here < need:
                        spans = _take_off(spans, start, end)
            self.spans[needs] = _join(spans)
        return self.spans[needs]

    def _lives_of(self, n: int) -> list[_Life]:
        failures, holds = self.uncertainty.failures, self.network.holds
        found = []
        for e in range(holds.ptr[n], holds.ptr[n + 1]):
            for mode in np.flatnonzero(failures.resource == holds.resource[e]):
                place = (int(mode), int(holds.unit[e]))
                if place not in self.lives:
                    self.lives[place] = self._begin(*place)
                found.append(self.lives[place])
        return found

    def _begin(self, mode: int, unit: int) -> _Life:
        failures = self.uncertainty.failures
        life = _Life(mode, key_of(f"{failures.keys[mode]}#{unit}"), 0)
        if not self._is_on(failures.cause[mode]):
            life.left = FAR_FUTURE
        elif failures.is_down[mode]:
            law = (failures.repair_distribution[mode], failures.repair_mean_seconds[mode], failures.repair_shape[mode])
            rest = draw_residual(*law, self._luck(life.key, REPAIR), self._luck(life.key, RESIDUAL, 1))
            self._restart(life, math.floor(rest + 0.5))
        else:
            law = (failures.distribution[mode], failures.mean_seconds[mode], failures.shape[mode])
            rest = draw_residual(*law, self._luck(life.key, LIFE), self._luck(life.key, RESIDUAL))
            life.left = max(1, math.floor(rest + 0.5))
        return life

    def _restart(self, life: _Life, up_from: int) -> None:
        failures, m = self.uncertainty.failures, life.mode
        life.up_from, life.count = up_from, life.count + 1
        u = self._luck(life.key, LIFE, life.count)
        new = draw(failures.distribution[m], failures.mean_seconds[m], failures.shape[m], u)
        life.left = max(1, math.floor(new + 0.5)) + (0 if failures.is_busy_clock[m] else up_from)

    def _fail(self, life: _Life, moment: int) -> None:
        failures, m = self.uncertainty.failures, life.mode
        u = self._luck(life.key, REPAIR, life.count)
        law = (failures.repair_distribution[m], failures.repair_mean_seconds[m], failures.repair_shape[m])
        self._restart(life, moment + math.floor(draw(*law, u) + 0.5))

    def _repaired(self, lives: list[_Life], moment: int) -> int:
        """First moment at which all are up, failures on the calendar's clock until then included."""
        while True:
            for life in lives:
                if not self.uncertainty.failures.is_busy_clock[life.mode]:
                    while life.left <= moment:
                        self._fail(life, life.left)
            latest = max([moment, *(life.up_from for life in lives)])
            if latest == moment:
                return moment
            moment = latest

    def _work(self, n: int, ready: int, seconds: int) -> tuple[int, int]:
        spans = self._open(n)
        planned = int(self.network.setup_seconds[n] + self.network.run_seconds[n])
        can_pause = bool(self.network.can_pause[n])
        if seconds == 0:
            start = _fit(spans, ready, 0 if can_pause else planned)
            return start, start
        lives = self._lives_of(n)
        moment, start = ready, -1
        while seconds > 0:
            while True:
                at = _fit(spans, self._repaired(lives, moment), 0 if can_pause or start >= 0 else planned)
                if at == moment:
                    break
                moment = at
            if start < 0:
                start = moment
                spans = spans if can_pause else [(0, FAR_FUTURE)]
            moment, seconds = self._work_on(lives, spans, moment, seconds)
        return start, moment

    def _work_on(self, lives: list[_Life], spans: Spans, moment: int, seconds: int) -> tuple[int, int]:
        """Work from an open moment to the next thing that happens; return that moment and the seconds left."""
        is_busy = self.uncertainty.failures.is_busy_clock
        closes = spans[bisect_right(spans, (moment, FAR_FUTURE + 1)) - 1][1]
        fails = [moment + life.left if is_busy[life.mode] else life.left for life in lives]
        stop = min([closes, moment + seconds, *fails])
        done = stop - moment
        for life in lives:
            if is_busy[life.mode]:
                life.left -= done
        if done < seconds:
            hit = [life for life, fail in zip(lives, fails, strict=True) if fail == stop]
            if hit:
                self._fail(hit[0], stop)
        return stop, seconds - done


def _intersect(first: Spans, second: Spans) -> Spans:
    return _join([(max(a, c), min(b, d)) for a, b in first for c, d in second if max(a, c) < min(b, d)])


def _join(spans: Spans) -> Spans:
    joined: Spans = []
    for start, end in sorted(spans):
        if joined and joined[-1][1] == start:
            joined[-1] = (joined[-1][0], end)
        else:
            joined.append((start, end))
    return joined


def _take_off(spans: Spans, start: int, end: int) -> Spans:
    parts = [part for a, b in spans for part in ((a, min(b, start)), (max(a, end), b))]
    return [(a, b) for a, b in parts if a < b]


def _fit(spans: Spans, moment: int, seconds: int) -> int:
    """First open moment from which `seconds` fit without a pause."""
    for a, b in spans:
        begin = max(a, moment)
        if begin < b and (b - begin >= seconds or b >= FAR_FUTURE):
            return begin
    raise AssertionError("the last span never ends")
