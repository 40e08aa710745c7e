"""The debrief as a PDF, to take along and to show: one page that says what happened, and what stands behind it."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

from drumbeat.data.write_pdf import write_pdf
from drumbeat.lab.draw_debrief import draw_debrief
from drumbeat.lab.explain_debrief import FAIR, GOOD, LEAST, explain_cost, grade_of, say_amount, say_reached
from drumbeat.strategy.tell_roadmap import say_money
from drumbeat.web.templatetags.drumbeat import percent

TEMPLATE = Path(__file__).resolve().parent / "debrief.typ"
TRUTH_DIGITS = 4
"""Digits of what the books said and of what was true."""


def write_debrief(told: dict[str, Any], made_at: datetime, who: str = "") -> bytes:
    """Return a debrief (`drumbeat.lab.tell_debrief`) as a PDF; the same debrief and moment give the same bytes."""
    return write_pdf(TEMPLATE, collect_debrief(told, made_at, who), made_at)


def collect_debrief(told: dict[str, Any], made_at: datetime, who: str = "") -> dict[str, Any]:
    """Collect what the paper says, figures as texts and drawings as shares.

    Parameters
    ----------
    told
        A debrief as `drumbeat.lab.tell_debrief` gives it; one that was stored by an older version tells less.
    made_at
        Moment that the paper says it was made at.
    who
        Team or person that played; "" leaves it out.
    """
    drawn, scenario = draw_debrief(told), told["scenario"]
    waterfall = drawn["waterfall"]
    return {
        "title": scenario["title"], "who": who, "company": scenario["company"], "place": scenario["place"],
        "role": scenario["role"], "currency": scenario["currency"], "seed": str(told["seed"]),
        "made": f"{made_at.day} {made_at:%B %Y}", "period": scenario["period"], "rounds": list(drawn["rounds"]),
        "headline": drawn["headline"], "tiles": _tiles(told, drawn),
        "others": [asdict(one) | {"amount": say_amount(one.value)} for one in drawn["others"]],
        "steps": [
            asdict(one)
            | {"amount": _signed(one.value) if one.kind in ("more", "less") else say_amount(one.value)}
            for one in waterfall.steps
        ],
        "zero": waterfall.zero, "base": say_money(waterfall.base) if waterfall.base else "",
        "regret": say_amount(told["regret"]["total"]), "lucks": told["regret"]["lucks"],
        "worst": _worst(told, drawn), "decisions": _decisions(told, drawn),
        "healths": [
            {"name": one.name[:1].upper() + one.name[1:], "share": one.value, "value": f"{one.value:.0f}",
             "grade": one.grade, "text": one.text,
             "first": "" if one.first is None else f"{one.first:.0f}", "values": one.values}
            for one in drawn["healths"]
        ],
        "system": drawn["system"], "levels": [FAIR, GOOD],
        "wagers": drawn["wagers"], "brier": drawn["brier"],
        "made_rows": [
            [str(one["round"]), one["wager"], percent(one["probability"]), say_reached(one),
             "" if one["outcome"] is None else "held" if one["outcome"] else "did not hold"]
            for one in told["made"]
        ],
        "mistakes": [{"kind": kind, "counts": counts, "total": total} for kind, counts, total in drawn["mistakes"]],
        "whys": [{"round": one["round"], "kind": one["kind"], "why": one["why"]} for one in drawn["whys"]],
        "verdicts": drawn["verdicts"],
        "written": [
            {"round": one["round"], "name": one["name"], "assumptions": one["assumptions"],
             "pre_mortem": one["pre_mortem"]}
            for one in drawn["written"]
        ],
        "hidden": [
            {"text": one["text"], "books": f"{one['books']:,.{TRUTH_DIGITS}g}",
             "truth": f"{one['truth']:,.{TRUTH_DIGITS}g}"}
            for one in told["hidden"]
        ],
        "good": told["good"],
    }  # fmt: skip


def _signed(value: float) -> str:
    return ("+" if value >= LEAST else "") + say_amount(value)


def _tiles(told: dict[str, Any], drawn: dict[str, Any]) -> list[dict[str, str]]:
    """Return four figures of the first page: label, value, note, grade."""
    money, num = told["scenario"]["currency"], len(told["mistakes"])
    weakest = min(told["kpis"], key=lambda kpi: kpi["health"])
    brier = told["brier"]
    grade = "" if brier is None else "good" if brier < 0.25 else "bad"
    return [
        {"label": f"You earned, {money}", "value": say_amount(told["value"]),
         "note": f"{say_amount(drawn['nothing'])} with nothing decided", "grade": ""},
        {"label": "Wagers that held", "value": f"{told['num_met']} of {told['num_wagers']}", "grade": grade,
         "note": "none was decided" if brier is None else f"Brier score {brier:.3f}; a coin's is .250"},
        {"label": "Mistakes of the six kinds", "value": str(num), "grade": "bad" if num else "good",
         "note": f"in {len({one['round'] for one in told['mistakes']})} of {told['scenario']['rounds']} rounds"},
        {"label": "Weakest of what you leave", "value": f"{weakest['health']:.0f} of 100",
         "note": weakest["name"], "grade": grade_of(weakest["health"])},
    ]  # fmt: skip


def _worst(told: dict[str, Any], drawn: dict[str, Any]) -> dict[str, Any] | None:
    """Return the decision that cost most, with what was visible at the time; None where none cost anything."""
    worst = told["worst"]
    if worst is None:
        return None
    figures = [
        [name, percent(value) if kind == "share" else say_amount(value) + (" h" if kind == "h" else "")]
        for name, value, kind in drawn["worst_figures"]
    ]
    made = next(one for one in told["made"] if one["round"] == worst["round"])
    return {
        "round": worst["round"], "title": worst["title"], "chosen": worst["chosen"], "said": drawn["worst_said"],
        "wager": made["wager"], "chance": percent(made["probability"]), "figures": figures,
        "read": [[one["name"], one["text"]] for one in worst["read"]],
        "unread": [[one["name"], say_amount(one["price"])] for one in worst["unread"]],
    }  # fmt: skip


def _decisions(told: dict[str, Any], drawn: dict[str, Any]) -> list[dict[str, Any]]:
    """Return a row a decision; `said` tells its cost in full where it cost anything."""
    lucks, money = told["regret"]["lucks"], told["scenario"]["currency"]
    return [
        {"round": one["round"], "title": one["title"], "chosen": one["chosen"], "share": one["share"],
         "best": one["best"] if one["cost"] >= LEAST else "", "cost": say_amount(one["cost"]),
         "bounds": one["bounds"], "is_clear": one["is_clear"], "is_worst": one["is_worst"],
         "visible": one["visible"], "oracle": one["oracle"], "said": explain_cost(one, lucks, money)}
        for one in drawn["decisions"]
    ]  # fmt: skip
