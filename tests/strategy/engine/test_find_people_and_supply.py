"""Thin skills, suppliers, overtime and escapes, by hand; and how what is found is ranked."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from statistics import stdev
from typing import Any

import pytest

from drumbeat.strategy.engine.find_escapes import find_escapes
from drumbeat.strategy.engine.find_ignored_spread import find_ignored_spread
from drumbeat.strategy.engine.find_structural_overtime import find_structural_overtime
from drumbeat.strategy.engine.find_supplier_risks import find_concentration, find_single_sources
from drumbeat.strategy.engine.find_thin_skills import find_thin_skills
from drumbeat.strategy.engine.find_weaknesses import FINDERS, find_weaknesses, rank_weaknesses
from drumbeat.strategy.engine.problem import HourValue, Problem
from drumbeat.strategy.engine.result import Weakness
from drumbeat.strategy.engine.thresholds import KINDS
from tests.strategy.engine.problems import ago, frame, problem

VALUE = {"N": HourValue(4000.0, "M1", {"M1": 40.0}, "EUR")}


def welders(**crews: int) -> dict[str, list[dict[str, Any]]]:
    """Welders by crew: day works hours 0 to 12 of every day from now, night 12 to 24; M1 is always open."""
    holders, shifts = [], []
    for crew, count in crews.items():
        for i in range(count):
            person = f"{crew}{i}"
            holders.append({"person": person, "site": "N", "crew": crew, "skill": "WELD", "level": 2})
            first = 0 if crew.startswith("day") else 12
            shifts += [
                {"person": person, "starts_at": ago(hours=-24 * d - first), "ends_at": ago(hours=-24 * d - first - 12)}
                for d in range(28)
            ]
    return {
        "holders": holders,
        "person_open": shifts,
        "skill_needs": [{"operation": "OP", "site": "N", "skill": "WELD", "num_people": 1, "minimum_level": 2}],
        "alternatives": [{"operation": "OP", "item": "I", "site": "N", "resource": "M1"}],
        "open_ahead": [{"resource": "M1", "starts_at": ago(), "ends_at": ago(-13)}],
        "loads": [{"order": "O", "site": "N", "operation": "OP", "resource": "M1", "due_at": ago(-4), "hours": 80.0}],
    }


def test_one_welder_on_nights() -> None:
    found = find_thin_skills(problem(VALUE, **welders(day=3, night=1)))
    assert [(w.kind, w.subject) for w in found] == [("shift cover", "WELD")]
    assert "only night0 in crew night can do WELD at N" in found[0].headline
    assert found[0].headline.startswith("On 50%")
    # 20 h a week, half of them at night, 13 weeks, 4 % away and 2.5 % who leave; an hour of the site is worth 100.
    assert found[0].hours_at_risk == pytest.approx(20 * 0.5 * 13 * 0.065)
    assert found[0].money_at_risk == pytest.approx(20 * 0.5 * 13 * 6.5)


def test_one_welder_at_all_and_certificates_that_run_out() -> None:
    single = find_thin_skills(problem(**welders(day=1)))
    assert [(w.kind, w.value) for w in single] == [("single person", 1.0)]
    lapsing = welders(day=3)
    for row in lapsing["holders"][1:]:
        row["certified_until"] = date(2026, 4, 1)
    found = find_thin_skills(problem(**lapsing))
    assert "2 certificates run out within 13 weeks" in found[0].headline
    nobody = welders(day=3)
    for row in nobody["holders"]:
        row["level"] = 1
    assert "hangs on nobody" in find_thin_skills(problem(**nobody))[0].headline


@pytest.mark.parametrize(
    "crews", [{"day": 2, "night": 2}, {"day": 3}], ids=["two on each shift", "no night shift at all"]
)
def test_cover_on_every_shift_that_is_staffed_is_no_weakness(crews: dict[str, int]) -> None:
    assert find_thin_skills(problem(**welders(**crews))) == []


def test_skill_that_no_open_work_needs_is_left_alone() -> None:
    frames = welders(day=1)
    frames["loads"][0]["operation"] = "OTHER"
    assert find_thin_skills(problem(**frames)) == []


def term(supplier: str, item: str, spread: float = 2.0) -> dict[str, Any]:
    return {
        "supplier": supplier,
        "item": item,
        "site": "N",
        "spread_days": spread,
        "price": 1.0,
        "lead_time_days": 14.0,
    }


def exposed(item: str, *products: tuple[str, float]) -> dict[str, Any]:
    listed = [{"product": name, "share": share} for name, share in products]
    return {"item": item, "site": "N", "products": listed, "share": sum(share for _, share in products)}


def test_only_source_of_what_earns_the_money() -> None:
    frames = {
        "terms": [term("SOLE", "BOLT"), term("SOLE", "NUT"), term("SOLE", "BOX"), term("OTHER", "BOX")],
        "exposure": [
            exposed("BOLT", ("P", 0.3)),
            exposed("NUT", ("P", 0.3), ("Q", 0.1)),
            exposed("BOX", ("P", 0.3), ("R", 0.6)),
        ],
    }
    found = find_single_sources(problem(VALUE, **frames))
    # P hangs on it once, though it needs both items; R has a second source for its box.
    assert [(w.subject, round(w.value, 6)) for w in found] == [("SOLE", 0.4)]
    assert found[0].money_at_risk == pytest.approx(0.4 * 4000 * 2 * 0.02)
    assert find_single_sources(problem(VALUE, terms=frames["terms"], exposure=[exposed("BOLT", ("P", 0.2))])) == []


def purchase(i: int, supplier: str, late: float = 0.0, price: float = 10.0) -> dict[str, Any]:
    return {
        "code": f"{supplier}-{i}", "supplier": supplier, "item": "BOLT", "site": "N", "quantity": 1.0, "price": price,
        "ordered_at": ago(i + 3), "due_at": ago(i + 1), "received_at": ago(i + 1, days=-late),
    }  # fmt: skip


def test_concentration_is_the_herfindahl_index() -> None:
    """Shares 40, 30, 20, 10: an index of 3000."""
    shares = (("A", 4), ("B", 3), ("C", 2), ("D", 1))
    rows = [purchase(i, name) for name, count in shares for i in range(count)]
    found = find_concentration(problem(purchases=rows))
    assert found[0].value == pytest.approx(3000.0)
    assert found[0].subject == "A"
    even = [purchase(i, name) for name in "ABCDE" for i in range(2)]
    assert find_concentration(problem(purchases=even)) == []


LATE = [-1.0, 0.0, 14.0, 2.0, -3.0, 9.0, 1.0, 6.0, -2.0, 12.0, 4.0, 0.5]


def test_spread_that_planning_ignores() -> None:
    rows = [purchase(i, "SLOW", late) for i, late in enumerate(LATE)]
    found = find_ignored_spread(problem(VALUE, purchases=rows, terms=[term("SLOW", "BOLT", 1.0)]))
    assert found[0].value == pytest.approx(stdev(LATE))
    assert found[0].threshold == pytest.approx(1.5)
    assert found[0].low is not None
    assert found[0].low > 1.5
    assert found[0].evidence[0]["late_days"] == 14.0


@pytest.mark.parametrize(
    ("count", "spread", "late"), [(12, 5.0, LATE), (7, 1.0, LATE), (12, 0.0, [0.1 * x for x in LATE])],
    ids=["planned for", "too few deliveries", "less than a day"],
)  # fmt: skip
def test_spread_without_cause_is_no_weakness(count: int, spread: float, late: list[float]) -> None:
    rows = [purchase(i, "SLOW", days) for i, days in enumerate(late[:count])]
    assert find_ignored_spread(problem(VALUE, purchases=rows, terms=[term("SLOW", "BOLT", spread)])) == []


def overtime(shares: list[float], days: int = 7) -> list[dict[str, Any]]:
    rows = []
    for i, share in enumerate(shares):
        back = days * (len(shares) - i)
        start = date(2026, 3, 2) - timedelta(days=back)
        common = {"site": "N", "cost_centre": "C", "period_start": start, "week_at": ago(days=back, hours=-7)}
        for account, hours, amount in (("labour", 100.0, 3000.0), ("overtime", 100 * share, 4000 * share)):
            booked = {"account": account, "hours": hours, "amount": amount, "currency": "EUR"}
            rows.append({"code": f"{start} {account}", **common, **booked})
    return rows


def test_overtime_in_ten_of_thirteen_weeks_is_structural() -> None:
    found = find_structural_overtime(problem(costs=overtime([0.05] * 3 + [0.2] * 10)))
    assert "in 10 of 13 weeks" in found[0].headline
    assert found[0].value == pytest.approx(2.15 / 13)
    # 215 h, less 10 % of 1,300 h, at 40 an hour.
    assert found[0].hours_at_risk == pytest.approx(85.0)
    assert found[0].money_at_risk == pytest.approx(85.0 * 40)
    assert find_structural_overtime(problem(costs=overtime([0.05] * 4 + [0.2] * 9))) == []
    assert find_structural_overtime(problem(costs=overtime([0.2] * 10 + [0.0] * 13))) == []


def test_monthly_books_count_for_their_weeks() -> None:
    assert len(find_structural_overtime(problem(costs=overtime([0.2] * 3, days=28)))) == 1
    assert find_structural_overtime(problem(costs=overtime([0.2, 0.2, 0.01], days=28))) == []


def escape(week: float, cause: str = "Burr on edge", item: str | None = "I") -> dict[str, Any]:
    return {
        "code": f"NC{week}",
        "site": "N",
        "item": item,
        "cause": cause,
        "found_at": ago(week),
        "quantity": 2.0,
        "cost": 500.0,
    }


def test_the_same_cause_in_four_weeks_recurs() -> None:
    rows = [escape(1.5), escape(5.5, " burr on EDGE "), escape(12.5), escape(20.5), escape(40)]
    found = find_escapes(problem(escapes=rows))
    assert [(w.subject, w.value, w.num_evidence) for w in found] == [("I", 4.0, 4)]
    assert found[0].money_at_risk == pytest.approx(1000.0)


@pytest.mark.parametrize(
    "rows",
    [
        [escape(1.5), escape(1.4), escape(1.3), escape(1.2), escape(5.0)],
        [escape(1.5), escape(5.5, "Paint"), escape(9.5, "Label"), escape(13.5), escape(17.5)],
        [escape(1.5, ""), escape(5.5, ""), escape(9.5, " "), escape(13.5, "")],
        [escape(1.5), escape(5.5, item="J"), escape(9.5, item=None), escape(13.5), escape(17.5)],
    ],
    ids=["one bad week", "different causes", "no cause", "different items"],
)
def test_escapes_without_a_pattern_are_no_weakness(rows: list[dict[str, Any]]) -> None:
    assert find_escapes(problem(escapes=rows)) == []


def weakness(subject: str, money: float, hours: float = 0.0, currency: str = "EUR", site: str = "N") -> Weakness:
    return Weakness(
        "bottleneck", site, subject, "", "", 1.0, None, None, 0.85, "", (), 0, "", "",
        hours_at_risk=hours, money_at_risk=money, currency=currency,
    )  # fmt: skip


def test_ranked_by_money_and_over_currencies_by_hours_of_the_constraint() -> None:
    one = [weakness("A", 10), weakness("B", 500), weakness("C", 0, 9), weakness("D", 0, 20)]
    assert [(w.subject, w.rank) for w in rank_weaknesses(one, {})] == [("B", 1), ("A", 2), ("D", 3), ("C", 4)]
    two = [weakness("A", 1000), weakness("Y", 50_000, currency="JPY", site="T"), weakness("H", 0, 30, site="X")]
    ranked = rank_weaknesses(two, {"N": 10.0, "T": 1000.0})
    assert [w.subject for w in ranked] == ["A", "Y", "H"]
    known = rank_weaknesses(two, {"N": 10.0, "T": 1000.0}, {"EUR": 1.0, "JPY": 0.05})
    assert [w.subject for w in known] == ["Y", "A", "H"], "50,000 at a twentieth are 2,500"
    assert [w.subject for w in rank_weaknesses(two, {}, {"EUR": 1.0})] == ["H", "A", "Y"], "a rate is missing"


def test_nothing_is_found_in_nothing() -> None:
    assert find_weaknesses(problem()) == []


def test_what_the_twin_says_is_added() -> None:
    bare = problem(**welders(day=1))
    with_twin = replace(
        bare, threats=frame("threats", [{"kind": "absence", "subject": "WELD @ N", "loss": 0.12, "late_hours": 30.0}])
    )
    found = find_weaknesses(with_twin)
    assert found[0].evidence[0] == {
        "table": "threat",
        "kind": "absence",
        "subject": "WELD @ N",
        "loss": 0.12,
        "late_hours": 30.0,
    }
    assert found[0].num_evidence == find_weaknesses(bare)[0].num_evidence + 1


def test_every_kind_has_a_name_and_every_finder_takes_a_problem() -> None:
    assert len(set(KINDS)) == len(KINDS) == 19
    bare: Problem = problem()
    assert all(find(bare) == [] for find in FINDERS)
