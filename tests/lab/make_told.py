"""A debrief of three rounds as plain values, written by hand so that every figure of it is known."""

from __future__ import annotations

from typing import Any

from drumbeat.lab.engine.count_mistakes import MISTAKES
from drumbeat.lab.engine.score_game import NAMES

REPORT = {
    "period": 0, "on_time": 0.93, "output": 12_345.0, "first_pass_yield": 0.97, "reported_oee": 0.71,
    "overtime_hours": 40.0, "complaints": 7.0, "contribution": -2_500.0, "cash": 90_000.0,
}  # fmt: skip


def make_told() -> dict[str, Any]:
    """You 100, nothing 40, visible 130, informed 140, oracle 150 thousand; regret 50 = 10 + 45 - 5."""
    answers = [
        {"stakeholder": "finance", "agrees": False, "text": "No.",
         "rules": [{"rule": "numbers", "kept": False, "why": "They differ."}]},
        {"stakeholder": "owner", "agrees": True, "text": "Yes.", "rules": []},
    ]  # fmt: skip
    made = [
        {"round": at, "decision": f"d{at}", "title": f"Title {at}", "option": "a", "name": f"Chosen {at}",
         "probability": chance, "assumptions": ["Presses hold"] if at == 1 else [], "pre_mortem": "",
         "wager": "delivered on time: at least 92 %, in this period", "outcome": outcome, "reached": 0.9,
         "reached_text": "90 %", "resolved": at, "answers": answers if at == 1 else []}
        for at, chance, outcome in ((1, 0.9, False), (2, 0.6, True), (3, 0.5, None))
    ]  # fmt: skip
    costs = [
        {"round": at, "decision": f"d{at}", "title": f"Title {at}", "chosen": f"Chosen {at}", "best": best,
         "cost": cost, "cost_low": low, "cost_high": high, "read": [{"name": "A count", "text": "1,100 hours"}],
         "unread": [{"name": "A walk", "price": 1_500.0}], "report": REPORT}
        for at, best, cost, low, high in (
            (1, "Better 1", 30_000.0, 20_000.0, 40_000.0), (2, "Better 2", 5_000.0, -1_000.0, 11_000.0),
            (3, "Chosen 3", 0.0, 0.0, 0.0),
        )
    ]  # fmt: skip
    values = {"do nothing": 40e3, "visible information": 130e3, "informed": 140e3, "oracle": 150e3}
    choices = {f"d{at}": f"Other {at}" for at in (1, 2, 3)}
    return {
        "scenario": {"code": "case", "title": "The case", "role": "Plant manager", "period": "quarter", "rounds": 3,
                     "company": "Anvil & Co", "place": "Leeds", "currency": "EUR"},
        "seed": 7, "value": 100e3,
        "kpis": [{"name": name, "value": 1.0, "unit": "", "health": 90.0 - 10 * at, "text": f"Told of {name}."}
                 for at, name in enumerate(NAMES)],
        "brier": (0.81 + 0.16) / 2, "num_wagers": 2, "num_met": 1,
        "others": [{"name": name, "value": value, "choices": choices} for name, value in values.items()],
        "regret": {"total": 50e3, "defence": 0.0, "lucks": 8, "information": 10e3, "information_low": 8e3,
                   "information_high": 12e3, "decision": 45e3, "decision_low": 20e3, "decision_high": 70e3,
                   "luck": -5e3, "luck_low": -30e3, "luck_high": 20e3},
        "costs": costs, "worst": costs[0],
        "mistakes": [{"round": 1, "kind": MISTAKES[0], "why": "nothing was read"}],
        "mistake_counts": {kind: [int(kind == MISTAKES[0]), 0, 0] for kind in MISTAKES},
        "hidden": [{"code": "h", "parameter": "p", "books": 90.0, "truth": 1100.0, "text": "Overdue work."}],
        "course": [{"name": name, "healths": [None if at == 1 else 50.0, 60.0, 70.0, 90.0 - 10 * at]}
                   for at, name in enumerate(NAMES)],
        "good": ["Count first."], "made": made,
        "stakeholders": [{"code": "finance", "name": "Jo, finance"}, {"code": "owner", "name": "Ann, owner"}],
        "series": [REPORT],
    }  # fmt: skip
