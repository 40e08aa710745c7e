"""Wandering bottlenecks, missing skills, concentration, weakening systems, investment and local efficiency, by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import polars as pl
import pytest

from drumbeat.strategy.engine.find_concentrated_sites import find_concentrated_sites
from drumbeat.strategy.engine.find_local_efficiency import find_local_efficiency
from drumbeat.strategy.engine.find_shifting import find_shifting
from drumbeat.strategy.engine.find_skill_gaps import find_skill_gaps
from drumbeat.strategy.engine.find_unsequenced import find_unsequenced
from drumbeat.strategy.engine.find_weakening import find_weakening
from drumbeat.strategy.engine.problem import HourValue, no_initiatives
from tests.strategy.engine.problems import HOUR, NOW, problem

WORTH = {"N": HourValue(8000.0, "M0", {"M0": 80.0, "M1": 70.0, "M2": 60.0}, "EUR")}


def fact(resource: str, week: int, **hours: float) -> dict[str, Any]:
    times = {name: int(amount * HOUR) for name, amount in {"planned": 100.0, **hours}.items()}
    return {"resource": resource, "site": "N", "line": "L", "week": week, "num_events": 5, "num_reports": 3, **times}


def test_a_bottleneck_that_wanders_is_found_and_one_that_stays_is_not() -> None:
    turns = [fact(f"M{m}", w, run=97.0 if w % 3 == m else 80.0) for w in range(39, 52) for m in range(3)]
    found = find_shifting(problem(WORTH, facts=turns))
    assert [(one.kind, one.site) for one in found] == [("shifting bottleneck", "N")]
    assert found[0].value == pytest.approx(169 / (16 + 16 + 25))
    stays = [fact(f"M{m}", w, run=97.0 if m == 0 else 80.0) for w in range(39, 52) for m in range(3)]
    assert find_shifting(problem(WORTH, facts=stays)) == []
    idle = [fact(f"M{m}", w, run=70.0 if w % 3 == m else 60.0) for w in range(39, 52) for m in range(3)]
    assert find_shifting(problem(WORTH, facts=idle)) == []


def skills(night_people: int) -> Any:
    """A machine open for two shifts a day, three people by day, so many by night, for four weeks."""
    days = [NOW + timedelta(days=d) for d in range(28)]
    day = [(f"D{i}", start, start + timedelta(hours=8)) for start in days for i in range(3)]
    night = [(f"K{i}", s + timedelta(hours=16), s + timedelta(hours=24)) for s in days for i in range(night_people)]
    opened = [{"resource": "M", "starts_at": start, "ends_at": end} for s in days for start, end in (
        (s, s + timedelta(hours=8)), (s + timedelta(hours=16), s + timedelta(hours=24)))]  # fmt: skip
    people = sorted({name for name, _, _ in day + night})
    return problem(
        WORTH, open_ahead=opened,
        skill_needs=[{"operation": "O", "site": "N", "skill": "WELD", "num_people": 1, "minimum_level": 2}],
        holders=[{"person": name, "site": "N", "skill": "WELD", "level": 2} for name in people],
        person_open=[{"person": name, "starts_at": a, "ends_at": b} for name, a, b in day + night],
        alternatives=[{"operation": "O", "item": "I", "site": "N", "resource": "M"}],
        loads=[{"order": "A", "item": "I", "site": "N", "operation": "O", "due_at": NOW, "hours": 100.0}],
    )  # fmt: skip


def test_a_night_without_anybody_is_a_gap() -> None:
    found = find_skill_gaps(skills(0))
    assert [(one.kind, one.subject, one.value) for one in found] == [("skill gap", "WELD", pytest.approx(0.5))]
    assert "56 h a week at night" in found[0].headline
    assert found[0].hours_at_risk == pytest.approx(50.0)
    assert find_skill_gaps(skills(1)) == []


def test_volume_at_one_of_several_places_is_concentration() -> None:
    sites = {"A": HourValue(900.0, currency="EUR"), "B": HourValue(100.0, currency="EUR")}
    assert [(one.kind, one.subject) for one in find_concentrated_sites(problem(sites))] == [("site concentration", "A")]
    assert find_concentrated_sites(problem({"A": sites["A"]})) == []
    assert find_concentrated_sites(problem({"A": sites["A"], "B": HourValue(100.0, currency="USD")})) == []
    machines = [
        {"resource": f"M{m}", "site": "N", "line": f"L{m}", "capability": "mill", "capacity": 1} for m in (0, 1)
    ]
    uneven = [fact(f"M{m}", w, run=90.0 if m == 0 else 10.0) for w in range(39, 52) for m in (0, 1)]
    found = find_concentrated_sites(problem(WORTH, machines=machines, facts=uneven))
    assert [(one.kind, one.subject, one.value) for one in found] == [("line concentration", "L0", pytest.approx(0.9))]
    even = [fact(f"M{m}", w, run=50.0) for w in range(39, 52) for m in (0, 1)]
    assert find_concentrated_sites(problem(WORTH, machines=machines, facts=even)) == []


def test_output_that_holds_while_two_signs_get_worse_is_weakening() -> None:
    def facts(breakdown: float, speed: float) -> list[dict[str, Any]]:
        return [
            fact("M0", w, good=60.0 + 0.01 * (w % 3), run=75.0 + speed * (w - 26), breakdown=5 + breakdown * (w - 26),
                 speed=10.0 + speed * (w - 26))
            for w in range(26, 52)
        ]  # fmt: skip

    found = find_weakening(problem(WORTH, facts=facts(0.3, 0.4)))
    assert [(one.kind, one.value) for one in found] == [("weakening system", 2.0)]
    assert "breakdowns and slow running" in found[0].headline
    assert find_weakening(problem(WORTH, facts=facts(0.3, 0.0))) == []
    assert find_weakening(problem(WORTH)) == []


def test_money_beside_the_bottleneck_is_out_of_sequence() -> None:
    facts = [fact(f"M{m}", w, run=95.0 if m == 0 else 50.0) for w in range(39, 52) for m in (0, 1)]
    machines = [
        {"resource": f"M{m}", "site": "N", "line": "L", "capability": "", "name": "", "capacity": 1} for m in (0, 1)
    ]
    plan = {"initiative": "NEW", "site": "N", "resource": "M1", "adds_capacity": True, "starts_on": date(2026, 4, 1),
            "cost": 5000.0, "currency": "EUR", "state": "proposed"}  # fmt: skip
    relief = plan | {"initiative": "FIRST", "resource": "M0", "starts_on": date(2026, 3, 1)}
    base = problem(WORTH, facts=facts, machines=machines)

    def with_plans(*rows: dict[str, Any]) -> Any:
        return replace(base, initiatives=pl.DataFrame(list(rows), schema=no_initiatives().schema))

    found = find_unsequenced(with_plans(plan))
    assert [(one.subject, one.money_at_risk) for one in found] == [("NEW", 5000.0)]
    assert find_unsequenced(with_plans(plan, relief)) == []
    assert [one.subject for one in find_unsequenced(with_plans(plan, relief | {"starts_on": date(2026, 9, 1)}))] == [
        "NEW"
    ]
    assert find_unsequenced(with_plans(plan | {"adds_capacity": False})) == []
    assert find_unsequenced(base) == []


def test_a_cheaper_single_source_and_saved_setups_cost_the_network() -> None:
    def bought(week: int, supplier: str, price: float) -> dict[str, Any]:
        moment = NOW - timedelta(weeks=week)
        return {"code": f"{week}{supplier}", "supplier": supplier, "item": "I", "site": "N", "quantity": 10.0,
                "price": price, "ordered_at": moment, "due_at": moment}  # fmt: skip

    hangs = [{"item": "I", "site": "N", "share": 0.4, "products": [{"product": "P", "share": 0.4}]}]
    before = [bought(w, "AB"[w % 2], 5.0) for w in range(28, 48)]
    found = find_local_efficiency(
        problem(WORTH, purchases=before + [bought(w, "A", 4.5) for w in range(1, 26)], exposure=hangs)
    )
    assert [(one.kind, one.subject, one.value) for one in found] == [("local efficiency", "I", 1.0)]
    assert "10.0% cheaper" in found[0].headline
    still = before + [bought(w, "AB"[w % 2], 4.5) for w in range(1, 26)]
    assert find_local_efficiency(problem(WORTH, purchases=still, exposure=hangs)) == []

    def facts(saved: float, waiting: float) -> list[dict[str, Any]]:
        own = [fact("M0", w, setup=12.0 - saved * (w - 26), run=80.0) for w in range(26, 52)]
        return own + [fact("M1", w, setup=5.0, starved=4.0 + waiting * (w - 26), run=70.0) for w in range(26, 52)]

    assert [one.subject for one in find_local_efficiency(problem(WORTH, facts=facts(0.3, 0.3)))] == ["M0"]
    assert find_local_efficiency(problem(WORTH, facts=facts(0.3, 0.0))) == []
    assert find_local_efficiency(problem(WORTH, facts=facts(0.0, 0.3))) == []
