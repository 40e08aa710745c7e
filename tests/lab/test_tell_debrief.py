"""A debrief as plain values: what a real one of three rounds holds, and that JSON, page and paper can carry it."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from drumbeat.lab.engine.debrief import debrief
from drumbeat.lab.engine.make_move import begin_game
from drumbeat.lab.engine.policies import Random, play_round
from drumbeat.lab.engine.search_plans import PlanTable
from drumbeat.lab.explain_debrief import explain_regret, explain_result
from drumbeat.lab.read_scenario import read_shipped
from drumbeat.lab.tell_debrief import tell_debrief
from drumbeat.lab.write_debrief import collect_debrief


def test_a_debrief_holds_what_page_and_paper_tell() -> None:
    whole = read_shipped("record-quarter")
    short = replace(whole, decisions=whole.decisions[:2], events=(), hidden=whole.hidden[:1],
                    information=whole.information[:1], ending=1, period="month")  # fmt: skip
    course = [begin_game(short, 4)]
    while course[-1].phase != "over":
        course.append(play_round(course[-1], Random(4)))
    found = debrief(course[-1], PlanTable({"": {"overhaul": "steps"}}, {1: ("count",)}), lucks=2)
    told = json.loads(json.dumps(tell_debrief(course[-1], found, course), allow_nan=False))

    regret = told["regret"]
    parts = ("information", "decision", "luck")
    assert sum(regret[name] for name in parts) == pytest.approx(regret["total"])
    assert all(regret[f"{name}_low"] <= regret[name] <= regret[f"{name}_high"] for name in parts)
    assert [one["cost_low"] <= one["cost"] <= one["cost_high"] for one in told["costs"]] == [True, True]
    asked = {answer["stakeholder"] for one in told["made"] for answer in one["answers"]}
    assert asked
    assert asked <= {one["code"] for one in told["stakeholders"]}
    healths = {one["name"]: one["healths"] for one in told["course"]}
    assert [value is None for value in healths["execution confidence"]] == [True, False, False]
    assert all(None not in values for name, values in healths.items() if name != "execution confidence")
    assert [values[-1] for values in healths.values()] == [kpi["health"] for kpi in told["kpis"]]

    assert f"{told['value']:,.0f}".strip("-") in explain_result(told)[0]
    assert set(explain_regret(told)) == set(parts)
    paper = collect_debrief(told, datetime(2026, 11, 23, tzinfo=UTC), "Anvil")
    assert [one["name"] for one in paper["steps"]] == ["You", "Information", "Decisions", "Luck", "Oracle"]
    assert len(paper["decisions"]) == 2
