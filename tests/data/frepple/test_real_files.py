"""The published fixtures and workbooks of frePPLe: what they say comes through, checked by hand against the files."""

from __future__ import annotations

from datetime import UTC, datetime, time
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from drumbeat.data.check_frames import check_frames
from drumbeat.data.frepple import is_frepple, read_frepple
from drumbeat.data.snapshot import Snapshot
from drumbeat.planning.actions import PlanRun, make_plan
from drumbeat.planning.engine.check import check
from drumbeat.scheduling.engine.check import check_schedule
from drumbeat.scheduling.plan_finitely import plan_finitely

NOW = datetime(2014, 6, 1, tzinfo=UTC)
FILES = [
    "calendar-working-hours.xlsx", "demand-priorities.xlsx", "demo.json", "flow_line.json", "forecast-method.xlsx",
    "jobshop.json", "make-to-order.xlsx", "manufacturing_demo.json", "operation-alternate.xlsx",
    "resource-skills.xlsx", "unicode_test.json",
]  # fmt: skip


@pytest.fixture
def folder(shared_data: Path) -> Path:
    return shared_data / "planning" / "frepple"


def read(path: Path) -> Snapshot:
    frames, as_of, findings = read_frepple(path, NOW)
    assert not findings.has_errors
    return Snapshot.of(frames, as_of)


def row(snapshot: Snapshot, table: str, **key: Any) -> dict[str, Any]:
    """The one row of a table with that key."""
    return snapshot[table].filter(**key).row(0, named=True)


def needs(snapshot: Snapshot, operation: str) -> dict[str, list[tuple[str, float, int]]]:
    """What an operation needs: by need, the choices as (resource, speed, priority)."""
    rows = snapshot["operation_resource"].filter(operation=operation).sort("priority", "resource")
    found: dict[str, list[tuple[str, float, int]]] = {}
    for need, *choice in rows.select("need", "resource", "speed", "priority").iter_rows():
        found.setdefault(need, []).append(tuple(choice))
    return found


def plan(snapshot: Snapshot) -> PlanRun:
    run = make_plan(snapshot)
    assert [str(finding) for finding in check(run.problem, run.result)] == []
    return run


@pytest.mark.parametrize("name", FILES)
def test_every_file_loads_without_errors_and_plans(folder: Path, name: str) -> None:
    assert is_frepple(folder / name)
    frames, as_of, findings = read_frepple(folder / name, NOW)
    assert not findings.has_errors
    assert {finding.severity for finding in findings} <= {"note"}
    assert [str(finding) for finding in check_frames(frames) if finding.severity == "error"] == []
    plan(Snapshot.of(frames, as_of))


def test_the_job_shop_is_ft10(folder: Path) -> None:
    plant = read(folder / "jobshop.json")
    assert plant.as_of == datetime(2014, 1, 1, tzinfo=UTC)
    assert plant["resource"]["capacity"].to_list() == [1] * 10
    # Job 1 of ft10: machine and hours of each operation.
    first = plant["operation"].filter(routing="routing of job 1").sort("sequence")
    machines = [needs(plant, code)["machine"] for code in first["code"]]
    assert [choices[0][0][-2:] for choices in machines] == [f"{number:02d}" for number in range(10)]
    assert (first["lot_minutes"] / 60).to_list() == [29, 78, 9, 36, 49, 11, 62, 56, 44, 21]
    assert plant["operation"]["lot_minutes"].sum() / 60 == 5109
    run = plan(plant)
    assert run.orders["method"].to_list() == ["make"] * 10
    assert set(run.orders["due_at"]) == {datetime(2014, 2, 8, 18, tzinfo=UTC)}


