"""What the demo stores: the run as it prints it, and the roadmap as the first job of its site."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from rich.console import Console

from drumbeat.cli.demo import _enqueue_roadmap, store_and_run
from drumbeat.data.snapshot import Snapshot
from drumbeat.web.models import Job
from tests.demo_company import demo_company


@pytest.mark.django_db
def test_the_roadmap_waits_for_the_site_once() -> None:
    company = demo_company()
    _enqueue_roadmap(Snapshot.of({}, company.as_of))
    assert not Job.objects.exists()  # nothing can be planned without initiatives
    for _ in range(2):
        _enqueue_roadmap(company)
    assert Job.objects.get().kind == "roadmap"


@pytest.mark.django_db
def test_what_is_printed_is_what_is_stored(monkeypatch: pytest.MonkeyPatch) -> None:
    """Probabilities put right by what came true are both; the run itself is tested elsewhere."""
    raw, right = SimpleNamespace(name="raw"), SimpleNamespace(name="right")
    seen: list[object] = []
    monkeypatch.setattr("drumbeat.home.run.run_all", lambda *_, **__: raw)
    monkeypatch.setattr("drumbeat.home.run.put_run_right", lambda run: right if run is raw else None)
    monkeypatch.setattr("drumbeat.home.run.save_run", lambda run, _: seen.append(run))
    monkeypatch.setattr("drumbeat.cli.run.print_run", lambda run, _: seen.append(run))
    monkeypatch.setattr("drumbeat.cli.demo._fill_strategy", lambda _: None)
    company = demo_company()
    store_and_run(Snapshot.of({}, company.as_of), Console(quiet=True), replace=False)
    assert seen == [right, right]
