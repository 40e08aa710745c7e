"""From a file to a plant: what the map says, what a wrong log is told, the command, the page, and a real log."""

from __future__ import annotations

import re
import shlex
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from drumbeat.basics.findings import InputError
from drumbeat.cli.main import main
from drumbeat.shopfloor.actions import infer_log, list_statements, load_log
from drumbeat.shopfloor.read_log import LogMap, read_log, read_map

ROOT = Path(__file__).resolve().parents[2]
SHOP = ROOT / "examples" / "shop-log"
HEADER = "order,activity,machine,start,end,kind,good\n"
REAL_MAP = """
[columns]
order = "Case ID"
part = "Part Desc."
[values.kind]
S = "setup"
D = "run"
B = "down"
[time]
zone = "Asia/Jerusalem"
[plant]
site = "SHOP"
promise = "usual"
"""


def write(folder: Path, text: str, name: str = "log.csv") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def rules(error: pytest.ExceptionInfo[InputError]) -> str:
    return "\n".join(str(finding) for finding in error.value.findings)


def test_obvious_names_need_no_map_and_what_was_guessed_is_said(tmp_path: Path) -> None:
    log, findings = read_log(
        write(tmp_path, HEADER + "A,Turn,M1,2026-03-02 06:00:00,2026-03-02 07:00:00,Run,4\n"), LogMap()
    )
    assert log.select("order", "machine", "kind", "good", "part").row(0) == ("A", "M1", "run", 4.0, "PART")
    assert log["starts_at"][0] == datetime(2026, 3, 2, 6, tzinfo=UTC)
    assert [finding.severity for finding in findings] == ["note"]
    assert "machine = 'machine'" in str(next(iter(findings)))


def test_local_times_become_utc_and_a_skipped_hour_is_an_hour_later(tmp_path: Path) -> None:
    text = HEADER + "A,Turn,M1,2026-03-29 01:30:00,2026-03-29 02:10:00,run,1\n"
    log, _ = read_log(write(tmp_path, text), LogMap(time_zone="Europe/Berlin"))
    assert log.select("starts_at", "ends_at").row(0) == (
        datetime(2026, 3, 29, 0, 30, tzinfo=UTC),
        datetime(2026, 3, 29, 1, 10, tzinfo=UTC),
    )


def test_every_wrong_cell_is_told_at_once_with_its_row(tmp_path: Path) -> None:
    text = HEADER + (
        "A,Turn,M1,2026-03-02 06:00:00,2026-03-02 07:00:00,run,4\n"
        "A,Turn,,2026-03-02 06:00:00,2026-03-02 07:00:00,run,4\n"
        "A,Turn,M1,yesterday,2026-03-02 07:00:00,run,4\n"
        "A,Turn,M1,2026-03-02 09:00:00,2026-03-02 07:00:00,run,4\n"
        "A,Turn,M1,2026-03-02 06:00:00,2026-03-02 07:00:00,run,-4\n"
        "A,Turn,M1,2026-03-02 06:00:00,2026-03-02 07:00:00,coffee,4\n"
    )
    with pytest.raises(InputError) as error:
        read_log(write(tmp_path, text), LogMap())
    found = {(finding.row, finding.column) for finding in error.value.findings if finding.severity == "error"}
    assert found == {(3, "machine"), (4, "start"), (5, "end"), (6, "good"), (7, "kind")}
    assert "coffee" in rules(error)


def test_a_missing_column_is_told_with_those_that_exist(tmp_path: Path) -> None:
    with pytest.raises(InputError) as error:
        read_log(write(tmp_path, "who,what\nA,B\n"), LogMap(columns={"worker": "name"}))
    assert error.value.findings.num_errors == 6
    assert "who, what" in rules(error)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[colums]\norder = 'x'", "colums"),
        ("[columns]\nordr = 'x'", "ordr"),
        ("[values.kind]\nX = 'pause'", "pause"),
        ("[time]\nzone = 'Mars/Base'", "Mars/Base"),
        ("[plant", "TOML"),
    ],
)
def test_a_wrong_map_is_told(text: str, told: str, tmp_path: Path) -> None:
    with pytest.raises(InputError) as error:
        read_map(write(tmp_path, text, "map.toml"))
    assert told in rules(error)


def test_a_map_may_be_json_and_options_are_checked(tmp_path: Path) -> None:
    meaning = read_map(write(tmp_path, '{"plant": {"site": "X", "open_share": 0.5}}', "map.json"))
    assert meaning.params().site == "X"
    with pytest.raises(InputError, match="promise"):
        meaning.params(promise="soon")


def test_a_parquet_log_gives_the_same_plant(tmp_path: Path) -> None:
    parquet = tmp_path / "log.parquet"
    pl.read_csv(SHOP / "log.csv").write_parquet(parquet)
    expected = infer_log(SHOP / "log.csv", SHOP / "map.toml").snapshot
    assert infer_log(parquet, SHOP / "map.toml").snapshot.version == expected.version


def test_a_cut_before_the_log_begins_is_refused() -> None:
    with pytest.raises(InputError, match="begins"):
        infer_log(SHOP / "log.csv", SHOP / "map.toml", as_of=datetime(2020, 1, 1, tzinfo=UTC))


