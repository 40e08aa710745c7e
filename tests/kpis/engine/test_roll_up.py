"""Line, site, region and enterprise are exactly what the facts say, whatever the facts."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from drumbeat.data.snapshot import Snapshot
from drumbeat.kpis.compile_problem import compile_problem
from drumbeat.kpis.engine.measure_cost import measure_cost
from drumbeat.kpis.engine.measure_delivery import measure_delivery, measure_variance
from drumbeat.kpis.engine.measure_effectiveness import measure_effectiveness
from drumbeat.kpis.engine.measure_upkeep import measure_upkeep
from drumbeat.kpis.engine.measure_yield import measure_yield
from drumbeat.kpis.engine.problem import Problem
from drumbeat.kpis.engine.result import Figure

AS_OF = datetime(2026, 3, 2, 5, tzinfo=UTC)
SITES = {"A1": "EAST", "A2": "EAST", "B1": "WEST", "C1": None}
MACHINES = {f"{site}-M{m}": (site, f"{site}-L{m % 2}") for site in SITES for m in range(3)}
STATES = ("run", "setup", "down", "maintenance", "idle", "starved", "blocked")


def measure(problem: Problem) -> list[Figure]:
    return [
        *measure_effectiveness(problem)[0], *measure_delivery(problem), *measure_variance(problem),
        *measure_yield(problem), *measure_upkeep(problem), *measure_cost(problem),
    ]  # fmt: skip


def plant(draw: Any) -> Snapshot:
    """Random facts of twelve machines at four sites in two regions (one site is in none)."""
    names = sorted(MACHINES)
    moments = st.integers(1, 18 * 7 * 24 * 60).map(lambda minutes: AS_OF - timedelta(minutes=minutes))
    events, reports, lines, orders, cares, costs = [], [], [], [], [], []
    for i in range(draw(st.integers(1, 25))):
        start, machine = draw(moments), draw(st.sampled_from(names))
        end = start + timedelta(minutes=draw(st.integers(1, 3000)))
        events.append({"code": f"E{i}", "resource": machine, "state": draw(st.sampled_from(STATES)),
                       "starts_at": start, "ends_at": end})  # fmt: skip
        amounts = [draw(st.floats(0, 300)) for _ in range(3)]
        reports.append({"code": f"Q{i}", "resource": machine, "operation": draw(st.sampled_from(["R/1", "R/2"])),
                        "item": "I", "starts_at": start, "ends_at": end, "order": None,
                        "good": amounts[0], "scrap": amounts[1], "rework": amounts[2]})  # fmt: skip
        site = MACHINES[machine][0]
        late = timedelta(minutes=draw(st.integers(-4000, 4000)))
        lines.append({"code": f"D{i}", "item": "I", "site": site, "quantity": 1.0, "due_at": start,
                      "delivered_at": start + late, "state": "delivered", "kind": "order"})  # fmt: skip
        orders.append({"code": f"O{i}", "site": site, "item": "I", "due_at": start, "state": "done"})
        reports[-1]["order"] = f"O{i}"
        cares.append({"code": f"X{i}", "resource": machine, "kind": "preventive", "due_at": start,
                      "ends_at": start + late, "state": "done"})  # fmt: skip
        day = date(2026, 3, 2) - timedelta(weeks=i % 16 + 1)
        hours = draw(st.floats(0, 500))
        booked = {"cost_centre": site, "period_start": day, "hours": hours, "amount": 7 * round(hours)}
        costs += [booked | {"account": account} for account in ("labour", "overtime")]
    unique = {(row["cost_centre"], row["period_start"], row["account"]): row for row in costs}
    frames = {
        "region": [{"code": "EAST"}, {"code": "WEST"}],
        "site": [{"code": site, "region": region} for site, region in SITES.items()],
        "line": [{"code": line, "site": site} for site, line in sorted(set(MACHINES.values()))],
        "calendar": [{"code": "DAY"}],
        "calendar_shift": [{"calendar": "DAY", "weekday": day, "start": time(6), "end": time(22)}
                           for day in ("mon", "wed")],
        "resource": [{"code": name, "site": site, "line": line, "calendar": "DAY", "kind": "machine"}
                     for name, (site, line) in MACHINES.items()],
        "item": [{"code": "I"}],
        "routing": [{"code": "R", "item": "I", "site": "A1"}],
        "operation": [{"code": f"R/{n}", "routing": "R", "sequence": n, "run_minutes": float(n)} for n in (1, 2)],
        "cost_centre": [{"code": site, "site": site} for site in SITES],
        "machine_event": events, "production_report": reports, "demand_line": lines, "order": orders,
        "maintenance_order": cares, "actual": list(unique.values()),
    }  # fmt: skip
    return Snapshot.of({name: pl.DataFrame(rows, infer_schema_length=None) for name, rows in frames.items()}, AS_OF)


def narrow(problem: Problem, level: str, scope: str) -> Problem:
    """The facts of a place alone."""
    sites = {site for site, region in SITES.items() if region == scope} if level == "region" else {scope}
    machines = [
        name for name, (site, line) in MACHINES.items() if (line == scope if level == "line" else site in sites)
    ]
    is_mine = pl.col("resource").is_in(machines)
    at_site = pl.col("site").is_in(list(sites))
    return replace(
        problem, events=problem.events.filter(is_mine), reports=problem.reports.filter(is_mine),
        places=problem.places.filter(is_mine), planned=problem.planned.filter(is_mine),
        demands=problem.demands.filter(at_site), orders=problem.orders.filter(at_site),
        cares=problem.cares.filter(at_site), costs=problem.costs.filter(at_site),
    )  # fmt: skip


@settings(max_examples=4, deadline=None)
@given(st.data())
def test_every_roll_up_is_the_recomputation_from_the_facts_exactly(data: st.DataObject) -> None:
    problem = compile_problem(plant(data.draw))
    figures = measure(problem)
    by_place: dict[tuple[str, str], dict[str, Figure]] = {}
    for figure in figures:
        by_place.setdefault((figure.level, figure.scope), {})[figure.key] = figure
    for (level, scope), mine in by_place.items():
        if level in {"enterprise", "cost centre"}:
            continue
        alone = {
            figure.key: figure for figure in measure(narrow(problem, level, scope)) if figure.level == "enterprise"
        }
        for key, figure in mine.items():
            # Bit for bit: sums are sums of whole numbers, divided once.
            assert figure.value == alone[key].value, (level, scope, key)
            assert [point.value for point in figure.series] == [point.value for point in alone[key].series]
            assert figure.n == alone[key].n
    # The parts of the places add up to the enterprise's, week by week.
    for key in ("oee", "on_time", "maintenance_compliance", "overtime_share", "schedule_variance", "first_pass_yield"):
        whole = by_place["enterprise", ""][key]
        sums: dict[datetime, list[float]] = {}
        for (level, _), mine in by_place.items():
            for point in mine[key].series if level == "site" and key in mine else ():
                total = sums.setdefault(point.start, [0.0, 0.0])
                total[0] += point.part
                total[1] += point.whole
        for point in whole.series:
            if point.start in sums and all(point.start >= f[key].series[0].start for (level, _), f in by_place.items()
                                           if level == "site" and key in f and f[key].series):  # fmt: skip
                assert (point.part, point.whole) == tuple(sums[point.start])
