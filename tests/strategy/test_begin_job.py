"""Jobs of strategy begin once, with terms that make sense; nothing is begun by nonsense or by who may only look."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from drumbeat.web.models import Job

pytestmark = pytest.mark.django_db
KINDS = {"flexibility": "/strategy/flexibility/start/", "roadmap": "/strategy/roadmap/start/"}


@pytest.mark.parametrize("kind", KINDS)
def test_a_job_begins_once_and_nonsense_begins_nothing(kind: str, client_as: Callable[..., Client]) -> None:
    good = {"growth": "110", "spread": "40", "years": "3", "interest": "8", "rate": "8", "after": "2"}
    page = client_as("planner").get(f"/strategy/{kind}/")
    form = page.context["form"]
    good |= {name: str(field.initial) for name, field in form.fields.items() if field.initial is not None}
    broken = dict.fromkeys(good, "nan")
    assert client_as("viewer").post(KINDS[kind], good).status_code == 403
    assert client_as("planner").post(KINDS[kind], broken).url == f"/strategy/{kind}/"
    assert not Job.objects.exists()
    first = client_as("planner").post(KINDS[kind], good)
    second = client_as("planner").post(KINDS[kind], good)
    assert first.url == second.url == f"/jobs/{Job.objects.get(kind=kind).pk}/"