def test_statements_are_a_frame_with_a_confidence_each() -> None:
    frame = list_statements(infer_log(SHOP / "log.csv", SHOP / "map.toml").inference)
    assert set(frame["confidence"]) <= {"sure", "fair", "weak", "guess"}
    assert {"log", "machines", "routings", "times", "yields", "breakdowns", "calendars", "people", "orders"} == set(
        frame["topic"]
    )


@pytest.mark.django_db(transaction=True)
def test_a_loaded_log_is_stored_and_read_back() -> None:
    from drumbeat.data.snapshot import Snapshot

    report = load_log(SHOP / "log.csv", SHOP / "map.toml")
    assert report.load is not None
    assert report.load.is_stored
    stored = Snapshot.read_database()
    assert stored.as_of == report.snapshot.as_of
    assert stored["machine_event"].height == report.snapshot["machine_event"].height
    assert stored["operation"].sort("code").equals(report.snapshot["operation"].sort("code"))


def test_the_command_says_what_was_inferred_and_writes_a_folder(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shop = ["load-log", str(SHOP / "log.csv"), "--map", str(SHOP / "map.toml")]
    assert main([*shop, "--dry-run"]) == 0
    shown = capsys.readouterr().out
    assert "80 hours a week" in shown
    assert "Dry run" in shown
    assert main([*shop, "--out", str(tmp_path / "plant")]) == 0
    assert (tmp_path / "plant" / "operation.csv").exists()
    assert main([*shop, "--dry-run", "--as-of", "tuesday"]) == 1


@pytest.mark.slow
def test_the_commands_of_the_page_run_as_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    page = (ROOT / "docs" / "load-log.md").read_text(encoding="utf-8")
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    monkeypatch.chdir(tmp_path)
    commands = [line for block in re.findall(r"```console\n(.*?)```", page, re.DOTALL) for line in block.splitlines()]
    assert len(commands) == 3
    shown = []
    for command in commands:
        arguments = shlex.split(command)
        assert arguments[0] == "drumbeat"
        assert main(arguments[1:]) == 0, command
        shown.append(capsys.readouterr().out)
    assert (tmp_path / "shop.html").stat().st_size > 10_000
    assert "nine times" in page
    assert "9 breakdowns in 560 working hours" in shown[0]
    assert "eight orders are open" in page
    assert "8 of 75 orders" in shown[1]


@pytest.fixture
def real(shared_data: Path, tmp_path: Path) -> tuple[Path, Path]:
    return shared_data / "shopfloor_log" / "Production_Data_joined.csv", write(tmp_path, REAL_MAP, "map.toml")


def test_a_real_log_gives_a_plant_that_passes_every_check(real: tuple[Path, Path]) -> None:
    report = infer_log(*real)
    plant = report.snapshot
    assert plant["machine_event"].height == 4_492
    assert plant["resource"].height == 27
    assert plant["person"].height == 46
    # Of 225 orders three show nothing but repairs and breakdowns: nothing is known of how they are made.
    assert plant["order"].height == 222
    assert plant["item"].height == 43
    assert report.findings.num_errors == 0
    assert plant["failure_mode"].height >= 5
    # The plant rests from Friday evening to Saturday evening.
    shifts = plant["calendar_shift"].filter(pl.col("calendar") == "SHOP hours")
    hours = dict(shifts.group_by("weekday").agg(pl.col("start").min().dt.hour()).iter_rows())
    assert hours["sat"] >= 16
    assert hours["mon"] == 0


def test_a_real_log_cut_in_two_foretells_its_second_half(real: tuple[Path, Path]) -> None:
    """Unit times that the first two months call fair or sure hold in the third within their own quartiles' range."""
    moment = datetime(2012, 3, 1, tzinfo=UTC)
    path, mapped = real
    before = infer_log(path, mapped, as_of=moment).inference.times.filter(pl.col("orders") >= 5)
    whole, _ = read_log(path, read_map(mapped))
    from drumbeat.shopfloor.engine.infer_plant import infer_plant

    after = infer_plant(whole.filter(pl.col("starts_at") >= moment)).times.filter(pl.col("orders") >= 5)
    both = before.join(after, on=["part", "capability"], suffix="_later")
    assert both.height >= 6
    ratio = (both["unit_minutes_later"] / both["unit_minutes"]).log().abs()
    assert ratio.median() < 0.7, "the typical median holds within a factor of two"
    overlap = (both["unit_minutes_low"] <= both["unit_minutes_high_later"]) & (
        both["unit_minutes_low_later"] <= both["unit_minutes_high"]
    )
    assert overlap.mean() > 0.8


@pytest.mark.slow
def test_a_real_log_can_be_planned_scheduled_and_simulated(real: tuple[Path, Path]) -> None:
    from drumbeat.planning.actions import make_plan
    from drumbeat.scheduling.actions import make_schedule
    from drumbeat.twin.actions import simulate

    plant = infer_log(*real, as_of=datetime(2012, 3, 1, tzinfo=UTC)).snapshot
    schedule = make_schedule(plant, make_plan(plant), seconds=0.5)
    assert schedule.orders.height > 30
    assert schedule.result.worth.num_unscheduled == 0
    assert 0 < simulate(plant, schedule, replications=50).expected_on_time < 1
