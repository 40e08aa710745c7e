"""Stability rules: what is not worth a change is counted and kept back; hand-computed cases."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from django.urls import reverse

from drumbeat.planning.actions import make_plan, save_plan
from drumbeat.planning.models import ActionMessage
from drumbeat.planning.recall_told import list_told
from drumbeat.plant.models import Site
from tests.planning.small_company import AS_OF, company, demand, on

SNAPSHOTS = []
"""The data of the plans made, the newest last."""


def plan(rules, dues, wants, **item):
    """Plan purchases of GLASS (code: units, day) for demands (units, day); return told and held back messages."""
    orders = [
        {"code": code, "item": "GLASS", "site": "NORTH", "supplier": "S", "quantity": units, "due_at": on(day)}
        for code, (units, day) in dues.items()
    ]
    SNAPSHOTS.append(
        company(
            item=[{"code": "GLASS", "kind": "buy", "lead_time_days": 90.0, "cost": Decimal(10), "holding_rate": 0.365}
                  | item],
            supplier=[{"code": "S"}], purchase_order=orders, stability_rule=rules,
            demand_line=[demand(f"D{at}", "GLASS", units, day) for at, (units, day) in enumerate(wants)],
        )
    )  # fmt: skip
    run = make_plan(SNAPSHOTS[-1])
    held = {row["subject"]: (row["kind"], row["held_back"]) for row in run.held_back.iter_rows(named=True)}
    told = {row["subject"]: row["kind"] for row in run.actions.iter_rows(named=True) if row["subject"] in dues}
    return run, told, held


def test_without_rules_every_message_is_told():
    run, told, held = plan([], {"P": (10.0, 5)}, [(10, 3)])
    assert (told, held, run.summary()["held_back"]) == ({"P": "expedite"}, {}, 0)


def test_a_move_by_less_than_the_least_is_held_back_and_one_by_more_is_told():
    rule = {"code": "CALM", "least_move_days": 3.0}
    run, told, held = plan([rule], {"P": (10.0, 5), "Q": (10.0, 20)}, [(10, 3), (10, 16)])
    assert told == {"Q": "expedite"}
    assert held == {"P": ("expedite", "CALM: it would move by less than 3 days")}
    assert run.summary()["held_back"] == 1
    assert run.demands["is_late"].to_list() == [True, True], "the demands themselves are told as short"


def test_what_is_overdue_is_told_whatever_the_rule():
    _, told, held = plan([{"code": "CALM", "least_move_days": 30.0}], {"P": (10.0, -2)}, [(10, 3)])
    assert (told, held) == ({"P": "expedite"}, {})


def test_the_rule_of_the_item_comes_first_and_the_nearest_fence_of_it():
    """Promised within 7 days: 5 days are not worth it; later: only 1 is not."""
    rules = [{"code": "ALL", "least_move_days": 99.0}, {"code": "FAR", "item": "GLASS", "least_move_days": 1.0},
             {"code": "NEAR", "item": "GLASS", "within_days": 7.0, "least_move_days": 5.0}]  # fmt: skip
    _, told, held = plan(rules, {"P": (10.0, 5), "Q": (10.0, 20)}, [(10, 3), (10, 17)])
    assert told == {"Q": "expedite"}
    assert held["P"][1].startswith("NEAR")


def test_a_small_split_is_held_back():
    """Of 100 promised for day 10, 5 are needed on day 2: a twentieth."""
    wants = [(5, 2), (95, 12)]
    assert plan([], {"P": (100.0, 10)}, wants)[1] == {"P": "split"}
    _, told, held = plan([{"code": "CALM", "least_change_share": 0.06}], {"P": (100.0, 10)}, wants)
    assert (told, held) == ({}, {"P": ("split", "CALM: less than 6% of it is needed earlier")})


@pytest.mark.parametrize(("cost", "kind"), [(9, "told"), (11, "held")])
def test_a_deferral_is_told_where_it_saves_more_than_a_change_costs(cost, kind):
    """100 at 10, at a thousandth of it a day, are 1 a day; deferred by 10 days: 10."""
    _, told, held = plan([{"code": "DEAR", "change_cost": Decimal(cost)}], {"P": (100.0, 5)}, [(100, 15)])
    assert (told if kind == "told" else {one: row[0] for one, row in held.items()}) == {"P": "defer"}


def test_of_too_many_changes_in_a_week_the_longest_expedite_is_told():
    rule = {"code": "ONE", "most_changes": 1}
    dues = {"P": (10.0, 22), "Q": (10.0, 24), "R": (10.0, 27)}
    _, told, held = plan([rule], dues, [(10, 15), (10, 16), (10, 17)])
    assert told == {"R": "expedite"}
    assert {one: row[0] for one, row in held.items()} == {"P": "expedite", "Q": "expedite"}


@pytest.mark.django_db
def test_changes_that_earlier_plans_asked_for_count_too():
    """One change a week of GLASS is enough: yesterday's plan asked for P; today R, which would go first, waits."""
    rules = [{"code": "ONE", "most_changes": 1, "remember_days": 7.0}]
    first, told, _ = plan(rules, {"P": (10.0, 22)}, [(10, 15)])
    assert told == {"P": "expedite"}
    save_plan(first, AS_OF, SNAPSHOTS[-1])
    dues = {"P": (10.0, 22), "R": (10.0, 27)}
    wants = [(10, 15), (10, 16)]
    both, told, held = plan(rules, dues, wants)
    assert (told, list(held)) == ({"R": "expedite"}, ["P"]), "by itself, the longest move comes first"
    kept = save_plan(both, AS_OF, SNAPSHOTS[-1])
    rows = ActionMessage.objects.filter(plan=kept, subject__in=dues).values_list("subject", "held_back")
    assert dict(rows) == {"P": "", "R": "ONE: 1 changes of the item in that week are enough"}
    # P was followed, and comes on day 15 now: that was this week's change, and R waits again.
    followed, told, _ = plan(rules, {"P": (10.0, 15), "R": (10.0, 27)}, [(10, 15), (10, 16)])
    assert told == {"R": "expedite"}
    again = save_plan(followed, AS_OF, SNAPSHOTS[-1])
    rows = ActionMessage.objects.filter(plan=again, subject="R").values_list("held_back", flat=True)
    assert [text[:4] for text in rows] == ["ONE:"]
    # A rule that looks at each plan by itself tells it.
    alone, _, _ = plan([{"code": "ONE", "most_changes": 1}], {"P": (10.0, 15), "R": (10.0, 27)}, wants)
    plain = save_plan(alone, AS_OF, SNAPSHOTS[-1])
    assert ActionMessage.objects.filter(plan=plain, subject="R", held_back="").count() == 1