def test_the_flow_line_comes_in_lots_of_500_with_stations_and_operators(folder: Path) -> None:
    plant = read(folder / "flow_line.json")
    capacity = dict(plant["resource"].select("code", "capacity").iter_rows())
    assert capacity["Line 1 station 3"] == 4
    assert capacity["Operators line 1"] == 9
    assert plant["resource"]["calendar"].null_count() == 9
    step = row(plant, "operation", code="03 step 03")
    assert (step["run_minutes"], step["lot_minutes"]) == (27 / 60, 0)
    assert needs(plant, "03 step 03") == {
        "machine": [("Line 1 station 3", 1.0, 1)],
        "Operators line 1": [("Operators line 1", 1.0, 1)],
    }
    # "02 step 01" names the item of another product; what it makes counts.
    assert row(plant, "routing", code="02 step 01")["item"] == "product 02-01"
    run = plan(plant)
    assert run.orders.height == 10 * 7 * 10
    assert run.orders["quantity"].unique().to_list() == [500.0]


def test_the_furniture_plant_keeps_its_lots_skills_calendars_and_transfers(folder: Path) -> None:
    plant = read(folder / "manufacturing_demo.json")
    assert plant.as_of == datetime(2021, 1, 1, tzinfo=UTC)
    assert plant["demand_line"].height == 16
    assert plant["demand_history"]["quantity"].sum() > 0
    assert needs(plant, "Saw chair leg") == {
        "machine": [("saw", 1.0, 1)],
        "operators": [("Carl", 1.0, 1), ("Philippe", 1.0, 1)],
    }
    assert needs(plant, "Apply varnish for chair") == {"machine": [("Antonio", 1.0, 1)]}
    assert row(plant, "operation", code="Saw chair leg")["run_minutes"] == 20
    assert row(plant, "operation", code="Drying varnish for chair")["lot_minutes"] == 360
    assert row(plant, "resource", code="assembly line")["capacity"] == 2
    term = row(plant, "supply_term", supplier="wood supplier", item="wooden panel")
    assert (term["order_minimum"], term["order_multiple"], term["lead_time_days"]) == (400, 50, 1)
    move = row(plant, "supply_term", supplier="warehouse", item="chair", site="shop 1")
    assert (move["lead_time_days"], move["order_minimum"]) == (2, 1)
    assert row(plant, "purchase_order", code="DO#2")["from_site"] == "warehouse"
    assert plant["bill_line"].filter(item="chair").sort("position").select("component", "quantity_per").rows() == [
        ("cushion", 1.0), ("screws", 4.0), ("chair leg", 4.0),
    ]  # fmt: skip
    # Priority 0 comes before 1.
    assert row(plant, "demand_line", code="Demand 02")["priority"] == 2
    assert row(plant, "demand_line", code="Demand 01")["priority"] == 1


def test_calendars_become_shifts_and_holidays(folder: Path) -> None:
    plant = read(folder / "manufacturing_demo.json")
    usual = row(plant, "resource", code="saw")["calendar"]
    antonio = row(plant, "resource", code="Antonio")["calendar"]
    assert usual == "Working Days"
    shifts = plant["calendar_shift"].filter(calendar=usual)
    assert shifts["weekday"].to_list() == ["mon", "tue", "wed", "thu", "fri"]
    assert set(shifts["start"]) == set(shifts["end"]) == {time(0)}
    closed = plant["calendar_exception"].filter(is_open=False)
    # New Year's Day 2021 was a Friday; the summer break takes 12 of its working days.
    assert closed.filter(calendar=usual)["starts_at"].min() == datetime(2021, 1, 1, tzinfo=UTC)
    summer = closed.filter(
        (pl.col("calendar") == usual) & (pl.col("starts_at").dt.year() == 2021) & (pl.col("starts_at").dt.month() == 7)
    )
    assert sum((end - start).days for start, end in summer.select("starts_at", "ends_at").iter_rows()) == 12
    own = closed.filter(calendar=antonio)["starts_at"]
    assert datetime(2021, 1, 13, tzinfo=UTC) in own.to_list()


def test_working_hours_have_a_lunch_break(folder: Path) -> None:
    plant = read(folder / "calendar-working-hours.xlsx")
    monday = plant["calendar_shift"].filter(weekday="mon").sort("start")
    assert monday.select("start", "end").rows() == [(time(8), time(12)), (time(13), time(17))]
    closed = plant["calendar_exception"].sort("starts_at")["starts_at"].to_list()
    assert closed == [datetime(2023, 12, 25, hour, tzinfo=UTC) for hour in (8, 13)]
    run = plan(plant)
    made, moved = (
        run.orders.filter(method="make").row(0, named=True),
        run.orders.filter(method="move").row(0, named=True),
    )
    # 48 working hours at 40 a week are 8.4 days; the transfer takes two days before 27 December, noon.
    assert (moved["start_at"], made["due_at"]) == (datetime(2023, 12, 25, 12, tzinfo=UTC),) * 2
    assert (made["due_at"] - made["start_at"]).total_seconds() / 86_400 == pytest.approx(8.4)


