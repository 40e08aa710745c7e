"""Periods on the twin's floor, policies, plans and the debrief: on a scenario cut to three rounds."""

from __future__ import annotations

from dataclasses import replace

import pytest

from drumbeat.basics.progress import Cancelled
from drumbeat.lab.engine.company import write_parameter
from drumbeat.lab.engine.condition import begin_condition
from drumbeat.lab.engine.debrief import Other, _find_oracle, _split_regret, debrief
from drumbeat.lab.engine.game import Buy, Decide, Defend, Inject, Play
from drumbeat.lab.engine.make_move import begin_game, grant_information, make_move, play_moves
from drumbeat.lab.engine.play_period import play_period
from drumbeat.lab.engine.policies import Constant, Fixed, Greedy, Random, default_of, play_out, play_round
from drumbeat.lab.engine.scenario import Change, Scenario
from drumbeat.lab.engine.score_game import NAMES, measure_kpis, score_game
from drumbeat.lab.engine.search_plans import PlanTable, improve_plan, search_plans
from drumbeat.lab.read_scenario import read_shipped


@pytest.fixture(scope="module")
def short() -> Scenario:
    whole = read_shipped("record-quarter")
    return replace(whole, decisions=whole.decisions[:3], events=(), hidden=whole.hidden[:1],
                   information=whole.information[:1], ending=1, period="month")  # fmt: skip


def play_one(company, **given):
    settings = {"seed": 1, "period": 1, "weeks": 13} | given
    return play_period(company, begin_condition(company), **settings)


def test_a_period_keeps_its_books(short: Scenario) -> None:
    company = short.company
    figures, after = play_one(company, spent={"decisions": -500.0})
    assert figures.contribution == pytest.approx(sum(figures.money.values()))
    assert after.cash == pytest.approx(company.money.cash + figures.contribution)
    assert figures.money["decisions"] == -500
    assert figures.money["fixed"] == -13 * company.money.fixed
    assert figures.money["wages"] == -13 * sum(one.people * one.hours * one.wage for one in company.skills)
    prices = {one.code: one.price for one in company.products}
    assert figures.money["sales"] == pytest.approx(sum(one.output * prices[one.code] for one in figures.products))
    for group, told in zip(company.groups, figures.groups, strict=True):
        assert told.open_hours == pytest.approx(13 * group.hours * group.machines)
        assert told.upkeep_hours == 13 * group.upkeep
        assert told.busy_hours + told.setup_hours + told.down_hours + told.upkeep_hours <= told.open_hours + 1e-6


def test_what_is_left_on_the_floor_goes_on(short: Scenario) -> None:
    company = short.company
    first, after = play_one(company, weeks=4)
    assert sum(lot.pieces for lot in after.floor) == pytest.approx(sum(one.owed for one in first.products))
    assert first.demand == pytest.approx(
        first.output + first.scrapped + sum(one.owed for one in first.products), rel=0.02
    )
    no_orders = company
    for product in company.products:
        no_orders = write_parameter(no_orders, f"product.{product.code}.demand", 0.0)
    second, last = play_period(no_orders, after, seed=1, period=2, weeks=13)
    assert last.floor == ()
    assert second.output + second.scrapped == pytest.approx(sum(lot.pieces for lot in after.floor))


def test_overdue_upkeep_absence_and_a_supplier_that_fails_are_felt(short: Scenario) -> None:
    company = short.company
    sound, _ = play_one(company)
    worn = write_parameter(company, "group.FORGE.backlog", 2000.0)
    assert play_one(worn)[0].groups[0].down_hours > 1.5 * sound.groups[0].down_hours
    empty = write_parameter(company, "skill.SMITH.people", 0.0)
    assert play_one(empty)[0].output < 0.05 * sound.output
    cut = write_parameter(write_parameter(company, "supplier.BRASS.outage", 1.0), "supplier.BRASS.recovery", 20.0)
    gone, after = play_one(cut)
    assert gone.shortage_weeks > 1.0 or after.outages[0][0] > 8.0
    assert play_one(write_parameter(cut, "supplier.BRASS.second", 1.0))[0].shortage_weeks == 0.0
    closed = write_parameter(company, "group.FORGE.hours", 0.0)
    assert play_one(closed)[0].output == 0.0


