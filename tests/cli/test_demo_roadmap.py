"""The demo company's roadmap is planned as the first job of its site."""

from __future__ import annotations

import pytest

from drumbeat.cli.demo import _enqueue_roadmap
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
