"""What a facilitator takes away of a cohort: each column is filled as it was played, nothing tells what is hidden."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from drumbeat.lab import actions, actions_cohort
from drumbeat.lab.export_cohort import SCHEMAS
from drumbeat.lab.models import Game, Seat, StoredDebrief
from drumbeat.lab.read_scenario import read_shipped
from tests.lab.make_told import make_told
from tests.lab.test_actions import NOW
from tests.lab.test_measure import add_user, gather, play_to_end

pytestmark = pytest.mark.django_db
OLD_TOLD = json.loads((Path(__file__).parent / "old_debrief.json").read_text(encoding="utf-8"))
FORMULA = "=HYPERLINK(1)"


def read_sheets(client: Any, number: int) -> dict[str, pl.DataFrame]:
    body = io.BytesIO(client.get(f"/lab/cohorts/{number}/export.xlsx").content)
    return pl.read_excel(body, sheet_id=0, engine="calamine")  # type: ignore[no-any-return, call-overload]


def test_the_workbook_holds_what_a_facilitator_needs_and_nothing_hidden() -> None:
    (lead, leads), (ada, _), (bob, _) = add_user("lead", "planner"), add_user("ada"), add_user("bob")
    cohort = gather(lead, "Forge")
    for user, role in ((ada, "director"), (bob, "finance")):
        actions_cohort.join_cohort(user, cohort.code, NOW)
        actions_cohort.assign_seat(lead, cohort.pk, Seat.objects.get(user=user).pk, team="Forge", role=role)
    play_to_end(ada, actions_cohort.begin_transfer(ada, cohort.pk, "before", NOW))
    game = Game.objects.get(team__name="Forge")
    actions.buy_information(bob, game.pk, "count", NOW)
    actions.decide(ada, game.pk, "half", 0.85, NOW, assumptions=("the crew stays", "no snow"), pre_mortem=FORMULA)
    answers = actions.defend(ada, game.pk, NOW, evidence=("count",), cost=1.0)["made"][0]["answers"]
    actions.write_note(bob, game.pk, NOW, text="bobs doubts", option="all", probability=0.4)
    actions.play(ada, game.pk, NOW)
    play_to_end(ada, game)
    play_to_end(ada, actions_cohort.begin_transfer(ada, cohort.pk, "after", NOW))
    told = make_told()
    StoredDebrief.objects.create(game=game, made_at=NOW, data=told)
    StoredDebrief.objects.create(game=Game.objects.get(purpose="before"), made_at=NOW, data=OLD_TOLD)
    view = actions.read_view(lead, game.pk)
    sheets = read_sheets(leads, cohort.pk)

    assert {name: frame.columns for name, frame in sheets.items()} == {name: list(one) for name, one in SCHEMAS.items()}
    assert sheets["people"].rows() == [("ada", "Forge", "director"), ("bob", "Forge", "finance")]
    mine = sheets["games"].row(by_predicate=pl.col("purpose") == "play", named=True)
    assert (mine["name"], mine["team"], mine["scenario"], mine["phase"]) == ("Forge", "Forge", "record-quarter", "over")
    assert mine["earned"] == pytest.approx(actions.replay(game).value, abs=0.01)
    first = sheets["decisions"].row(by_predicate=(pl.col("purpose") == "play") & (pl.col("round") == 1), named=True)
    assert {name: first[name] for name in ("name", "team", "decided_by", "role", "probability", "pre_mortem")} == {
        "name": "Forge", "team": "Forge", "decided_by": "ada", "role": "director", "probability": 0.85,
        "pre_mortem": FORMULA,
    }  # fmt: skip
    assert first["chosen"] == view["made"][0]["name"]
    assert first["assumptions"] == "the crew stays; no snow"
    assert first["held"] == view["made"][0]["outcome"]
    assert first["reached"] == view["made"][0]["reached_text"]
    assert (first["asked"], first["agreed"]) == (len(answers), sum(one["agrees"] for one in answers))
    assert (first["cost"], first["cost_low"], first["cost_high"]) == (30_000, 20_000, 40_000)
    regret = sheets["regret"].row(by_predicate=pl.col("purpose") == "play", named=True)
    assert regret["information"] + regret["decision"] + regret["luck"] == regret["regret"] == 50_000
    assert (regret["luck_low"], regret["oracle"], regret["further_lucks"]) == (-30_000, 150_000, 8)
    assert regret["health: operational risk"] == 30
    old = sheets["regret"].row(by_predicate=pl.col("purpose") == "before", named=True)
    assert old["regret"] == pytest.approx(OLD_TOLD["regret"]["total"])
    assert old["luck_low"] is None
    of_play = sheets["mistakes"].filter(pl.col("purpose") == "play")
    assert of_play.rows() == [
        (game.pk, "Forge", "Forge", "play", one.round, one.kind, one.why)
        for one in sorted(actions.replay(game).mistakes, key=lambda one: one.round)
    ]
    assert of_play.height == mine["mistakes"] > 0
    learned = sheets["learning"].row(0, named=True)
    (measured,) = actions_cohort.measure_learning(lead, cohort.pk)
    assert learned["counted"]
    assert (learned["name"], learned["mistakes_before"]) == ("ada", measured["before"]["mistakes"])
    assert learned["brier_after"] == pytest.approx(measured["after"]["brier"])
    assert {"buy", "decide", "defend", "play", "note"} == set(sheets["log"]["kind"])
    assert "bobs doubts" in "".join(sheets["log"]["data"])

    text = " ".join(str(row) for frame in sheets.values() for row in frame.rows())
    scenario = read_shipped("record-quarter")
    seeds = [str(one.seed) for one in Game.objects.all()]
    for secret in (*(one.text for one in scenario.hidden), *scenario.good, *seeds):
        assert secret not in text


def test_a_cohort_in_which_nothing_was_played_has_its_columns() -> None:
    lead, leads = add_user("lead", "planner")
    cohort = actions_cohort.create_cohort(lead, "Empty", "record-quarter", NOW)
    sheets = read_sheets(leads, cohort.pk)
    assert {name: frame.columns for name, frame in sheets.items()} == {name: list(one) for name, one in SCHEMAS.items()}
    assert all(frame.height == 0 for frame in sheets.values())
