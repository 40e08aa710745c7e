"""What the data say may go otherwise, by hand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest

from drumbeat.basics.findings import Findings
from drumbeat.data.snapshot import Snapshot
from drumbeat.maintenance.changes import ChangeReliability
from drumbeat.plant.changes import ChangeRate, ChangeYield
from drumbeat.scheduling.engine.problem import Materials
from drumbeat.twin.estimate_absence import DEFAULT_RATE, estimate_absence
from drumbeat.twin.estimate_failures import estimate_failures
from drumbeat.twin.estimate_lateness import estimate_lateness
from drumbeat.twin.estimate_run_times import DEFAULT_CV, estimate_run_times, estimate_scrap

NOW = datetime(2026, 3, 2, tzinfo=UTC)
DAY = 86_400


def reports(minutes, scrap=None, resource="M1"):
    size = len(minutes)
    return pl.DataFrame(
        {
            "code": [f"{resource}-{i}" for i in range(size)],
            "operation": ["R/10"] * size,
            "resource": [resource] * size,
            "starts_at": [NOW - timedelta(days=30)] * size,
            "ends_at": [NOW - timedelta(days=30) + timedelta(minutes=float(m)) for m in minutes],
            "good": [10.0 - s for s in (scrap or [0] * size)],
            "scrap": [float(s) for s in (scrap or [0] * size)],
        }
    )


def plant(**frames):
    operation = pl.DataFrame(
        {"code": ["R/10"], "routing": ["R"], "sequence": [10], "run_minutes": [1.0], "lot_minutes": [5.0]}
    )
    return Snapshot.of({"operation": operation, **frames}, NOW)


def test_run_times_by_operation_whatever_the_machine_and_the_night():
    around = np.tile(np.linspace(0.9, 1.1, 41), 1)
    slow, fast = reports(15 * 1.2 * around), reports(15 * 0.6 * around, resource="M2")
    night = reports([15 * 1.2 + 8 * 60] * 3).with_columns(code=pl.format("N-{}", pl.int_range(3)))
    found = estimate_run_times(plant(production_report=pl.concat([slow, fast, night]))).operations
    assert found["num_reports"].to_list() == [85]
    assert found["cv"][0] == pytest.approx(0.1 / 1.349, rel=0.1)
    assert 0.6 < found["ratio"][0] < 1.2


def test_few_reports_say_nothing():
    few = estimate_run_times(plant(production_report=reports([15.0] * 19)))
    assert (few.operations.height, few.num_reports, few.cv) == (0, 19, DEFAULT_CV)
    assert estimate_scrap(plant(production_report=reports([15.0] * 19))).height == 0
    assert estimate_run_times(plant()).num_reports == 0


def test_scrap_and_how_it_varies_from_lot_to_lot():
    steady = estimate_scrap(plant(production_report=reports([15.0] * 40, [1] * 40)))
    assert steady.row(0)[1:] == (0.1, 0.0, 40)
    wild = estimate_scrap(plant(production_report=reports([15.0] * 40, [0, 4] * 20)))
    # Half the lots lose 40 %: variance .04, of which .2 x .8 / 10 is chance.
    assert wild["share"][0] == pytest.approx(0.2)
    assert wild["spread"][0] == pytest.approx(((0.04 - 0.016) * (1 + 1 / 40)) ** 0.5)


def orders(*days_late, supplier="S1"):
    size = len(days_late)
    return pl.DataFrame(
        {
            "code": [f"{supplier}-{i}" for i in range(size)],
            "supplier": [supplier] * size,
            "item": ["I"] * size,
            "site": ["N"] * size,
            "quantity": [1.0] * size,
            "due_at": [NOW - timedelta(days=100)] * size,
            "received_at": [NOW - timedelta(days=100) + timedelta(days=float(d)) for d in days_late],
            "state": ["received"] * size,
        }
    )


def receipts(*codes):
    size = len(codes)
    return Materials(
        keys=np.array(["I @ N"], dtype=object), stock=np.zeros(1), receipt_material=np.zeros(size, np.int32),
        receipt_time=np.zeros(size, np.int64), receipt_quantity=np.ones(size),
        receipt_keys=np.array(codes, dtype=object),
    )  # fmt: skip


def test_lateness_from_deliveries_from_terms_and_from_nothing():
    history = orders(-1, 0, 0, 1, 2, 3, 5, 20)
    due = [NOW - timedelta(days=2), NOW + timedelta(days=9), NOW + timedelta(days=9)]
    still_open = pl.DataFrame(
        {
            "code": ["P1", "P2", "P3"], "supplier": ["S1", "S2", None], "from_site": [None, None, "SOUTH"],
            "item": ["I"] * 3, "site": ["N"] * 3, "quantity": [1.0] * 3, "due_at": due, "state": ["open"] * 3,
        }
    )  # fmt: skip
    terms = pl.DataFrame({"supplier": ["S2"], "item": ["I"], "site": ["N"], "lead_time_spread_days": [2.0]})
    items = pl.DataFrame({"code": ["I"], "lead_time_days": [10.0]})
    data = plant(purchase_order=pl.concat([history, still_open], how="diagonal"), supply_term=terms, item=items)
    findings = Findings()
    found = estimate_lateness(data, receipts("P1", "P2", "P3", "B-000001"), findings)
    assert found.suppliers == ["S1", "S2", "SOUTH"]
    assert found.supplier.tolist() == [0, 1, 2, 1]  # what is only planned comes from the usual supplier
    assert found.already_late_seconds.tolist() == [2 * DAY, 0, 0, 0]
    assert found.quantiles[0][[0, 100]].tolist() == [-DAY, 20 * DAY]
    assert found.quantiles[:, 50] / DAY == pytest.approx([1.5, 0, 0], abs=1e-9)
    assert found.quantiles[1:, 84] / DAY == pytest.approx([2.0, 1.0], rel=0.01)  # a tenth of the lead time
    assert {finding.value for finding in findings} == {"S2", "SOUTH"}
    assert (np.diff(found.quantiles, axis=1) >= 0).all()


def away(person, days_ago, days, reason="sick"):
    start = NOW - timedelta(days=days_ago)
    return {"person": person, "starts_at": start, "ends_at": start + timedelta(days=days), "reason": reason}


def test_absence_by_skill_with_that_of_all_and_a_usual_value_beside():
    people = pl.DataFrame({"code": ["A", "B"], "site": ["N", "N"]})
    skills = pl.DataFrame({"person": ["A", "B"], "skill": ["WELD", "PAINT"]})
    rows = [away("A", 200 - 30 * i, 1.4) for i in range(6)] + [away("A", 90, 14, "holiday")]
    found = estimate_absence(plant(person=people, person_skill=skills, absence=pl.DataFrame(rows)))
    # 6 absences of 2 begun days in 400 days of two people; 4 more of 2 days in 200, as usual. Holidays do not count.
    begun = 10 / (400 + 200)
    assert found["WELD", "N"].rate == pytest.approx((6 + 4) / (200 + 4 / begun) * 2)
    assert found["PAINT", "N"].rate == pytest.approx(4 / (200 + 4 / begun) * 2)
    assert found["WELD", "N"].spell_days == 2.0
    assert found["WELD", "N"].log_error < found["PAINT", "N"].log_error
    assert found["PAINT", "N"].said_by == "0 absences of people with the skill, 6 of all"
    many = rows + [away("B", 3 + 1.9 * i, 0.9) for i in range(100)]
    busy = estimate_absence(plant(person=people, person_skill=skills, absence=pl.DataFrame(many)))
    assert busy["PAINT", "N"].rate == pytest.approx(0.5, rel=0.08)  # a day away, a day there: the data say all


def test_absence_of_which_nothing_is_kept_is_usual():
    people = pl.DataFrame({"code": ["A"], "site": ["N"]})
    skills = pl.DataFrame({"person": ["A"], "skill": ["WELD"]})
    found = estimate_absence(plant(person=people, person_skill=skills))["WELD", "N"]
    assert (found.rate, found.said_by) == (pytest.approx(DEFAULT_RATE), "nothing")
    assert estimate_absence(plant()) == {}


def stops(resource, *spans, state="down", reason=""):
    """Events of a machine: hours before now, from and to (None = still so)."""
    return pl.DataFrame(
        {
            "code": [f"{resource}-{state}-{i}" for i in range(len(spans))],
            "resource": [resource] * len(spans),
            "state": [state] * len(spans),
            "starts_at": [NOW - timedelta(hours=begin) for begin, _ in spans],
            "ends_at": [None if end is None else NOW - timedelta(hours=end) for _, end in spans],
            "reason": [reason] * len(spans),
        },
        schema_overrides={"ends_at": pl.Datetime("us", "UTC")},
    )


def machines(*codes, capability="MILL"):
    return pl.DataFrame({"code": codes, "site": ["N"] * len(codes), "capability": [capability] * len(codes)})


def test_failures_come_from_stops_and_cut_lives_count_as_cut():
    """Three machines, a stop every 50 h for 2 h over 400 h; one of them is down now."""
    events = []
    for shift, code in ((10, "M1"), (20, "M2"), (30, "M3")):
        spans = [(400 - 52 * i - shift, 398 - 52 * i - shift) for i in range(7)]
        events += [stops(code, *spans), stops(code, (400, 0), state="idle")]
    events.append(stops("M1", (1, None), reason="again"))
    data = plant(resource=machines("M1", "M2", "M3"), machine_event=pl.concat(events))
    findings = Findings()
    modes = estimate_failures(data, ["M1", "M2", "M3"], findings)
    assert [mode.resource for mode in modes] == ["M1", "M2", "M3"]
    assert all(not mode.is_busy_clock for mode in modes)  # nobody says when they worked
    assert [mode.life.mean for mode in modes] == pytest.approx([50, 50, 50], rel=0.15)
    assert [mode.repair.mean for mode in modes] == pytest.approx([2, 2, 2], rel=0.2)
    assert modes[0].life.num_running == 0  # it is down, nothing runs
    assert modes[1].life.num_running == 1
    note = next(finding for finding in findings if "too few" in finding.rule)
    assert note.rule.startswith("7 to 8 stops: too few; with those of like machines, 22 in all")
    assert note.value == "M1, M2, M3"


def test_lives_in_busy_time_count_hours_at_work():
    """It works half of the time: 60 h between stops are 30 h of work."""
    work = [(600 - 4 * i, 598 - 4 * i) for i in range(150)]
    events = pl.concat(
        [stops("M1", *[(600 - 60 * i, 599.5 - 60 * i) for i in range(10)]), stops("M1", *work, state="run")]
    )
    data = plant(resource=machines("M1"), machine_event=events)
    mode = estimate_failures(data, ["M1"], Findings())[0]
    assert mode.is_busy_clock
    assert mode.life.mean == pytest.approx(30, rel=0.05)


def test_few_stops_leave_what_is_stated_and_many_correct_it():
    stated = pl.DataFrame(
        {"code": ["F1"], "resource": ["M1"], "clock": ["calendar"], "mean_hours": [500.0], "repair_mean_hours": [1.0]}
    )
    few = plant(resource=machines("M1"), failure_mode=stated, machine_event=stops("M1", (100, 99), (50, 49)))
    findings = Findings()
    mode = estimate_failures(few, ["M1"], findings)[0]
    assert (mode.life.mean, mode.said_by) == (500.0, "its failure mode")
    assert "as stated" in next(iter(findings)).rule
    many = plant(
        resource=machines("M1"),
        failure_mode=stated,
        machine_event=stops("M1", *[(1000 - 20 * i, 999 - 20 * i) for i in range(50)]),
    )
    findings = Findings()
    mode = estimate_failures(many, ["M1"], findings)[0]
    assert mode.life.mean == pytest.approx(19, rel=0.05)
    assert mode.said_by == "its own events"
    assert any(finding.severity == "warning" and "500 h" in finding.rule for finding in findings)


def test_no_events_and_no_modes_never_fail():
    findings = Findings()
    assert estimate_failures(plant(resource=machines("M1")), ["M1"], findings) == []
    assert "never fails" in next(iter(findings)).rule
    assert estimate_failures(plant(), [], Findings()) == []


def test_rare_long_stops_are_played_as_seen():
    """One report in fifty lasts six times as long: the spread stays that of the others, the tail is kept."""
    around = np.exp(0.1 * np.tile(np.array([-1.3, -0.7, -0.3, 0.0, 0.3, 0.7, 1.3]), 60))
    around[::50] *= 6
    found = estimate_run_times(plant(production_report=reports(15 * around)))
    assert found.cv == pytest.approx(0.1, rel=0.15)
    assert len(found.quantiles) > 0
    assert np.exp(found.cv * found.quantiles[0, -5:]).min() > 3
    assert np.exp(found.cv * found.quantiles[0, 500]) == pytest.approx(1.0, abs=0.02)
    calm = estimate_run_times(plant(production_report=reports(15 * np.exp(0.1 * np.linspace(-1.5, 1.5, 50)))))
    assert len(calm.quantiles) == 0


def test_stops_and_closed_nights_inside_a_report_are_no_run_time():
    shift = pl.DataFrame({"calendar": ["C"] * 7, "weekday": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"],
                          "start": ["06:00"] * 7, "end": ["22:00"] * 7}).with_columns(
        pl.col("start", "end").str.to_time("%H:%M")
    )  # fmt: skip
    day = NOW - timedelta(days=30)
    rows = reports([15.0] * 30).with_columns(
        starts_at=pl.lit(day + timedelta(hours=21)), ends_at=pl.lit(day + timedelta(hours=30, minutes=45))
    )
    down = stops("M1", (30 * 24 - 30.25, 30 * 24 - 30.75))
    data = plant(
        production_report=rows, machine_event=down, calendar_shift=shift,
        site=pl.DataFrame({"code": ["N"], "time_zone": ["UTC"]}),
        resource=machines("M1").with_columns(calendar=pl.lit("C")),
    )  # fmt: skip
    # 21:00 to 06:45 next day: 8 closed hours, half an hour down, 75 minutes of work on a standard of 15.
    assert estimate_run_times(data).operations["ratio"].to_list() == pytest.approx([5.0])


def test_suppliers_with_few_deliveries_borrow_those_of_all():
    history = pl.concat([orders(*np.linspace(-2, 8, 80), supplier="S1"), orders(1, 2, supplier="S9")])
    still_open = pl.DataFrame(
        {"code": ["P9"], "supplier": ["S9"], "item": ["I"], "site": ["N"], "quantity": [1.0],
         "due_at": [NOW + timedelta(days=9)], "state": ["open"]}
    )  # fmt: skip
    findings = Findings()
    data = plant(purchase_order=pl.concat([history, still_open], how="diagonal"))
    found = estimate_lateness(data, receipts("P9"), findings)
    assert found.quantiles[0, 50] / DAY == pytest.approx(2.5, abs=1.0)
    assert found.quantiles[0, -1] / DAY > 6
    assert found.sets.shape == (50, 1, 101)
    assert (np.diff(found.sets, axis=2) >= 0).all()
    assert found.sets[:, 0, 50].std() > 0
    assert "2 deliveries: too few" in next(iter(findings)).rule


def test_what_a_what_if_changes_counts_although_the_events_are_of_the_plant_before():
    """Lives, run times and scrap are known from the past alone; the change moves them in its own proportion."""
    stated = pl.DataFrame(
        {"code": ["F1"], "resource": ["M1"], "clock": ["calendar"], "mean_hours": [500.0], "repair_mean_hours": [1.0]}
    )
    events = stops("M1", *[(1000 - 20 * i, 999 - 20 * i) for i in range(50)])
    data = plant(resource=machines("M1"), failure_mode=stated, machine_event=events)
    before = estimate_failures(data, ["M1"], Findings())[0]
    surer = data.apply([ChangeReliability("M1", life_factor=2.0, repair_factor=0.5)])
    findings = Findings()
    after = estimate_failures(surer, ["M1"], findings)[0]
    assert after.life.mean == pytest.approx(2 * before.life.mean)
    assert after.repair.mean == pytest.approx(0.5 * before.repair.mean)
    assert after.said_by == "its own events"
    data = plant(production_report=reports([16.5] * 40, [1] * 40))
    faster = data.apply([ChangeRate(1.25, operation="R/10")])
    assert estimate_run_times(faster).ratio == pytest.approx(16.5 / 15)  # against the standard of the reports' time
    assert faster["operation"]["run_minutes"].to_list() == [0.8]
    perfect = data.apply([ChangeYield("R/10", 0.99)])  # stated without a loss: what is stated now comes on top
    assert estimate_scrap(perfect)["share"].to_list() == pytest.approx([0.11])
    better = perfect.apply([ChangeYield("R/10", 1.0)])
    assert estimate_scrap(better)["share"].to_list() == pytest.approx([0.1])
    lossy = plant(production_report=reports([15.0] * 40, [1] * 40))
    lossy = Snapshot.of({**lossy.frames, "operation": lossy["operation"].with_columns(operation_yield=0.8)}, NOW)
    assert estimate_scrap(lossy.apply([ChangeYield("R/10", 0.9)]))["share"].to_list() == pytest.approx([0.05])
    assert estimate_scrap(lossy)["share"].to_list() == pytest.approx([0.1])
