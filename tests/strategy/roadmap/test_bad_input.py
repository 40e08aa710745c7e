"""Initiatives that cannot be: told all at once through the command, the upload and the API; nothing is half-saved."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from drumbeat.cli.main import main
from drumbeat.strategy.models import ImprovementBudget, Initiative, InitiativeChange, InitiativeCost, InitiativeLink
from drumbeat.web.do_job import do_job
from drumbeat.web.worker import claim_job
from tests.strategy.roadmap.test_views import plant  # noqa: F401

CHANGE = json.dumps({"kind": "plant.AddMachine", "code": "M9", "like": "NOWHERE"}).replace('"', '""')
FILES = {
    "initiative": "code,name\nSELF,Waits for itself\nGOOD,Nothing wrong\n",
    "initiative_link": "initiative,other,kind\nSELF,SELF,requires\n",
    "initiative_cost": "initiative,month,amount\nGOOD,,500\n",
    "initiative_change": f'initiative,position,change\nGOOD,1,"{CHANGE}"\n',
    "improvement_budget": "period_start,amount,currency\n2026-01-01,5000,USD\n",
}
FINDINGS = {
    ("initiative_link", "SELF > SELF"), ("initiative_cost", ""), ("initiative_change", "NOWHERE"),
    ("improvement_budget", "USD"),
}  # fmt: skip
"""A circle of one, a cost without a period, an effect on a machine that is not there, a currency without a rate."""
TABLES = (Initiative, InitiativeLink, InitiativeCost, InitiativeChange, ImprovementBudget)


def count_rows() -> list[int]:
    return [table.objects.count() for table in TABLES]


def test_the_command_tells_all_and_stores_nothing(
    plant: None,  # noqa: F811
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    before = count_rows()
    for name, text in FILES.items():
        (tmp_path / f"{name}.csv").write_text(text, encoding="utf-8")
    assert main(["load", str(tmp_path)]) != 0
    shown = capsys.readouterr()
    told = " ".join((shown.out + shown.err).split())
    for table, value in FINDINGS:
        assert table in told, table
        assert value in told, value
    assert count_rows() == before


def test_the_upload_and_the_api_tell_all_and_store_nothing(
    plant: None,  # noqa: F811
    client_as: Callable[..., Client],
    settings: Any,
    tmp_path: Path,
) -> None:
    settings.MEDIA_ROOT = tmp_path
    before, client = count_rows(), client_as("manager")
    files = [SimpleUploadedFile(f"{name}.csv", text.encode()) for name, text in FILES.items()]
    address = client.post("/data/load/", {"files": files}).headers["Location"]
    while (job := claim_job()) is not None:
        do_job(job.pk)
    page = client.get(address).content.decode()
    for _, value in FINDINGS:
        assert value.replace(">", "&gt;") in page, value
    token = address.strip("/").split("/")[-1]
    answer: Any = client.get(f"/api/loads/{token}")
    found = {(Path(one["place"]).stem, one["value"] or "") for one in answer.json()["findings"]}
    assert found >= FINDINGS, found
    client.post(address + "store/")
    while (job := claim_job()) is not None:
        do_job(job.pk)
    assert count_rows() == before
