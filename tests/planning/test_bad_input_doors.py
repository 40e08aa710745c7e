"""Bad input through the site's doors: files that are sent, and what programs ask; commands are in test_bad_input."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from drumbeat.cli.main import main
from drumbeat.data.actions import load
from drumbeat.data.snapshot import Snapshot
from drumbeat.web.do_job import do_job
from drumbeat.web.worker import claim_job
from tests.planning.test_bad_input import PLANT, REFUSED, write

pytestmark = pytest.mark.django_db
SENT = (
    "an item in itself", "a bill in a circle", "a negative lead time", "a unit in a cell", "a unit that is no time",
    "a unit that is not the item's", "an unknown item", "a negative quantity", "a calendar that never opens",
)  # fmt: skip


@pytest.fixture(autouse=True)
def media(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"


@pytest.mark.parametrize("case", [case for case in REFUSED if case[0] in SENT], ids=lambda case: case[0])
def test_a_file_that_is_sent_is_refused_by_name(case: Any, client_as: Callable[..., Client]) -> None:
    _, changes, place, value = case
    files = {name: text if isinstance(text, bytes) else text.encode() for name, text in (PLANT | changes).items()}
    client = client_as("manager")
    sent = [SimpleUploadedFile(f"{name}.csv", text) for name, text in files.items()]
    address = client.post("/data/load/", {"files": sent}).headers["Location"]
    while (job := claim_job()) is not None:
        do_job(job.pk)
    told = client.get(address + "findings.json").json()
    errors = [one for one in told["findings"] if one["severity"] == "error"]
    assert any(one["place"] == place and one["rule"] and one["remedy"] for one in errors), told
    assert any(part in str(one) for one in errors for part in value.split("|")), told
    page = client.get(address).content.decode()
    assert "nothing was stored" in page
    assert not any(frame.height for frame in Snapshot.read_database().frames.values())


@pytest.mark.parametrize(("term", "item", "days"), [(0, 0, 0), (0, 3, 3), (2, 0, 2)])
def test_a_lead_time_of_nothing_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], term: int, item: int, days: int
) -> None:
    """Without any lead time, the term's or the item's, a purchase is there at once: planned so, and said."""
    changes: dict[str, str | bytes] = {
        "supply_term": f"supplier,item,site,lead_time_days\nF,CAST,NORTH,{term}\n",
        "item": f"code,kind,lead_time_days,unit\nPUMP,make,0,pc\nCAST,buy,{item},pc\n",
    }
    assert main(["plan", str(write(tmp_path / "plant", changes)), "--json"]) == 0
    told = capsys.readouterr()
    (bought,) = [one for one in json.loads(told.out)["orders"] if one["item"] == "CAST"]
    at = [datetime.fromisoformat(bought[name].replace("Z", "")) for name in ("start_at", "due_at")]
    assert at[1] - at[0] == timedelta(days=days)
    assert ("CAST from F @ NORTH" in " ".join((told.err + told.out).split())) == (days == 0)


@pytest.mark.parametrize(
    ("asked", "said"),
    [("plans/try/order?item=GHOST&site=NORTH&quantity=1&due_at=2026-03-20", "GHOST"),
     ("plans/try/order?item=PUMP&site=NORTH&quantity=-1&due_at=2026-03-20", "greater than"),
     ("plans/try/order?item=PUMP&site=NORTH&quantity=1&due_at=9999-01-01", "another date"),
     ("plans/try/demand?demand=GHOST&quantity=1", "GHOST"),
     ("plans/try/purchase?purchase=GHOST&due_at=2026-03-20", "GHOST"),
     ("schedules/promise?item=GHOST&site=NORTH&quantity=1&wanted_at=2026-03-20", "GHOST")],
    ids=["unknown item", "negative", "another age", "unknown demand", "unknown purchase", "promise of nothing"],
)  # fmt: skip
def test_a_program_is_told_what_is_wrong(
    asked: str, said: str, client_as: Callable[..., Client], tmp_path: Path
) -> None:
    load(Snapshot.read(write(tmp_path / "plant", {})))
    answer = client_as("planner").get(f"/api/{asked}")
    assert answer.status_code == 422
    assert said in str(answer.json()["detail"])
