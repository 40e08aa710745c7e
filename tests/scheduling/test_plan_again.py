"""Plan, schedule, plan: what a schedule teaches the next plan, by hand, and what must hold for any plant."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drumbeat.basics.findings import InputError
from drumbeat.data.snapshot import Snapshot
from drumbeat.home.plant import Plant
from drumbeat.planning.actions import plan_problem
from drumbeat.planning.compile_problem import compile_problem
from drumbeat.planning.engine.check import check as check_plan
from drumbeat.plant.models import Site
from drumbeat.scheduling.check_purchases import check_purchases
from drumbeat.scheduling.engine.check import check_schedule
from drumbeat.scheduling.jobs import finite_job
from drumbeat.scheduling.learn_from_schedule import Lessons, read_lessons
from drumbeat.scheduling.plan_finitely import FinitePlan, plan_finitely
from drumbeat.scheduling.promise import promise
from drumbeat.scheduling.save_finite import Kept, recall_finite
from tests.planning.small_company import AS_OF, company, demand, on
from tests.scheduling.test_plan_finitely import FIRST, MACHINE, hours, pumps

CAST = {
    "item": [{"code": "PUMP"}, {"code": "CAST", "kind": "buy"}],
    "bill_line": [{"item": "PUMP", "component": "CAST", "quantity_per": 1.0}],
    "supplier": [{"code": "FOUNDRY"}],
    "supply_term": [{"supplier": "FOUNDRY", "item": "CAST", "site": "NORTH", "lead_time_days": 3.0}],
}
TEN = {"stock": [{"item": "PUMP", "site": "NORTH", "quantity": 10.0}]}


def judge(snapshot, plan: FinitePlan) -> None:
    """Every judge looks: at the plan that the lessons led to, at the schedule, at the purchases."""
    problem, places, findings = compile_problem(snapshot)
    adapted = plan.lessons.apply_to(problem)
    again = plan_problem(snapshot, adapted, places, findings)
    assert not check_plan(again.problem, again.result)
    assert (again.orders["code"] == plan.plan.orders["code"]).all()
    assert not check_schedule(plan.schedule.problem, plan.schedule.result.schedule)
    assert not check_purchases(plan.plan, plan.purchases)
    told = plan.supplies.group_by("demand").agg(pl.col("quantity").sum(), pl.col("there_seconds").max())
    both = plan.deliveries.join(told, on="demand")
    assert both["quantity"].to_list() == pytest.approx(both["quantity_right"].to_list())
    there = (both["delivered_at"] - plan.plan.as_of).dt.total_seconds()
    assert there.to_list() == both["there_seconds"].to_list()


def judge_again(snapshot, plan: FinitePlan) -> None:
    """All judges look, and the lessons, written down and read back, make the same plan."""
    judge(snapshot, plan)
    again = plan_finitely(snapshot, lessons=read_lessons(plan.lessons.as_json()))
    assert again.deliveries.equals(plan.deliveries)
    assert again.supplies.equals(plan.supplies)


def test_who_is_late_anyway_leaves_the_stock_to_who_can_still_be_on_time():
    """Ten pumps are there. A wants forty in 24 h, for which the other thirty take too long: it gives way.

    First A has the stock: B's ten are made until 10 h, C's 25 until 35 h, an hour late. Then, as A is late anyway, B
    has it, and C's are made until 25 h; A's forty follow.
    """
    wants = [demand("A", "PUMP", 40, 1), demand("B", "PUMP", 10, 30 / 24), demand("C", "PUMP", 25, 34 / 24)]
    plant = pumps(*wants, **TEN)
    once, plan = plan_finitely(plant, lessons=Lessons()), plan_finitely(plant)
    assert (once.num_late, [hours(once, code) for code in "ABC"]) == (2, [40, 10, 65])
    assert (plan.passes, [hours(plan, code) for code in "ABC"]) == ((2, 1, 1), [65, 0, 25])
    assert plan.deliveries["demand"].to_list() == ["A", "B", "C"]
    assert plan.supplies.select("demand", "quantity", "there_seconds").rows() == [
        ("A", 40.0, 65 * 3600), ("B", 10.0, 0), ("C", 25.0, 25 * 3600),
    ]  # fmt: skip
    judge_again(plant, plan)


def test_nothing_is_bought_in_haste_for_what_waits_for_a_machine():
    """Valves take the press until 230 h; A's pumps, due at 240 h, are made until 250 h, and their casts taken at 230 h.

    The plan alone has them needed at 220 h: too soon for the cheap foundry, who takes 223 h, so the dear one is asked.
    """
    terms = [{"supplier": name, "item": "CAST", "site": "NORTH", "lead_time_days": days, "priority": rank}
             for rank, (name, days) in enumerate([("CHEAP", 223 / 24), ("DEAR", 1.0)], 1)]  # fmt: skip
    more = {
        "item": [*CAST["item"], {"code": "VALVE"}],
        "routing": [*MACHINE["routing"], {"code": "VALVE", "item": "VALVE", "site": "NORTH"}],
        "operation": [
            *MACHINE["operation"],
            {"code": "VALVE/1", "routing": "VALVE", "sequence": 1, "run_minutes": 60.0},
        ],
        "operation_resource": [*MACHINE["operation_resource"], {"operation": "VALVE/1", "resource": "PRESS"}],
        "supplier": [{"code": "CHEAP"}, {"code": "DEAR"}],
    }
    plant = pumps(demand("A", "PUMP", 20, 10), demand("V", "VALVE", 230, 9.6), **CAST | more | {"supply_term": terms})
    plan = plan_finitely(plant)
    assert (hours(plan, "V"), hours(plan, "A"), plan.passes) == (230, 250, (1, 1))
    bought = plan.purchases.row(0, named=True)
    assert (bought["source"], bought["arrives_at"]) == ("CHEAP", on(230 / 24))
    assert plan_finitely(plant, lessons=Lessons()).purchases["source"].to_list() == ["DEAR"]
    judge(plant, plan)


def test_a_plan_in_time_is_made_once():
    plan = plan_finitely(pumps(demand("A", "PUMP", 10, 1)))
    assert (plan.passes, plan.lessons) == ((0,), Lessons())


def test_what_a_method_takes_in_the_schedule_is_learned():
    """Valves hold the lathe for a day; pumps take ten hours on the press, and wait 14 h for ten hours on the lathe."""
    steps = {
        "resource": [{"code": "PRESS", "site": "NORTH"}, {"code": "LATHE", "site": "NORTH"}],
        "item": [{"code": "PUMP"}, {"code": "VALVE"}],
        "routing": [*MACHINE["routing"], {"code": "VALVE", "item": "VALVE", "site": "NORTH"}],
        "operation": [
            *MACHINE["operation"],
            {"code": "PUMP/2", "routing": "PUMP", "sequence": 2, "run_minutes": 60.0},
            {"code": "VALVE/1", "routing": "VALVE", "sequence": 1, "run_minutes": 60.0},
        ],
        "operation_resource": [
            *MACHINE["operation_resource"],
            {"operation": "PUMP/2", "resource": "LATHE"},
            {"operation": "VALVE/1", "resource": "LATHE"},
        ],
    }
    plan = plan_finitely(pumps(demand("A", "PUMP", 10, 1), demand("V", "VALVE", 24, 1, priority=2.0), **steps))
    assert (hours(plan, "V"), hours(plan, "A")) == (24, 34)
    assert plan.lessons.queued == {"PUMP @ NORTH |  | PUMP": 14 * 3600}
    assert plan.lessons.needed == {"A": 34 * 3600}


def ranked(*more, **tables):
    """Ten pumps are there; LOW, due first, has them. HIGH wants ten more, which wait three days for casts: too late."""
    return pumps(
        demand("LOW", "PUMP", 10, 1), demand("HIGH", "PUMP", 10, 2, priority=9.0), *more, **CAST, **TEN, **tables
    )


def test_importance_takes_stock_where_that_is_chosen():
    usual = plan_finitely(ranked())
    assert (hours(usual, "LOW"), hours(usual, "HIGH")) == (0, 82)
    assert usual.claims.is_empty()
    plant = ranked(**FIRST)
    chosen = plan_finitely(plant)
    assert (hours(chosen, "LOW"), hours(chosen, "HIGH")) == (82, 0)
    assert chosen.claims.rows() == [("HIGH", "PUMP", "NORTH", 10.0, "LOW")]
    reasons = dict(chosen.deliveries.select("demand", "reason").iter_rows())
    assert reasons == {"LOW": "stock given to the more important HIGH", "HIGH": ""}
    assert chosen.supplies.filter(demand="HIGH")["supply"].to_list() == [""]
    judge_again(plant, chosen)


def test_nobody_gives_stock_without_need():
    """HIGH can be made in time; or nobody less important has any: LOW keeps what it has."""
    early = plan_finitely(
        pumps(demand("LOW", "PUMP", 10, 1), demand("HIGH", "PUMP", 10, 5, priority=9.0), **CAST, **TEN, **FIRST)
    )
    assert (hours(early, "LOW"), early.num_late, early.claims.height) == (0, 0, 0)
    alike = plan_finitely(
        pumps(demand("LOW", "PUMP", 10, 1, priority=9.0), demand("HIGH", "PUMP", 10, 2, priority=9.0), **CAST, **TEN,
              **FIRST)
    )  # fmt: skip
    assert (hours(alike, "LOW"), hours(alike, "HIGH"), alike.claims.height) == (0, 82, 0)


def test_the_last_in_line_gives_first_and_no_more_than_is_missing():
    """Ten are there: six for LOW, four for MID, due after it. HIGH misses three: MID gives them, LOW keeps its six."""
    wants = [
        demand("LOW", "PUMP", 6, 1), demand("MID", "PUMP", 4, 1.5, priority=2.0),
        demand("HIGH", "PUMP", 3, 2, priority=9.0),
    ]  # fmt: skip
    plant = pumps(*wants, **CAST, **TEN, **FIRST)
    plan = plan_finitely(plant)
    assert plan.claims.select("demand", "taken_from", "quantity").rows() == [("HIGH", "MID", 3.0)]
    assert (hours(plan, "LOW"), hours(plan, "HIGH"), hours(plan, "MID")) == (0, 0, 75)
    judge(plant, plan)


def test_what_is_on_order_is_claimed_as_well():
    """Ten pumps come on the first day, for LOW; HIGH, due on the second, takes them."""
    bought = [{"code": "PO", "item": "PUMP", "site": "NORTH", "quantity": 10.0, "due_at": on(1), "supplier": "FOUNDRY"}]
    wants = [demand("LOW", "PUMP", 10, 1), demand("HIGH", "PUMP", 10, 2, priority=9.0)]
    plant = pumps(*wants, **CAST, **FIRST, purchase_order=bought)
    plan = plan_finitely(plant)
    assert (hours(plan, "HIGH"), hours(plan, "LOW")) == (24, 82)
    judge(plant, plan)


WEEKLY = CAST["supply_term"][0] | {"lead_time_days": 2.0, "capacity_per_week": 10.0}


def test_a_supplier_delivers_no_more_in_a_week_than_he_can():
    """Four times ten pumps, one a week: the press could make all at once, the foundry casts ten a week."""
    wants = [demand(f"D{week}", "PUMP", 10, 6 + 7 * week) for week in range(4)]
    plant = pumps(*wants, **CAST | {"supply_term": [WEEKLY]})
    plan = plan_finitely(plant)
    assert plan.purchases["arrives_at"].to_list() == [on(2), on(7), on(14), on(21)]
    assert [hours(plan, f"D{week}") for week in range(4)] == [58, 178, 346, 514]
    judge(plant, plan)
    # What is promised takes the first week that has room: the fifth.
    asked = promise(plant, "PUMP", "NORTH", 10, on(1))
    assert asked.delivered_at == on(28) + timedelta(hours=10)
    # A demand a year away does not make it wait for a year.
    far = pumps(demand("D", "PUMP", 10, 365), **CAST | {"supply_term": [WEEKLY]})
    assert promise(far, "PUMP", "NORTH", 10, on(1)).delivered_at == on(7) + timedelta(hours=10)
    # The judge sees it where it is not so.
    moved = plan.purchases.with_columns(arrives_at=pl.lit(on(7)).cast(pl.Datetime("us", "UTC")))
    with pytest.raises(InputError, match="no more in a week"):
        check_purchases(plan.plan, moved).raise_on_errors()


def test_what_never_comes_is_told():
    """The foundry casts one in twenty years: that is never; of what nothing makes, nothing is on order."""
    seldom = CAST["supply_term"][0] | {"capacity_per_week": 1e-3}
    plan = plan_finitely(pumps(demand("A", "PUMP", 35, 20), **CAST | {"supply_term": [seldom]}))
    assert plan.deliveries.select("delivered_at", "reason").rows() == [(None, "material")]
    assert plan.supplies["there_seconds"].to_list() == [None] * plan.supplies.height
    judge(pumps(demand("A", "PUMP", 35, 20), **CAST | {"supply_term": [seldom]}), plan)


def test_what_another_site_sends_is_promised_as_soon_as_it_can_be_there():
    """Fifty lie at SOUTH, two days away; that another demand is due in a hundred days makes no difference."""
    plant = company(
        site=[{"code": "NORTH"}, {"code": "SOUTH"}],
        item=[{"code": "PUMP"}, {"code": "BOLT", "kind": "buy"}],
        supplier=[{"code": "SOUTH"}],
        supply_term=[{"supplier": "SOUTH", "item": "PUMP", "site": "NORTH", "lead_time_days": 2.0}],
        stock=[{"item": "PUMP", "site": "SOUTH", "quantity": 50.0}],
        demand_line=[demand("A", "BOLT", 1, 100)],
    )
    assert promise(plant, "PUMP", "NORTH", 10, on(1)).delivered_at == on(2)


def test_the_routing_that_the_plan_chose_is_the_one_that_is_scheduled():
    """By the first routing a pump takes a week more than there is; the plan asks the second one, on the spare press."""
    routes = {
        "item": [{"code": "PUMP"}],
        "resource": [{"code": "PRESS", "site": "NORTH"}, {"code": "SPARE", "site": "NORTH"}],
        "routing": [{"code": "R1", "item": "PUMP", "site": "NORTH", "priority": 1},
                    {"code": "R2", "item": "PUMP", "site": "NORTH", "priority": 2}],
        "operation": [{"code": "R1/1", "routing": "R1", "sequence": 1, "lot_minutes": 7 * 1440.0},
                      {"code": "R2/1", "routing": "R2", "sequence": 1, "lot_minutes": 600.0}],
        "operation_resource": [{"operation": "R1/1", "resource": "PRESS"}, {"operation": "R2/1", "resource": "SPARE"}],
    }  # fmt: skip
    plan = plan_finitely(company(**routes, demand_line=[demand("A", "PUMP", 10, 2)]))
    assert (hours(plan, "A"), plan.schedule.tasks["resource"].to_list()) == (10, ["SPARE"])


def test_lessons_are_read_back_and_pass_over_what_they_do_not_know():
    plan = plan_finitely(ranked(**FIRST))
    assert read_lessons(plan.lessons.as_json()) == plan.lessons
    strange = replace(plan.lessons, needed={"NOBODY": 5}, queued={"NOTHING": 7})
    assert plan_finitely(pumps(demand("A", "PUMP", 10, 1)), lessons=strange).num_late == 0
    assert read_lessons({}) == Lessons()


def test_promises_keep_to_the_finite_plan_that_is_kept(db, monkeypatch, client_as):
    """HIGH has the ten that lie there, LOW is made until 82 h; ten more come ten hours later, whoever asks.

    A plan that is made of other data teaches nothing.
    """
    plant = ranked(**FIRST)
    monkeypatch.setattr(Snapshot, "read_database", staticmethod(lambda **_: plant))
    monkeypatch.setattr("drumbeat.scheduling.api.read_data", lambda: plant)
    assert recall_finite(plant) == Kept()
    finite_job({}, lambda share, what: None)
    lessons, is_first = recall_finite(plant)
    assert (lessons, is_first) == (plan_finitely(plant).lessons, True)
    assert recall_finite(pumps()) == Kept(None, True)
    # An hour later the same moment is an hour nearer.
    later = recall_finite(replace(plant, as_of=AS_OF + timedelta(hours=1))).lessons
    assert later.needed == {key: at - 3600 for key, at in lessons.needed.items()}
    asked = promise(plant, "PUMP", "NORTH", 10, on(1), lessons=lessons)
    assert [hours(asked.plan, code) for code in ("HIGH", "LOW")] == [0, 82]
    assert asked.delivered_at == AS_OF + timedelta(hours=92)
    Site.objects.create(code="NORTH")
    query = {"item": "PUMP", "site": "NORTH", "quantity": 10, "wanted_at": on(1).isoformat()}
    told = client_as("viewer").get("/api/schedules/promise", query).json()
    assert datetime.fromisoformat(told["delivered_at"]) == asked.delivered_at


def test_a_promise_keeps_the_rule_by_which_the_kept_plan_serves(db, monkeypatch):
    """The company serves who is due first; the planner asked for importance first: LOW waits for casts until 82 h."""
    wants = [demand("LOW", "PUMP", 10, 1), demand("HIGH", "PUMP", 10, 2, priority=9.0)]
    plant = pumps(*wants, **CAST, **TEN)
    monkeypatch.setattr(Snapshot, "read_database", staticmethod(lambda **_: plant))
    for first, late in ((True, "LOW"), (False, "HIGH")):
        finite_job({"importance_first": first}, lambda share, what: None)
        asked = Plant.read_database().promise("PUMP", "NORTH", 10, on(5))
        assert asked.plan.deliveries.filter(pl.col("late_seconds") > 0)["demand"].to_list() == [late], first
        same = Plant(plant).promise("PUMP", "NORTH", 10, on(5), plan=plan_finitely(plant, importance_first=first))
        assert same.plan.deliveries.equals(asked.plan.deliveries)


@given(
    wanted=st.lists(
        st.tuples(st.integers(1, 30), st.integers(0, 6), st.sampled_from([1.0, 3.0])), min_size=1, max_size=7
    ),
    stock=st.integers(0, 40),
    first=st.booleans(),
)
@settings(max_examples=4, deadline=None)
def test_it_never_gets_worse_and_every_judge_agrees(wanted, stock, first):
    lines = [demand(f"D{i}", "PUMP", float(units), days, priority=rank) for i, (units, days, rank) in enumerate(wanted)]
    there = {"stock": [{"item": "PUMP", "site": "NORTH", "quantity": float(stock)}]} if stock else {}
    plant = pumps(*lines, **CAST, **there, **(FIRST if first else {}))
    once, plan = plan_finitely(plant, lessons=Lessons()), plan_finitely(plant)
    judge(plant, plan)

    def rank(run):
        late = run.deliveries.filter(pl.col("late_seconds") > 0).join(
            plant["demand_line"], left_on="demand", right_on="code"
        )
        important = late.filter(pl.col("priority") > 1).height if first else 0
        return important, late.height, float((late["late_seconds"] * late["priority"]).sum())

    assert rank(plan) <= rank(once)
    assert plan.plan.as_of == AS_OF
