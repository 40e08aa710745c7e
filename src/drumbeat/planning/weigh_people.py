"""Weigh the work of a plan against the hours of people, by skill and crew and week."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import polars as pl

from drumbeat.basics.arrays import Floats, Int64s
from drumbeat.data.snapshot import Snapshot
from drumbeat.planning.compile_capacity import WEEK, sum_open_hours
from drumbeat.planning.compile_work import MOMENT, compile_work, sum_by_week
from drumbeat.plant.list_open_hours import list_open_hours

WEEKS = 13
ALONE = 2
"""Level of a skill from which somebody works alone."""
SCHEMA: Any = {
    "kind": pl.String, "code": pl.String, "name": pl.String, "site": pl.String, "week_start": MOMENT,
    "people": pl.Int64, "shift_hours": pl.Float64, "away_hours": pl.Float64, "usable_hours": pl.Float64,
    "work_hours": pl.Float64,
}  # fmt: skip


@dataclass(frozen=True)
class PeopleRun:
    """Work against people's hours.

    Parameters
    ----------
    weeks
        kind (skill, crew), code, name, site, week_start, people, shift_hours, away_hours (absent), usable_hours,
        work_hours (person-hours): one row a skill at a site, or a crew, and week.
    groups
        kind, code, name, site, people, peak (highest work until a week / hours until then; infinite without hours),
        peak_week, short_hours (most person-hours that cannot be done in time): one row a skill or crew, the tightest
        first.
    """

    weeks: pl.DataFrame
    groups: pl.DataFrame


def weigh_people(snapshot: Snapshot, planned: pl.DataFrame, weeks: int = WEEKS) -> PeopleRun:
    """Weigh the person-hours that operations need of each skill against those of the people who have it.

    A person counts in every skill that he masters (level 2 or more, held when the week begins): two skills of the
    same people may each have hours enough, and not both together. The crews' rows tell: there, the work of a skill is
    shared among its people by their hours. Work that needs nobody in `crew_need` needs nobody here.

    Parameters
    ----------
    planned
        Planned orders: `PlanRun.orders`.
    weeks
        How many from the snapshot's moment, 1 or more.

    Returns
    -------
    PeopleRun
        Without rows where nobody works, and no operation needs a skill.
    """
    starts = [snapshot.as_of + week * WEEK for week in range(weeks)]
    people = _list_people(snapshot)
    shift, away = _measure_hours(snapshot, people, starts)
    pairs = _list_pairs(snapshot, people)
    needs, work = _measure_work(snapshot, planned, weeks)
    skills = pl.concat([pairs.select("skill", "site"), needs.select("skill", "site")]).unique().sort("site", "skill")
    number = skills.with_row_index("number")
    owner = pairs.join(number, on=["skill", "site"], maintain_order="left")
    who, what = owner["row"].to_numpy().astype(np.int64), owner["number"].to_numpy().astype(np.int64)
    valid = _find_valid(owner, starts)
    wanted = np.zeros((skills.height, weeks))
    placed = needs.join(number, on=["skill", "site"], maintain_order="left")["number"].to_numpy().astype(np.int64)
    wanted[placed] = work
    counts = [np.zeros((skills.height, weeks)) for _ in range(2)]
    for table, hours in zip(counts, (shift, away), strict=True):
        np.add.at(table, what, hours[who] * valid)
    usable = counts[0] - counts[1]
    share = np.divide(wanted, usable, out=np.zeros_like(wanted), where=usable > 0)
    own = np.zeros(shift.shape)
    np.add.at(own, who, (shift - away)[who] * valid * share[what])
    names = dict(snapshot["skill"].select("code", "name").iter_rows())
    frames = [
        _frame("skill", skills.select(code="skill", site="site"), names, np.bincount(what, minlength=skills.height),
               (counts[0], counts[1], wanted), starts),
        _sum_crews(snapshot, people, (shift, away, own), starts),
    ]  # fmt: skip
    rows = pl.concat(frames)
    return PeopleRun(rows, _find_peaks(rows))


def _list_people(snapshot: Snapshot) -> pl.DataFrame:
    """People with the calendar that they follow: row, code, site, crew, calendar, hired_on."""
    crews = snapshot["crew"].select(crew="code", crew_calendar="calendar")
    return (
        snapshot["person"]
        .join(crews, on="crew", how="left", maintain_order="left")
        .sort("site", "code")
        .select("code", "site", "crew", pl.coalesce("calendar", "crew_calendar").alias("calendar"), "hired_on")
        .with_row_index("row")
    )


def _measure_hours(snapshot: Snapshot, people: pl.DataFrame, starts: list[datetime]) -> tuple[Floats, Floats]:
    """Hours of shifts, and those of them that people are away; shape (people, weeks) each."""
    opened = list_open_hours(snapshot.frames, people, starts[0], starts[-1] + WEEK).with_columns(level=pl.lit(1))
    gone = snapshot["absence"].select(code="person", starts_at="starts_at", ends_at="ends_at")
    shift = sum_open_hours(people, opened, starts, None)
    away = np.minimum(sum_open_hours(people, opened, starts, gone), shift)
    for row, day in people.select("row", "hired_on").drop_nulls().iter_rows():
        before = np.array([(start + WEEK).date() <= day for start in starts])
        shift[row, before] = away[row, before] = 0.0
    return shift, away


def _list_pairs(snapshot: Snapshot, people: pl.DataFrame) -> pl.DataFrame:
    """Who masters what: skill, site, row (of the person), certified_from, certified_until."""
    return (
        snapshot["person_skill"]
        .filter(pl.col("level") >= ALONE)
        .join(people.select("row", "site", person="code"), on="person", maintain_order="left")
        .select("skill", "site", "row", "certified_from", "certified_until")
    )


def _find_valid(pairs: pl.DataFrame, starts: list[datetime]) -> Floats:
    """1 where a person has the skill when a week begins, else 0; shape (pairs, weeks)."""
    days = list(pairs.select("certified_from", "certified_until").iter_rows())
    table = [
        [float((first is None or first <= day) and (last is None or day <= last)) for day in (s.date() for s in starts)]
        for first, last in days
    ]
    return np.array(table, np.float64).reshape(len(days), len(starts))


def _measure_work(snapshot: Snapshot, planned: pl.DataFrame, weeks: int) -> tuple[pl.DataFrame, Floats]:
    """Person-hours by skill and week: skill and site, and a table of shape (skills, weeks)."""
    need = snapshot["crew_need"].select("operation", "skill", "num_people")
    work = compile_work(snapshot, planned).join(need, on="operation")
    work = work.with_columns(pl.col("run_hours", "setup_hours") * pl.col("num_people"))
    places = work.select("skill", "site").unique().sort("site", "skill").with_row_index("resource")
    summed = sum_by_week(work.drop("resource").join(places, on=["skill", "site"]), snapshot.as_of, weeks)
    table = np.zeros((places.height, weeks))
    rows: Int64s = summed["resource"].to_numpy().astype(np.int64)
    table[rows, summed["week"].to_numpy()] = (summed["run_hours"] + summed["setup_hours"]).to_numpy()
    return places.select("skill", "site"), table


def _sum_crews(
    snapshot: Snapshot, people: pl.DataFrame, tables: tuple[Floats, Floats, Floats], starts: list[datetime]
) -> pl.DataFrame:
    crews = snapshot["crew"].select("code", "site").sort("site", "code")
    number = {code: at for at, code in enumerate(crews["code"])}
    mine = people.filter(pl.col("crew").is_not_null())
    rows = mine["row"].to_numpy().astype(np.int64)
    crew = np.array([number[code] for code in mine["crew"]], np.int64)
    sums = []
    for table in tables:
        sums.append(np.zeros((crews.height, len(starts))))
        np.add.at(sums[-1], crew, table[rows])
    names = dict(snapshot["crew"].select("code", "name").iter_rows())
    return _frame("crew", crews, names, np.bincount(crew, minlength=crews.height), (sums[0], sums[1], sums[2]), starts)


def _frame(
    kind: str, groups: pl.DataFrame, names: dict[str, str], people: Int64s, tables: tuple[Floats, Floats, Floats],
    starts: list[datetime],
) -> pl.DataFrame:  # fmt: skip
    count, weeks = groups.height, len(starts)
    index = np.repeat(np.arange(count), weeks)
    shift, away, work = (pl.Series(table.ravel(), dtype=pl.Float64) for table in tables)
    return groups[index].with_columns(
        kind=pl.lit(kind), name=pl.col("code").replace_strict(names, default="", return_dtype=pl.String),
        week_start=pl.Series(starts * count, dtype=MOMENT), people=pl.Series(people[index], dtype=pl.Int64),
        shift_hours=shift, away_hours=away, usable_hours=shift - away, work_hours=work,
    ).select(pl.col(name).cast(dtype) for name, dtype in SCHEMA.items())  # fmt: skip


def _find_peaks(rows: pl.DataFrame) -> pl.DataFrame:
    """Find where work until a week is most of the hours until then, by skill and crew."""
    place = ["kind", "code", "site"]
    until = rows.with_columns(
        done=pl.col("work_hours").cum_sum().over(place, order_by="week_start"),
        there=pl.col("usable_hours").cum_sum().over(place, order_by="week_start"),
    ).with_columns(
        reach=pl.when(pl.col("there") > 0).then(pl.col("done") / pl.col("there"))
        .when(pl.col("done") > 0).then(float("inf")).otherwise(0.0)
    )  # fmt: skip
    return (
        until.group_by(*place, maintain_order=True)
        .agg(
            pl.col("name").first(), pl.col("people").first(), peak=pl.col("reach").max(),
            peak_week=pl.col("week_start").get(pl.col("reach").arg_max()),
            short_hours=(pl.col("done") - pl.col("there")).max().clip(lower_bound=0.0),
        )
        .sort("peak", "kind", "code", descending=[True, True, False])
        .select("kind", "code", "name", "site", "people", "peak", "peak_week", "short_hours")
    )  # fmt: skip
