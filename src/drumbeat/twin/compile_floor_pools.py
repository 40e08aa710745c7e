"""People and tools that operations hold on the floor, by shift."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import polars as pl

from drumbeat.basics.arrays import Floats, Int64s
from drumbeat.basics.calendars import OpenTimes, add_levels, intersect_calendars
from drumbeat.basics.findings import Finding, Findings
from drumbeat.data.snapshot import Snapshot
from drumbeat.scheduling.compile_resources import (
    CalendarBook,
    compile_calendar_of_each_resource,
    compile_pools,
    name_pool,
)
from drumbeat.twin.compile_floor_products import as_texts
from drumbeat.twin.engine.floor.surroundings import Pools
from drumbeat.twin.estimate_absence import estimate_absence

FORGOTTEN_A_DAY = 1.0 - 0.5 ** (1.0 / 7.0)
"""Share of fatigue that a day takes away: half of it is gone in a week."""


@dataclass
class PoolBook:
    """Numbers pools as they are met.

    Parameters
    ----------
    people, usual
        By pool of a skill at a site: how many are there when, with and without overtime.
    open_of
        By resource: when it is open and for how many.
    errors
        By pool, how unsure its rate of absence is, once `as_pools` has run; 0 where nobody is absent.
    """

    snapshot: Snapshot
    findings: Findings
    people: dict[str, OpenTimes]
    usual: dict[str, OpenTimes]
    open_of: dict[str, OpenTimes]
    keys: list[str] = field(default_factory=list)
    times: list[OpenTimes] = field(default_factory=list)
    usual_times: list[OpenTimes] = field(default_factory=list)
    kinds: list[str] = field(default_factory=list)
    sites: list[str] = field(default_factory=list)
    errors: list[float] = field(default_factory=list)

    @classmethod
    def of(cls, snapshot: Snapshot, book: CalendarBook, findings: Findings) -> PoolBook:
        """Read the people of each skill that operations or maintenance need, and when resources are open."""
        care = (
            snapshot["maintenance_plan"]
            .filter(pl.col("skill").is_not_null())
            .join(snapshot["resource"].select(pl.col("code").alias("resource"), "site"), on="resource")
            .select("site", "skill", pl.lit(1, dtype=pl.Int64).alias("minimum_level"))
        )
        people = compile_pools(snapshot, book, care)
        is_extra = bool(snapshot["calendar_shift"]["is_overtime"].any()) or bool(
            snapshot["calendar_exception"]["is_overtime"].any()
        )
        usual = people
        if is_extra:
            frames = {
                **snapshot.frames,
                "calendar_shift": snapshot["calendar_shift"].filter(~pl.col("is_overtime")),
                "calendar_exception": snapshot["calendar_exception"].filter(~pl.col("is_overtime")),
            }
            plain = Snapshot(frames, snapshot.as_of)
            usual = compile_pools(plain, CalendarBook(plain, book.horizon_seconds, Findings()), care)
        numbers = compile_calendar_of_each_resource(_without_care(snapshot), book)
        always = intersect_calendars([])
        open_of = {
            code: always if n < 0 else book.times[n]
            for code, n in zip(snapshot["resource"]["code"], numbers, strict=True)
        }
        return cls(snapshot, findings, people, usual, open_of)

    def skill(self, skill: str, site: str) -> int | None:
        """Number the people with a skill at a site; None where nobody is known of."""
        key = name_pool(skill, site)
        if key in self.keys:
            return self.keys.index(key)
        times = self.people.get(key)
        if times is None or times.is_never_open:
            return None
        return self._add(key, times, self.usual.get(key, times), "people", site)

    def resources(self, codes: list[str], site: str) -> int:
        """Number the resources of a need, such as tools: any of them will do."""
        key = " or ".join(codes)
        if key in self.keys:
            return self.keys.index(key)
        capacity = dict(self.snapshot["resource"].select("code", "capacity").iter_rows())
        parts = []
        for code in codes:
            times = self.open_of[code]
            parts.append(OpenTimes(times.open_start, times.open_end, times.level * np.int32(capacity[code])))
        times = add_levels(parts)
        return self._add(key, times, times, "resource", site)

    def _add(self, key: str, times: OpenTimes, usual: OpenTimes, kind: str, site: str) -> int:
        self.keys.append(key)
        self.times.append(times)
        self.usual_times.append(usual)
        self.kinds.append(kind)
        self.sites.append(site)
        return len(self.keys) - 1

    def most(self, pool: int) -> int:
        """Return the most units that a pool ever has."""
        return int(self.times[pool].level.max(initial=0))

    def as_pools(self) -> Pools:
        """Return the engine's pools; absence as estimated from the past."""
        num = len(self.keys)
        if not num:
            return Pools()
        levels = [_levels(times, usual) for times, usual in zip(self.times, self.usual_times, strict=True)]
        rates = estimate_absence(self.snapshot)
        absence = np.zeros(num)
        self.errors = [0.0] * num
        for c, (key, kind) in enumerate(zip(self.keys, self.kinds, strict=True)):
            skill, _, site = key.rpartition(" @ ")
            rate = rates.get((skill, site)) if kind == "people" else None
            if rate is not None:
                absence[c] = min(rate.rate, 0.9)
                self.errors[c] = rate.log_error
                rule = f"{rate.rate:.1%} absent without notice, drawn for every shift, from {rate.said_by}"
                remedy = "Keep absences with their reason to have the skill's own rate measured"
                self.findings.add(Finding("absence", rule, remedy, None, "skill", key, "note"))
        slower, defects = self._mean_of_crews("overtime_slowdown"), self._mean_of_crews("overtime_defects")
        return Pools(
            as_texts(self.keys),
            np.concatenate(([0], np.cumsum([len(at) for at, _, _ in levels]))).astype(np.int64),
            np.concatenate([at for at, _, _ in levels]),
            np.concatenate([size for _, size, _ in levels]),
            np.concatenate([overtime for _, _, overtime in levels]),
            np.full(num, np.inf),
            absence,
            # Fatigue is the hours of overtime that a person has not yet forgotten.
            np.where((slower > 0) | (defects > 0), 1.0, 0.0),
            np.full(num, FORGOTTEN_A_DAY),
            slower,
            defects,
            np.zeros(num),
        )

    def _mean_of_crews(self, column: str) -> Floats:
        """By pool of people, what an hour of overtime does to its work: the mean over their crews; 0 without a crew."""
        crews = self.snapshot["crew"].select(pl.col("code").alias("crew"), pl.col(column).alias("told"))
        people = (
            self.snapshot["person"]
            .join(crews, on="crew", how="left")
            .select(pl.col("code").alias("person"), "site", pl.col("told").fill_null(0.0))
        )
        rows = self.snapshot["person_skill"].join(people, on="person").group_by("skill", "site")
        of = {name_pool(skill, site): mean for skill, site, mean in rows.agg(pl.col("told").mean()).rows()}
        pairs = zip(self.keys, self.kinds, strict=True)
        return np.array([float(of.get(key, 0.0)) if kind == "people" else 0.0 for key, kind in pairs])

    def describe(self) -> pl.DataFrame:
        """Return a row for each pool."""
        schema = {"pool": pl.String, "kind": pl.String, "site": pl.String}
        return pl.DataFrame({"pool": self.keys, "kind": self.kinds, "site": self.sites}, schema=schema)


