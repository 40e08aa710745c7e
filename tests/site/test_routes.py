"""Every address of the site, by every role. A new address without a rule, or without a line here, fails."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from drumbeat.accounts.models import Role
from drumbeat.accounts.permissions import PUBLIC

RANKS = ["nobody", *Role.values]
SELF_GUARDED = ("allauth.", "ninja.")
VALUES = {"table": "item", "token": "none", "number": "999999", "code": "none"}
NOT_ALLOWED = {302, 401, 403}


def routes(resolver: URLResolver | None = None, start: str = "") -> Iterator[tuple[str, Any]]:
    """Walk every address with its view."""
    for entry in (resolver or get_resolver()).url_patterns:
        address = start + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from routes(entry, address)
        elif isinstance(entry, URLPattern):
            yield address, entry.callback


OWN = [
    (address, view)
    for address, view in routes()
    if not str(getattr(view, "__module__", "")).startswith(SELF_GUARDED) and not address.startswith("api/")
]


def fill(address: str) -> str:
    """Put values where an address has parameters."""
    for part in address.split("<")[1:]:
        inside = part.split(">")[0]
        name = inside.split(":")[-1]
        address = address.replace(f"<{inside}>", VALUES.get(name, "1" if inside.startswith("int:") else "none"))
    return "/" + address


@pytest.mark.parametrize(("address", "view"), OWN, ids=[address or "/" for address, _ in OWN])
def test_every_address_names_the_role_that_it_needs(address: str, view: Any) -> None:
    assert getattr(view, "required_role", None) in {PUBLIC, *Role.values}, (
        f"/{address}: mark its view with drumbeat.accounts.permissions.require"
    )


@pytest.mark.django_db
@pytest.mark.parametrize(("address", "view"), OWN, ids=[address or "/" for address, _ in OWN])
def test_every_address_is_closed_to_lower_roles(address: str, view: Any, client_as: Callable[..., Client]) -> None:
    if view.required_role == PUBLIC:
        return
    place = fill(address)
    signed_out = Client().get(place)
    assert signed_out.status_code == 302
    assert signed_out.headers["Location"].startswith("/accounts/login/")
    for role in RANKS[: RANKS.index(view.required_role)]:
        for method in ("get", "post"):
            assert getattr(client_as(role), method)(place).status_code == 403, f"{method} as {role}"


@pytest.mark.django_db
@pytest.mark.parametrize(("address", "view"), OWN, ids=[address or "/" for address, _ in OWN])
def test_every_address_is_open_to_its_role(address: str, view: Any, client_as: Callable[..., Client]) -> None:
    if view.required_role == PUBLIC:
        return
    for role in RANKS[RANKS.index(view.required_role) :]:
        assert client_as(role).get(fill(address)).status_code not in {302, 401, 403, 500}, role


WRITES = {"make_forecast_edit", "withdraw_forecast_edit", "study_line", "enter_plans", "begin_finite_plan"} | {
    "seek_finite_remedies",
    "try_finite_remedy",
    "assign_late_delivery",
}
"""What is posted to the API; tests/demand/test_api_edits.py, tests/twin/test_lines_site.py, tests/planning/
test_enter_plans.py and tests/scheduling/test_api_finite.py try each by role."""


def test_the_api_asks_who_you_are_everywhere() -> None:
    from drumbeat.site.api import api

    assert len(api.auth) == 2
    for path, methods in api.get_openapi_schema()["paths"].items():
        for method, operation in methods.items():
            assert operation["security"], f"{method} {path} is open to everybody"
            is_guarded = operation["operationId"] in WRITES
            assert method == "get" or is_guarded, f"{method} {path}: writing over the API needs a role of its own"


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["/api/tables", "/api/jobs", "/api/plans/latest", "/api/tables/item/rows"])
def test_the_api_answers_401_and_never_a_page(address: str, client_as: Callable[..., Client]) -> None:
    assert Client().get(address).status_code == 401
    assert client_as("nobody").get(address).status_code == 401
    assert client_as("viewer").get(address).status_code in {200, 404}


@pytest.mark.django_db
def test_a_view_without_a_rule_is_closed_even_to_administrators(client_as: Callable[..., Client], rf: Any) -> None:
    from django.core.exceptions import PermissionDenied

    from drumbeat.accounts.middleware import AccessMiddleware

    request = rf.get("/")
    request.user = type("Admin", (), {"is_authenticated": True, "may": lambda *_: True})()
    with pytest.raises(PermissionDenied, match="does not say who"):
        AccessMiddleware(lambda _: None).process_view(request, lambda _: None)
