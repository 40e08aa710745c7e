"""Rules of play, defence, mistakes, people: on hand-computed cases, mostly without playing a period."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drumbeat.basics.findings import InputError
from drumbeat.lab.engine import make_move as rules
from drumbeat.lab.engine.age_organisation import age_condition, progress_rate, speed_factor, wear_factor
from drumbeat.lab.engine.apply_changes import apply_changes, find_active
from drumbeat.lab.engine.believe import draw_hidden
from drumbeat.lab.engine.company import list_parameters, read_parameter, write_parameter
from drumbeat.lab.engine.condition import Adoption, begin_condition
from drumbeat.lab.engine.count_mistakes import AVERAGES, DEFERRED, IGNORED, LOCAL, OVERCONFIDENT, UNSEQUENCED
from drumbeat.lab.engine.figures import Figures, GroupFigures, ProductFigures
from drumbeat.lab.engine.game import Buy, Decide, Defend, Inject, Play, move_from_json, move_to_json
from drumbeat.lab.engine.scenario import Change
from drumbeat.lab.engine.score_game import brier_score
from drumbeat.lab.read_scenario import list_shipped, read_shipped


def make_figures(period: int, output: float = 100.0, use: float = 90.0) -> Figures:
    groups = tuple(
        GroupFigures(one.code, 100.0, use if place == 0 else 50.0, 0.0, 0.0, 0.0, 0.0, 0.6)
        for place, one in enumerate(read_shipped("record-quarter").company.groups)
    )
    products = (ProductFigures("S15", 100.0, output, 0.0),)
    return Figures(
        period, groups, products, {"sales": output, "material": -10.0, "repair": 0.0, "complaints": 0.0}, 1.0, 0.0, 2.0,
        output / 100.0, 0.0, 0.05, 0.0, 0.6, 0.0, 0.0, 1000.0,
    )  # fmt: skip


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Periods that bring the same figures whatever is done: for rules that do not hang on them."""

    def play_period(company, condition, *, seed, period, weeks, spent=None):
        figures = make_figures(period)
        figures.money.update(spent or {})
        return figures, condition

    monkeypatch.setattr(rules, "play_period", play_period)


def test_changes_add_scale_and_set_within_their_bounds() -> None:
    company = read_shipped("record-quarter").company
    changes = [
        Change(parameter="group.FORGE.upkeep", how="add", value=3.0),
        Change(parameter="group.FORGE.upkeep", how="scale", value=2.0),
        Change(parameter="group.MILL.hours", how="set", value=500.0),
    ]
    changed = apply_changes(company, changes)
    assert read_parameter(changed, "group.FORGE.upkeep") == 2 * (9 + 3)
    assert read_parameter(changed, "group.MILL.hours") == 168
    assert read_parameter(company, "group.FORGE.upkeep") == 9


@settings(deadline=None)
@given(st.data())
def test_every_parameter_reads_back_what_was_written_within_bounds(data: st.DataObject) -> None:
    company = read_shipped("cheapest-site").company
    path = data.draw(st.sampled_from(sorted(list_parameters(company))))
    value = data.draw(st.floats(-1e15, 1e15))
    told = list_parameters(company)[path].metadata
    assert read_parameter(write_parameter(company, path, value), path) == min(max(value, told["low"]), told["high"])


@pytest.mark.parametrize(
    "path", ["", "group", "group.NONE.upkeep", "group.FORGE.code", "money.currency", "x.y.z", "money"]
)
def test_what_is_no_parameter_is_a_key_error(path: str) -> None:
    with pytest.raises(KeyError):
        read_parameter(read_shipped("record-quarter").company, path)


def test_changes_hold_from_their_start_for_as_long_as_they_last() -> None:
    condition = begin_condition(read_shipped("record-quarter").company)
    change = Change(parameter="group.FORGE.upkeep", how="add", value=1.0, starts=2, lasts=3)
    held = []
    for progress in range(7):
        one = replace(condition, adoptions=(Adoption("a.b", float(progress), 2, 1.0),))
        held.append(bool(find_active(one, {"a.b": (change,)})))
    assert held == [False, False, True, True, True, False, False]