def _without_care(snapshot: Snapshot) -> Snapshot:
    """Leave out the open orders of maintenance plans: the floor finds their time itself."""
    orders = snapshot["maintenance_order"]
    kept = orders.filter(pl.col("plan").is_null() | (pl.col("state").cast(pl.String) != "open"))
    return Snapshot({**snapshot.frames, "maintenance_order": kept}, snapshot.as_of)


def _levels(times: OpenTimes, usual: OpenTimes) -> tuple[Floats, Int64s, Int64s]:
    """Moments from which there are so many, and how many of them are on overtime."""
    edges = np.concatenate(([0], times.open_start, times.open_end, usual.open_start, usual.open_end))
    at = np.unique(edges)

    def level_at(open_times: OpenTimes) -> Int64s:
        if open_times.is_never_open:
            return np.zeros(len(at), np.int64)
        i = np.searchsorted(open_times.open_start, at, side="right") - 1
        inside = (i >= 0) & (at < open_times.open_end[np.maximum(i, 0)])
        level: Int64s = np.where(inside, open_times.level[np.maximum(i, 0)], 0).astype(np.int64)
        return level

    size = level_at(times)
    overtime = np.maximum(size - level_at(usual), 0)
    changes = np.concatenate(([True], (np.diff(size) != 0) | (np.diff(overtime) != 0)))
    return at[changes].astype(np.float64), size[changes], overtime[changes]
