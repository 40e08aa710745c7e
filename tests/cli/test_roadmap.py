"""`drumbeat roadmap` in words, as JSON and as a workbook."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from drumbeat.cli.main import main
from drumbeat.data.snapshot import Snapshot
from tests.strategy.roadmap.test_views import plant  # noqa: F401 - a fixture

FEW = ["--candidates", "20", "--futures", "50", "--cores", "1"]


def test_a_roadmap_is_told(plant: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:  # noqa: F811
    folder, book = tmp_path / "plant", tmp_path / "roadmap.xlsx"
    Snapshot.read_database().write(folder)
    assert main(["roadmap", str(folder), *FEW, "--xlsx", str(book)]) == 0
    told = capsys.readouterr().out
    for words in ("A second machine", "against doing nothing", "It eases M1", "Workbook"):
        assert words in told
    assert book.read_bytes()[:2] == b"PK"
    assert main(["roadmap", str(folder), *FEW, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["reasons"][0]["code"] == "SECOND"


def test_what_is_wrong_is_said_and_nothing_is_planned(
    plant: None,  # noqa: F811
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    folder = tmp_path / "plant"
    Snapshot.read_database().write(folder)
    (folder / "initiative_link.csv").write_text("initiative,other,kind\nSECOND,SECOND,requires\n", encoding="utf-8")
    assert main(["roadmap", str(folder), *FEW]) == 1
    assert "an initiative does not wait for itself" in " ".join(capsys.readouterr().err.split())
