"""Stress tests of the data: a small plant by hand, the demo company, the command, the pages and the API."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from hypothesis import given, settings
from hypothesis import strategies as st

from drumbeat.basics.findings import InputError
from drumbeat.cli.main import main
from drumbeat.data.snapshot import Snapshot
from drumbeat.data.stored_change import restore_change
from drumbeat.strategy.list_stress_nodes import StressTerms
from drumbeat.strategy.models import StoredStress
from drumbeat.strategy.run_stress import StressRow, StressRun, run_stress, save_stress
from drumbeat.web.models import Job
from tests.demo_company import demo_company

NOW = datetime(2026, 3, 2, tzinfo=UTC)


@pytest.fixture(scope="module")
def company() -> Snapshot:
    """The demo company."""
    return demo_company()


@pytest.fixture(scope="module")
def run(company: Snapshot) -> StressRun:
    """All stress tests of it."""
    return run_stress(company)


@pytest.fixture
def plant(db: None) -> None:
    """One press that is always open makes ten pumps a week of one casting each; 20 castings in stock.

    A pump earns 40. The casting comes from ACME alone.
    """
    from drumbeat.demand.models import DemandLine
    from drumbeat.inventory.models import Stock
    from drumbeat.people.models import CrewNeed, Person, PersonSkill, Skill
    from drumbeat.plant.models import (
        BillLine,
        Calendar,
        CalendarShift,
        Company,
        Item,
        Operation,
        OperationResource,
        Resource,
        Routing,
        Site,
    )
    from drumbeat.sourcing.models import Supplier, SupplyTerm

    Company.objects.create(code="C", currency="EUR", as_of=NOW)
    Site.objects.create(code="S", currency="EUR")
    Resource.objects.create(code="M1", site_id="S", capability="press")
    Item.objects.create(code="PUMP", cost=Decimal(60), price=Decimal(100))
    Item.objects.create(code="CASTING", kind="buy", cost=Decimal(52))
    BillLine.objects.create(item_id="PUMP", component_id="CASTING", quantity_per=1)
    Routing.objects.create(code="R", item_id="PUMP", site_id="S")
    Operation.objects.create(code="R/10", routing_id="R", sequence=10, run_minutes=60)
    OperationResource.objects.create(operation_id="R/10", resource_id="M1")
    Supplier.objects.create(code="ACME", name="Acme Castings")
    SupplyTerm.objects.create(supplier_id="ACME", item_id="CASTING", site_id="S", price=Decimal(52), lead_time_days=14)
    Stock.objects.create(item_id="CASTING", site_id="S", quantity=20)
    Calendar.objects.create(code="DAY")
    for weekday in ("mon", "tue", "wed", "thu", "fri"):
        CalendarShift.objects.create(calendar_id="DAY", weekday=weekday, start=time(6), end=time(14))
    Skill.objects.create(code="PRESSING", name="Pressing")
    CrewNeed.objects.create(operation_id="R/10", skill_id="PRESSING")
    Person.objects.create(code="ANN", site_id="S", calendar_id="DAY")
    PersonSkill.objects.create(person_id="ANN", skill_id="PRESSING", certified_until=date(2030, 1, 1))
    for week in range(1, 14):
        due = NOW + timedelta(weeks=week) - timedelta(hours=1)
        DemandLine.objects.create(code=f"D{week}", item_id="PUMP", site_id="S", quantity=10, due_at=due)


def by_key(run: StressRun) -> dict[str, StressRow]:
    """Find rows by key."""
    return {row.key: row for row in run.rows}


def test_a_small_plant_by_hand(plant: None) -> None:
    """Ten a week at 40; castings for two weeks; eight weeks and the lead time of two to qualify another supplier."""
    run = run_stress(Snapshot.read_database())
    rows = by_key(run)
    assert run.weekly == pytest.approx(400, rel=0.01)
    assert set(rows) == {
        "site/S", "group/S/press", "supplier/ACME", "skill/S/PRESSING", "people/S", "demand/all"
    }  # fmt: skip
    supplier = rows["supplier/ACME"]
    assert supplier.weeks_to_recover == pytest.approx(10)
    assert supplier.weeks_to_survive == pytest.approx(2, rel=0.01)
    assert supplier.loss == pytest.approx(8 * 400, rel=0.01)
    assert rows["group/S/press"].loss == pytest.approx(4 * 400, rel=0.01)
    assert rows["site/S"].loss == pytest.approx(13 * 400, rel=0.01)
    assert rows["skill/S/PRESSING"].loss == pytest.approx(8 * 400, rel=0.01)
    assert rows["people/S"].loss == 0  # 32 of 40 hours are left, ten are needed
    assert rows["site/S"].index == 1
    stock = next(one for one in supplier.remedies if one["kind"] == "stock")
    assert stock["what"] == "Hold 80 of CASTING at S"
    assert stock["capital"] == pytest.approx(80 * 52, rel=0.01)
    source = next(one for one in supplier.remedies if one["kind"] == "second source")
    assert source["cost_a_year"] is None
    assert source["missing"]
    backup = rows["group/S/press"].remedies
    assert any(one["changes"] == [{"kind": "plant.AddMachine", "version": 1, "code": "M1 BACKUP 1", "like": "M1",
                                   "name": ""}] for one in backup)  # fmt: skip


def test_cover_that_is_bought_closes_the_gap(plant: None) -> None:
    """With the proposed stock the same test costs nothing."""
    snapshot = Snapshot.read_database()
    row = by_key(run_stress(snapshot, only=["supplier"]))["supplier/ACME"]
    stock = next(one for one in row.remedies if one["kind"] == "stock")
    covered = snapshot.apply([restore_change(change) for change in stock["changes"]])
    again = by_key(run_stress(covered, only=["supplier"]))["supplier/ACME"]
    assert again.loss == 0
    assert again.weeks_to_survive >= again.weeks_to_recover - 1e-6


def test_tests_are_changes_that_can_be_made(company: Snapshot, run: StressRun) -> None:
    """Each test of the demo company but that of demand can be opened as a what-if, or has nothing open to change."""
    kinds = {row.kind for row in run.rows if row.changes}
    assert {"site", "line", "group", "supplier", "skill", "people"} <= kinds
    for row in run.rows:
        if row.kind in ("site", "skill", "supplier") and row.changes:
            company.apply([restore_change(change) for change in row.changes])


def test_the_demo_company(run: StressRun) -> None:
    """The largest loss first, a whole site; what is lost adds up; nothing is negative; every loss has a way out."""
    assert run.rows[0].kind == "site"
    assert run.rows[0].index == 1
    losses = [row.loss for row in run.rows]
    assert losses == sorted(losses, reverse=True)
    for row in run.rows:
        assert 0 <= row.weeks_to_survive <= 104
        assert sum(one["money"] for one in row.lost) <= row.loss * 1.001 + 1
        assert row.remedies or row.loss == 0
        assert all(one["cost_a_year"] is not None or one["missing"] for one in row.remedies)
    json.dumps(run.as_json())


def test_losing_two_suppliers_at_once_is_worse(company: Snapshot) -> None:
    """Each covers for the other: together they cost more than both alone."""
    run = run_stress(company, only=["supplier/MOTEC", "supplier/VOLTARA"], together=True)
    rows = {row.kind: row.loss for row in run.rows}
    assert rows["together"] > 2 * sum(row.loss for row in run.rows if row.kind == "supplier")


@given(st.floats(1.0, 20.0), st.floats(0.5, 10.0))
@settings(max_examples=6, deadline=None)
def test_a_longer_loss_costs_no_less(company: Snapshot, weeks: float, more: float) -> None:
    """More weeks to recover, more lost; the weeks survived stay."""
    only = ["line/GR-WOOD-1"]
    short, long = (run_stress(company, StressTerms({"line": w}), only=only).rows[0] for w in (weeks, weeks + more))
    assert short.loss <= long.loss + 1e-6
    assert short.weeks_to_survive == pytest.approx(long.weeks_to_survive)


def test_wrong_words_are_refused(company: Snapshot) -> None:
    """A node that does not exist, terms out of range."""
    with pytest.raises(InputError, match="supplier/ACME"):
        run_stress(company, only=["supplier/ACME"])
    for wrong in ({"weeks_to_recover": {"moon": 2.0}}, {"people_share": 0.0}, {"demand_factor": -1.0},
                  {"weeks_to_recover": {"site": 0.0}}):  # fmt: skip
        with pytest.raises(ValueError, match="weeks to recover"):
            StressTerms(**wrong)  # type: ignore[arg-type]


def test_an_empty_database_has_no_nodes(db: None) -> None:
    """Nothing to lose but demand, and a finding that says why nothing is lost."""
    run = run_stress(Snapshot.read_database())
    assert [row.loss for row in run.rows] == [0.0] * len(run.rows)
    assert any("is wanted" in str(finding) for finding in run.findings)


def test_the_command(company: Snapshot, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Table, JSON and workbook; a wrong word is refused with its remedy."""
    folder = tmp_path / "plant"
    company.write(folder)
    book = tmp_path / "stress.xlsx"
    assert main(["stress", str(folder), "--lose", "supplier", "--weeks", "supplier=6", "--xlsx", str(book)]) == 0
    assert "HUDSON" in capsys.readouterr().out
    assert book.stat().st_size > 4000
    assert main(["stress", str(folder), "--lose", "supplier/HUDSON", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["rows"][0]["key"] == "supplier/HUDSON"
    assert main(["stress", str(folder), "--lose", "moon"]) == 1
    assert main(["stress", str(folder), "--weeks", "site=long"]) == 1
    assert main(["stress", str(folder), "--people", "7"]) == 2


def test_pages_show_what_was_stored(plant: None, client_as: Callable[..., Client]) -> None:
    """Heat map, one node, workbook, API; before that they say that there is nothing yet."""
    assert "No stress tests" in client_as("viewer").get("/strategy/stress/").content.decode()
    assert client_as("viewer").get("/api/stress-tests/latest").status_code == 404
    save_stress(run_stress(Snapshot.read_database()), StressTerms(), NOW)
    page = client_as("viewer").get("/strategy/stress/").content.decode()
    assert "Acme Castings" in page
    assert "heat-" in page
    assert "Acme Castings" not in client_as("viewer").get("/strategy/stress/?kind=site").content.decode()
    node = client_as("viewer").get("/strategy/stress/node/supplier/ACME/").content.decode()
    assert "Hold 80 of CASTING at S" in node
    assert client_as("viewer").get("/strategy/stress/node/supplier/NOBODY/").status_code == 404
    book: Any = client_as("viewer").get("/strategy/stress/export.xlsx")
    assert book.content[:2] == b"PK"
    told: Any = client_as("viewer").get("/api/stress-tests/latest")
    assert told.json()["rows"][0]["key"] == "site/S"
    assert client_as("viewer", "S").get("/api/stress-tests/latest").status_code == 403
    assert client_as("viewer", "S").get("/strategy/stress/").status_code == 403


def test_tests_are_run_in_the_background(plant: None, client_as: Callable[..., Client]) -> None:
    """Planners of all sites start the job; what it stores is shown; wrong terms are refused with the field's name."""
    from drumbeat.strategy.jobs import stress_job

    form = {f"weeks_{kind}": "4" for kind in ("site", "line", "group", "supplier", "skill", "people", "demand")}
    form |= {"people": "20", "demand": "130"}
    assert client_as("planner", "S").post("/strategy/stress/start/", form).status_code == 403
    assert client_as("planner").post("/strategy/stress/start/", form).status_code == 302
    job = Job.objects.get(kind="stress")
    stress_job(job.arguments, lambda fraction, message: None)
    stored = StoredStress.objects.get()
    assert stored.terms["weeks_to_recover"]["supplier"] == 4
    refused: Any = client_as("planner").post("/strategy/stress/start/", form | {"people": "0"}, follow=True)
    assert "People away" in refused.content.decode()
    assert Job.objects.filter(kind="stress").count() == 1


@pytest.mark.parametrize("moment", [NOW, None])
def test_losses_are_played_on_the_data_of_their_tests(plant: None, moment: datetime | None) -> None:
    """Also of a plant that states no moment; not on other data."""
    from drumbeat.plant.models import Company, Resource
    from drumbeat.strategy.jobs import stress_job, stress_twin_job

    Company.objects.update(as_of=moment)
    asked = {"keys": ["group/S/press"], "replications": 2}
    stress_job({}, lambda fraction, message: None)
    assert stress_twin_job(asked, lambda fraction, message: None)["played"] == 1
    Resource.objects.create(code="M2", site_id="S", capability="press")
    with pytest.raises(InputError, match="Run the stress tests anew"):
        stress_twin_job(asked, lambda fraction, message: None)


def test_a_test_and_its_remedy_open_as_what_ifs(plant: None, client_as: Callable[..., Client]) -> None:
    """The loss of the press blocks it; its remedy adds a machine."""
    from drumbeat.data.models import WhatIf

    save_stress(run_stress(Snapshot.read_database()), StressTerms(), NOW)
    client = client_as("planner")
    assert client.post("/strategy/stress/what-if/", {"key": "group/S/press"}).status_code == 302
    loss = WhatIf.objects.get()
    assert [change["kind"] for change in loss.changes] == ["plant.BlockResource"]
    row = next(row for row in StoredStress.objects.get().run["rows"] if row["key"] == "group/S/press")
    number = next(n for n, one in enumerate(row["remedies"]) if one["kind"] == "backup")
    client.post("/strategy/stress/what-if/", {"key": "group/S/press", "remedy": str(number)})
    assert WhatIf.objects.exclude(pk=loss.pk).get().changes[0]["kind"] == "plant.AddMachine"
    assert client.post("/strategy/stress/what-if/", {"key": "nothing"}).status_code == 404
    assert client.post("/strategy/stress/what-if/", {"key": "group/S/press", "remedy": "99"}).status_code == 404
    assert client_as("viewer").post("/strategy/stress/what-if/", {"key": "group/S/press"}).status_code == 403
