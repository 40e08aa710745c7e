"""Rows by site: what a user sees and may change."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from drumbeat.accounts.models import User
from drumbeat.accounts.permissions import check_row, require, site_paths, visible
from drumbeat.data.schema import schemas
from drumbeat.orders.models import Order, Task
from drumbeat.plant.models import Item, Resource, Site
from drumbeat.shopfloor.models import ProductionReport


def test_the_way_to_the_site_is_derived() -> None:
    assert site_paths(Site) == ("pk",)
    assert site_paths(Resource) == ("site_id",)
    assert site_paths(Task) == ("order__site_id",)
    assert site_paths(Item) == ()
    assert len(site_paths(ProductionReport)) == 4


def test_every_table_with_a_site_column_is_narrowed_by_it() -> None:
    for schema in schemas().values():
        column = next((column for column in schema.columns if column.name == "site"), None)
        if column is not None:
            assert any(path.startswith("site") for path in site_paths(schema.model)), schema.name


@pytest.fixture
def two_sites(db: None) -> None:
    for code in ("NORTH", "SOUTH"):
        Site.objects.create(code=code)
        Resource.objects.create(code=f"MILL-{code}", site_id=code)
        Order.objects.create(code=f"W-{code}", site_id=code)
        Task.objects.create(code=f"T-{code}", order_id=f"W-{code}")
    now = timezone.now()
    for code, resource, order in [("A", "MILL-NORTH", None), ("B", None, "W-SOUTH"), ("C", None, None)]:
        ProductionReport.objects.create(code=code, resource_id=resource, order_id=order, starts_at=now, ends_at=now)
    Item.objects.create(code="BOLT")


def test_rows_of_other_sites_are_not_there(two_sites: None, user_as: Callable[..., User]) -> None:
    north = user_as("planner", "NORTH")
    assert [site.pk for site in visible(Site.objects.all(), north)] == ["NORTH"]
    assert [task.pk for task in visible(Task.objects.all(), north)] == ["T-NORTH"]
    assert [row.pk for row in visible(ProductionReport.objects.order_by("pk"), north)] == ["A", "C"]
    assert visible(Item.objects.all(), north).count() == 1
    assert visible(Task.objects.all(), user_as("viewer")).count() == 2
    assert visible(Task.objects.all(), user_as("nobody")).count() == 0
    assert visible(Task.objects.all(), north, "manager").count() == 0


def test_rows_of_other_sites_and_of_all_sites_cannot_be_changed(two_sites: None, user_as: Callable[..., User]) -> None:
    north = user_as("planner", "NORTH")
    check_row(Task.objects.get(pk="T-NORTH"), north, "planner")
    for row in (Task.objects.get(pk="T-SOUTH"), Item.objects.get(), ProductionReport.objects.get(pk="B")):
        with pytest.raises(PermissionDenied):
            check_row(row, north, "planner")
    with pytest.raises(PermissionDenied):
        check_row(Task.objects.get(pk="T-NORTH"), north, "manager")
    check_row(Item.objects.get(), user_as("planner"), "planner")


def test_a_rule_must_name_a_role() -> None:
    with pytest.raises(ValueError, match="king"):
        require("king")
