"""Compile initiatives, means and outlooks of a snapshot into a roadmap problem."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta

import numpy as np
import polars as pl

from drumbeat.basics.arrays import Bools, Floats, Int64s, Texts
from drumbeat.basics.findings import Finding, Findings
from drumbeat.basics.progress import Progress, silent
from drumbeat.data.snapshot import Snapshot
from drumbeat.data.stored_change import StoredChange
from drumbeat.strategy.compile_means import compile_means, compile_outlook
from drumbeat.strategy.compile_throughput import Throughput, compile_throughput, find_rates, list_families
from drumbeat.strategy.engine.roadmap.problem import Initiatives, PlantModel, RoadmapProblem
from drumbeat.strategy.read_changes import read_changes

MONTH_WEEKS = 365.25 / 12 / 7
NO_GATE = -1


@dataclass(frozen=True)
class RoadmapTerms:
    """How far a roadmap looks, and what money costs.

    Parameters
    ----------
    months
        Length of the horizon, 3 to 240; rounded up to whole periods.
    period_months
        Length of a period: starts are at the beginning of one; 1 or more.
    rate
        Cost of capital a year, above -1 (0.08 = 8 %).
    tail_years
        For how long after the horizon the last period is reckoned to go on, >= 0.

    Raises
    ------
    ValueError
        When one of them is out of its range.
    """

    months: int = 36
    period_months: int = 3
    rate: float = 0.08
    tail_years: float = 2.0

    def __post_init__(self) -> None:
        if not (3 <= self.months <= 240 and 1 <= self.period_months <= 12):
            raise ValueError(f"a roadmap looks 3 to 240 months ahead in periods of 1 to 12 months, not {self}")
        if not (-1 < self.rate < 10 and 0 <= self.tail_years <= 50):
            raise ValueError(f"a rate is above -1, the tail 0 to 50 years, not {self}")

    @property
    def num_periods(self) -> int:
        """Number of periods."""
        return -(-self.months // self.period_months)


@dataclass(frozen=True)
class CompiledRoadmap:
    """A roadmap problem, and what its rows stand for.

    Parameters
    ----------
    problem
        For the engine.
    rows
        code, name, kind, function, owner, site of each initiative, in the order of the problem.
    changes
        The changes of each initiative.
    gates
        code, name, criterion of each gate, by initiative in the order of its gates.
    throughput
        The plant as it is.
    starts
        First day of each period, and of the one after the last.
    terms
        How far it looks.
    findings
        What was assumed.
    """

    problem: RoadmapProblem
    rows: pl.DataFrame
    changes: dict[str, list[StoredChange]]
    gates: dict[str, list[dict[str, object]]]
    throughput: Throughput
    starts: list[date]
    terms: RoadmapTerms
    findings: Findings = field(default_factory=Findings)


def add_months(day: date, months: int) -> date:
    """Return the first day of the month that comes so many months after that of a day."""
    number = day.year * 12 + day.month - 1 + months
    return date(number // 12, number % 12 + 1, 1)


def compile_initiatives(
    snapshot: Snapshot, terms: RoadmapTerms | None = None, progress: Progress = silent
) -> CompiledRoadmap:
    """Compile what could be done into a roadmap problem.

    Periods begin with the month of the snapshot's moment. An initiative's effect is what its changes do to the
    throughput of the plant: hours that are added, hours that go further, loads that shrink; each is compiled alone, on
    top of what it requires. Money is in the company's currency.

    Parameters
    ----------
    snapshot
        The production system with its initiatives; those done or dropped are left out.
    terms
        Horizon and rates; None = the defaults.
    progress
        Hears of every initiative.

    Raises
    ------
    InputError
        When prerequisites lead in a circle, or a change cannot be made.
    """
    terms = terms or RoadmapTerms()
    state = pl.col("state").cast(pl.String)
    rows = snapshot["initiative"].filter(state.is_in(["proposed", "committed"])).sort("code")
    first = date(snapshot.as_of.year, snapshot.as_of.month, 1)
    starts = [add_months(first, number * terms.period_months) for number in range(terms.num_periods + 1)]
    progress(0.0, "reading the plant")
    families = list_families(snapshot)
    base = compile_throughput(snapshot, families=families)
    findings = Findings()
    findings.merge(base.findings)
    changes = read_changes(snapshot, rows["code"].to_list())
    plant = _plant(base, terms)
    effects = _effects(snapshot, rows, changes, base, families, findings, progress)
    own = _initiatives(snapshot, rows, plant, base, effects, starts, terms)
    means = compile_means(snapshot, starts, terms.period_months)
    outlook = compile_outlook(snapshot, starts)
    problem = RoadmapProblem(
        plant, own, means, outlook, terms.period_months * MONTH_WEEKS,
        (1 + terms.rate) ** (terms.period_months / 12) - 1, terms.tail_years * 12 / terms.period_months,
        find_rates(snapshot)[0],
    )  # fmt: skip
    told = rows.select("code", "name", "kind", "function", "owner", "site").with_columns(
        pl.when(pl.col("name") == "").then(pl.col("code")).otherwise(pl.col("name")).alias("name")
    )
    return CompiledRoadmap(problem, told, changes, _list_gates(snapshot, rows), base, starts, terms, findings)


def _plant(base: Throughput, terms: RoadmapTerms) -> PlantModel:
    """The plant as it is; the hours of a period stray as the number and the length of its breakdowns do.

    Down time of a period is a sum of a random number of repairs: its variance is the number of them times twice the
    square of the mean repair (Poisson failures, exponential repairs).
    """
    hours = base.calendar_hours * base.running_share
    number, repair = base.failures[0] * terms.period_months * MONTH_WEEKS, base.failures[1]
    deviation = np.sqrt(2 * number) * repair
    period = np.maximum(hours * terms.period_months * MONTH_WEEKS, 1e-9)
    return PlantModel(
        np.array(base.groups, dtype=object), np.array(base.flows, dtype=object), hours,
        np.minimum(deviation / period, 0.5), base.load, base.margin, base.demand,
    )  # fmt: skip


@dataclass
class _Effects:
    """What each initiative does to the plant."""

    added: Floats
    factor: Floats
    load: Floats
    margin: Floats


def _effects(
    snapshot: Snapshot, rows: pl.DataFrame, changes: dict[str, list[StoredChange]], base: Throughput,
    families: pl.DataFrame, findings: Findings, progress: Progress,
) -> _Effects:  # fmt: skip
    count, groups, flows = rows.height, len(base.groups), len(base.flows)
    effects = _Effects(
        np.zeros((count, groups)), np.zeros((count, groups)), np.zeros((count, groups, flows)), np.zeros((count, flows))
    )
    links = snapshot["initiative_link"].filter(pl.col("kind").cast(pl.String) == "requires")
    needs: dict[str, list[str]] = {}
    for initiative, other in links.select("initiative", "other").iter_rows():
        needs.setdefault(initiative, []).append(other)
    savings = dict(rows.select("code", pl.col("saving_per_year").cast(pl.Float64)).iter_rows())
    for i, code in enumerate(rows["code"]):
        progress(0.1 + 0.9 * i / count, f"what {code} changes")
        if not changes.get(code):
            continue
        earlier = [one for other in _all_needs(code, needs) for one in changes.get(other, [])]
        before = snapshot.apply(earlier)
        members = dict(zip(base.groups, base.members, strict=True))
        was = compile_throughput(before, members, families) if earlier else base
        _compare(effects, i, base, was, compile_throughput(before.apply(changes[code]), members, families))
        is_idle = not (effects.added[i].any() or effects.factor[i].any() or effects.load[i].any())
        if is_idle and not effects.margin[i].any() and not savings[code]:
            rule = "an initiative does something for machine hours, yield or margin, or states its saving"
            remedy = "Write its saving_per_year, or change a machine that the products use"
            findings.add(Finding("initiative", rule, remedy, column="saving_per_year", value=code, severity="warning"))
    return effects


def _all_needs(code: str, needs: dict[str, list[str]]) -> list[str]:
    """What an initiative requires, in one step or several, each after what it requires itself."""
    found: list[str] = []
    for other in sorted(needs.get(code, [])):
        found += [one for one in [*_all_needs(other, needs), other] if one not in found]
    return found


def _compare(effects: _Effects, i: int, base: Throughput, was: Throughput, new: Throughput) -> None:
    """Tell added hours from hours that go further: the share that runs belongs to machines that were there."""
    old_at, new_at = ({key: at for at, key in enumerate(one.groups)} for one in (was, new))
    for g, key in enumerate(base.groups):
        if key not in old_at or key not in new_at:
            continue
        a, b = old_at[key], new_at[key]
        kept = sorted(set(was.members[a]) & set(new.members[b]))
        calendar = new.calendar_hours[b] - was.calendar_hours[a]
        if len(new.members[b]) == len(kept):
            effects.factor[i, g] = new.running_share[b] / was.running_share[a] - 1
            effects.added[i, g] = calendar * was.running_share[a]
        else:
            effects.added[i, g] = (
                new.calendar_hours[b] * new.running_share[b] - was.calendar_hours[a] * was.running_share[a]
            )
        load, before = new.load[b], was.load[a]
        effects.load[i, g] = np.divide(load, before, out=np.ones_like(load), where=before > 1e-12) - 1
    effects.margin[i] = new.margin - was.margin
    for table in (effects.added, effects.factor, effects.load[i], effects.margin):
        table[np.abs(table) < 1e-9] = 0.0


def _initiatives(
    snapshot: Snapshot, rows: pl.DataFrame, plant: PlantModel, base: Throughput, effects: _Effects, starts: list[date],
    terms: RoadmapTerms,
) -> Initiatives:  # fmt: skip
    count, periods, step = rows.height, terms.num_periods, terms.period_months
    codes = rows["code"].to_list()
    duration, ramp = (rows[name].to_numpy() / MONTH_WEEKS / step for name in ("duration_weeks", "ramp_weeks"))
    ages = np.arange(periods)
    busy = np.clip(np.minimum(ages[None, :] + 1, np.maximum(duration, 1e-9)[:, None]) - ages[None, :], 0, 1)
    build_time = np.maximum(duration, 1e-9)[:, None]
    worth = _worths(snapshot, rows)
    cost, until, gate_age, gate_pass = _costs(snapshot, codes, worth, periods, step)
    downtime = np.zeros((count, len(plant.group_keys), periods))
    group_of = {machine: g for g, group in enumerate(base.members) for machine in group}
    for i, (machine, hours) in enumerate(rows.select("downtime_resource", "downtime_hours").iter_rows()):
        if machine in group_of:
            downtime[i, group_of[machine]] = hours * busy[i] / build_time[i]
    earliest, latest = _windows(rows, starts)
    yearly = {name: rows[name].cast(pl.Float64).to_numpy() * worth * step / 12 for name in
              ("running_cost_per_year", "saving_per_year")}  # fmt: skip
    spread = rows["cost_spread"].to_numpy()
    requires, excludes = _links(snapshot, codes)
    return Initiatives(
        _texts(codes), _texts(rows["name"].to_list()), earliest, latest,
        (rows["state"].cast(pl.String) == "committed").to_numpy(), np.ceil(duration - 1e-9).astype(np.int64),
        _ramp(duration, ramp, periods), cost, rows["engineering_weeks"].to_numpy()[:, None] * busy / build_time,
        busy > 0, downtime, gate_age, gate_pass, until, rows["success_probability"].to_numpy(),
        rows.select("effect_low", "effect_likely", "effect_high").to_numpy(), np.sqrt(np.log1p(spread**2)),
        yearly["running_cost_per_year"], yearly["saving_per_year"], effects.added, effects.factor, effects.load,
        effects.margin, requires, excludes,
    )  # fmt: skip


def _texts(values: list[str]) -> Texts:
    return np.array(values, dtype=object)


def _ramp(duration: Floats, ramp: Floats, periods: int) -> Floats:
    """Share of the effect in force at each age, averaged over the period: nothing, then evenly up, then all."""
    fine = (np.arange(periods * 20) + 0.5) / 20
    force = np.clip((fine[None, :] - duration[:, None]) / np.maximum(ramp, 1e-9)[:, None], 0, 1)
    share: Floats = force.reshape(len(duration), periods, 20).mean(axis=2)
    return share


def _worths(snapshot: Snapshot, rows: pl.DataFrame) -> Floats:
    """What a unit of each initiative's money is worth in the company's currency."""
    own, rates = find_rates(snapshot)
    sites = dict(snapshot["site"].select("code", "currency").iter_rows())
    return np.array(
        [
            rates.get(currency or sites.get(site, own), 1.0)
            for currency, site in rows.select("currency", "site").iter_rows()
        ]
    ).reshape(rows.height)


def _costs(
    snapshot: Snapshot, codes: list[str], worth: Floats, periods: int, step: int
) -> tuple[Floats, Floats, Int64s, Floats]:
    """Cost by age, by function; cost by age when stopped at each gate; ages and probabilities of gates."""
    functions = function_names(snapshot)
    place = {code: i for i, code in enumerate(codes)}
    gates = snapshot["stage_gate"].sort("initiative", "month", "code").filter(pl.col("initiative").is_in(codes))
    most = max(1, int(gates.group_by("initiative").len()["len"].max() or 1))  # type: ignore[arg-type]
    gate_age, gate_pass = np.full((len(codes), most), NO_GATE, np.int64), np.ones((len(codes), most))
    months: dict[tuple[int, int], int] = {}
    for initiative, month, chance in gates.select("initiative", "month", "pass_probability").iter_rows():
        i = place[initiative]
        q = int((gate_age[i] >= 0).sum())
        gate_age[i, q], gate_pass[i, q], months[i, q] = min((month - 1) // step, periods - 1), chance, month
    cost, until = np.zeros((len(codes), len(functions), periods)), np.zeros((len(codes), most, periods))
    rows = snapshot["initiative_cost"].filter(pl.col("initiative").is_in(codes))
    for initiative, month, function, amount in rows.select(
        "initiative", "month", pl.col("function").cast(pl.String), pl.col("amount").cast(pl.Float64)
    ).iter_rows():
        i, age = place[initiative], (month - 1) // step
        if age >= periods:
            continue
        cost[i, functions.index(function), age] += amount * worth[i]
        for q in range(most):
            until[i, q, age] += amount * worth[i] if (i, q) in months and month <= months[i, q] else 0.0
    return cost, until, gate_age, gate_pass


def function_names(snapshot: Snapshot) -> list[str]:
    """Functions that can pay, in the order of the table."""
    kind = snapshot["initiative_cost"].schema["function"]
    return list(kind.categories)  # type: ignore[attr-defined]


def _windows(rows: pl.DataFrame, starts: list[date]) -> tuple[Int64s, Int64s]:
    """First and last period in which each may start: the first that begins on or after the earliest day."""
    periods = len(starts) - 1
    earliest, latest = np.zeros(rows.height, np.int64), np.full(rows.height, periods - 1)
    for i, (first, last) in enumerate(rows.select("earliest_start", "latest_start").iter_rows()):
        if first is not None:
            earliest[i] = sum(start < first for start in starts[1:periods]) + (starts[0] < first - timedelta(days=31))
        if last is not None:
            latest[i] = sum(start <= last for start in starts[:periods]) - 1
    return earliest, latest.astype(np.int64)


def _links(snapshot: Snapshot, codes: list[str]) -> tuple[Bools, Bools]:
    place, size = {code: i for i, code in enumerate(codes)}, len(codes)
    requires, excludes = np.zeros((size, size), bool), np.zeros((size, size), bool)
    for initiative, other, kind in (
        snapshot["initiative_link"].select("initiative", "other", pl.col("kind").cast(pl.String)).iter_rows()
    ):
        if initiative in place and other in place:  # what is done already holds nobody up
            (requires if kind == "requires" else excludes)[place[initiative], place[other]] = True
    return requires, excludes | excludes.T


def _list_gates(snapshot: Snapshot, rows: pl.DataFrame) -> dict[str, list[dict[str, object]]]:
    told = snapshot["stage_gate"].sort("initiative", "month", "code")
    return {
        code: told.filter(pl.col("initiative") == code).drop("initiative").to_dicts() for code in rows["code"].to_list()
    }
