"""Designs against today on the same luck: differences that are there are found, those that are not are nought."""

from __future__ import annotations

import html
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.test import Client

from drumbeat.basics.findings import Findings
from drumbeat.basics.progress import Cancelled
from drumbeat.cli.main import main
from drumbeat.data.models import WhatIf
from drumbeat.data.snapshot import Snapshot
from drumbeat.data.what_if import edit_what_if, open_what_if
from drumbeat.plant.models import Site
from drumbeat.twin import compare_read, jobs
from drumbeat.twin.compare import ComparisonRun, compare
from drumbeat.twin.compare_read import make_design, read_designs
from drumbeat.twin.compare_verdict import tell_amount, tell_chance
from drumbeat.twin.measure_design import KPIS, Design, Effort
from drumbeat.twin.models import Comparison
from drumbeat.web.models import Job
from tests.twin.compare_plant import SAME, SECOND_PRESS, SLOWER, WRONG, plant

EFFORT = Effort(replications=200, seconds=0.2, cores=1)


@pytest.fixture(scope="module")
def today() -> Snapshot:
    return plant()


@pytest.fixture(scope="module")
def run(today: Snapshot) -> ComparisonRun:
    designs = [
        Design("Today", today, Findings()),
        make_design(today, "Second press", [SECOND_PRESS]),
        make_design(today, "Slower", [SLOWER]),
        make_design(today, "Wrong", [WRONG, WRONG]),
        make_design(today, "Nothing", []),
        make_design(today, "More caps", [SAME]),
    ]
    return compare(designs, EFFORT)


def test_the_better_design_is_found_and_the_worse_one_told(run: ComparisonRun) -> None:
    first = run.kpis[0]
    assert [one.kpi.name for one in run.kpis] == [one.name for one in KPIS]
    earned, held = run.kpis[5], run.kpis[6]
    # Eight orders of 50 at 12 less 4 are all done within four weeks, whatever breaks down; the second press does them
    # sooner, so that less money is in work.
    assert [one.mean.value for one in earned.summaries] == pytest.approx([8 * 50 * 8.0] * 5)
    assert held.summaries[1].mean.value < held.summaries[0].mean.value
    assert 0 < held.summaries[0].mean.value < 8 * 50 * 4.0
    assert run.designs[run.best].name == "Second press"
    assert first.differences[1].low > 0
    assert first.differences[2].high < 0
    assert first.better[1] > 0.99
    assert first.weighing.probability_best[1] > 0.99
    assert first.weighing.expected_loss[0] == pytest.approx(first.differences[1].value, abs=0.02)
    assert run.verdict.startswith("Second press is better than Today with more than 99.9 %")
    assert "lose" in run.verdict
    plain = run.as_json()
    assert [one["verdict"] for one in plain["designs"]][2].startswith("worse")
    json.dumps(plain, allow_nan=False)


def test_designs_that_change_nothing_differ_by_nothing(run: ComparisonRun) -> None:
    names = [design.name for design in run.designs]
    for name in ("Nothing", "More caps"):
        number = names.index(name)
        np.testing.assert_array_equal(run.played[number].values, run.played[0].values)
        for one in run.kpis:
            assert one.differences[number] == (0, 0, 0)
            assert one.better[number] == 0.5
        assert run.changed[name].height == 0


def test_a_design_that_fails_is_told_with_all_its_findings_and_the_others_go_on(run: ComparisonRun) -> None:
    assert len(run.designs) == 5
    ((design, findings),) = run.failed
    assert design.name == "Wrong"
    assert {one.place for one in findings} == {"change 1, resource", "change 2, resource"}


def test_the_figures_are_what_the_replications_say(run: ComparisonRun) -> None:
    values, orders = run.played[2].values, run.played[2].orders
    share = run.played[2].on_time.mean(axis=0)
    np.testing.assert_allclose(values[0], share)
    np.testing.assert_array_equal(values[1], share == 1)
    np.testing.assert_allclose(values[3], values[2] * 50)
    np.testing.assert_allclose(orders["probability"].to_numpy(), run.played[2].on_time.mean(axis=1))
    assert (values[4] > 0).all()
    changed = run.changed["Slower"]
    assert changed.height > 0
    gains = np.abs(changed["gain"].to_numpy())
    assert (np.diff(gains) <= 0).all()
    assert (changed["gain_low"] <= changed["gain"]).all()
    assert (changed["gain"] <= changed["gain_high"]).all()


def test_equal_data_give_equal_answers_on_any_number_of_cores(today: Snapshot, run: ComparisonRun) -> None:
    designs = [Design("Today", today, Findings()), make_design(today, "Slower", [SLOWER])]
    again = compare(designs, Effort(replications=200, seconds=0.2, cores=2))
    np.testing.assert_array_equal(again.played[1].values, run.played[2].values)


