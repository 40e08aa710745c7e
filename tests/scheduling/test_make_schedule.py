"""From a snapshot to a schedule and into the database: orders, yields, crews, bookings, materials, moves, gates."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from types import SimpleNamespace

import numpy as np
import polars as pl
import pytest

from drumbeat.basics.findings import InputError
from drumbeat.data.snapshot import Snapshot
from drumbeat.planning.engine.problem import BUY, FAR_PAST, MAKE, MOVE, Receipts
from drumbeat.scheduling.actions import make_schedule, save_schedule
from drumbeat.scheduling.compile_problem import compile_problem
from drumbeat.scheduling.engine.check import check_schedule
from drumbeat.scheduling.engine.solve import solve

AS_OF = datetime(2026, 3, 2, 5, tzinfo=UTC)  # a Monday, 06:00 in Berlin


def at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 3, 2 + day, hour, minute, tzinfo=UTC)


def plant(**changes) -> Snapshot:
    """A plant with two mills and a welding cell, day shift 06:00 to 14:00 local; one order of ten."""
    days = ["mon", "tue", "wed", "thu", "fri"]
    frames = {
        "site": pl.DataFrame({"code": ["N"], "time_zone": ["Europe/Berlin"]}),
        "calendar": pl.DataFrame({"code": ["DAY"]}),
        "calendar_shift": pl.DataFrame(
            {"calendar": ["DAY"] * 5, "weekday": days, "start": [time(6)] * 5, "end": [time(14)] * 5}
        ),
        "resource": pl.DataFrame(
            {
                "code": ["M1", "M2", "W1"], "site": ["N"] * 3, "capability": ["mill", "mill", "weld"],
                "calendar": ["DAY"] * 3,
            }
        ),
        "item": pl.DataFrame({"code": ["A", "B"], "kind": ["make", "buy"]}),
        "routing": pl.DataFrame({"code": ["RA"], "item": ["A"], "site": ["N"]}),
        "operation": pl.DataFrame(
            {
                "code": ["O1", "O2"], "routing": ["RA"] * 2, "sequence": [10, 20], "capability": ["mill", "weld"],
                "setup_minutes": [30.0, 0.0], "run_minutes": [6.0, 3.0], "operation_yield": [0.5, 1.0],
            }
        ),
        "bill_line": pl.DataFrame({"item": ["A"], "component": ["B"], "quantity_per": [2.0], "scrap": [0.2]}),
        "stock": pl.DataFrame({"item": ["B"], "site": ["N"], "quantity": [1000.0]}),
        "order": pl.DataFrame({"code": ["1"], "site": ["N"], "item": ["A"], "quantity": [10.0], "due_at": [at(1, 12)]}),
    }  # fmt: skip
    frames |= changes
    return Snapshot.of(frames, AS_OF)


def tasks_of(snapshot, plan=None, seconds=0.2):
    run = make_schedule(snapshot, plan, seconds=seconds)
    assert not check_schedule(run.problem, run.result.schedule)
    return {row["task"]: row for row in run.tasks.iter_rows(named=True)}


def test_an_order_is_expanded_with_its_yields():
    rows = tasks_of(plant())
    assert list(rows) == ["1/10", "1/20"]
    first, second = rows["1/10"], rows["1/20"]
    assert (first["quantity"], second["quantity"]) == (20.0, 10.0)
    assert (first["resource"], first["starts_at"], first["ends_at"]) == ("M1", at(0, 5), at(0, 7, 30))
    assert (second["starts_at"], second["ends_at"], second["due_at"]) == (at(0, 7, 30), at(0, 8), at(1, 12))


def test_components_are_grossed_up_and_a_receipt_is_waited_for():
    order = pl.DataFrame({"code": ["P"], "item": ["B"], "site": ["N"], "quantity": [20.0], "due_at": [at(1, 9)]})
    stock = pl.DataFrame({"item": ["B"], "site": ["N"], "quantity": [30.0]})
    # 20 started x 2 / (1 - 0.2) = 50 are needed.
    rows = tasks_of(plant(stock=stock, purchase_order=order))
    assert rows["1/10"]["starts_at"] == at(1, 9)


def test_an_order_takes_what_its_bill_says_when_it_starts():
    tuesday, wednesday = (AS_OF.date() + timedelta(days=days) for days in (1, 2))
    bill = pl.DataFrame(
        {
            "item": ["A", "A"], "component": ["B", "C"], "quantity_per": [2.0, 3.0],
            "valid_from": [None, wednesday], "valid_to": [tuesday, None],
        }
    )  # fmt: skip
    item = pl.DataFrame({"code": ["A", "B", "C"], "kind": ["make", "buy", "buy"]})
    stock = pl.DataFrame({"item": ["B", "C"], "site": ["N"] * 2, "quantity": [40.0, 60.0]})
    order = pl.DataFrame(
        {
            "code": ["1", "2"],
            "site": ["N"] * 2,
            "item": ["A"] * 2,
            "quantity": [10.0] * 2,
            "release_at": [None, at(2, 9)],
        }
    )
    rows = tasks_of(plant(bill_line=bill, item=item, stock=stock, order=order))
    assert rows["1/10"]["starts_at"] == at(0, 5)
    assert rows["2/10"]["starts_at"] == at(2, 9)


def test_a_schedule_that_breaks_a_rule_is_never_handed_out(monkeypatch):
    def solve_badly(problem, **options):
        result = solve(problem, **options)
        return replace(result, schedule=replace(result.schedule, start=result.schedule.start - 7200))

    monkeypatch.setattr("drumbeat.scheduling.actions.solve", solve_badly)
    with pytest.raises(InputError, match="1/10"):
        make_schedule(plant(), seconds=0.1)


def test_missing_material_is_told():
    run = make_schedule(plant(stock=pl.DataFrame({"item": ["B"], "site": ["N"], "quantity": [49.0]})), seconds=0.2)
    assert run.result.worth.num_unscheduled == 2
    assert run.tasks["starts_at"].null_count() == 2
    lacking = "50 of B @ N are needed, 49 in stock and 0 to come"
    assert [finding.value for finding in run.findings] == [lacking, "1/10", "1/20"]
    assert [finding.remedy for finding in run.findings][1] == "Buy or make 1 more of B @ N"


def test_a_booking_and_maintenance_close_a_machine():
    booking = pl.DataFrame({"code": ["X"], "resource": ["M1"], "starts_at": [at(0, 5)], "ends_at": [at(0, 13)]})
    care = pl.DataFrame({"code": ["C"], "resource": ["M2"], "due_at": [at(0, 6)], "crew_hours": [2.0]})
    rows = tasks_of(plant(booking=booking, maintenance_order=care))
    # M2 works one hour, pauses for two, and goes on for an hour and a half.
    assert (rows["1/10"]["resource"], rows["1/10"]["ends_at"]) == ("M2", at(0, 9, 30))


def test_crews_are_pools_of_people_less_absence():
    people = {
        "skill": pl.DataFrame({"code": ["WELD"]}),
        "person": pl.DataFrame({"code": ["P1", "P2"], "site": ["N"] * 2, "calendar": ["DAY"] * 2}),
        "person_skill": pl.DataFrame({"person": ["P1", "P2"], "skill": ["WELD"] * 2, "level": [2, 1]}),
        "crew_need": pl.DataFrame({"operation": ["O2"], "skill": ["WELD"]}),
        "absence": pl.DataFrame({"person": ["P1"], "starts_at": [at(0, 5)], "ends_at": [at(1, 5)]}),
    }
    rows = tasks_of(plant(**people))
    # P2 only learns; P1 is back on Tuesday.
    assert rows["1/20"]["starts_at"] == at(1, 5)
    assert rows["1/20"]["resources"] == "W1, WELD @ N"


def test_transfer_lots_overlap():
    operation = plant()["operation"].with_columns(transfer_lot=pl.Series([5.0, 0.0]))
    rows = tasks_of(plant(operation=operation))
    # After the setup and five pieces at 6 minutes; not before 5 x 3 minutes are left after the last lot.
    assert rows["1/20"]["starts_at"] == at(0, 7, 15)
    assert rows["1/20"]["ends_at"] == at(0, 7, 45)


def test_a_started_task_goes_on_and_a_gate_holds_one_back():
    task = pl.DataFrame(
        {
            "code": ["a", "b"], "order": ["1", "1"], "operation": ["O1", "O2"], "sequence": [10, 20],
            "quantity": [20.0, 10.0], "state": ["started", "open"], "resource": ["M2", None],
            "starts_at": [datetime(2026, 3, 2, 4, tzinfo=UTC), None],
        }
    )  # fmt: skip
    gate = pl.DataFrame({"code": ["g"], "order": ["1"], "task": ["b"], "due_at": [at(0, 10)]})
    rows = tasks_of(plant(task=task, gate=gate))
    assert (rows["a"]["resource"], rows["a"]["starts_at"], rows["a"]["ends_at"]) == ("M2", at(0, 5), at(0, 6, 30))
    assert rows["b"]["starts_at"] == at(0, 10)


def test_setup_matrices_know_any_other_family():
    changes = {
        "setup_matrix": pl.DataFrame({"code": ["S"]}),
        "setup_change": pl.DataFrame(
            {"setup_matrix": ["S"] * 3, "from_family": ["*", "red", "*"], "to_family": ["*", "blue", "blue"],
             "minutes": [10.0, 30.0, 20.0]}
        ),
        "resource": pl.DataFrame(
            {"code": ["M1"], "site": ["N"], "capability": ["mill"], "setup_matrix": ["S"], "set_up_for": ["red"]}
        ),
        "item": pl.DataFrame({"code": ["A", "B"], "kind": ["make", "buy"], "setup_family": ["blue", ""]}),
    }  # fmt: skip
    compiled = compile_problem(plant(**changes))
    assert compiled.problem.setups.families.tolist() == ["blue", "red"]
    assert (compiled.problem.setups.seconds[0] / 60).tolist() == [[0, 10], [30, 0], [20, 10]]


@dataclass
class Planned:
    """What scheduling reads of a plan: an order each of three methods, all open since ever; nothing is on its way."""

    orders: pl.DataFrame
    as_of: datetime = AS_OF

    @property
    def places(self):
        return self.orders.select("item", "site")

    @property
    def problem(self):
        kind = np.array([MAKE, MOVE, BUY], dtype=np.int8)
        methods = SimpleNamespace(kind=kind, taking=kind, valid_from=np.full(3, FAR_PAST), routing_keys=[])
        return SimpleNamespace(methods=methods, receipts=Receipts())

    @property
    def result(self):
        seconds = (self.orders["due_at"] - self.orders["start_at"]).dt.total_seconds().to_numpy()
        orders = SimpleNamespace(method=np.arange(3), start=np.zeros(3, np.int64), need=seconds)
        return SimpleNamespace(orders=orders)

    def list_coming(self):
        return self.orders


def test_planned_orders_and_moves_are_scheduled():
    sites = pl.DataFrame({"code": ["N", "S"], "time_zone": ["Europe/Berlin"] * 2})
    none = pl.DataFrame({"item": ["B"], "site": ["S"], "quantity": [50.0]})
    orders = pl.DataFrame(
        {
            "code": ["M-000001", "T-000001", "B-000001"], "method": ["make", "move", "buy"], "item": ["A", "B", "B"],
            "site": ["N", "N", "S"], "source": [None, "S", "V"], "quantity": [10.0, 50.0, 5.0],
            "start_at": [at(1, 5), at(0, 8), at(0, 5)], "due_at": [at(2, 5), at(0, 20), at(1, 5)],
            "priority": [2.0, 1.0, 1.0],
        }
    )  # fmt: skip
    rows = tasks_of(plant(site=sites, stock=none, order=plant()["order"].clear()), Planned(orders))
    assert (rows["T-000001/10"]["starts_at"], rows["T-000001/10"]["ends_at"]) == (at(0, 8), at(0, 20))
    assert rows["M-000001/10"]["starts_at"] == at(1, 5)


def test_an_order_without_a_routing_is_told():
    run = make_schedule(plant(routing=plant()["routing"].clear(), operation=plant()["operation"].clear()), seconds=0.2)
    assert run.problem.num_tasks == 0
    assert run.findings.shown[0].value == "1"


@pytest.mark.django_db
def test_a_schedule_is_kept_as_it_was_made():
    run = make_schedule(plant(order=plant()["order"].with_columns(due_at=pl.lit(at(0, 6)))), seconds=0.2)
    kept = save_schedule(run, 7, at(0, 6))
    assert (kept.plan_id, kept.num_tasks, kept.num_late) == (7, 2, 1)
    task = kept.tasks.get(task="1/20")
    assert (task.starts_at, task.resource, task.quantity) == (at(0, 7, 30), "W1", 10.0)
    order = kept.orders.get()
    assert order.late_seconds == 7200
    assert sum(wait["seconds"] for wait in order.waits) == 3 * 3600


def test_nothing_to_make_is_an_empty_schedule():
    run = make_schedule(plant(order=plant()["order"].clear()), seconds=0.2)
    assert run.tasks.height == run.orders.height == 0


def test_what_setups_cost_and_who_is_paid_while_waiting_reach_the_engine():
    changes = {
        "setup_matrix": pl.DataFrame({"code": ["S"]}),
        "setup_change": pl.DataFrame(
            {
                "setup_matrix": ["S", "S"], "from_family": ["*", "RED"], "to_family": ["*", "BLUE"],
                "minutes": [10.0, 30.0], "cost": [Decimal(5), Decimal(40)],
            }
        ),
        "item": pl.DataFrame({"code": ["A", "B"], "kind": ["make", "buy"], "setup_family": ["RED", ""]}),
        "resource": pl.DataFrame(
            {
                "code": ["M1", "W1"], "site": ["N"] * 2, "capability": ["mill", "weld"], "setup_matrix": ["S", None],
                "set_up_for": ["BLUE", ""], "cost_per_hour": [Decimal(90), Decimal(60)],
                "is_paid_when_idle": [False, True],
            }
        ),
    }  # fmt: skip
    compiled = compile_problem(plant(**changes)).problem
    families = compiled.setups.families.tolist()
    red, blue = families.index("RED"), families.index("BLUE")
    assert compiled.setups.cost[0, red, blue] == 40
    assert compiled.setups.cost[0, blue, red] == 5
    assert compiled.resources.hold_pay.tolist() == [0.0, 60.0]
    assert len(compile_problem(plant()).problem.setups.cost) == 0
    assert len(compile_problem(plant()).problem.resources.hold_pay) == 0
