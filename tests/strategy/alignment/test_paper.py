"""The board paper: what it says, and that it is a PDF with the same bytes each time."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest
from django.test import Client

from drumbeat.basics.findings import InputError
from drumbeat.finance.models import ExchangeRate
from drumbeat.plant.models import Company
from drumbeat.strategy import decide
from drumbeat.strategy.models import RoadmapPlan, StoredStress, Weakness
from drumbeat.strategy.write_paper import collect_paper, find_decision, write_paper

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


def test_without_anything_stored_it_says_so() -> None:
    told = collect_paper(None, NOW)
    assert "have not been measured" in told["situation"][0]
    assert told["ask"].startswith("Nothing is to be decided")
    assert write_paper(None, NOW).startswith(b"%PDF")


def test_it_tells_the_decision_its_risks_and_who_agreed() -> None:
    made = decide.open_decision("Second press: #1 @ *now* $?", "ann", NOW, "The first is full.")
    press = decide.save_option(made, {"name": "Press <b>", "cost": 400_000.0, "value_low": -1e5, "value_mid": 2e5}, NOW)
    made.refresh_from_db()
    made.chosen, made.claim, made.probability = press, "1,200 a week", 0.7
    made.resolves_on, made.premortem = date(2026, 7, 1), "Nobody at night.\n\nSteel gets dear."
    made.save()
    assumed = decide.add_assumption(made, "Sales keeps its plan", date(2026, 6, 1), NOW, owner="Sam")
    decide.break_assumption(assumed, "ACME left", "sam", NOW)
    decide.sign(made, "hr", "hana", False, "Nights are not staffed", NOW)
    for rank, money in ((1, 10.0), (2, 500.0)):
        Weakness.objects.create(
            found_at=NOW, version="v", rank=rank, kind="k", subject="s", headline=f"H{rank}", metric="m", value=3.0,
            threshold=2.0, remedy="r", disproof="d", money_at_risk=money, currency="EUR", evidence=[{"machine": "P1"}],
        )  # fmt: skip
    told = collect_paper(made, NOW, "ann")
    assert (
        told["ask"]
        == "To approve: Press <b>, at 400,000. We hold this 70% sure: 1,200 a week, and it can be told on 1 Jul 2026."
    )
    assert told["risks"] == [
        "Broken: Sales keeps its plan (ACME left).", "HR does not agree: Nights are not staffed", "Nobody at night.",
        "Steel gets dear.",
    ]  # fmt: skip
    assert [row[0] for row in told["weaknesses"]] == ["H2", "H1"], "by money at risk"
    Weakness.objects.filter(headline="H1").update(money_at_risk=400.0, currency="GBP")
    ExchangeRate.objects.create(currency="GBP", rate=1.5)
    assert [row[0] for row in collect_paper(made, NOW)["weaknesses"]] == ["H1", "H2"], "in one currency"
    assert told["signed"][0][:2] == ["HR", "Does not agree"]
    assert told["evidence"][0]["rows"] == [["P1"]]
    assert write_paper(made, NOW) == write_paper(made, NOW)


def test_the_newest_open_decision_is_meant_and_an_unknown_one_is_told() -> None:
    assert find_decision("") is None
    decide.open_decision("Old", "a", NOW)
    decide.open_decision("New", "a", NOW)
    found = find_decision("")
    assert found is not None
    assert found.title == "New"
    with pytest.raises(InputError, match="There are: new, old"):
        find_decision("none")


def test_it_is_downloaded_by_those_who_see_all_sites(client_as: Callable[..., Client]) -> None:
    made = decide.open_decision("Why", "a", NOW)
    page = client_as("viewer").get(f"/strategy/decisions/{made.code}/paper.pdf")
    assert page.content.startswith(b"%PDF")
    assert client_as("viewer").get("/strategy/paper.pdf").status_code == 200
    assert client_as("manager", "NORTH").get("/strategy/paper.pdf").status_code == 403


def test_the_dearest_losses_of_the_stress_tests_are_risks() -> None:
    rows = [
        {"name": "North", "code": "N", "kind": "site", "weeks_to_recover": 13.0, "weeks_to_survive": 0.0, "loss": 3e6},
        {"name": "", "code": "all", "kind": "demand", "weeks_to_recover": 4.0, "weeks_to_survive": 0.1, "loss": 2e6},
        {"name": "", "code": "L1", "kind": "line", "weeks_to_recover": 6.0, "weeks_to_survive": 1.25, "loss": 9e5},
        {"name": "S", "code": "S", "kind": "supplier", "weeks_to_recover": 6.0, "weeks_to_survive": 9.0, "loss": 0.0},
    ]  # fmt: skip
    run = {"currency": "EUR", "rows": rows}
    StoredStress.objects.create(created_at=NOW, as_of=NOW, version="v", terms={}, run=run)
    assert collect_paper(None, NOW)["risks"] == [
        "Losing North for 13 weeks costs 3 M EUR at least; customers feel it at once.",
        "Losing L1 for 6 weeks costs 900 k EUR at least; it is survived for 1.2 weeks.",
    ]


def test_money_at_risk_is_told_in_the_companys_currency() -> None:
    Company.objects.create(code="C", currency="EUR", as_of=NOW)
    ExchangeRate.objects.create(currency="USD", rate=0.5)
    for rank, currency in ((1, "USD"), (2, "XXX")):
        Weakness.objects.create(
            found_at=NOW, version="v", rank=rank, kind="bottleneck", headline=f"H{rank}", metric="m", value=1,
            threshold=1, remedy="r", disproof="d", money_at_risk=9000, currency=currency,
        )  # fmt: skip
    told = {row[0]: row[1] for row in collect_paper(None, NOW)["weaknesses"]}
    assert told == {"H1": "4,500 EUR", "H2": "9,000 XXX"}, "what has no rate stands as it is"


def test_a_stored_roadmap_stands_with_its_starts_curve_and_reasons() -> None:
    row = {"code": "A", "name": "Jaws"}
    chosen = {"starts": {"A": [1, 0], "B": [3, 3]}, "total": [[1e3, 4e3], [-5e3, 0.0], [1e3, 3e3], [2e3, 9e3]],
              "loss_probability": 0.15, "p10": -5e3, "p50": 3e3, "p90": 9e3, "invested": 2e3,
              "payback_years": 1.25, "return_rate": 0.3}  # fmt: skip
    reason = {"code": "A", "start": "2026-03-01", "worth": 83_700.0, "sentences": ["It eases the lathes."]}
    content = {
        "currency": "EUR", "starts": ["2026-03-01", "2026-06-01", "2026-09-01", "2026-12-01"],
        "ways": [{"name": "low", "probability": 0.3}, {"name": "high", "probability": 0.7}],
        "initiatives": [row, {"code": "B", "name": ""}], "chosen": chosen, "reasons": [reason],
        "comparisons": [{"sentence": f"S{at}."} for at in range(5)], "screened": 300, "futures": 100,
    }  # fmt: skip
    RoadmapPlan.objects.create(created_at=NOW, version="v", content=content)
    told = collect_paper(None, NOW)
    assert told["roadmap"] == [["Jaws", "Mar 2026", "83.7 k"]], "as on the more probable way; B never starts"
    assert [one["mid"] for one in told["curve"]] == [1.0, 3.0]
    assert (told["most"], told["least"]) == ("9", "-5")
    assert told["worth"] == (
        "Net present value: P10 -5,000 EUR, P50 3,000 EUR, P90 9,000 EUR. To spend 2,000 EUR; back after 1.2 years, "
        "internal rate of return 30% a year."
    )
    assert told["staging"] == "S0. S1. S2."
    assert told["why"] == ["S3.", "S4.", "Jaws: It eases the lathes."]
    assert write_paper(None, NOW).startswith(b"%PDF")


def test_many_that_agree_share_a_row_and_dissent_keeps_its_own() -> None:
    made = decide.open_decision("Why", "a", NOW)
    for function in ("production", "engineering", "quality", "finance", "sales"):
        decide.sign(made, function, "ann", True, "", NOW)
    assert len(collect_paper(made, NOW)["signed"]) == 5
    decide.sign(made, "procurement", "ann", True, "If steel is cheap", NOW)
    decide.sign(made, "hr", "ann", False, "No welders", NOW)
    told = collect_paper(made, NOW)["signed"]
    assert [row[:3] for row in told] == [
        ["Procurement", "Agrees", "If steel is cheap"], ["HR", "Does not agree", "No welders"],
        ["Production, Engineering, Quality, Finance, Sales", "Agrees", ""],
    ]  # fmt: skip
