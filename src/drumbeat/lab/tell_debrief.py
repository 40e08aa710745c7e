"""A debrief as plain values, for pages, the API, the terminal and its PDF."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from drumbeat.basics.intervals import Interval
from drumbeat.lab.engine.count_mistakes import MISTAKES
from drumbeat.lab.engine.debrief import Debrief
from drumbeat.lab.engine.game import Position
from drumbeat.lab.engine.score_game import CONFIDENCE, has_wagers, measure_kpis
from drumbeat.lab.engine.show_view import show_card, show_view

COURSE_LUCKS = 4
"""Lucks by round on which the KPIs are measured on the way."""


def tell_debrief(position: Position, told: Debrief, course: Sequence[Position] = ()) -> dict[str, Any]:
    """Return a debrief ready for JSON.

    Parameters
    ----------
    position, told
        The end of a game, and its debrief.
    course
        Positions at the game's start and after each round, for the KPIs by round; empty = these are left out.

    Returns
    -------
    `scenario`, `seed`, `value`, `kpis`, `brier`, `others`, `regret`, `costs` (decisions with names and what was to be
    seen then), `worst`, `mistakes`, `mistake_counts` (by kind and round), `hidden`, `good`, `made`, `stakeholders`,
    `series`, `course` (health of each KPI at the start and after each round; None where nothing could be measured yet).
    Parts of the regret and costs of decisions have their bounds beside them, as `decision_low` and `decision_high`;
    None where there are none.
    """
    scenario = position.scenario
    view = show_view(position)
    names = {one.code: one.name for one in scenario.information}
    costs = []
    for one in told.costs:
        decision, chosen = scenario.option_of(f"{one.decision}.{one.chosen}")
        _, best = scenario.option_of(f"{one.decision}.{one.best}")
        seen = {row.code: row.text for row in position.seen}
        costs.append(
            {
                "round": one.round, "decision": one.decision, "title": decision.title, "chosen": chosen.name,
                "best": best.name, "cost": one.cost.value, **_bounds("cost", one.cost),
                "read": [{"name": names[code], "text": seen[code]} for code in one.read],
                "unread": [
                    {"name": row.name, "price": row.price} for row in scenario.information if row.code in one.unread
                ],
                "report": position.history[_place_of(position, one.round)].report(),
            }
        )  # fmt: skip
    counts = {kind: [0] * scenario.rounds for kind in MISTAKES}
    for mistake in told.mistakes:
        counts[mistake.kind][mistake.round - 1] += 1
    worst = told.worst
    return {
        "scenario": show_card(scenario),
        "seed": position.seed,
        "value": told.score.value,
        "kpis": [asdict(kpi) for kpi in told.score.kpis],
        "brier": told.score.brier,
        "num_wagers": told.score.num_wagers,
        "num_met": told.score.num_met,
        "others": [
            {"name": one.name, "value": one.value,
             "choices": {code: scenario.option_of(f"{code}.{option}")[1].name for code, option in one.choices.items()}}
            for one in told.others
        ],
        "regret": _tell_regret(told),
        "costs": costs,
        "worst": None if worst is None else next(row for row in costs if row["round"] == worst.round),
        "mistakes": [asdict(one) for one in told.mistakes],
        "mistake_counts": counts,
        "hidden": [
            {"code": code, "parameter": parameter, "books": books, "truth": truth, "text": text}
            for code, (parameter, books, truth, text) in told.hidden.items()
        ],
        "course": _tell_course(told, course),
        "good": list(scenario.good),
        "made": view["made"],
        "stakeholders": [{"code": one["code"], "name": one["name"]} for one in view["stakeholders"]],
        "series": [
            one.report() | {"is_ending": place >= len(position.history)}
            for place, one in enumerate((*position.history, *position.ending))
        ],
    }  # fmt: skip


def _tell_regret(told: Debrief) -> dict[str, Any]:
    regret = told.regret
    parts = {"information": regret.information, "decision": regret.decision, "luck": regret.luck}
    rows: dict[str, Any] = {"total": regret.total, "defence": regret.defence, "lucks": told.lucks}
    for name, part in parts.items():
        rows |= {name: part.value, **_bounds(name, part)}
    return rows


def _bounds(name: str, interval: Interval) -> dict[str, float | None]:
    return {f"{name}_low": _finite(interval.low), f"{name}_high": _finite(interval.high)}


def _tell_course(told: Debrief, course: Sequence[Position]) -> list[dict[str, Any]]:
    """Health of each KPI at the start and after each round; the last is that of the score."""
    names = [kpi.name for kpi in told.score.kpis]
    healths: list[list[float | None]] = [
        # Before the first wager is decided there is no confidence to measure, neither good nor bad.
        [None if kpi.name == CONFIDENCE and not has_wagers(one) else kpi.health for kpi in measured]
        for one, measured in ((one, measure_kpis(one, lucks=COURSE_LUCKS)) for one in course[:-1])
    ]
    healths += [[kpi.health for kpi in told.score.kpis]] if course else []
    return [{"name": name, "healths": [row[at] for row in healths]} for at, name in enumerate(names) if healths]


def _place_of(position: Position, round_number: int) -> int:
    """Place in the history of the report that was the last one when a round began."""
    return next(place for place, one in enumerate(position.history) if one.period == round_number - 1)


def _finite(value: float) -> float | None:
    return value if abs(value) < float("inf") else None