def test_people_machines_and_initiatives_age_by_the_published_equations() -> None:
    company = read_shipped("record-quarter").company
    company = write_parameter(company, "organisation.overtime", 4.0)
    before = replace(begin_condition(company), fatigue=0.2, trust=0.5)
    after = age_condition(
        company, before, weeks=13, leavers=(1, 0, 0), outages=((10.0, 6.0),), short_share=0.1, complaint_share=0.01
    )
    assert after.backlog[0] == 90 + 13 * (15 - 9)
    assert after.fatigue == pytest.approx(0.2 * (1 - 0.5) + 0.05 * 4 * 1.2)
    assert after.trust == pytest.approx(0.5 + 0.1 * (0.7 - 0.5) - 0.04 * 0.2)
    assert after.goodwill == pytest.approx(1.0 - 0.3 / 4 * (0.1 + 8 * 0.01))
    assert after.gaps == ((39.0,), (), ())
    assert after.outages == ((3.0, 3.0),)
    forge = company.groups[0]
    assert wear_factor(forge, 150.0) == pytest.approx(1 + 0.028 * 150 / 15)
    assert wear_factor(forge, 1e9) == 5.0
    busy = replace(before, adoptions=(Adoption("a.b", 0.0, 2, 6.0),))
    assert progress_rate(company.organisation, busy) == pytest.approx((3 / 6) ** 1.5)
    assert speed_factor(company.organisation, busy) == pytest.approx((1 - 0.02) * (1 - 0.03 * 3))


def test_hidden_things_follow_their_chances_and_the_seed() -> None:
    scenario = read_shipped("record-quarter")
    drawn = [draw_hidden(scenario, seed) for seed in range(2000)]
    share = sum(one["press-backlog"] == 100 for one in drawn) / 2000
    assert abs(share - 0.2) < 0.03
    assert drawn[7] == draw_hidden(scenario, 7)


def test_a_round_goes_through_its_phases_and_refuses_what_is_out_of_turn(quick: None) -> None:
    start = rules.begin_game(read_shipped("record-quarter"), 3)
    assert (start.round, start.phase, len(start.history)) == (1, "decide", 3)
    for move in (Play(), Defend(), Decide("take", -0.1), Decide("no such", 0.5), Buy("no such")):
        with pytest.raises(InputError):
            rules.make_move(start, move)
    bought = rules.make_move(start, Buy("count"))
    with pytest.raises(InputError, match="once"):
        rules.make_move(bought, Buy("count"))
    decided = rules.make_move(bought, Decide("half", 0.9, ("a",), "b"))
    with pytest.raises(InputError):
        rules.make_move(decided, Buy("walk"))
    played = rules.make_move(rules.make_move(decided, Defend(("count", "report.on_time"), 0.0, 0.95)), Play())
    assert (played.round, played.phase) == (2, "decide")
    assert played.made[0].outcome is True  # 100 of 100 on time
    assert played.history[-1].money["information"] == -6000
    assert start.seen == ()  # what was before is not altered


def test_a_game_ends_and_its_value_counts_the_periods_after_it(quick: None) -> None:
    scenario = read_shipped("record-quarter")
    position = rules.begin_game(scenario, 3)
    while position.phase != "over":
        default = next(one for one in scenario.decision_of(position.round).options if one.is_default)
        for move in (Decide(default.code, 0.5), Defend(("report.on_time",), 0.0, 1e9), Play()):
            position = rules.make_move(position, move)
    assert len(position.ending) == scenario.ending
    assert position.value == pytest.approx((7 + 4) * 90.0)
    with pytest.raises(InputError):
        rules.make_move(position, Play())


def test_moves_survive_being_stored() -> None:
    change = Change(parameter="money.fixed", how="add", value=1.0, starts=1)
    for move in (
        Buy("a"),
        Decide("b", 0.5, ("c",), "d"),
        Defend(("e",), 1.0, 2.0, "f"),
        Play(),
        Inject("g", "h", (change,)),
    ):
        assert move_from_json(move_to_json(move)) == move
    with pytest.raises(ValueError, match="move is"):
        move_from_json({"kind": "fly"})


def answers(position, option: str, **given) -> dict:
    """Answers of the stakeholders to a decision, by rule."""
    decided = rules.make_move(position, Decide(option, given.pop("probability", 0.7)))
    done = rules.make_move(decided, Defend(**given))
    return {(one.stakeholder, rule): kept for one in done.made[-1].answers for rule, kept, _ in one.rules}


