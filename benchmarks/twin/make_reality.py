"""Plants that are richer than the twin's model of them: whose truth the test knows, and the twin only from its log.

Run times are lognormal around standards that are wrong, times the pace of whoever works the machine that week, with a
rare long stop that nobody reports; machines age (Weibull) and repairs are skewed; absence comes in spells and in waves
that hit all at once. Nothing of this is told to the twin: it sees events, reports and absences.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl

from drumbeat.data.snapshot import Snapshot

START = datetime(2026, 1, 5, tzinfo=UTC)
"""A Monday."""

HOUR, DAY, WEEK = 3600.0, 86_400.0, 604_800.0
OPENS, CLOSES = 6 * HOUR, 22 * HOUR
STAGES = (("CUT", 3), ("MILL", 3), ("ASM", 2))
NUM_ITEMS = 6
PEOPLE_TO_SPARE = 1


@dataclass
class Truth:
    """What the plant is really like; drawn once a plant."""

    rng: np.random.Generator  # noqa: TID251 - it makes an input
    machines: list[str] = field(default_factory=list)
    stage: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        rng = self.rng
        for s, (name, count) in enumerate(STAGES):
            self.machines += [f"{name}-{i + 1}" for i in range(count)]
            self.stage += [s] * count
        self.standard = rng.uniform(2.0, 9.0, (NUM_ITEMS, len(STAGES)))  # minutes a unit
        self.bias = np.exp(rng.normal(0.03, 0.07, self.standard.shape))
        self.sigma = rng.uniform(0.10, 0.25)
        self.operator_sigma = rng.uniform(0.03, 0.08)
        self.long_stop = rng.uniform(0.005, 0.02)
        self.life = rng.uniform(35.0, 90.0, len(self.machines)) * HOUR
        self.life_shape = rng.uniform(1.0, 2.0)
        self.repair = rng.uniform(0.8, 2.5, len(self.machines)) * HOUR
        self.repair_sigma = rng.uniform(0.6, 1.0)
        self.sick = rng.uniform(0.02, 0.05)
        self.spell = rng.uniform(2.0, 4.0)
        self.wave = rng.uniform(0.2, 0.6)

    def draw_life(self, m: int) -> float:
        """Busy seconds to the next stop."""
        from math import gamma

        return float(self.life[m] / gamma(1 + 1 / self.life_shape) * self.rng.weibull(self.life_shape))

    def draw_repair(self, m: int) -> float:
        """Seconds of a stop."""
        s = self.repair_sigma
        return float(self.repair[m] * np.exp(s * self.rng.normal() - s * s / 2))

    def draw_run(self, item: int, s: int, units: float, pace: float) -> float:
        """Seconds of work of a lot, rare long stops included."""
        run = 60 * units * self.standard[item, s] * self.bias[item, s] * pace
        run *= np.exp(self.sigma * self.rng.normal())
        if self.rng.random() < self.long_stop:
            run += self.rng.uniform(1.0, 6.0) * HOUR
        return float(run)


class Roster:
    """Who is away on which day, and which machines stand for lack of people."""

    def __init__(self, truth: Truth, num_days: int, first_day: int = 0, away: dict[str, int] | None = None) -> None:
        rng = truth.rng
        self.people = [f"{name}-P{i}" for name, count in STAGES for i in range(count + PEOPLE_TO_SPARE)]
        self.skill = [s for s, (_, count) in enumerate(STAGES) for _ in range(count + PEOPLE_TO_SPARE)]
        self.spells: list[tuple[str, int, int]] = []
        self.away = np.zeros((len(self.people), num_days + 40), dtype=bool)
        self.first_day = first_day
        wave = 1.0
        back = {i: (away or {}).get(name, 0) for i, name in enumerate(self.people)}
        for i, until in back.items():
            self.away[i, : max(until - first_day, 0)] = True
        for day in range(num_days + 40):
            if day % 7 == 0:
                wave = float(np.exp(truth.wave * rng.normal() - truth.wave**2 / 2))
            for i, name in enumerate(self.people):
                if self.away[i, day] or rng.random() >= truth.sick / truth.spell * wave:
                    continue
                days = int(rng.geometric(1 / truth.spell))
                self.away[i, day : day + days] = True
                self.spells.append((name, first_day + day, days))
        skill = np.array(self.skill)
        self.here = np.stack([(~self.away[skill == s]).sum(axis=0) for s in range(len(STAGES))])
        self.pace = np.exp(truth.operator_sigma * rng.normal(size=(len(truth.machines), (num_days + 40) // 7 + 2)))

    def is_open(self, truth: Truth, m: int, day: int) -> bool:
        """Whether a machine has somebody on a day: the last machines of a stage stand first."""
        if day % 7 >= 5:
            return False
        place = day - self.first_day
        if place >= self.here.shape[1]:
            return True
        s = truth.stage[m]
        return m - truth.stage.index(s) < int(self.here[s, place])

    def pace_of(self, m: int, day: int) -> float:
        """Pace of who works a machine in the week of a day."""
        return float(self.pace[m, min((day - self.first_day) // 7, self.pace.shape[1] - 1)])


@dataclass
class Machine:
    """Where a machine stands in its life."""

    left: float
    free: float = 0.0


@dataclass
class Floor:
    """A plant at work: plays tasks one after the other on machines."""

    truth: Truth
    roster: Roster
    state: list[Machine]
    runs: list[tuple[int, float, float]] = field(default_factory=list)
    stops: list[tuple[int, float, float]] = field(default_factory=list)

    def next_open(self, m: int, time: float) -> float:
        """First moment from a time on at which a machine is open and has somebody."""
        while True:
            day = int(time // DAY)
            opens, closes = day * DAY + OPENS, day * DAY + CLOSES
            if time < closes and self.roster.is_open(self.truth, m, day):
                return max(time, opens)
            time = (day + 1) * DAY

    def work(self, m: int, ready: float, seconds: float) -> tuple[float, float]:
        """Work through closed hours and stops; start and end."""
        machine = self.state[m]
        now = start = self.next_open(m, max(ready, machine.free))
        while seconds > 0:
            now = self.next_open(m, now)
            room = (now // DAY) * DAY + CLOSES - now
            part = min(seconds, room, machine.left)
            self.runs.append((m, now, now + part))
            now += part
            seconds -= part
            machine.left -= part
            if machine.left <= 1e-9:
                repair = self.truth.draw_repair(m)
                self.stops.append((m, now, now + repair))
                now += repair
                machine.left = self.truth.draw_life(m)
        machine.free = now
        return start, now


@dataclass
class Plant:
    """A plant with its log, and the orders that are to be made next.

    `snapshot` is all that the twin may see; `play` lives the coming weeks.
    """

    truth: Truth
    snapshot: Snapshot
    now: float
    lives: list[float]
    away: dict[str, int]
    items: dict[str, int]
    units: dict[str, float]

    def play(self, tasks: pl.DataFrame, keeps_machines: bool = True) -> dict[str, datetime]:
        """Live the coming weeks once with this schedule's machines and sequences; the end of each order.

        With `keeps_machines` False people take, task by task, whichever machine of the stage is free first.
        """
        return self._live(tasks, keeps_machines)[0]

    def live_on(self, tasks: pl.DataFrame, due: pl.DataFrame, weeks: int) -> Snapshot:
        """Live so many weeks with this schedule's machines and sequences; the plant with its log at their end.

        `due` has the orders with the due dates that were promised.
        """
        ends, floor, roster, reports = self._live(tasks, True)
        horizon = self.now + weeks * WEEK
        lived = _log(floor, _as_reports(self.truth, reports, horizon, "L"), roster, horizon, "L")
        frames = dict(self.snapshot.frames)
        for name, table in lived.items():
            known = frames[name]
            frames[name] = pl.concat([known, table.cast({c: known.schema[c] for c in table.columns})], how="diagonal")
        moment = START + timedelta(seconds=horizon)
        done = [code for code, end in ends.items() if end <= moment]
        state = pl.when(pl.col("code").is_in(done)).then(pl.lit("done")).otherwise(pl.col("state").cast(pl.String))
        frames["order"] = due.with_columns(state.alias("state"))
        frames["company"] = frames["company"].with_columns(pl.lit(moment).alias("as_of"))
        return Snapshot.of(frames, moment)

    def _live(
        self, tasks: pl.DataFrame, keeps_machines: bool
    ) -> tuple[dict[str, datetime], Floor, Roster, list[tuple[str, int, int, int, float, float, float]]]:
        first = int(self.now // DAY)
        roster = Roster(self.truth, 70, first, self.away)
        floor = Floor(self.truth, roster, [Machine(left, self.now) for left in self.lives])
        number = {name: m for m, name in enumerate(self.truth.machines)}
        ready: dict[str, float] = {}
        reports: list[tuple[str, int, int, int, float, float, float]] = []
        rows = tasks.sort("starts_at", "ends_at").select("order", "resource", "operation")
        for order, resource, _ in rows.iter_rows():
            m = number[resource]
            s = self.truth.stage[m]
            came = ready.get(order, self.now)
            if not keeps_machines:
                able = [one for one, stage in enumerate(self.truth.stage) if stage == s]
                m = min(able, key=lambda one: floor.next_open(one, max(floor.state[one].free, came)))
            begin = floor.next_open(m, max(came, floor.state[m].free))
            pace = roster.pace_of(m, int(begin // DAY))
            run = self.truth.draw_run(self.items[order], s, self.units[order], pace)
            start, ready[order] = floor.work(m, ready.get(order, self.now), run)
            reports.append((order, m, self.items[order], s, self.units[order], start, ready[order]))
        return {order: START + timedelta(seconds=end) for order, end in ready.items()}, floor, roster, reports


def make_plant(seed: int, weeks: int = 16, num_orders: int = 60) -> Plant:
    """Make a plant, let it run for some weeks, and give it new orders."""
    rng = np.random.default_rng(seed)  # noqa: TID251 - it makes an input
    truth = Truth(rng)
    roster = Roster(truth, weeks * 7)
    floor = Floor(truth, roster, [Machine(truth.draw_life(m) * rng.random()) for m in range(len(truth.machines))])
    horizon = weeks * WEEK
    reports, past = _run_history(truth, roster, floor, horizon)
    away = {name: first + days for name, first, days in roster.spells if first + days > weeks * 7 and first < weeks * 7}
    codes = [f"N-{i:03d}" for i in range(num_orders)]
    items = {code: int(rng.integers(NUM_ITEMS)) for code in codes}
    units = {code: float(rng.integers(6, 30)) for code in codes}
    frames = _master_data(truth, roster) | _log(floor, reports, roster, horizon)
    new = [
        {"code": code, "site": "P", "item": f"I{items[code]}", "routing": f"R{items[code]}", "quantity": units[code],
         "due_at": None, "state": "released"}
        for code in codes
    ]  # fmt: skip
    now = START + timedelta(seconds=horizon)
    frames["company"] = pl.DataFrame({"code": ["C"], "as_of": [now]})
    frames["order"] = pl.concat([past, pl.DataFrame(new, schema=past.schema)])
    snapshot = Snapshot.of(frames, now)
    lives = [machine.left for machine in floor.state]
    return Plant(truth, snapshot, horizon, lives, away, items, units)


def _run_history(truth: Truth, roster: Roster, floor: Floor, horizon: float) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Orders come, are made stage by stage on the machine that is free first, and are reported."""
    rng = truth.rng
    machines = np.array([count for _, count in STAGES])
    work = 60 * 17.5 * (truth.standard * truth.bias).mean(axis=0) / machines
    gap = float(work.max()) / (0.75 * (CLOSES - OPENS) / DAY * 5 / 7)
    reports: list[tuple[str, int, int, int, float, float, float]] = []
    orders = []
    time, number = 0.0, 0
    while time < horizon - 10 * DAY:
        code, item, units = f"W-{number:05d}", int(rng.integers(NUM_ITEMS)), float(rng.integers(6, 30))
        ready = time
        for s in range(len(STAGES)):
            able = [m for m in range(len(truth.machines)) if truth.stage[m] == s]
            m = min(able, key=lambda one: max(floor.state[one].free, ready))
            begin = floor.next_open(m, max(ready, floor.state[m].free))
            run = truth.draw_run(item, s, units, roster.pace_of(m, int(begin // DAY)))
            start, ready = floor.work(m, ready, run)
            reports.append((code, m, item, s, units, start, ready))
        due = time + rng.uniform(1.0, 6.0) * DAY
        orders.append({
            "code": code, "site": "P", "item": f"I{item}", "routing": f"R{item}", "quantity": units,
            "due_at": START + timedelta(seconds=due), "state": "done",
        })  # fmt: skip
        time += rng.exponential(gap)
        number += 1
    table = _as_reports(truth, reports, horizon)
    schema = {"code": pl.String, "site": pl.String, "item": pl.String, "routing": pl.String, "quantity": pl.Float64,
              "due_at": pl.Datetime("us", "UTC"), "state": pl.String}  # fmt: skip
    return table, pl.DataFrame(orders, schema=schema)


def _as_reports(
    truth: Truth, reports: list[tuple[str, int, int, int, float, float, float]], horizon: float, prefix: str = ""
) -> pl.DataFrame:
    kept = [row for row in reports if row[6] <= horizon]
    return pl.DataFrame(
        {
            "code": [f"{prefix}Q{i:06d}" for i in range(len(kept))],
            "resource": [truth.machines[row[1]] for row in kept],
            "order": [row[0] for row in kept],
            "operation": [f"R{row[2]}/{row[3]}" for row in kept],
            "item": [f"I{row[2]}" for row in kept],
            "starts_at": [START + timedelta(seconds=row[5]) for row in kept],
            "ends_at": [START + timedelta(seconds=row[6]) for row in kept],
            "good": [row[4] for row in kept],
        }
    )


def _log(
    floor: Floor, reports: pl.DataFrame, roster: Roster, horizon: float, prefix: str = ""
) -> dict[str, pl.DataFrame]:
    names = floor.truth.machines
    events = [(names[m], "run", a, b) for m, a, b in floor.runs] + [(names[m], "down", a, b) for m, a, b in floor.stops]
    events = [row for row in events if row[2] < horizon]
    table = pl.DataFrame(
        {
            "code": [f"{prefix}E{i:06d}" for i in range(len(events))],
            "resource": [row[0] for row in events],
            "state": [row[1] for row in events],
            "starts_at": [START + timedelta(seconds=row[2]) for row in events],
            "ends_at": [START + timedelta(seconds=row[3]) if row[3] <= horizon else None for row in events],
        }
    )
    spells = [(name, first, days) for name, first, days in roster.spells if first * DAY < horizon]
    absence = pl.DataFrame(
        {
            "person": [row[0] for row in spells],
            "starts_at": [START + timedelta(days=row[1]) for row in spells],
            "ends_at": [START + timedelta(days=row[1] + row[2]) for row in spells],
            "reason": ["sick"] * len(spells),
        }
    )
    return {"machine_event": table, "production_report": reports, "absence": absence}


def _master_data(truth: Truth, roster: Roster) -> dict[str, pl.DataFrame]:
    days = ["mon", "tue", "wed", "thu", "fri"]
    skills = [name for name, _ in STAGES]
    operations = [
        (f"R{item}/{s}", f"R{item}", 10 * (s + 1), name, truth.standard[item, s])
        for item in range(NUM_ITEMS)
        for s, (name, _) in enumerate(STAGES)
    ]
    items = [f"I{item}" for item in range(NUM_ITEMS)]
    time = pl.lit("06:00").str.to_time("%H:%M"), pl.lit("22:00").str.to_time("%H:%M")
    return {
        "site": pl.DataFrame({"code": ["P"], "time_zone": ["UTC"]}),
        "calendar": pl.DataFrame({"code": ["DAY"]}),
        "calendar_shift": pl.DataFrame({"calendar": ["DAY"] * 5, "weekday": days}).with_columns(
            start=time[0], end=time[1]
        ),
        "resource": pl.DataFrame(
            {"code": truth.machines, "site": ["P"] * len(truth.machines), "calendar": ["DAY"] * len(truth.machines),
             "capability": [STAGES[s][0] for s in truth.stage]}
        ),
        "item": pl.DataFrame({"code": items}),
        "routing": pl.DataFrame({"code": [f"R{i}" for i in range(NUM_ITEMS)], "item": items}).with_columns(
            site=pl.lit("P")
        ),
        "operation": pl.DataFrame(
            operations, schema=["code", "routing", "sequence", "capability", "run_minutes"], orient="row"
        ),
        "skill": pl.DataFrame({"code": skills}),
        "person": pl.DataFrame(
            {"code": roster.people, "site": ["P"] * len(roster.people), "calendar": ["DAY"] * len(roster.people)}
        ),
        "person_skill": pl.DataFrame({"person": roster.people, "skill": [skills[s] for s in roster.skill]}),
        "crew_need": pl.DataFrame(
            {"operation": [row[0] for row in operations], "skill": [row[3] for row in operations],
             "num_people": [1] * len(operations)}
        ),
    }  # fmt: skip


def promise(plant: Plant, tasks: pl.DataFrame, rng: np.random.Generator) -> Snapshot:  # noqa: TID251 - as above
    """Give the new orders due dates around their planned ends, so that all probabilities occur."""
    ends = tasks.group_by("order").agg(pl.col("ends_at").max()).sort("order")
    first = plant.snapshot.as_of
    dates = {}
    for order, end in ends.iter_rows():
        length = (end - first).total_seconds()
        dates[order] = first + timedelta(seconds=length * float(np.exp(rng.normal(0.12, 0.18))))
    new = pl.col("code").replace_strict(dates, default=None, return_dtype=pl.Datetime("us", "UTC"))
    orders = plant.snapshot["order"].with_columns(pl.coalesce(new, "due_at").alias("due_at"))
    return Snapshot.of({**plant.snapshot.frames, "order": orders}, first)
