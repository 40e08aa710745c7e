"""Finding in snapshots, storing, and staying quiet."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import polars as pl
import pytest

from drumbeat.basics.findings import InputError
from drumbeat.data.snapshot import Snapshot
from drumbeat.plant.models import Company
from drumbeat.strategy import models
from drumbeat.strategy.actions import find_weaknesses, read_same_data, save_weaknesses
from drumbeat.strategy.compile_problem import compile_problem
from tests.strategy.noise_plant import AS_OF, MACHINES, make_noise_plant


def test_empty_snapshot_has_no_weakness() -> None:
    assert find_weaknesses(Snapshot.of({}, datetime(2026, 1, 1, tzinfo=UTC))) == []


def test_noise_plant_is_quiet_and_what_is_broken_in_it_is_found() -> None:
    plant = make_noise_plant(3)
    assert find_weaknesses(plant) == []
    alone = plant["person_skill"].filter(~pl.col("person").is_in(["LATE1", "LATE2"]))
    broken = Snapshot.of({**plant.frames, "person_skill": alone}, plant.as_of)
    assert [(w.kind, w.subject) for w in find_weaknesses(broken)] == [("shift cover", "WELD")]


def test_order_of_rows_is_nothing() -> None:
    plant = make_noise_plant(1)
    turned = Snapshot.of({name: frame.reverse() for name, frame in plant.frames.items()}, plant.as_of)
    assert find_weaknesses(turned) == find_weaknesses(plant) != []


@pytest.mark.slow
def test_noise_raises_few_alarms() -> None:
    """Twenty plants of pure noise: at most one is called weak (4 of 200 were, when this was written)."""
    alarms = [seed for seed in range(20) if find_weaknesses(make_noise_plant(seed))]
    assert len(alarms) <= 1, alarms


def test_load_comes_from_open_orders_or_from_the_schedule() -> None:
    plant = make_noise_plant(3)
    compiled = compile_problem(plant)
    hours = float((plant["order"]["quantity"].sum() or 0) * 4 * 6 / 60)
    assert compiled.loads["hours"].sum() == pytest.approx(hours)
    # A pair of machines shares the work of its step evenly.
    by_machine = dict(compiled.machine_loads.group_by("resource").agg(pl.col("hours").sum()).iter_rows())
    assert by_machine == pytest.approx(dict.fromkeys(MACHINES, hours / 8))

    # From 13:00 to 07:00 the machine is open for 9 + 1 hours.
    start = datetime(2026, 3, 2, 13, tzinfo=UTC)
    tasks = pl.DataFrame(
        {
            "order": ["O1"], "item": ["P1"], "site": ["N"], "operation": ["R1/0"], "resource": ["M0"],
            "starts_at": [start], "ends_at": [start + timedelta(hours=18)], "due_at": [AS_OF + timedelta(days=9)],
        }
    ).with_columns(pl.col("starts_at", "ends_at", "due_at").cast(pl.Datetime("us", "UTC")))  # fmt: skip
    scheduled = compile_problem(plant, SimpleNamespace(tasks=tasks))  # type: ignore[arg-type]
    assert scheduled.loads.select("order", "hours").rows() == [("O1", pytest.approx(10.0))]
    assert scheduled.machine_loads.select("resource", "hours").rows() == [("M0", pytest.approx(10.0))]


def test_setup_belongs_to_the_family_it_was_made_for() -> None:
    plant = make_noise_plant(3)
    setups = compile_problem(plant).setups
    assert set(setups["family"]) == {"F0", "F1", "F2", "F3"}
    first = plant["machine_event"].filter(pl.col("code") == "M0-0-setup").row(0, named=True)
    week = setups.filter((pl.col("resource") == "M0") & (pl.col("week") == 12) & (pl.col("family") == "F0"))
    fifth = plant["machine_event"].filter(pl.col("code") == "M0-4-setup").row(0, named=True)
    hours = sum((event["ends_at"] - event["starts_at"]).total_seconds() / 3600 for event in (first, fifth))
    assert week["setup_hours"].to_list() == pytest.approx([hours], abs=1e-3)
    assert week["setups"].to_list() == [2]
    named = plant["machine_event"].with_columns(
        pl.when(pl.col("code") == "M0-0-setup")
        .then(pl.lit("changed to f3"))
        .otherwise(pl.col("reason"))
        .alias("reason")
    )
    told = compile_problem(Snapshot.of({**plant.frames, "machine_event": named}, AS_OF)).setups
    moved = told.filter((pl.col("resource") == "M0") & (pl.col("week") == 12)).select("family", "setups").rows()
    assert dict(moved) == {"F0": 1, "F1": 1, "F2": 1, "F3": 2}


def test_exposure_follows_the_bill_of_material() -> None:
    problem = compile_problem(make_noise_plant(3))
    exposure = {row["item"]: row for row in problem.exposure.iter_rows(named=True)}
    assert exposure["B0"]["products"] == exposure["B1"]["products"]
    assert [product["product"] for product in exposure["B7"]["products"]] == ["P3"]
    assert sum(exposure[f"B{i}"]["share"] for i in range(0, 8, 2)) == pytest.approx(1.0)
    value = problem.value("N")
    assert value.contribution_per_week == pytest.approx(90 * 50 * 40 / 13, rel=0.05)
    assert value.busy_hours_per_week[value.constraint] == max(value.busy_hours_per_week.values())


@pytest.mark.django_db
def test_weaknesses_are_stored_with_the_version_of_the_data() -> None:
    plant = make_noise_plant(1)
    found = find_weaknesses(plant)
    moment = datetime(2026, 3, 2, 6, tzinfo=UTC)
    save_weaknesses(found, plant.version, moment)
    stored = models.Weakness.objects.get()
    assert (stored.version, stored.found_at, stored.rank, stored.kind) == (plant.version, moment, 1, found[0].kind)
    assert stored.evidence == [dict(row) for row in found[0].evidence]
    assert (stored.value, stored.low, stored.high) == (found[0].value, found[0].low, found[0].high)
    save_weaknesses([], plant.version, moment)
    assert models.Weakness.objects.count() == 1


@pytest.mark.django_db
def test_weaknesses_are_played_on_their_own_data_alone() -> None:
    """Also where the company states no moment: then its data are those of the search's moment."""
    assert read_same_data().version  # before the first search: the data as they are
    moment = datetime(2026, 3, 2, 6, tzinfo=UTC)
    found = find_weaknesses(make_noise_plant(1))
    plant = Snapshot.read_database(as_of=moment)
    save_weaknesses(found, plant.version, moment + timedelta(hours=1), moment)
    assert read_same_data().version == plant.version
    Company.objects.update_or_create(code="OTHER", defaults={"name": "Other"})
    with pytest.raises(InputError, match="on the data in which it was found"):
        read_same_data()


def test_absence_is_a_share_of_shift_hours() -> None:
    """Six people, 26 weeks of 5 shifts of 8 h; one is away for two whole weeks, one for a night's hours only."""
    plant = make_noise_plant(3)
    away = pl.DataFrame(
        {
            "person": ["EARLY0", "LATE0", "EARLY1"],
            "starts_at": [AS_OF - timedelta(weeks=4), AS_OF - timedelta(days=3, hours=5), AS_OF - timedelta(weeks=90)],
            "ends_at": [AS_OF - timedelta(weeks=2), AS_OF - timedelta(days=3), AS_OF - timedelta(weeks=80)],
        }
    )
    absent = Snapshot.of({**plant.frames, "absence": away}, plant.as_of)
    assert compile_problem(absent).absence_share == pytest.approx({"N": 80 / (6 * 26 * 40)})
    assert compile_problem(plant).absence_share == {}