def test_equal_seeds_and_moves_give_equal_figures(short: Scenario) -> None:
    ends = [play_out(begin_game(short, 5), Random(2)) for _ in range(2)]
    assert ends[0] == ends[1]
    assert ends[0].value != play_out(begin_game(short, 6), Random(2)).value
    assert play_moves(short, 5, ()) == begin_game(short, 5)


def test_a_plan_that_is_improved_is_never_worse_on_its_own_lucks(short: Scenario) -> None:
    starts = [(begin_game(short, seed), 1.0) for seed in (1, 2)]
    plan, value = improve_plan(starts, {}, sweeps=1)
    left = sum(play_out(start, Fixed()).value for start, _ in starts) / 2
    assert value >= left
    assert value == pytest.approx(sum(play_out(start, Fixed(plan)).value for start, _ in starts) / 2)


def test_plans_are_found_for_each_state_of_knowledge(short: Scenario) -> None:
    table = search_plans(short, lucks=1, sweeps=1)
    assert set(table.plans) == {"", *(f"press-backlog={value}" for value in (100, 1100, 1700))}
    seen = play_out(begin_game(short, 3), table.adaptive).seen
    assert {one.code for one in seen} == {code for codes in table.purchases.values() for code in codes}


@pytest.mark.parametrize("policy", [Constant(0), Constant(9), Greedy(), Random(4)], ids=lambda one: type(one).__name__)
def test_every_bot_ends_a_game(short: Scenario, policy) -> None:
    end = play_out(begin_game(short, 2), policy)
    assert end.phase == "over"
    assert len(end.made) == 3


def test_regret_adds_up_and_nobody_beats_the_oracle(short: Scenario) -> None:
    table = PlanTable({"": {"overhaul": "steps"}}, {1: ("count",)})
    end = play_out(begin_game(short, 4), Random(4))
    told = debrief(end, table, lucks=2)
    regret = told.regret
    parts = (regret.information, regret.decision, regret.luck)
    assert sum(part.value for part in parts) == pytest.approx(regret.total, abs=1e-6)
    assert all(part.low <= part.value <= part.high for part in parts)
    values = {one.name: one.value for one in told.others}
    assert set(values) == {"do nothing", "visible information", "informed", "oracle"}
    assert values["oracle"] >= max(*values.values(), end.value)
    assert regret.total == pytest.approx(values["oracle"] - end.value)
    assert values["do nothing"] == pytest.approx(play_out(begin_game(short, 4, hidden=end.hidden), Fixed()).value)
    assert [one.name for one in told.score.kpis] == list(NAMES)
    assert all(0.0 <= one.health <= 100.0 for one in told.score.kpis)
    assert all(one.cost.low <= one.cost.value <= one.cost.high for one in told.costs)
    assert all(one.cost.value >= 0.0 for one in told.costs)
    # What the oracle is said to have chosen is what it was worth that for.
    oracle = told.others[-1]
    knowing = grant_information(begin_game(short, 4, hidden=end.hidden), [one.code for one in short.information])
    assert play_out(knowing, Fixed(oracle.choices)).value == pytest.approx(oracle.value)
    with pytest.raises(ValueError, match="over"):
        debrief(begin_game(short, 4), table)


def test_what_the_facilitator_injected_happens_to_the_others_too(short: Scenario) -> None:
    change = Change(parameter="product.L40.demand", how="scale", value=0.3)
    start = make_move(begin_game(short, 4), Inject("fire", "A customer burns down.", (change,)))
    end = play_out(start, Fixed())
    told = debrief(end, PlanTable({"": {}}), lucks=2)
    assert {one.name: one.value for one in told.others}["do nothing"] == pytest.approx(end.value)
    assert end.value != play_out(begin_game(short, 4), Fixed()).value


