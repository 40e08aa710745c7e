"""Histories of made-up plants, two years by week: sound ones, and ones in which a weakness builds up unseen.

Output holds for as long as idle hours can make up for what is lost: that is how a weakness hides. Each plant draws how
fast its weakness builds up and how much slack it has; the week in which output shows it is when the loss that is to be
expected has eaten the slack and five percent of output besides.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import polars as pl

from drumbeat.cli.show import start_django
from drumbeat.kpis.engine.build_figures import WEEK, Window
from drumbeat.shopfloor.engine.measure_oee import TIMES, UNITS
from drumbeat.strategy.engine.problem import HourValue, Problem

start_django()
from drumbeat.lab.company.luck import Luck  # noqa: E402 - the company's package knows the tables

START = datetime(2024, 1, 1, tzinfo=UTC)
WEEKS, BUILD_UP = 130, 60
MACHINES, PLANNED = 6, 80.0
KINDS = (
    "maintenance backlog", "structural overtime", "recurring escape", "supplier spread", "weakening system",
    "local efficiency",
)  # fmt: skip
CAUSES = ("burr", "paint", "label", "size", "crack", "dirt", "mix-up", "transport")
MOMENT = pl.Datetime("us", "UTC")


@dataclass(frozen=True)
class History:
    """A plant's two and a half years.

    Parameters
    ----------
    kind
        Weakness that builds up from week `BUILD_UP` on; "" for a sound plant.
    shows
        First week in which output is expected to be five percent down; `WEEKS` where it never is.
    problem
        All of it; `cut` gives what was known at a week.
    """

    kind: str
    shows: int
    problem: Problem

    def cut(self, week: int) -> Problem:
        """Return what was known at the start of a week (52 or later)."""
        whole, now = self.problem, START + WEEK * week
        moment = pl.lit(now).cast(MOMENT)
        facts = whole.facts.filter(pl.col("week").is_between(week - 52, week - 1)).with_columns(
            pl.col("week") - (week - 52)
        )
        received = pl.when(pl.col("received_at") <= moment).then(pl.col("received_at")).alias("received_at")
        since = moment - timedelta(weeks=52)
        return replace(
            whole, now=now, window=Window(tuple(START + WEEK * (week - 52 + w) for w in range(53)), 39), facts=facts,
            cares=whole.cares.filter(pl.col("due_at") <= moment + timedelta(weeks=4)),
            costs=whole.costs.filter((pl.col("week_at") < moment) & (pl.col("week_at") >= since)),
            escapes=whole.escapes.filter(pl.col("found_at") <= moment),
            purchases=whole.purchases.filter((pl.col("ordered_at") <= moment) & (pl.col("ordered_at") >= since))
            .with_columns(received),
        )  # fmt: skip


def make_history(seed: int, kind: str = "") -> History:
    """Make one plant."""
    luck = Luck(seed)
    pace = float(luck.uniform("pace", 1, 20, 44)[0])
    weeks = np.arange(WEEKS)
    grown = np.clip((weeks - BUILD_UP) / pace, 0.0, 2.5) if kind else np.zeros(WEEKS)
    facts, slack_lost, slack = _facts(luck, kind, grown)
    gone = slack_lost > slack + 0.05
    shows = int(np.argmax(gone)) if gone.any() else WEEKS
    empty: dict[str, Any] = {
        "machines": {"resource": pl.String, "site": pl.String, "line": pl.String, "capability": pl.String,
                     "name": pl.String, "capacity": pl.Int64},
        "loads": {"order": pl.String, "item": pl.String, "site": pl.String, "operation": pl.String, "due_at": MOMENT,
                  "hours": pl.Float64},
        "machine_loads": {"resource": pl.String, "due_at": MOMENT, "hours": pl.Float64, "parts": pl.Int64},
        "open_ahead": {"resource": pl.String, "starts_at": MOMENT, "ends_at": MOMENT},
        "alternatives": {"operation": pl.String, "item": pl.String, "site": pl.String, "resource": pl.String},
        "skill_needs": {"operation": pl.String, "site": pl.String, "skill": pl.String, "num_people": pl.Int64,
                        "minimum_level": pl.Int64},
        "holders": {"person": pl.String, "site": pl.String, "crew": pl.String, "skill": pl.String, "level": pl.Int64},
        "person_open": {"person": pl.String, "starts_at": MOMENT, "ends_at": MOMENT},
        "setups": {"resource": pl.String, "family": pl.String, "week": pl.Int64, "setup_hours": pl.Float64,
                   "run_hours": pl.Float64, "setups": pl.Int64},
        "threats": {"kind": pl.String, "subject": pl.String, "loss": pl.Float64, "late_hours": pl.Float64},
    }  # fmt: skip
    frames = {name: pl.DataFrame(schema=schema) for name, schema in empty.items()}
    frames["machines"] = pl.DataFrame(
        [{"resource": f"M{m}", "site": "N", "line": "L", "capability": f"c{m}", "name": "", "capacity": 1}
         for m in range(MACHINES)], schema=empty["machines"],
    )  # fmt: skip
    value = HourValue(10_000.0, "M0", {f"M{m}": 55.0 for m in range(MACHINES)}, "EUR")
    problem = Problem(
        now=START + WEEK * WEEKS, window=Window((START, START + WEEK), 0), facts=facts, absence_share={},
        cares=_cares(luck, kind, grown), costs=_costs(luck, kind, grown), escapes=_escapes(luck, kind, grown),
        terms=_terms(), purchases=_purchases(luck, kind, grown),
        exposure=pl.DataFrame(schema={"item": pl.String, "site": pl.String, "share": pl.Float64}),
        values={"N": value}, **frames,
    )  # fmt: skip
    return History(kind, shows, problem)


def _facts(luck: Luck, kind: str, grown: np.ndarray) -> tuple[pl.DataFrame, np.ndarray, float]:
    """Weekly facts by machine; the loss to be expected by week, and the slack that makes up for it."""
    shape = (WEEKS, MACHINES)

    def noise(name: str, middle: float, spread: float) -> np.ndarray:
        return np.maximum(luck.normal(name, WEEKS * MACHINES, middle, spread).reshape(shape), 0.0)

    slack = float(luck.uniform("slack", 1, 0.06, 0.14)[0])
    down = luck.exponential("down", WEEKS * MACHINES, 0.05).reshape(shape)
    setup, starved = noise("setup", 0.06, 0.015), noise("starved", 0.04, 0.012)
    scrap, slow = noise("scrap", 0.015, 0.004), noise("slow", 0.07, 0.012)
    late = np.clip(grown - 0.25, 0.0, None)[:, None]
    lost = np.zeros(WEEKS)
    if kind in {"maintenance backlog", "weakening system"}:
        down = down * (1.0 + 2.0 * late)
        lost = 0.10 * late[:, 0]
    if kind == "weakening system":
        scrap, slow = scrap * (1.0 + 0.9 * grown[:, None]), slow * (1.0 + 0.5 * grown[:, None])
        lost = lost + 0.015 * 0.9 * grown + 0.07 * 0.5 * grown
    if kind == "structural overtime":
        slow, lost = slow + 0.12 * late, 0.12 * late[:, 0]
    if kind in {"supplier spread", "recurring escape"}:
        wait = 0.13 * late
        starved, lost = starved + wait, wait[:, 0]
    if kind == "local efficiency":
        setup[:, 0] = setup[:, 0] * (1.0 - 0.5 * np.clip(grown, 0, 1))
        wait = 0.12 * np.clip(grown, 0.0, 2.0)
        starved[:, 1:] += wait[:, None]
        lost = wait * (MACHINES - 1) / MACHINES
    target = noise("target", 0.60, 0.02)
    room = 1.0 - down - setup - starved - scrap - slow
    # Idle hours make up for losses until they are used up.
    reserve = 1.0 - 0.05 - 0.06 - 0.04 - 0.015 - 0.07 - 0.60 - slack
    good = np.clip(np.minimum(target, room - reserve), 0.05, None)
    idle = np.clip(room - good, 0.0, None)
    planned = np.full(shape, PLANNED * 3.6e9)
    shares = {"good": good, "breakdown": down, "setup": setup, "starved": starved, "scrap": scrap, "speed": slow,
              "idle": idle, "run": good + scrap + slow}  # fmt: skip
    columns = {name: np.rint(values * planned).astype(np.int64).ravel() for name, values in shares.items()}
    week, machine = np.meshgrid(np.arange(WEEKS), np.arange(MACHINES), indexing="ij")
    zero = np.zeros(WEEKS * MACHINES, dtype=np.int64)
    frame = pl.DataFrame(
        {
            "resource": [f"M{m}" for m in machine.ravel()], "line": ["L"] * zero.size, "site": ["N"] * zero.size,
            "period": [START + WEEK * int(w) for w in week.ravel()], "week": week.ravel().astype(np.int64),
            **dict.fromkeys((*TIMES, *UNITS), zero), **columns,
            "planned": planned.ravel().astype(np.int64), "open": planned.ravel().astype(np.int64),
            "num_events": zero + 20, "num_reports": zero + 10,
        }
    ).with_columns(pl.col("period").cast(MOMENT))  # fmt: skip
    return frame, lost, slack


def _cares(luck: Luck, kind: str, grown: np.ndarray) -> pl.DataFrame:
    rows = []
    deferring = kind in {"maintenance backlog", "weakening system"}
    for m in range(MACHINES):
        count = WEEKS // 3
        delay = luck.normal(f"care/{m}", count, 0.0, 2.5) + 14.0 * (luck.uniform(f"late/{m}", count) < 0.05)
        hours = luck.uniform(f"hours/{m}", count, 2.0, 6.0)
        skipped = luck.uniform(f"skip/{m}", count)
        for n in range(count):
            due = START + timedelta(weeks=3 * n, days=1 + m)
            at = min(3 * n, WEEKS - 1)
            gone = deferring and skipped[n] < min(2.5 * grown[at], 0.85)
            done = None if gone else due + timedelta(days=float(delay[n]))
            rows.append({"code": f"X{m}-{n}", "resource": f"M{m}", "site": "N", "line": "L", "plan": None,
                         "due_at": due, "ends_at": done, "crew_hours": float(hours[n]), "state": "open"})  # fmt: skip
    schema = {"code": pl.String, "resource": pl.String, "site": pl.String, "line": pl.String, "plan": pl.String,
              "due_at": MOMENT, "ends_at": MOMENT, "crew_hours": pl.Float64, "state": pl.String}  # fmt: skip
    return pl.DataFrame(rows, schema=schema)


def _costs(luck: Luck, kind: str, grown: np.ndarray) -> pl.DataFrame:
    share = luck.uniform("overtime", WEEKS, 0.0, 0.10)
    if kind == "structural overtime":
        share = share + 0.10 * np.clip(4 * grown, 0.0, 1.0)
    rows = []
    for w in range(WEEKS):
        first = START + WEEK * w
        for account, hours in (("labour", 400.0), ("overtime", 400.0 * float(share[w]))):
            rows.append({"code": f"C{w}{account}", "site": "N", "cost_centre": "C", "period_start": first.date(),
                         "week_at": first + timedelta(hours=12), "account": account, "hours": hours,
                         "amount": 30 * hours, "currency": "EUR"})  # fmt: skip
    return pl.DataFrame(rows).with_columns(pl.col("week_at").cast(MOMENT))


def _escapes(luck: Luck, kind: str, grown: np.ndarray) -> pl.DataFrame:
    """An escape every four weeks of any cause and item; where it recurs, one cause of one item besides."""
    del grown
    gap = luck.exponential("gap", 80, 28.0).cumsum()
    cause, item = luck.whole("cause", 80, 0, 7), luck.whole("item", 80, 0, 3)
    rows = [(float(day), CAUSES[cause[i]], f"P{item[i]}") for i, day in enumerate(gap) if day < 7 * WEEKS]
    if kind == "recurring escape":
        again = luck.exponential("again", 60, 24.0).cumsum() + 7 * BUILD_UP
        rows += [(float(day), "porosity", "P0") for day in again if day < 7 * WEEKS]
    return pl.DataFrame(
        [{"code": f"N{i}", "site": "N", "item": item_, "cause": why, "found_at": START + timedelta(days=day),
          "quantity": 1.0, "cost": 300.0} for i, (day, why, item_) in enumerate(rows)],
        schema={"code": pl.String, "site": pl.String, "item": pl.String, "cause": pl.String, "found_at": MOMENT,
                "quantity": pl.Float64, "cost": pl.Float64},
    )  # fmt: skip


def _terms() -> pl.DataFrame:
    return pl.DataFrame(
        [{"supplier": f"S{i}", "item": f"B{i}", "site": "N", "spread_days": 2.0, "price": 5.0, "lead_time_days": 21.0}
         for i in range(4)]
    )  # fmt: skip


def _purchases(luck: Luck, kind: str, grown: np.ndarray) -> pl.DataFrame:
    rows = []
    for i in range(4):
        late = luck.exponential(f"late/{i}", WEEKS, 2.0) - 1.5
        for w in range(WEEKS - 3):
            ordered = START + WEEK * w + timedelta(days=i)
            due = ordered + timedelta(days=21)
            wide = 1.0 + (4.0 * min(grown[min(w + 3, WEEKS - 1)], 1.5) if kind == "supplier spread" and i == 0 else 0.0)
            rows.append({"code": f"B{i}-{w}", "supplier": f"S{i}", "item": f"B{i}", "site": "N", "quantity": 100.0,
                         "price": 5.0, "ordered_at": ordered, "due_at": due,
                         "received_at": due + timedelta(days=float(late[w] * wide))})  # fmt: skip
    return pl.DataFrame(rows).with_columns(pl.col("ordered_at", "due_at", "received_at").cast(MOMENT))
