"""What the data say may go otherwise, by hand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest

from drumbeat.basics.findings import Findings
from drumbeat.data.snapshot import Snapshot
from drumbeat.scheduling.engine.problem import Materials
from drumbeat.twin.estimate_absence import DEFAULT_RATE, estimate_absence
from drumbeat.twin.estimate_lateness import estimate_lateness
from drumbeat.twin.estimate_run_times import estimate_run_times, estimate_scrap

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
    found = estimate_run_times(plant(production_report=pl.concat([slow, fast, night])))
    assert found["num_reports"].to_list() == [85]
    assert found["cv"][0] == pytest.approx(0.1 / 1.349, rel=0.1)
    assert 0.6 < found["ratio"][0] < 1.2


def test_few_reports_say_nothing():
    assert estimate_run_times(plant(production_report=reports([15.0] * 19))).height == 0
    assert estimate_scrap(plant(production_report=reports([15.0] * 19))).height == 0
    assert estimate_run_times(plant()).height == 0


def test_scrap_and_how_it_varies_from_lot_to_lot():
    steady = estimate_scrap(plant(production_report=reports([15.0] * 40, [1] * 40)))
    assert steady.row(0)[1:] == (0.1, 0.0, 40)
    wild = estimate_scrap(plant(production_report=reports([15.0] * 40, [0, 4] * 20)))
    # Half the lots lose 40 %: variance .04, of which .2 x .8 / 10 is chance.
    assert wild["share"][0] == pytest.approx(0.2)
    assert wild["spread"][0] == pytest.approx((0.04 - 0.016) ** 0.5)


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


def test_absence_by_skill_else_of_all_else_usual():
    people = pl.DataFrame({"code": ["A", "B"], "site": ["N", "N"]})
    skills = pl.DataFrame({"person": ["A", "B"], "skill": ["WELD", "PAINT"]})
    rows = [away("A", 200 - 30 * i, 1.4) for i in range(6)] + [away("A", 90, 14, "holiday")]
    found = estimate_absence(plant(person=people, person_skill=skills, absence=pl.DataFrame(rows)))
    assert found["WELD", "N"].rate == pytest.approx(6 * 2 / 200)  # begun days count, holidays do not
    assert found["WELD", "N"].spell_days == 2.0
    assert found["PAINT", "N"].rate == DEFAULT_RATE
    rows += [away("B", 3 + 5 * i, 0.9) for i in range(4)] + [away("A", 100 + 7 * i, 0.9) for i in range(10)]
    found = estimate_absence(plant(person=people, person_skill=skills, absence=pl.DataFrame(rows)))
    assert found["PAINT", "N"].said_by == "20 absences of all people"
    assert found["PAINT", "N"].rate == pytest.approx((12 + 14) / 400)
    assert estimate_absence(plant()) == {}
