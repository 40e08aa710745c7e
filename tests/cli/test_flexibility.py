"""`drumbeat flexibility` in words and as JSON, and what it keeps, over the API."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from django.test import Client

from drumbeat.cli.main import main
from drumbeat.strategy.models import StoredFlexibility
from tests.demo_company import demo_company

FEW = ["--draws", "4", "--links", "1"]


@pytest.mark.django_db
def test_links_are_told_kept_and_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], client_as: Callable[..., Client]
) -> None:
    assert client_as("viewer").get("/api/flexibility/latest").status_code == 404
    demo_company().write(tmp_path / "company")
    assert main(["flexibility", str(tmp_path / "company"), *FEW, "--growth", "1.3", "--save"]) == 0
    shown = capsys.readouterr().out
    for words in ("Work covered", "one chain", "Turning at AALEN"):
        assert words in shown
    answer = client_as("viewer").get("/api/flexibility/latest")
    assert answer.status_code == 200
    told = json.loads(answer.content)
    assert told["terms"]["growth"] == 1.3
    stored = StoredFlexibility.objects.get()
    assert [group["covered"] for group in told["groups"]] == [group["covered"] for group in stored.study["groups"]]
    assert client_as("viewer", "AALEN").get("/api/flexibility/latest").status_code == 403


def test_terms_out_of_range_are_findings(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    demo_company().write(tmp_path / "company")
    assert main(["flexibility", str(tmp_path / "company"), "--draws", "1", "--growth", "0"]) == 1
    told = " ".join(capsys.readouterr().err.split())
    assert "demand is drawn 2 to 10,000 times" in told
    assert "a factor of demand is above 0" in told