def test_one_design_and_none(today: Snapshot) -> None:
    alone = compare([Design("Today", today, Findings())], EFFORT)
    assert alone.best == 0
    assert "nothing to compare" in alone.verdict
    assert alone.kpis[0].weighing.probability_best.tolist() == [1]
    nobody = compare([make_design(today, "Wrong", [WRONG])], EFFORT)
    assert nobody.kpis == ()
    assert nobody.best == -1
    assert nobody.as_json()["best"] == ""
    assert compare([], EFFORT).designs == ()


def test_a_plant_without_orders_is_compared_all_the_same() -> None:
    empty = plant(order=[])
    told = compare([Design("Today", empty, Findings()), make_design(empty, "Press", [SECOND_PRESS])], EFFORT)
    assert "no design differs" in told.verdict


def test_equal_names_and_odd_efforts_are_refused(today: Snapshot) -> None:
    with pytest.raises(ValueError, match="distinct names"):
        compare([Design("Today", today, Findings())] * 2, EFFORT)
    for wrong in ({"replications": 1}, {"seconds": 0}, {"seconds": float("nan")}):
        with pytest.raises(ValueError, match="2 replications"):
            Effort(**wrong)


def test_cancel_stops_it(today: Snapshot) -> None:
    def cancel(fraction: float, message: str) -> None:
        if fraction > 0.4:
            raise Cancelled

    with pytest.raises(Cancelled):
        compare([Design("Today", today, Findings()), make_design(today, "Slower", [SLOWER])], EFFORT, cancel)


@pytest.mark.django_db
def test_designs_are_found_by_whatever_names_them(today: Snapshot, tmp_path: Path) -> None:
    today.write(tmp_path / "plant")
    (tmp_path / "press.json").write_text(json.dumps([SECOND_PRESS]), encoding="utf-8")
    open_what_if("Slower press", [SLOWER])
    words = [str(tmp_path / "plant"), str(tmp_path / "press.json"), "slower-press", "SLOWER PRESS", "no-such"]
    found = read_designs(today, words)
    assert [one.name for one in found] == ["Today", "plant", "press", "Slower press", "Slower press (2)", "no-such"]
    assert found[1].snapshot is not None
    assert found[1].snapshot.version == today.version
    assert found[3].code == "slower-press"
    assert found[-1].snapshot is None
    assert "a folder, a workbook" in str(found[-1].findings.shown[0])


def test_words_for_numbers() -> None:
    share, hours = KPIS[0], KPIS[2]
    assert tell_amount(0.002, share) == "0.2 points"
    assert tell_amount(0.125, share) == "12 points"
    assert tell_amount(1e-6, share) == "less than 0.01 points"
    assert tell_amount(0.0, hours) == "nothing"
    assert tell_amount(1234.5, hours) == "1,234 h"
    assert [tell_chance(p) for p in (1.0, 0.997, 0.5, 0.0)] == ["more than 99.9 %", "99.7 %", "50 %", "less than 0.1 %"]


