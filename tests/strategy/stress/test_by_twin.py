"""Losses that the twin plays: what is gone on the floor, what it costs beside the linear program, pages and command."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.test import Client

from drumbeat.basics.findings import InputError
from drumbeat.cli.main import main
from drumbeat.data.snapshot import Snapshot
from drumbeat.strategy.actions import find_weaknesses, read_weaknesses, save_by_twin, save_weaknesses
from drumbeat.strategy.choose_trial import choose_trial
from drumbeat.strategy.compile_network import compile_network
from drumbeat.strategy.disturb_floor import disturb_floor
from drumbeat.strategy.engine.result import Weakness
from drumbeat.strategy.list_stress_nodes import Node, StressTerms, list_nodes
from drumbeat.strategy.models import StoredStress
from drumbeat.strategy.play_plant import PlayTerms
from drumbeat.strategy.run_stress import run_stress, save_played, save_stress
from drumbeat.strategy.stress_by_twin import TwinStress, stress_by_twin
from drumbeat.strategy.weak_by_twin import weak_by_twin
from drumbeat.twin.compile_floor import CompiledFloor, FloorTerms, compile_floor
from drumbeat.web.models import Job
from tests.demo_company import demo_company

NOW = datetime(2026, 3, 2, tzinfo=UTC)
FEW = PlayTerms(replications=3)
KEYS = {"line/GR-ASSY-1": 1_380_062.0, "people/AALEN": 0.0, "supplier/BRENZ": 181_782.0}


@pytest.fixture(scope="module")
def company() -> Snapshot:
    """The demo company."""
    return demo_company()


@pytest.fixture(scope="module")
def nodes(company: Snapshot) -> dict[str, Node]:
    """What may be lost of it."""
    return {node.key: node for node in list_nodes(compile_network(company), company, StressTerms())}


@pytest.fixture(scope="module")
def floor(company: Snapshot) -> CompiledFloor:
    """Its floor."""
    return compile_floor(company, FloorTerms(weeks=4))


@pytest.fixture(scope="module")
def found(company: Snapshot) -> TwinStress:
    """Three losses played."""
    return stress_by_twin(company, KEYS, StressTerms(), FEW)


@pytest.fixture(scope="module")
def weak(company: Snapshot) -> list[Weakness]:
    """Its weaknesses."""
    return find_weaknesses(company)


def test_machines_of_a_line_stop(company: Snapshot, nodes: dict[str, Node], floor: CompiledFloor) -> None:
    lost = disturb_floor(floor, nodes["line/GR-ASSY-1"], StressTerms(), company)
    assert lost is not None
    stopped = lost.outages.machine[lost.outages.ptr[-2] : lost.outages.ptr[-1]]
    assert set(floor.machines["resource"].gather(stopped.tolist())) == set(nodes["line/GR-ASSY-1"].members)
    assert (lost.outages.window_start[-1], lost.outages.window_end[-1]) == (0.0, 6 * 604_800.0)


def test_people_of_a_skill_are_away_and_come_back(
    company: Snapshot, nodes: dict[str, Node], floor: CompiledFloor
) -> None:
    node = nodes["skill/AALEN/AA-TIG"]
    week = replace(node, disruption=replace(node.disruption, weeks=1.0))
    lost = disturb_floor(floor, week, StressTerms(), company)
    assert lost is not None
    place = floor.pools["pool"].to_list().index("AA-TIG @ AALEN")

    def level(pools: Any, second: float) -> int:
        low, high = pools.ptr[place], pools.ptr[place + 1]
        return int(pools.size[low:high][np.searchsorted(pools.at[low:high], second, side="right") - 1])

    usual = floor.problem.pools
    moments = np.arange(0, 4 * 604_800, 3600.0)
    assert max(level(usual, second) for second in moments) > 0
    for second in moments:
        assert level(lost.pools, second) == (0 if second < 604_800 else level(usual, second))
    others = disturb_floor(floor, nodes["people/AALEN"], StressTerms(), company)
    assert others is not None
    assert (others.pools.size.sum(), len(others.pools.keys)) != (usual.size.sum(), 0)
    assert (others.pools.overtime <= others.pools.size).all()


def test_what_a_supplier_alone_delivers_does_not_come(
    company: Snapshot, nodes: dict[str, Node], floor: CompiledFloor
) -> None:
    alone = company["supply_term"].filter(~(company["supply_term"]["supplier"] == "VALSESIA"))
    only = Snapshot.of({**company.frames, "supply_term": alone}, company.as_of)
    lost = disturb_floor(floor, nodes["supplier/BRENZ"], StressTerms(), only)
    assert lost is not None
    cut = np.flatnonzero(lost.materials.outage >= 0)
    assert {floor.materials["item"][int(b)] for b in cut} >= {"CH-110", "CH-120"}
    late = np.isin(lost.materials.receipt_material, cut)
    assert (lost.materials.receipt_time[late] >= nodes["supplier/BRENZ"].disruption.weeks * 604_800).all()
    assert (np.diff(lost.materials.receipt_time) >= 0).all()
    assert disturb_floor(floor, nodes["demand/all"], StressTerms(), company) is None


def test_twin_and_linear_program_agree_where_nobody_can_react(found: TwinStress) -> None:
    """The last line of a plant: nothing is finished while it stands still."""
    told = {one.key: one for one in found.losses}
    line = told["line/GR-ASSY-1"]
    assert line.played.behind.value == pytest.approx(line.program_loss, rel=0.25)
    assert line.played.felt.p50 == 1.0
    assert line.played.recovered.p50 >= 6.0
    assert line.horizon == 19
    assert "the linear program" in line.words
    people = told["people/AALEN"].played
    assert people.behind.value < 0.05 * people.usual  # hardly felt
    assert [finding.value for finding in found.findings] == ["supplier/BRENZ"], "others deliver the same"
    json.dumps(line.as_json(), allow_nan=False)


def test_equal_seeds_give_equal_plays_on_any_number_of_cores(company: Snapshot, found: TwinStress) -> None:
    only = {"line/GR-ASSY-1": KEYS["line/GR-ASSY-1"]}
    again = stress_by_twin(company, only, StressTerms(), replace(FEW, cores=2))
    assert again.losses[0].as_json()["behind"] == found.losses[0].as_json()["behind"]


@pytest.mark.parametrize("keys", [{}, {"line/NONE": 1.0}, {"demand/all": 1.0}])
def test_what_cannot_be_played_is_refused(company: Snapshot, keys: dict[str, float]) -> None:
    with pytest.raises(InputError):
        stress_by_twin(company, keys)
    with pytest.raises(InputError, match="is played 2 to"):
        PlayTerms(replications=1)


def test_weaknesses_tell_what_they_cost_if_left(company: Snapshot, weak: list[Weakness]) -> None:
    """Each of the first ones has a sentence; what cannot be played says so; the others are as they were."""
    chosen = {one.kind: choose_trial(company, one) for one in weak}
    backlog, cover = chosen["maintenance backlog"], chosen["shift cover"]
    assert backlog is not None and backlog.play == "goes on"  # noqa: PT018
    assert all(change.life_factor < 1 for change in backlog.changes)  # type: ignore[attr-defined]
    assert cover is not None and cover.play == "happens"  # noqa: PT018
    assert chosen["structural overtime"] is None
    kinds = ("maintenance backlog", "structural overtime", "shift cover")
    three = [one for one in weak if one.kind in kinds]
    played = weak_by_twin(company, three, FEW, weeks=3, top=2)
    assert [one.kind for one in played] == [one.kind for one in three]
    assert all(one.by_twin["words"] for one in played[:2])
    assert played[2].by_twin == {}
    told = {one.kind: one.by_twin for one in played}
    assert told["maintenance backlog"]["cost"]["low"] <= told["maintenance backlog"]["cost"]["high"]
    overtime = told["structural overtime"]
    assert overtime["basis"] == "books"
    assert 0 < overtime["cost"]["low"] < overtime["cost"]["value"] < overtime["cost"]["high"]
    # Three weeks like the thirteen on record, which are what the weakness puts at risk.
    at_risk = next(one.money_at_risk for one in three if one.kind == "structural overtime")
    assert overtime["cost"]["value"] == pytest.approx(at_risk * 3 / 13, rel=0.15)
    assert weak_by_twin(company, [], FEW) == []


@pytest.mark.django_db
def test_what_was_played_is_stored_and_shown(
    company: Snapshot, found: TwinStress, weak: list[Weakness], client_as: Callable[..., Client]
) -> None:
    """Beside the newest tests and weaknesses: on the pages, over the API, for planners of all sites."""
    run = run_stress(company, only=["line/GR-ASSY-1", "supplier/BRENZ"])
    stored = save_stress(run, StressTerms(), NOW)
    save_played(stored.pk, found)
    assert set(StoredStress.objects.get().played) == set(KEYS)
    viewer = client_as("viewer")
    assert "By the twin" in viewer.get("/strategy/stress/").content.decode()
    node = viewer.get("/strategy/stress/node/line/GR-ASSY-1/").content.decode()
    assert "Linear program" in node
    assert "gap-drawing" in node
    assert "Read its loss by linear program" in viewer.get("/strategy/stress/node/supplier/BRENZ/").content.decode()
    answer: Any = viewer.get("/api/stress-tests/latest")
    assert answer.json()["played"]["line/GR-ASSY-1"]["recovered"]["share"] == 1.0
    book: Any = viewer.get("/strategy/stress/export.xlsx")
    assert book.content[:2] == b"PK"

    planner = client_as("planner")
    assert planner.post("/strategy/stress/play/", {"key": ["line/GR-ASSY-1"]}).status_code == 302
    assert Job.objects.get(kind="stress-twin").arguments["keys"] == ["line/GR-ASSY-1"]
    Job.objects.all().delete()
    planner.post("/strategy/stress/play/", {})
    planner.post("/strategy/stress/play/", {"key": ["line/NONE"]})
    assert not Job.objects.filter(kind="stress-twin").exists()
    assert client_as("planner", "AALEN").post("/strategy/stress/play/", {"key": ["line/GR-ASSY-1"]}).status_code == 403

    save_weaknesses(weak[:2], company.version, NOW)
    assert [one.subject for one in read_weaknesses()] == [one.subject for one in weak[:2]]
    cost = {"words": "If it goes on: 5 EUR are lost.", "cost": {"value": 5, "low": 4, "high": 6}, "currency": "EUR",
            "late_hours": {"value": 1, "low": 0, "high": 2}, "replications": 3}  # fmt: skip
    assert save_by_twin([replace(weak[0], by_twin=cost), weak[1]]) == 1
    page = planner.get("/weaknesses/").content.decode()
    assert "If it goes on: 5 EUR are lost." in page
    assert "not played by the twin yet" in page
    assert planner.post("/weaknesses/play/").status_code == 302
    assert client_as("planner", "AALEN").post("/weaknesses/play/").status_code == 403


def test_the_command_plays_the_worst(company: Snapshot, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "plant"
    company.write(folder)
    words = ["stress", str(folder), "--lose", "line/GR-ASSY-1", "--by-twin", "1", "--plays", "2"]
    assert main(words) == 0
    assert "By the twin" in capsys.readouterr().out
    assert main([*words, "--json"]) == 0
    assert "line/GR-ASSY-1" in json.loads(capsys.readouterr().out)["played"]