def test_defence_looks_for_evidence_numbers_steps_money_and_hands(quick: None) -> None:
    start = rules.make_move(rules.begin_game(read_shipped("record-quarter"), 3), Buy("count"))
    good = answers(start, "half", evidence=("count",), cost=0.0, level=0.95)
    assert all(good.values())
    assert not answers(start, "half", evidence=("walk",), cost=0.0, level=0.95)["owner", "evidence"]  # never read
    assert not answers(start, "half", evidence=(), cost=0.0, level=0.95)["owner", "evidence"]
    assert not answers(start, "half", evidence=("count",), cost=9e4, level=0.95)["finance", "numbers"]
    assert not answers(start, "half", evidence=("count",), cost=0.0, level=0.5)["finance", "numbers"]
    second = rules.make_move(rules.make_move(rules.make_move(start, Decide("decline", 0.7)), Defend()), Play())
    cost = 190_000.0
    at_once = {"evidence": ("count",), "cost": cost, "level": 300.0}
    assert not answers(second, "full", **at_once)["finance", "staged"]
    assert answers(second, "full", **at_once, steps="one press, look, then the other")["finance", "staged"]
    tired = replace(second, condition=replace(second.condition, adoptions=(Adoption("a.b", 0.0, 3, 2.0),)))
    assert not answers(tired, "full", **at_once)["engineering", "absorbable"]
    assert answers(second, "full", **at_once)["engineering", "absorbable"]


def mistakes_of(position, option: str, probability: float = 0.5) -> set[str]:
    """Kinds of mistakes that a decision counts."""
    decided = rules.make_move(position, Decide(option, probability))
    done = rules.make_move(rules.make_move(decided, Defend()), Play())
    return {one.kind for one in done.mistakes}


def test_each_of_the_six_mistakes_is_counted_by_its_rule(quick: None) -> None:
    scenario = read_shipped("record-quarter")
    start = rules.begin_game(scenario, 3, hidden={"press-backlog": 1500.0, "smiths": 0.07})
    assert mistakes_of(start, "take") == {AVERAGES}
    assert mistakes_of(rules.make_move(start, Buy("count")), "take") == {IGNORED}
    assert mistakes_of(start, "decline") == set()
    at = {decision.round: replace(start, round=decision.round) for decision in scenario.decisions}
    assert LOCAL in mistakes_of(at[5], "centre")  # machining is used half, the presses to the full
    assert mistakes_of(at[5], "dies") == set()
    assert DEFERRED in mistakes_of(at[7], "strip")
    full = replace(at[2], condition=replace(at[2].condition, adoptions=(Adoption("a.b", 0.0, 3, 2.0),)))
    assert UNSEQUENCED in mistakes_of(full, "full")
    lost = replace(at[1], scenario=replace(scenario, decisions=tuple(
        replace(one, wager=replace(one.wager, level=2.0, at_least=True)) for one in scenario.decisions)))  # fmt: skip
    assert mistakes_of(lost, "decline", 0.9) == {OVERCONFIDENT}
    assert mistakes_of(lost, "decline", 0.7) == set()


def test_brier_of_the_published_example() -> None:
    assert brier_score([(0.7, True), (0.8, False), (0.9, True), (0.6, True)]) == pytest.approx(0.225)
    assert brier_score([]) is None


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=30))
@settings(max_examples=50, deadline=None)
def test_brier_is_between_a_seer_and_a_fool(pairs: list[tuple[float, bool]]) -> None:
    score = brier_score(pairs)
    assert score is not None
    assert 0.0 <= score <= 1.0
    assert brier_score([(float(outcome), outcome) for _, outcome in pairs]) == 0.0


def test_evidence_names_options_of_decisions_that_come_at_or_after_it() -> None:
    for name in list_shipped():
        scenario = read_shipped(name)
        rounds = {one.code: one.round for one in scenario.decisions}
        for one, reading in itertools.chain.from_iterable(
            ((one, reading) for reading in one.readings) for one in scenario.information
        ):
            for path in (*reading.supports, *reading.opposes):
                assert rounds[path.split(".")[0]] >= one.first