@pytest.mark.django_db
def test_the_command_prints_a_table_json_and_what_is_wrong(
    today: Snapshot, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("drumbeat.cli.compare.open_database", lambda: None)
    today.write(tmp_path / "plant")
    (tmp_path / "press.json").write_text(json.dumps([SECOND_PRESS]), encoding="utf-8")
    (tmp_path / "wrong.json").write_text(json.dumps([WRONG]), encoding="utf-8")
    options = ["--base", str(tmp_path / "plant"), "--replications", "50", "--seconds", "0.2", "--cores", "1"]
    assert main(["compare", str(tmp_path / "press.json"), *options]) == 0
    shown = capsys.readouterr()
    assert "press is better than Today" in " ".join(shown.out.split())
    assert "Orders that change most: press" in shown.out
    code = main(["compare", str(tmp_path / "press.json"), str(tmp_path / "wrong.json"), *options, "--json"])
    assert code == 1
    plain = json.loads(capsys.readouterr().out)
    assert [one["name"] for one in plain["failed"]] == ["wrong"]
    assert plain["best"] == "press"


@pytest.mark.django_db
def test_the_command_keeps_and_shows_what_ifs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("drumbeat.cli.what_if.open_database", lambda: None)
    path = tmp_path / "press.toml"
    path.write_text('name = "Press"\n[[change]]\nkind = "plant.AddMachine"\ncode = "P2"\nlike = "P1"\n', "utf-8")
    assert main(["what-if", str(path)]) == 0
    assert "Add machine: code P2, like P1" in capsys.readouterr().out
    assert main(["what-if", "press", "--json"]) == 0
    (tmp_path / "again.json").write_text(capsys.readouterr().out, encoding="utf-8")
    assert main(["what-if", str(tmp_path / "again.json")]) == 0
    assert WhatIf.objects.count() == 2
    assert main(["what-if"]) == 0
    assert main(["what-if", "--kinds"]) == 0
    assert "plant.AddMachine" in capsys.readouterr().out
    assert main(["what-if", "nothing"]) == 1


@pytest.fixture
def stored(today: Snapshot, monkeypatch: pytest.MonkeyPatch) -> Snapshot:
    """Today's data as the site reads them."""
    Site.objects.create(code="NORTH")
    Site.objects.create(code="SOUTH")
    monkeypatch.setattr(Snapshot, "read_database", classmethod(lambda cls, **_: today))
    return today


@pytest.mark.django_db
def test_a_what_if_is_made_changed_and_judged_on_its_page(stored: Snapshot, client_as: Callable[..., Client]) -> None:
    planner = client_as("planner")
    asked = {"name": "Press", "changes": json.dumps([SECOND_PRESS]), "origin": "/plan/late/", "site": ""}
    assert planner.post("/what-if-open/", asked).headers["Location"] == "/what-if/press/"
    page = planner.get("/what-if/press/")
    assert page.context["changes"] == ["Add machine: code P2, like P1"]
    assert 'href="/plan/late/"' in page.content.decode()
    assert "fits" in planner.get("/what-if/press/findings/").content.decode()
    form = planner.get("/what-if/press/change/?kind=plant.AddShift")
    assert b"calendar_shift" not in form.content
    assert b'<option value="sat"' in form.content
    given = {"change-calendar": "DAY", "change-weekday": "sat", "change-start": "06:00", "change-end": "14:00"}
    refused = planner.post("/what-if/press/change/?kind=plant.AddShift", given)
    assert refused.status_code == 422  # the calendar is not stored in this database
    assert "There is no calendar" in refused.content.decode()
    stale = {"seen": "2020-01-01T00:00:00+00:00", "row": "0"}
    shown = planner.post("/what-if/press/remove-change/", stale, follow=True)
    assert "nobody changed it since you saw it" in shown.content.decode()
    assert len(WhatIf.objects.get().changes) == 1
    planner.post("/what-if/press/remove-change/", {"row": "7"})
    assert len(WhatIf.objects.get().changes) == 1
    planner.post("/what-if/press/copy/")
    planner.post("/what-if/press/texts/", {"name": "Press two", "note": "why"})
    planner.post("/what-if/press/remove-change/", {"row": "0"})
    assert WhatIf.objects.get(code="press").changes == []
    assert WhatIf.objects.get(code="press").name == "Press two"
    planner.post("/what-if/press-copy/remove/")
    assert not WhatIf.objects.filter(code="press-copy").exists()


@pytest.mark.django_db
def test_a_change_is_edited_and_brought_forward(stored: Snapshot, client_as: Callable[..., Client]) -> None:
    planner = client_as("planner")
    made = open_what_if("Two", [SLOWER | {"resource": None, "operation": "R/10"}, SECOND_PRESS])
    planner.post("/what-if/two/remove-change/", {"up": "1"})
    made.refresh_from_db()
    assert [one["kind"] for one in made.changes] == ["plant.AddMachine", "plant.ChangeRate"]
    page = planner.get("/what-if/two/change/?row=1")
    assert 'value="0.7"' in page.content.decode()
    assert planner.get("/what-if/two/change/?row=9").status_code == 404
    assert planner.get("/what-if/two/change/?kind=plant.Explode").status_code == 404
    assert planner.post("/what-if/two/change/?row=1", {"seen": "yesterday"}).status_code == 404


@pytest.mark.django_db
@pytest.mark.parametrize("changes", ["{", "{}", "7", '[{"kind": "plant.Explode"}]', "[[[[1]]]]", "[null]"])
def test_odd_changes_are_refused_in_words(changes: str, stored: Snapshot, client_as: Callable[..., Client]) -> None:
    asked = {"name": "Odd", "changes": changes, "origin": "https://elsewhere.example/", "site": ""}
    answer = client_as("planner").post("/what-if-open/", asked)
    assert answer.headers["Location"] == "/what-if/"
    assert not WhatIf.objects.exists()


@pytest.mark.django_db
def test_who_has_one_site_sees_and_makes_what_ifs_there(stored: Snapshot, client_as: Callable[..., Client]) -> None:
    everywhere = open_what_if("All", [SECOND_PRESS])
    south = open_what_if("South", [], site="SOUTH")
    planner = client_as("planner", "NORTH")
    assert planner.get(f"/what-if/{everywhere.code}/").status_code == 404
    assert planner.get(f"/what-if/{south.code}/").status_code == 404
    assert planner.post("/what-if-open/", {"name": "X", "site": ""}).status_code == 403
    assert planner.post("/what-if-open/", {"name": "X", "site": "SOUTH"}).status_code == 403
    assert planner.post("/what-if-open/", {"name": "North"}).headers["Location"] == "/what-if/north/"
    assert WhatIf.objects.get(code="north").site == "NORTH"
    assert client_as("viewer", "NORTH").get("/what-if/north/").status_code == 200
    assert client_as("viewer", "NORTH").post("/what-if/north/copy/").status_code == 403
    assert planner.post("/what-if-compare/", {"code": ["all"]}).headers["Location"] == "/what-if/"
    assert not Job.objects.exists()
    other = client_as("planner")
    made = open_what_if("Mine", [], author=None)
    assert other.post(f"/what-if/{made.code}/remove/").status_code == 403
    assert client_as("manager").post(f"/what-if/{made.code}/remove/").status_code == 302


@pytest.mark.django_db
def test_chosen_what_ifs_are_compared_by_a_job_and_shown(stored: Snapshot, client_as: Callable[..., Client]) -> None:
    for name, changes in (("Press", [SECOND_PRESS]), ("Slow", [SLOWER]), ("Bad", [WRONG])):
        open_what_if(name, changes, site="NORTH")
    planner = client_as("planner", "NORTH")
    planner.post("/what-if-compare/", {"code": ["press", "slow", "bad"]})
    job = Job.objects.get()
    assert job.arguments["site"] == "NORTH"
    done = jobs.compare_job(job.arguments | {"replications": 60}, lambda fraction, message: None)
    found = Comparison.objects.get()
    assert done["url"] == f"/what-if/compare/{found.pk}/"
    page = planner.get(done["url"])
    text = page.content.decode()
    assert "Press is better than Today" in text
    assert "Bad cannot be played" in text
    assert "Orders that change most: Slow" in text
    assert page.context["figures"][0]["rows"][1]["tone"] == "good"
    for row in page.context["figures"][0]["rows"]:
        assert 0 <= row["left"] <= row["p50_at"] <= 100
    assert "Press is better" in planner.get("/what-if/").content.decode()
    assert "Press is better" in planner.get("/what-if/press/").content.decode()
    assert client_as("viewer", "SOUTH").get(done["url"]).status_code == 404
    assert client_as("viewer", "NORTH").get(done["url"]).status_code == 200
    WhatIf.objects.filter(code="press").delete()
    with pytest.raises(Exception, match="is stored"):
        jobs.compare_job(job.arguments, lambda fraction, message: None)
    assert planner.get(done["url"]).status_code == 200


@pytest.mark.django_db
def test_two_at_once_do_not_undo_each_other() -> None:
    open_what_if("Shared", [])
    mine, yours = WhatIf.objects.get(), WhatIf.objects.get()
    edit_what_if(mine, [SECOND_PRESS])
    with pytest.raises(Exception, match="nobody changed it"):
        edit_what_if(yours, [SLOWER])
    assert WhatIf.objects.get().changes[0]["kind"] == "plant.AddMachine"


@pytest.mark.django_db
def test_the_api_reads_what_ifs(stored: Snapshot, client_as: Callable[..., Client]) -> None:
    open_what_if("Bad", [WRONG], site="NORTH")
    client: Any = client_as("viewer", "NORTH")
    assert [one["code"] for one in client.get("/api/what-ifs").json()] == ["bad"]
    assert "change 1" in client.get("/api/what-ifs/bad").json()["findings"][0]
    assert client.get("/api/what-ifs/none").status_code == 404
    assert {"plant.AddShift"} <= {one["kind"] for one in client.get("/api/what-ifs/kinds").json()}
    assert client.get("/api/what-ifs/comparisons/0").status_code == 404
    assert client_as("viewer", "SOUTH").get("/api/what-ifs").json() == []


def test_names_are_made_distinct() -> None:
    design = Design("A", None, Findings())
    assert compare_read._rename(design, {"A", "A (2)"}).name == "A (3)"


@pytest.mark.django_db
def test_a_remedy_of_a_late_demand_is_opened_as_a_what_if(client_as: Callable[..., Client]) -> None:
    from django.template import Context, Template

    change = {"kind": "planning.SplitDemand", "demand": 'D"1', "quantity": 1.0, "due_at": "2026-03-09T00:00:00+00:00"}
    field = Template('{% load drumbeat %}<input value="[{{ change|plain_json }}]">').render(Context({"change": change}))
    sent = html.unescape(field.removeprefix('<input value="').removesuffix('">'))
    client_as("planner").post("/what-if-open/", {"name": "Split", "changes": sent, "origin": "/plan/late/D/"})
    assert WhatIf.objects.get().changes[0]["demand"] == 'D"1'
