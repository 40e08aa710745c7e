"""Starts of work in the background: two who press at once begin one job, and what was killed can be begun again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db.models.signals import pre_save
from django.test import Client
from django.utils import timezone

from drumbeat.web.models import Job

pytestmark = pytest.mark.django_db
TERMS = {"weeks": 4, "overtime": 10, "extra_shifts": 1, "late": 5, "holding": 25, "budget": ""}
STARTS = [("master", "/plan/master/start/", TERMS), ("stock", "/plan/stock/review/", {}),
          ("placement", "/plan/placement/start/", {})]  # fmt: skip


@pytest.mark.parametrize(("kind", "url", "terms"), STARTS)
def test_of_two_who_press_at_once_one_begins(
    kind: str, url: str, terms: dict[str, Any], client_as: Callable[..., Client]
) -> None:
    """Somebody else's job arrives between the look at the queue and the own job."""

    def press_first(**_: Any) -> None:
        pre_save.disconnect(press_first, Job)
        Job.objects.create(kind=kind, title="first", created_at=timezone.now())

    planner = client_as("planner")
    pre_save.connect(press_first, Job, weak=False)
    try:
        assert planner.post(url, terms).status_code == 302
    finally:
        pre_save.disconnect(press_first, Job)
    assert Job.objects.get(kind=kind).title == "first"
    Job.objects.update(state=Job.State.FAILED, ended_at=timezone.now())  # its worker was killed
    assert planner.post(url, terms).status_code == 302
    assert Job.objects.filter(kind=kind, state=Job.State.WAITING).count() == 1
