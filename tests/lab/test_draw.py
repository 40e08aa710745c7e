"""What the Lab's pages draw: steps that add up, health by round, wagers, courses of a cohort."""

from __future__ import annotations

import pytest

from drumbeat.lab.draw_cohort import draw_courses, list_choices, list_mistakes, tell_learning, tell_row
from drumbeat.lab.draw_debrief import draw_healths, draw_wagers, draw_waterfall
from drumbeat.lab.engine.count_mistakes import MISTAKES


def test_a_waterfall_leads_from_you_to_the_oracle() -> None:
    steps = draw_waterfall(60.0, [("Judgement", "", 50.0), ("Information", "", 0.0), ("Luck", "", -10.0)], 100.0)
    assert [(one.name, one.kind) for one in steps][1:4] == [
        ("Judgement", "more"),
        ("Information", "more"),
        ("Luck", "less"),
    ]
    # 0 to 110: the steps touch each other, and end where the oracle's bar does.
    ends = [one.left + one.width for one in steps]
    assert steps[1].left == pytest.approx(ends[0])
    assert steps[3].left == pytest.approx(ends[4])
    assert ends[1] == pytest.approx(100.0)
    assert steps[2].width == 0.0


def test_a_waterfall_below_zero_stays_in_its_box() -> None:
    steps = draw_waterfall(-50.0, [("Judgement", "", 30.0)], -20.0)
    assert all(0.0 <= one.left <= one.left + one.width <= 100.0 + 1e-9 for one in steps)
    assert draw_waterfall(0.0, [], 0.0)[0].width == 0.0


def test_health_by_round_and_a_debrief_of_old_without_it() -> None:
    kpis = [{"name": "quality", "text": "", "health": 70.0}]
    told = draw_healths(kpis, [{"name": "quality", "healths": [0.0, 100.0, 70.0]}])[0]
    assert (told.grade, told.first, len(told.dots)) == ("good", 0.0, 3)
    assert [y for _, y in told.dots][:2] == [26.0, 4.0]
    assert draw_healths(kpis, [])[0].line == ""


def test_wagers_stand_where_they_were_stated() -> None:
    made = [
        {"round": n, "probability": p, "outcome": o} for n, p, o in ((1, 0.5, True), (2, 0.5, True), (3, 1.0, False))
    ]
    told = draw_wagers([*made, {"round": 4, "probability": 0.9, "outcome": None}])
    assert (told["said"], told["held"]) == (pytest.approx(2 / 3), pytest.approx(2 / 3))
    assert [one["x"] for one in told["dots"]] == [150.0, 159.0, 290.0]
    assert draw_wagers([])["said"] is None


def row(name: str, earned: list[float], choices: dict[str, str]) -> dict:
    mistakes = dict.fromkeys(MISTAKES, 0) | {MISTAKES[0]: len(earned)}
    return {
        "name": name, "contribution": earned, "on_time": [1.0] * len(earned), "rounds": 3, "round": len(earned) + 1,
        "phase": "decide", "mistakes": mistakes, "choices": choices, "chances": dict.fromkeys(choices, 0.6),
    }  # fmt: skip


def test_courses_of_a_cohort_add_up_and_stay_in_the_chart() -> None:
    rows = [row("ada", [10.0, -30.0], {"a": "Yes", "b": "No"}), row("bob", [], {})]
    earned, kept = draw_courses(rows, "EUR")
    assert [line.name for line in earned["lines"]] == ["ada"]
    low, high = (y for _, y in earned["lines"][0].dots)
    assert low < high, "minus twenty lies below ten"
    assert all(12.0 <= y <= 166.0 for _, y in (*earned["lines"][0].dots, *kept["lines"][0].dots))
    assert draw_courses([row("bob", [], {})], "EUR") == []
    assert list_choices(rows, [("a", "First")]) == [("First", [("Yes", 0.6), ("", None)])]
    assert list_mistakes(rows)[0] == (MISTAKES[0], [2, 0], 2)
    told = tell_row(rows[0])
    assert (told["dots"], told["last"], told["num_mistakes"]) == (["done", "done", "now"], "No", 2)


def test_learning_is_told_in_a_sentence() -> None:
    one = {"before": {"mistakes": 5}, "after": {"mistakes": 2}}
    assert tell_learning([one, {"before": {"mistakes": 1}, "after": {"mistakes": 2}}]) == (
        "3.0 mistakes on average before, 2.0 after; 1 of 2 made fewer"
    )
    assert tell_learning([]) == ""
