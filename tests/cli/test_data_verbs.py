"""`drumbeat load`, `export`, `template` and `dictionary`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from drumbeat.cli.main import main
from drumbeat.data.snapshot import Snapshot
from tests.data.examples import AS_OF, example_snapshot

pytestmark = pytest.mark.django_db


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    example_snapshot().write(tmp_path / "plant")
    return tmp_path / "plant"


def test_what_is_loaded_is_exported_again(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["load", str(folder)]) == 0
    assert "Stored." in capsys.readouterr().out
    for name, options in (("csv", []), ("parquet", ["--format", "parquet"]), ("book.xlsx", [])):
        assert main(["export", str(tmp_path / name), *options]) == 0
        assert not Snapshot.read(tmp_path / name, as_of=AS_OF).diff(example_snapshot())
    assert (tmp_path / "parquet" / "item.parquet").exists()


def test_export_does_not_replace_files_unless_forced(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["load", str(folder)]) == 0
    assert main(["export", str(folder)]) == 1
    assert "--force" in capsys.readouterr().err
    assert main(["export", str(folder), "--force"]) == 0


def test_export_of_one_site_or_an_unknown_form(folder: Path, tmp_path: Path) -> None:
    assert main(["load", str(folder)]) == 0
    assert main(["export", str(tmp_path / "one"), "--site", "SITE-01"]) == 0
    assert main(["export", str(tmp_path / "two"), "--site", "MARS"]) == 2
    assert main(["export", str(tmp_path / "two"), "--format", "docx"]) == 2


def test_a_dry_run_shows_the_difference_and_stores_nothing(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["load", str(folder), "--dry-run"]) == 0
    assert "nothing was stored" in " ".join(capsys.readouterr().out.split())
    assert Snapshot.read_database()["item"].height == 0
    assert main(["load", str(folder)]) == 0
    text = (folder / "skill.csv").read_text().replace("Example skill", "Welding")
    (folder / "skill.csv").write_text(text)
    assert main(["load", str(folder), "--dry-run"]) == 0
    assert "skill SKILL-01: name" in capsys.readouterr().out


def test_findings_are_printed_and_are_json(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "stock.csv").write_text("item,site,quantity\nITEM-O1,SITE-01,-3\n")
    assert main(["load", str(folder)]) == 1
    shown = " ".join(capsys.readouterr().err.split())
    assert "stock.csv, row 2, column item" in shown
    assert "Did you mean 'ITEM-01'?" in shown
    assert main(["load", str(folder), "--json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert (found["stored"], found["errors"]) == (False, 2)
    assert {finding["column"] for finding in found["findings"]} == {"item", "quantity"}


def test_removing_what_is_absent(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["load", str(folder)]) == 0
    capsys.readouterr()
    few = tmp_path / "few"
    few.mkdir()
    (few / "sample.csv").write_text("code,characteristic,taken_at,value\nNEW,CHARACTERISTIC-01,2026-03-02,1\n")
    assert main(["load", str(few), "--remove-absent", "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["tables"] == {"sample": {"inserted": 1, "updated": 0, "removed": 1, "unchanged": 0}}


def test_template_and_dictionary_are_written(tmp_path: Path) -> None:
    path = tmp_path / "blank.xlsx"
    assert main(["template", str(path)]) == 0
    assert main(["template", str(path)]) == 1
    assert main(["load", str(path)]) == 0
    assert main(["dictionary", str(tmp_path / "docs" / "dictionary.md")]) == 0
    assert "### bill_line" in (tmp_path / "docs" / "dictionary.md").read_text()
