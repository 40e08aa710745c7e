"""An order whose item has two routings alike is made by the one that suits the plant: from tables to a schedule."""

from __future__ import annotations

import polars as pl
import pytest

from drumbeat.data.snapshot import Snapshot
from drumbeat.scheduling.compile_problem import compile_problem
from drumbeat.scheduling.plan_finitely import plan_finitely
from drumbeat.twin.actions import simulate
from tests.scheduling.test_rules_from_tables import AS_OF, at, frames, schedule, table


def two_routings(orders=("P",), priorities=(1, 1), busy=None, **others) -> dict[str, pl.DataFrame]:
    """Gears are milled and ground, 1 h and 1 h, or made in one step of 1.5 h on the centre."""
    machines = [{"code": code, "capability": code} for code in ("MILL", "GRIND", "CENTRE")]
    codes = ("BY-CENTRE", "BY-MILL")
    rows = {
        "item": table({"code": "GEAR"}),
        "routing": table(
            *(
                {"code": code, "item": "GEAR", "site": "N", "priority": priority}
                for code, priority in zip(codes, priorities, strict=True)
            )
        ),
        "operation": table(
            {"code": "M1", "routing": "BY-MILL", "sequence": 10, "capability": "MILL", "run_minutes": 60.0},
            {"code": "M2", "routing": "BY-MILL", "sequence": 20, "capability": "GRIND", "run_minutes": 60.0},
            {"code": "C1", "routing": "BY-CENTRE", "sequence": 10, "capability": "CENTRE", "run_minutes": 90.0},
        ),
    }
    if busy:
        rows["booking"] = table({"code": "B", "resource": busy, "starts_at": at(0), "ends_at": at(9)})
    made = [{"code": code, "item": "GEAR", "quantity": 1.0, "due_at": at(1)} for code in orders]
    return frames(machines, made, **{**rows, **others})


@pytest.mark.parametrize("busy", ["MILL", "CENTRE", None])
def test_the_route_whose_machines_are_free_is_taken(tmp_path, busy):
    rows, run, snapshot = schedule(tmp_path, two_routings(busy=busy))
    ends = {code: row["ends_at"] for code, row in rows.items()}
    if busy == "CENTRE":
        assert ends == {"P/BY-CENTRE/10": None, "P/BY-MILL/10": at(1), "P/BY-MILL/20": at(2)}
    else:
        assert ends["P/BY-MILL/10"] is ends["P/BY-MILL/20"] is None
    if busy == "MILL":
        assert ends["P/BY-CENTRE/10"] == at(1.5)
    assert not run.findings.num_errors
    assert run.orders["ends_at"].to_list() == [max(end for end in ends.values() if end)]
    # The twin does not miss what was left out.
    assert simulate(snapshot, run, replications=20).orders["p95_end"].null_count() == 0


def test_orders_share_both_routes(tmp_path):
    """One is made on the centre, one by the mill; the third is late by 2 h either way, and says behind whom."""
    _, run, _ = schedule(tmp_path, two_routings(orders=("P", "Q", "R")))
    late = run.orders.filter(pl.col("ends_at") > at(2))
    assert late["ends_at"].to_list() == [at(3)]
    used = run.tasks.filter(pl.col("starts_at").is_not_null())["task"].str.extract("/(.*)/")
    assert set(used) == {"BY-MILL", "BY-CENTRE"}
    waits = late["waits"][0].to_list()
    assert sum(wait["seconds"] for wait in waits) == 3 * 3600
    assert any("behind order" in wait["cause"] for wait in waits)


@pytest.mark.parametrize(("priorities", "routing"), [((2, 1), None), ((1, 1), "BY-MILL")])
def test_what_is_preferred_or_named_is_no_choice(priorities, routing):
    """A lower routing is taken by orders that name it only."""
    tables = two_routings(priorities=priorities)
    tables["order"] = tables["order"].with_columns(routing=pl.lit(routing, pl.String))
    compiled = compile_problem(Snapshot.of(tables, AS_OF), has_routes=True)
    assert compiled.tasks["task"].to_list() == ["P/10", "P/20"]
    assert not len(compiled.problem.tasks.choice)


def test_each_route_takes_and_makes_what_it_does(tmp_path):
    """Two in three come off the mill whole: it takes 3 steel for 2 gears, the centre 2, and 2 are there."""
    tables = two_routings(
        item=table({"code": "GEAR"}, {"code": "STEEL"}),
        bill_line=table({"item": "GEAR", "component": "STEEL", "quantity_per": 1.0}),
        stock=table({"item": "STEEL", "site": "N", "quantity": 2.0}),
    )
    tables["order"] = tables["order"].with_columns(quantity=pl.lit(2.0))
    tables["operation"] = tables["operation"].with_columns(operation_yield=pl.Series([2 / 3, 1.0, 1.0]))
    problem = compile_problem(Snapshot.of(tables, AS_OF), has_routes=True).problem
    uses = {
        str(problem.tasks.keys[t]): problem.materials.quantity[a:b].tolist()
        for t, (a, b) in enumerate(
            zip(problem.materials.task_ptr[:-1].tolist(), problem.materials.task_ptr[1:].tolist(), strict=True)
        )
    }
    assert uses["P/BY-CENTRE/10"] == [-2.0]
    assert uses["P/BY-MILL/10"] == pytest.approx([-3.0])
    assert uses["P/BY-MILL/20"] == []
    rows, run, _ = schedule(tmp_path, tables)
    assert rows["P/BY-CENTRE/10"]["ends_at"] == at(3)  # two pieces; the mill would lack steel
    assert run.findings.num_errors == 0


def test_a_finite_plan_takes_the_first_preferred_routing():
    compiled = compile_problem(Snapshot.of(two_routings(), AS_OF))
    assert compiled.tasks["task"].to_list() == ["P/10"]
    assert plan_finitely(Snapshot.of(two_routings(), AS_OF)) is not None