def test_alternate_operations_become_alternative_machines(folder: Path) -> None:
    plant = read(folder / "operation-alternate.xlsx")
    assert plant["routing"]["code"].to_list() == ["Assemble round table with new machine"]
    assert needs(plant, "Assemble round table with new machine") == {
        "machine": [("new machine", 1.0, 1), ("old machine", 1.0, 2)]
    }
    assert plan(plant).orders.filter(method="make")["quantity"].to_list() == [250.0, 250.0, 250.0]
    # 250 hours each: by 16 August, in 15 days, the new machine alone makes one; with the old one beside it, two.
    soon = plant.frames["demand_line"].with_columns(due_at=pl.lit(datetime(2019, 8, 16, tzinfo=UTC)))
    run = plan_finitely(Snapshot.of({**plant.frames, "demand_line": soon}, plant.as_of))
    assert set(run.schedule.tasks["resource"]) == {"new machine", "old machine"}
    late = run.deliveries.filter(pl.col("late_seconds") > 0)["demand"].to_list()
    assert late == ["Demand 03"]


def test_no_more_demands_of_the_furniture_plant_are_late_than_in_its_own_plan(folder: Path) -> None:
    """Its planner, frePPLe, has 9 of 16 late."""
    run = plan_finitely(read(folder / "manufacturing_demo.json"))
    assert check_schedule(run.schedule.problem, run.schedule.result.schedule).count == 0
    assert run.deliveries.height == 16
    assert run.num_late <= 9


SKILLED = {
    "Saag 60mm": {"Davie", "Gustav", "Johnny", "Hennie", "Andries"},
    "Boor 32mm Gat": {"Davie", "Gustav", "Johnny", "Hennie", "Andries"},
    "Masjieneer na OD": {"Johnny"}, "Plasma 8mm": {"Davie", "Gustav"}, "Bou CD1-08-004": {"Gustav", "Davie"},
    "Sweis CD1-08-004": {"Andries", "Gustav"}, "Verf CD1-08-004": {"Hennie", "Johnny"},
}  # fmt: skip
"""Who has the skill of each operation, read off the workbook."""


def test_work_is_done_by_its_machine_and_one_who_has_the_skill(folder: Path) -> None:
    plant = read(folder / "resource-skills.xlsx")
    run = plan_finitely(plant)
    assert (run.num_late, check_schedule(run.schedule.problem, run.schedule.result.schedule).count) == (0, 0)
    tasks = run.schedule.tasks.select("operation", "resource", "resources")
    assert tasks.height == 10
    for operation, machine, held in tasks.iter_rows():
        assert held.split(", ")[0] == machine == operation.split()[0].replace("Masjieneer", "Draaibank")
        assert {*held.split(", ")[1:]} <= SKILLED[operation]
        assert held.count(",") == 1
    # Nobody is at two places at once.
    people = run.schedule.tasks.with_columns(who=pl.col("resources").str.split(", ").list.last()).sort("starts_at")
    for (_,), rows in people.group_by("who"):
        assert (rows["starts_at"][1:] >= rows["ends_at"][:-1]).all()


def test_skills_become_choices_between_people(folder: Path) -> None:
    plant = read(folder / "resource-skills.xlsx")
    assert needs(plant, "Bou CD1-08-004")["Operator"] == [("Gustav", 1.0, 1), ("Davie", 1.0, 10)]
    assert needs(plant, "Masjieneer na OD")["Operator"] == [("Johnny", 1.0, 1)]
    assert row(plant, "resource", code="Gustav")["kind"] == "person"
    assert "Operator" not in plant["resource"]["code"].to_list()
    bill = plant["bill_line"].filter(item="CD1-08-004 d").sort("position").select("component", "quantity_per").rows()
    assert bill == [("CD1-08-004 5(c)", 2.0), ("CD1-08-004 (1)a", 1.0)]