def test_a_debrief_is_the_same_on_one_core_and_two_and_can_be_cancelled(short: Scenario) -> None:
    table = PlanTable({"": {"overhaul": "steps"}}, {1: ("count",)})
    end = play_out(begin_game(short, 4), Random(4))
    heard: list[float] = []
    told = debrief(end, table, lucks=2, progress=lambda share, words: heard.append(share))
    assert debrief(end, table, lucks=2, cores=2) == told
    assert heard == sorted(heard)
    assert len(heard) >= 8

    def stop(share: float, _: str) -> None:
        if share > 0.5:
            raise Cancelled

    with pytest.raises(Cancelled):
        debrief(end, table, lucks=2, progress=stop)


def test_what_could_not_be_paid_for_is_not_held_against_the_player(short: Scenario) -> None:
    poor = replace(short, company=replace(short.company, money=replace(short.company.money, budget=0.0)))
    end = play_out(begin_game(poor, 4), Fixed())
    prices = {one.path: poor.option_of(one.path)[1].price for one in end.made}
    assert max(option.price for decision in poor.decisions for option in decision.options) > 0
    assert set(prices.values()) == {0.0}
    for cost in debrief(end, PlanTable({"": {}}), lucks=2).costs:
        assert poor.option_of(f"{cost.decision}.{cost.best}")[1].price == 0.0


def test_kpis_can_be_told_after_every_round(short: Scenario) -> None:
    position = begin_game(short, 4)
    for _ in range(2):
        assert [one.name for one in measure_kpis(position, lucks=1)] == list(NAMES)
        position = play_round(position, Fixed())
    end = play_out(position, Fixed())
    assert measure_kpis(end, lucks=2) == score_game(end, lucks=2).kpis


def test_who_defends_badly_has_no_bad_luck(short: Scenario) -> None:
    """A defence that convinces nobody costs trust and a period: that is judgement, and luck stays what it was."""
    table = PlanTable({"": {"overhaul": "steps"}}, {1: ("count",)})
    plain = play_out(begin_game(short, 4), Fixed({"overhaul": "steps"}, {1: ("count",)}))
    badly = make_move(begin_game(short, 4), Buy("count"))
    while badly.phase != "over":
        decision = short.decision_of(badly.round)
        assert decision is not None
        option = "steps" if decision.code == "overhaul" else default_of(decision)
        for move in (Decide(option, 0.6), Defend((), -1.0, -1.0), Play()):
            badly = make_move(badly, move)
    assert [one.option for one in badly.made] == [one.option for one in plain.made]
    good, bad = (debrief(end, table, lucks=2).regret for end in (plain, badly))
    assert good.defence == pytest.approx(0.0)
    assert bad.defence == pytest.approx(plain.value - badly.value)
    assert bad.defence != pytest.approx(0.0)
    assert bad.decision.value == pytest.approx(good.decision.value + bad.defence)
    assert bad.luck.value == pytest.approx(good.luck.value)


def test_where_nobody_finds_anything_better_the_player_is_the_oracle(short: Scenario) -> None:
    start = begin_game(short, 4)
    player = Other("player", 1e12, {"overhaul": "steps"})
    found = _find_oracle(start, [player, Other("do nothing", 0.0, {})])
    assert found == Other("oracle", 1e12, {"overhaul": "steps"})


def test_parts_of_a_regret_by_hand() -> None:
    # Informed less visible: 1, 3; visible less player: 10, 20, and 5 for the defence on each.
    regret = _split_regret(100.0, [0.0, 0.0], [10.0, 20.0], [11.0, 23.0], 5.0)
    assert (regret.information.value, regret.decision.value, regret.luck.value) == (2.0, 20.0, 78.0)
    # Student's t with one degree of freedom: 12.706 times the standard error, 1 and 5 and 6.
    assert regret.information.high == pytest.approx(2.0 + 12.706, abs=1e-3)
    assert regret.decision.low == pytest.approx(20.0 - 5 * 12.706, abs=1e-2)
    assert regret.luck.high == pytest.approx(78.0 + 6 * 12.706, abs=1e-2)
