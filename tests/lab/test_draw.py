"""What the Lab's pages draw: steps that add up, health by round, wagers, courses of a cohort."""

from __future__ import annotations

import pytest

from drumbeat.lab.draw_cohort import draw_courses, list_choices, list_mistakes, tell_learning, tell_row
from drumbeat.lab.draw_debrief import draw_healths, draw_system, draw_verdicts, draw_wagers, draw_waterfall
from drumbeat.lab.engine.count_mistakes import MISTAKES
from tests.lab.make_told import make_told


def test_a_waterfall_leads_from_you_to_the_oracle() -> None:
    parts = [("Information", "", 0.0, ""), ("Decisions", "", 50.0, "20 to 80"), ("Luck", "", -10.0, "")]
    drawn = draw_waterfall(60.0, parts, 100.0)
    steps = drawn.steps
    assert [(one.name, one.kind) for one in steps] == [
        ("You", "you"), ("Information", "more"), ("Decisions", "more"), ("Luck", "less"), ("Oracle", "end"),
    ]  # fmt: skip
    # 0 to 110: the steps touch each other, and end where the oracle's bar does.
    ends = [one.left + one.width for one in steps]
    assert (drawn.base, drawn.zero) == (0.0, 0.0)
    assert steps[1].width == 0.0
    assert steps[2].left == pytest.approx(ends[0])
    assert steps[2].bounds == "20 to 80"
    assert ends[2] == pytest.approx(100.0)
    assert steps[3].left == pytest.approx(ends[4])


def test_a_waterfall_below_zero_stays_in_its_box() -> None:
    drawn = draw_waterfall(-50.0, [("Decisions", "", 30.0, "")], -20.0)
    assert all(0.0 <= one.left <= one.left + one.width <= 100.0 + 1e-9 for one in drawn.steps)
    assert drawn.zero == 100.0
    nothing = draw_waterfall(0.0, [], 0.0)
    assert [one.width for one in nothing.steps] == [0.0, 0.0]


def test_small_steps_between_large_values_begin_above_zero() -> None:
    drawn = draw_waterfall(1000.0, [("Decisions", "", 90.0, "")], 1090.0)
    assert drawn.base == pytest.approx(970.0)
    assert drawn.steps[0].width == pytest.approx(25.0)
    assert drawn.steps[1].width == pytest.approx(75.0)
    assert draw_waterfall(1000.0, [("Decisions", "", 0.0, "")], 1000.0).base == 0.0
    assert draw_waterfall(100.0, [("Decisions", "", 900.0, "")], 1000.0).base == 0.0


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
    # Two that said the same stand above each other, on their side of the line.
    assert [(one["share"], one["is_held"], one["level"]) for one in told["dots"]] == [
        (0.5, True, 0), (0.5, True, 1), (1.0, False, 0),
    ]  # fmt: skip
    assert (told["num_up"], told["num_down"]) == (2, 1)
    assert draw_wagers([])["said"] is None


def test_dots_that_would_touch_never_share_a_level() -> None:
    made = [{"round": n, "probability": 0.5 + n / 100, "outcome": True} for n in range(12)]
    dots = draw_wagers(made)["dots"]
    for one in dots:
        beside = [other for other in dots if other["level"] == one["level"] and other["round"] != one["round"]]
        assert all(abs(other["share"] - one["share"]) >= 0.075 for other in beside)


def test_the_system_is_the_mean_and_the_weakest_of_its_kpis() -> None:
    kpis = [{"name": name, "text": "", "health": 70.0} for name in ("quality", "confidence")]
    course = [{"name": "quality", "healths": [40.0, 70.0]}, {"name": "confidence", "healths": [None, 50.0]}]
    healths = draw_healths(kpis, course)
    assert (healths[1].first, len(healths[1].dots)) == (50.0, 1)
    told = draw_system(healths)
    assert (told["mean"], told["weakest"]) == ([40.0, 60.0], [40.0, 50.0])
    assert told["line"] == "4.0,17.2 116.0,12.8"
    assert not any(draw_system(draw_healths(kpis, [])).values()), "a debrief of old has no course"


def test_verdicts_stand_by_person_with_the_rules_that_were_not_kept() -> None:
    told = draw_verdicts(make_told())
    assert told["names"] == ["Jo, finance", "Ann, owner"]
    first, second = told["rows"][:2]
    assert [(one["agrees"], one["failed"]) for one in first["cells"]] == [(False, ["numbers"]), (True, [])]
    assert second["cells"] == [None, None], "nobody was asked"
    assert draw_verdicts({"made": []}) == {"names": [], "rows": []}


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
    assert list_choices(rows, [("a", "First")]) == [("First", [("Yes", 0.6), ("", None)], [("Yes", 1)])]
    assert list_mistakes(rows)[0] == (MISTAKES[0], [2, 0], 2)
    told = tell_row(rows[0])
    assert (told["dots"], told["last"], told["num_mistakes"]) == (["done", "done", "now"], "No", 2)


def test_learning_is_told_in_a_sentence() -> None:
    one = {"before": {"mistakes": 5}, "after": {"mistakes": 2}}
    assert tell_learning([one, {"before": {"mistakes": 1}, "after": {"mistakes": 2}}]) == (
        "3.0 mistakes on average before, 2.0 after; 1 of 2 made fewer"
    )
    assert tell_learning([]) == ""


def test_many_games_are_drawn_alike_with_their_middle_and_choices_are_counted() -> None:
    few = [{"name": f"g{at}", "contribution": [1e5 * at, -3e4], "on_time": [0.97, 0.5]} for at in range(3)]
    earned, kept = draw_courses(few, "EUR")
    assert [line.tone for line in earned["lines"]] == [0, 1, 2]
    assert not earned["is_many"]
    assert [label for _, label in kept["scale"]] == ["40 %", "60 %", "80 %", "100 %"]
    many = [row | {"name": f"m{at}", "contribution": [float(at)] * (1 + at % 2)} for at, row in enumerate(few * 3)]
    earned = draw_courses(many, "EUR")[0]
    assert earned["is_many"]
    assert [line.name for line in earned["legend"]] == ["the middle of 9 games"]
    assert len(earned["lines"]) == 10
    # The middle of those that have played the round: of 0 to 8, then of 2, 6, 10 and 14.
    zero, step = earned["scale"][0][0], earned["scale"][0][0] - earned["scale"][-1][0]
    top = float(earned["scale"][-1][1])
    assert [pytest.approx((zero - y) / step * top, abs=0.01) for _, y in earned["legend"][0].dots] == [4.0, 8.0]
    rows = [{"choices": {"a": name} if name else {}, "chances": {"a": 0.7}} for name in "xxyzwv"] + [
        {"choices": {}, "chances": {}}
    ]
    ((_, cells, counted),) = list_choices(rows, [("a", "First")])
    assert len(cells) == 7
    assert counted == [("x", 2), ("v", 1), ("w", 1), ("another", 2)]
