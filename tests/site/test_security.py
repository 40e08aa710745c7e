"""Headers, error pages, the limits."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from django.test import Client, override_settings

from drumbeat.accounts.actions import ensure_user

pytestmark = pytest.mark.django_db
PAGES = ["/data/", "/data/item/", "/data/item/add/", "/data/load/", "/jobs/", "/accounts/password/change/", "/api/docs"]


@pytest.mark.parametrize("address", [*PAGES, "/nothing/"])
def test_every_page_sends_a_policy_that_its_own_content_keeps(address: str, client_as: Callable[..., Client]) -> None:
    answer = client_as("admin").get(address)
    policy = answer.headers["Content-Security-Policy"]
    script = next(part for part in policy.split(";") if "script-src" in part)
    assert "unsafe" not in script
    assert "frame-ancestors 'none'" in policy
    page = answer.content.decode()
    assert not re.search(r"\son(click|change|load|submit|input)=", page), "an inline handler"
    for tag in re.findall(r"<script[^>]*>", page):
        assert "src=" in tag or "application/json" in tag or "nonce=" in tag, tag
    assert not re.search(r'(src|href)="https?://', page), "something comes from elsewhere"


def test_cookies_are_not_for_scripts_or_other_sites() -> None:
    ensure_user("ann", "a drum beats at dawn", "viewer")
    answer = Client().post("/accounts/login/", {"login": "ann", "password": "a drum beats at dawn"})
    cookie = answer.cookies["sessionid"]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"


def test_not_found_and_forbidden_say_what_to_do(client_as: Callable[..., Client]) -> None:
    missing = client_as("viewer").get("/data/no_such_table/")
    assert missing.status_code == 404
    assert b"There is no table" in missing.content
    closed = client_as("viewer").get("/data/item/add/")
    assert closed.status_code == 403
    assert b"This needs the role planner" in closed.content


def test_a_form_without_its_token_says_what_to_do(client_as: Callable[..., Client]) -> None:
    client = Client(enforce_csrf_checks=True)
    client.cookies = client_as("planner").cookies
    answer = client.post("/data/item/add/", {"code": "X"})
    assert answer.status_code == 403
    assert b"out of date" in answer.content


def test_a_failure_is_a_page_of_ours(client_as: Callable[..., Client], monkeypatch: pytest.MonkeyPatch) -> None:
    from drumbeat.data import views

    monkeypatch.setattr(views, "find_page", lambda *_: 1 / 0)
    client = client_as("viewer")
    client.raise_request_exception = False
    answer = client.get("/data/item/")
    assert answer.status_code == 500
    assert b"Nothing was saved" in answer.content


@override_settings(DATA_UPLOAD_MAX_NUMBER_FIELDS=10)
def test_a_request_that_is_too_large_is_refused_in_words(client_as: Callable[..., Client]) -> None:
    answer = client_as("planner").post("/data/item/add/", {f"f{n}": "1" for n in range(20)})
    assert answer.status_code == 400
    assert b"too large" in answer.content


def test_a_fragment_for_somebody_signed_out_sends_the_whole_page_to_sign_in() -> None:
    headers = {"HX-Request": "true", "HX-Current-URL": "http://testserver/data/item/"}
    answer = Client().get("/data/item/?q=x", headers=headers)
    assert answer.headers["HX-Redirect"] == "/accounts/login/?next=/data/item/"
