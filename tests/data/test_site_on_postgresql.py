"""The whole house on PostgreSQL: a site of the demo company is loaded and run there; every page and route answers."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from django.test import Client

from drumbeat.data.actions import load
from drumbeat.data.snapshot import Snapshot
from drumbeat.home.run import run_all, save_run
from drumbeat.orders.models import Order
from drumbeat.planning.models import PlannedOrder
from drumbeat.scheduling.models import Schedule
from drumbeat.site.api import api
from drumbeat.twin.models import Simulation
from tests.demo_company import demo_site
from tests.site.test_routes import OWN, VALUES, fill

NOW = datetime(2026, 3, 2, 6, tzinfo=UTC)


@pytest.mark.slow
@pytest.mark.postgres
@pytest.mark.usefixtures("postgres")
def test_every_page_answers_on_postgresql(client_as: Callable[..., Client], monkeypatch: pytest.MonkeyPatch) -> None:
    load(demo_site(), remove_absent=True)
    snapshot = Snapshot.read_database()
    save_run(run_all(snapshot, seconds=0, replications=50, cores=1), NOW)
    assert Schedule.objects.count() == Simulation.objects.count() == 1
    assert PlannedOrder.objects.count() > 10
    client = client_as("admin")
    order, item = Order.objects.first(), PlannedOrder.objects.first()
    assert order is not None
    assert item is not None
    known = {
        "number": str(Schedule.objects.get().pk), "code": order.code, "item": item.item, "site": item.site,
        "what": "orders", "key": "on-time", "which": "middle",
    }  # fmt: skip
    pages = 0
    for name, value in known.items():
        monkeypatch.setitem(VALUES, name, value)
    for address, view in OWN:
        if view.required_role != "public":
            answer = client.get(fill(address))  # an error of the database is raised here, with the page's name
            assert answer.status_code != 500, address
            pages += answer.status_code == 200
    for table in snapshot.frames:
        assert client.get(f"/data/{table}/").status_code == 200, table
    for path, verbs in api.get_openapi_schema()["paths"].items():
        if "{" not in path and "get" in verbs:
            assert client.get(path).status_code in {200, 404, 422}, path
    assert pages > 50
