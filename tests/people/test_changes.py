"""Cross-training: who has a skill from when on, and in which pool a person then is."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from drumbeat.basics.findings import Findings
from drumbeat.data.snapshot import Snapshot
from drumbeat.data.stored_change import restore_change
from drumbeat.people.changes import TrainPerson
from drumbeat.scheduling.compile_resources import CalendarBook, compile_pools
from drumbeat.strategy.compile_people import list_holders

AS_OF = datetime(2026, 3, 2, tzinfo=UTC)
WEEK = 7 * 86_400


@pytest.fixture(scope="module")
def shop() -> Snapshot:
    """Three people who assemble and one who welds, each for eight hours on five days."""
    people = ["ANN", "BEA", "CID", "DAN"]
    skills = [{"person": name, "skill": "WELD" if name == "DAN" else "FIT", "level": 2} for name in people]
    rows: dict[str, list[dict[str, Any]]] = {
        "site": [{"code": "N"}],
        "calendar": [{"code": "DAY"}],
        "calendar_shift": [
            {"calendar": "DAY", "weekday": day, "start": time(6), "end": time(14)}
            for day in ("mon", "tue", "wed", "thu", "fri")
        ],
        "item": [{"code": "I"}],
        "routing": [{"code": "R", "item": "I", "site": "N"}],
        "operation": [{"code": "R/1", "routing": "R", "sequence": 1}, {"code": "R/2", "routing": "R", "sequence": 2}],
        "skill": [{"code": "FIT"}, {"code": "WELD"}],
        "crew_need": [{"operation": "R/1", "skill": "WELD"}, {"operation": "R/2", "skill": "FIT"}],
        "person": [{"code": name, "site": "N", "calendar": "DAY"} for name in people],
        "person_skill": skills,
    }
    return Snapshot.of({name: pl.DataFrame(data) for name, data in rows.items()}, AS_OF)


def hours(snapshot: Snapshot, weeks: int) -> dict[str, list[float]]:
    """Hours of people by pool and week."""
    book = CalendarBook(snapshot, weeks * WEEK, Findings())
    found = {}
    for name, times in compile_pools(snapshot, book).items():
        edges = [(w * WEEK, (w + 1) * WEEK) for w in range(weeks)]
        found[name] = [
            sum(
                max(min(end, high) - max(start, low), 0) * level / 3600
                for start, end, level in zip(times.open_start, times.open_end, times.level, strict=True)
            )
            for low, high in edges
        ]
    return found


def test_somebody_trained_now_is_in_the_scarcer_pool(shop: Snapshot) -> None:
    assert hours(shop, 2) == {"WELD @ N": [40, 40], "FIT @ N": [120, 120]}
    trained = shop.apply([TrainPerson("ANN", "WELD")])
    assert hours(trained, 2) == {"WELD @ N": [80, 80], "FIT @ N": [80, 80]}
    assert set(list_holders(trained).filter(pl.col("skill") == "WELD")["person"]) == {"ANN", "DAN"}


def test_somebody_trained_later_changes_pools_on_that_day(shop: Snapshot) -> None:
    trained = shop.apply([TrainPerson("ANN", "WELD", starts_at=AS_OF + timedelta(weeks=1))])
    assert hours(trained, 3) == {"WELD @ N": [40, 80, 80], "FIT @ N": [120, 80, 80]}
    assert trained["person_skill"]["certified_from"].drop_nulls().to_list() == [date(2026, 3, 9)]
    assert list_holders(trained).filter(pl.col("skill") == "WELD")["person"].to_list() == ["DAN"], "not yet"


@given(day=st.integers(0, 30), who=st.sampled_from(["ANN", "BEA", "CID"]))
def test_nobody_is_in_two_pools_and_no_hour_is_lost(shop: Snapshot, day: int, who: str) -> None:
    """Whatever the day: all pools together have the hours that the people have."""
    trained = shop.apply([TrainPerson(who, "WELD", starts_at=AS_OF + timedelta(days=day))])
    assert sum(map(sum, hours(trained, 4).values())) == pytest.approx(4 * 160)


def test_a_training_is_stored_and_refused_where_it_makes_no_sense(shop: Snapshot) -> None:
    change = TrainPerson("ANN", "WELD", 3, AS_OF + timedelta(weeks=4), 1500.0)
    assert restore_change(json.loads(json.dumps(change.to_json()))) == change
    for wrong, rule in (
        (TrainPerson("EVE", "WELD"), "the person exists"),
        (TrainPerson("ANN", "FLY"), "the skill exists"),
        (TrainPerson("ANN", "WELD", 4), "a level is 1, 2 or 3"),
        (TrainPerson("ANN", "WELD", cost=-1.0), "a cost is 0 or more"),
        (TrainPerson("ANN", "WELD", starts_at=datetime(2026, 4, 1)), "has a time zone"),  # noqa: DTZ001
        (TrainPerson("DAN", "WELD"), "does not have the skill"),
    ):
        assert any(rule in one.rule for one in wrong.check(shop.frames)), rule
    raised = shop.apply([TrainPerson("DAN", "WELD", 3)])
    assert raised["person_skill"].filter(pl.col("person") == "DAN")["level"].to_list() == [3], "in place of level 2"
