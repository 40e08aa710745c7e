"""What a facilitator takes away of a cohort: people, games, decisions, regret, mistakes, learning and the whole log.

Nothing of it tells what is hidden: neither truths nor seeds, so that it can be shown to those who play on.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

import polars as pl

from drumbeat.lab.actions import replay
from drumbeat.lab.actions_cohort import compare_games, export_cohort, find_cohort, measure_learning
from drumbeat.lab.engine.count_mistakes import MISTAKES
from drumbeat.lab.engine.score_game import NAMES
from drumbeat.lab.engine.show_view import show_view
from drumbeat.lab.models import Cohort, Game, StoredDebrief

PARTS = ("information", "decision", "luck")
TEXT, NUMBER, WHOLE, TRUTH = pl.String, pl.Float64, pl.Int64, pl.Boolean
ABOUT: dict[str, Any] = {"game": WHOLE, "name": TEXT, "team": TEXT, "purpose": TEXT}
"""Which game a row is of: its number, player or team, the team alone, and play, before or after."""

SCHEMAS: dict[str, dict[str, Any]] = {
    "people": {"person": TEXT, "team": TEXT, "role": TEXT},
    "games": ABOUT | {
        "scenario": TEXT, "round": WHOLE, "rounds": WHOLE, "phase": TEXT, "earned": NUMBER, "information_bought": WHOLE,
        "wagers_decided": WHOLE, "brier": NUMBER, "mistakes": WHOLE, **dict.fromkeys(MISTAKES, WHOLE),
    },
    "decisions": ABOUT | {
        "round": WHOLE, "decision": TEXT, "chosen": TEXT, "decided_by": TEXT, "role": TEXT, "probability": NUMBER,
        "wager": TEXT, "held": TRUTH, "reached": TEXT, "assumptions": TEXT, "pre_mortem": TEXT, "asked": WHOLE,
        "agreed": WHOLE, "objected": TEXT, "cost": NUMBER, "cost_low": NUMBER, "cost_high": NUMBER, "better": TEXT,
    },
    "regret": ABOUT | {
        "earned": NUMBER, "nothing_decided": NUMBER, "best_policy_found": NUMBER, "informed": NUMBER, "oracle": NUMBER,
        "regret": NUMBER, **{f"{part}{end}": NUMBER for part in PARTS for end in ("", "_low", "_high")},
        "further_lucks": WHOLE, **dict.fromkeys((f"health: {name}" for name in NAMES), NUMBER),
    },
    "mistakes": ABOUT | {"round": WHOLE, "kind": TEXT, "why": TEXT},
    "learning": {
        "name": TEXT, "counted": TRUTH, "mistakes_before": WHOLE, "mistakes_after": WHOLE, "brier_before": NUMBER,
        "brier_after": NUMBER,
    },
    "log": {
        "game": WHOLE, "name": TEXT, "purpose": TEXT, "round": WHOLE, "number": WHOLE, "kind": TEXT, "at": TEXT,
        "who": TEXT, "data": TEXT,
    },
}  # fmt: skip
"""Columns of each sheet, in order; a sheet without rows has them as well."""

OTHERS = {
    "nothing_decided": "do nothing", "best_policy_found": "visible information", "informed": "informed",
    "oracle": "oracle",
}  # fmt: skip


def make_sheets(user: Any, cohort_id: int) -> dict[str, pl.DataFrame]:
    """Return the sheets of a cohort's workbook, by name: see `SCHEMAS`.

    Regret and costs of decisions are there for games whose debrief has been made; the others' cells are empty.

    Raises
    ------
    PermissionDenied
        When it is no cohort of the user's.
    """
    cohort = find_cohort(user, cohort_id)
    games = list(cohort.games.select_related("team", "player").prefetch_related("moves__made_by").order_by("pk"))
    kept = StoredDebrief.objects.filter(game__in=games)
    debriefs = {row.game_id: dict(row.data) for row in kept}  # type: ignore[attr-defined]
    compared = {row["game"]: row for row in compare_games(user, cohort_id)}
    rows: dict[str, Iterable[dict[str, Any]]] = {
        "people": _list_people(cohort),
        "games": [_tell_game(one, compared[one.pk]) for one in games],
        "decisions": [row for one in games for row in _list_decisions(one, cohort, debriefs.get(one.pk))],
        "regret": [_tell_regret(one, debriefs[one.pk]) for one in games if one.pk in debriefs],
        "mistakes": [
            _about(one) | {"round": row.round, "kind": row.kind, "why": row.why}
            for one in games for row in sorted(replay(one).mistakes, key=lambda row: row.round)
        ],
        "learning": [_tell_learning(row) for row in measure_learning(user, cohort_id)],
        "log": [
            row | {"data": json.dumps(row["data"], ensure_ascii=False)} for row in export_cohort(user, cohort_id)
        ],
    }  # fmt: skip
    return {name: pl.DataFrame(list(rows[name]), schema=schema) for name, schema in SCHEMAS.items()}


def _about(game: Game) -> dict[str, Any]:
    team = game.team.name if game.team else ""
    return {"game": game.pk, "name": game.who, "team": team, "purpose": str(game.purpose)}


def _list_people(cohort: Cohort) -> list[dict[str, Any]]:
    seats = cohort.seats.select_related("user", "team").order_by("user__username")
    return [
        {"person": one.user.username, "team": one.team.name if one.team else "", "role": str(one.role)} for one in seats
    ]


def _tell_game(game: Game, row: dict[str, Any]) -> dict[str, Any]:
    return _about(game) | {
        "scenario": game.scenario, "round": row["round"], "rounds": row["rounds"], "phase": row["phase"],
        "earned": row["value"], "information_bought": row["num_bought"], "wagers_decided": row["num_resolved"],
        "brier": row["brier"], "mistakes": sum(row["mistakes"].values()), **row["mistakes"],
    }  # fmt: skip


def _list_decisions(game: Game, cohort: Cohort, debrief: dict[str, Any] | None) -> list[dict[str, Any]]:
    """Return a row a decision: who took which, how sure of what, with which words, what came, and what it cost."""
    view = show_view(replay(game))
    roles = {one.user_id: str(one.role) for one in cohort.seats.all()}
    deciders = {one.round: one.made_by for one in game.moves.all() if one.kind == "decide"}
    names = {one["code"]: one["name"] for one in view["stakeholders"]}
    costs = {} if debrief is None else {one["round"]: one for one in debrief["costs"]}
    rows = []
    for one in view["made"]:
        who, cost = deciders.get(one["round"]), costs.get(one["round"], {})
        rows.append(
            _about(game) | {
                "round": one["round"], "decision": one["title"], "chosen": one["name"],
                "decided_by": who.username if who else "", "role": roles.get(who.pk, "") if who else "",
                "probability": one["probability"], "wager": one["wager"], "held": one["outcome"],
                "reached": one["reached_text"], "assumptions": "; ".join(one["assumptions"]),
                "pre_mortem": one["pre_mortem"], "asked": len(one["answers"]),
                "agreed": sum(row["agrees"] for row in one["answers"]),
                "objected": "; ".join(names[row["stakeholder"]] for row in one["answers"] if not row["agrees"]),
                "cost": cost.get("cost"), "cost_low": cost.get("cost_low"), "cost_high": cost.get("cost_high"),
                "better": cost.get("best", "") if cost.get("cost") else "",
            }
        )  # fmt: skip
    return rows


def _tell_regret(game: Game, told: dict[str, Any]) -> dict[str, Any]:
    """Return what a debrief says of a game; a debrief of old has fewer bounds."""
    values, regret = {one["name"]: one["value"] for one in told["others"]}, told["regret"]
    row = _about(game) | {"earned": told["value"], "regret": regret["total"], "further_lucks": regret["lucks"]}
    row |= {column: values.get(name) for column, name in OTHERS.items()}
    row |= {f"{part}{end}": regret.get(f"{part}{end}") for part in PARTS for end in ("", "_low", "_high")}
    return row | {f"health: {one['name']}": one["health"] for one in told["kpis"]}


def _tell_learning(row: dict[str, Any]) -> dict[str, Any]:
    before, after = row["before"], row["after"]
    return {
        "name": row["name"], "counted": not row["is_late"], "mistakes_before": before["mistakes"],
        "mistakes_after": after["mistakes"], "brier_before": before["brier"], "brier_after": after["brier"],
    }  # fmt: skip