@pytest.mark.django_db
def test_what_is_held_back_is_kept_and_told_apart_on_the_page(client_as):
    run, _, _ = plan([{"code": "CALM", "least_move_days": 3.0}], {"P": (10.0, 5)}, [(10, 3)])
    save_plan(run, AS_OF)
    assert list(ActionMessage.objects.exclude(held_back="").values_list("subject", flat=True)) == ["P"]
    Site.objects.create(code="NORTH")
    client = client_as("viewer")
    page = client.get(reverse("actions")).content.decode()
    assert "Held back 1" in page
    assert "Held back by CALM" not in page
    held = client.get(reverse("actions") + "?kind=held").content.decode()
    assert "Held back by CALM: it would move by less than 3 days" in held
    assert client.get(reverse("actions-export") + "?kind=held").status_code == 200


@pytest.mark.django_db
def test_a_rule_that_remembers_nothing_passes_over_plans_of_the_same_moment_too():
    """Another item's rule looks back; that of the glass does not: R, the longest move, is told, P waits."""
    rules = [{"code": "ONE", "item": "GLASS", "most_changes": 1}, {"code": "ALL", "remember_days": 7.0}]
    first, told, _ = plan(rules, {"P": (10.0, 22)}, [(10, 15)])
    assert told == {"P": "expedite"}
    save_plan(first, AS_OF, SNAPSHOTS[-1])
    both, _, _ = plan(rules, {"P": (10.0, 22), "R": (10.0, 27)}, [(10, 15), (10, 16)])
    kept = save_plan(both, AS_OF, SNAPSHOTS[-1])
    rows = ActionMessage.objects.filter(plan=kept, subject__in=["P", "R"]).values_list("subject", "held_back")
    assert {code: text[:4] for code, text in rows} == {"P": "ONE:", "R": ""}


@pytest.mark.django_db
def test_what_several_plans_asked_for_is_listed_once_with_the_last_time():
    run, _, _ = plan([], {"P": (10.0, 22)}, [(10, 15)])
    for days in (0, 2):
        save_plan(replace(run, as_of=on(days)), AS_OF)
    assert list_told(replace(run, as_of=on(3)), 7.0).rows() == [("P", "GLASS", "NORTH", on(22), on(2))]
