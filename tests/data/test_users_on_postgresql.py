"""Odd words on the administrator's pages, on a database that knows no NUL in texts."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from drumbeat.accounts.models import Membership, User


@pytest.mark.postgres
@pytest.mark.usefixtures("postgres")
def test_odd_words_are_answered(client_as: Callable[..., Client], user_as: Callable[..., User]) -> None:
    boss, me = client_as("admin"), user_as("admin")
    for page in ("/users/", "/users/audit/"):
        assert boss.get(page, {"q": "a\x00b", "page": "9" * 40}).status_code == 200
    for what in ("give-role", "take-role", "password", "\x00"):
        odd = {"what": what, "site": "\x00" * 300, "role": "\x00", "password": "\x00"}
        assert boss.post(f"/users/{me.pk}/change/", odd).status_code == 302
    odd = {"name": "\x00", "role": "admin", "site": "\x00", "password": "\x00"}
    assert boss.post("/users/add/", odd).status_code == 200
    assert list(Membership.objects.values_list("site", "role")) == [("", "admin")]