def test_more_important_demands_are_served_first(folder: Path) -> None:
    plant = read(folder / "demand-priorities.xlsx")
    assert plant["demand_line"].height == 13
    assert row(plant, "operation", code="Make product")["run_minutes"] == 60
    shift = plant["calendar_shift"].row(0, named=True)
    assert (shift["start"], shift["end"]) == (time(9), time(17))
    # All are overdue and wait for one machine: the most important are made first, of these the longest overdue.
    served = plan_finitely(plant).deliveries.sort("delivered_at")["demand"].str.replace(r" \(2\)$", "").to_list()
    assert served == sorted(served)
    assert [name[7:13] for name in served] == ["prio 1"] * 6 + ["prio 2"] * 4 + ["prio 3"] * 3


def test_durations_of_a_workbook_are_days_where_it_says_so(folder: Path) -> None:
    plant = read(folder / "forecast-method.xlsx")
    leads = dict(plant["supply_term"].filter(site="RDC").select("item", "lead_time_days").iter_rows())
    assert leads["Umpire chair"] == 21
    assert plant["demand_history"].height == 549
    assert plan(plant).orders.height == 0


def test_what_is_made_to_order_is_kept_apart_by_batch(folder: Path) -> None:
    """Two orders of ten of each product, for the same day, and the five ways in which the workbook supplies them."""
    plant = read(folder / "make-to-order.xlsx")
    assert row(plant, "supply_term", item="A - component 1", site="factory A")["lead_time_days"] == 7
    run = plan(plant)
    lots = {
        item: rows["quantity"].to_list()
        for (item,), rows in run.orders.sort("item", "code").group_by("item", maintain_order=True)
    }

    def of(*items: str) -> list[list[float]]:
        return [lots.get(item, []) for item in items]

    # A, to stock: both orders' parts together; of component 1 five are in stock, and lots are at least 30.
    assert of("A - end item", "A - assembly", "A - component 1") == [[10, 10], [20], [30]]
    # B, to order down to what is bought: nothing is shared, and the stock of "B - order X" is nobody's.
    for kind in ("end item", "assembly", "subassembly", "component 1", "component 2", "component 3"):
        assert of(f"B - {kind} [B - order 1]", f"B - {kind} [B - order 2]", f"B - {kind}") == [[10], [10], []]
    assert row(plant, "stock", item="B - component 1 [B - order X]")["quantity"] == 100
    # C, configured to order: to order down to the assembly and component 1, the rest from common stock.
    assert of("C - assembly [C - order 1]", "C - component 1 [C - order 2]") == [[10], [10]]
    assert of("C - subassembly", "C - component 2", "C - component 3") == [[20], [30], [30]]
    # E, by colour: enough green ones; of the yellow ones 5 of 20, and the smallest lot is 40.
    assert of("E - end item [green]", "E - end item [yellow]", "E - component 1 [yellow]") == [[], [40], [40]]
    assert run.demands["is_late"].sum() == 0


def test_names_may_use_any_script(folder: Path) -> None:
    plant = read(folder / "unicode_test.json")
    assert plant.as_of == NOW
    assert plant["site"]["code"].to_list() == ["€ ¥ $ £"]
    assert row(plant, "routing", item="ß ſ")["code"] == "< > \" ' & ` # = ;"
    assert row(plant, "bill_line", item="ß ſ")["component"] == "AEÆ aeæ OEŒ oeœ"


def test_the_distribution_demo_moves_fabric_between_factories(folder: Path) -> None:
    plant = read(folder / "demo.json")
    move = row(plant, "supply_term", supplier="factory 1", item="fabric", site="factory 2")
    assert (move["order_minimum"], move["lead_time_days"]) == (1000, 2)
    # A supplier without a location delivers wherever the item is needed.
    assert plant["supply_term"].filter(item="box")["site"].sort().to_list() == ["factory 1", "factory 2"]
    assert row(plant, "order", code="MO 0001")["state"] == "released"
    assert row(plant, "resource", code="weave in factory 1")["capacity"] == 3
