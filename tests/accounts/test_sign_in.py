"""Signing in, failing to, and being added."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from drumbeat.accounts.actions import ensure_user, lock_user
from drumbeat.accounts.models import Membership, Role, User
from drumbeat.accounts.tokens import make_token, read_token
from drumbeat.basics.findings import InputError

pytestmark = pytest.mark.django_db
PASSWORD = "a drum beats at dawn"


@pytest.fixture(autouse=True)
def quick_hashes(settings: Any) -> None:
    """Hash passwords quickly: how slowly is Django's business."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


def sign_in(client: Client, password: str, name: str = "ann") -> int:
    return client.post("/accounts/login/", {"login": name, "password": password}).status_code


def test_a_user_signs_in_and_out_and_changes_the_password() -> None:
    ensure_user("ann", PASSWORD, "viewer")
    client = Client()
    assert sign_in(client, PASSWORD) == 302
    assert client.get("/jobs/").status_code == 200
    new = "another drum at dusk"
    change = {"oldpassword": PASSWORD, "password1": new, "password2": new}
    assert client.post("/accounts/password/change/", change).status_code == 302
    client.post("/accounts/logout/")
    assert client.get("/jobs/").status_code == 302
    assert sign_in(client, PASSWORD) == 200
    assert sign_in(client, new) == 302


def test_ten_wrong_passwords_close_the_door_even_to_the_right_one() -> None:
    ensure_user("ann", PASSWORD, "viewer")
    client = Client()
    codes = [sign_in(client, "wrong") for _ in range(10)]
    assert codes[:9] == [200] * 9
    assert codes[9] == 429
    locked = client.post("/accounts/login/", {"login": "ann", "password": PASSWORD})
    assert locked.status_code == 429
    assert b"Too many wrong passwords" in locked.content
    ensure_user("bob", PASSWORD, "viewer")
    assert sign_in(client, PASSWORD, "bob") == 302, "others are not locked out"


def test_nobody_signs_up() -> None:
    fields = {"username": "eve", "password1": PASSWORD, "password2": PASSWORD}
    assert b"Ask your administrator" in Client().post("/accounts/signup/", fields).content
    assert not User.objects.exists()


def test_a_user_without_a_role_sees_nothing() -> None:
    user = User.objects.create_user("ann", password=PASSWORD)
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    assert client.get("/data/").status_code == 403


def test_ensure_user_adds_then_changes() -> None:
    ensure_user("ann", PASSWORD, "viewer", "NORTH")
    ensure_user("ann", None, "planner", "NORTH")
    ensure_user("ann", None, "viewer")
    user = User.objects.get()
    assert user.check_password(PASSWORD)
    assert set(Membership.objects.values_list("site", "role")) == {("NORTH", "planner"), ("", "viewer")}
    assert user.role_label == "Viewer; Planner at NORTH"


@pytest.mark.parametrize(
    ("name", "password", "role", "column"),
    [("ann", "short", "viewer", "password"), ("ann", None, "viewer", "password"), ("ann", PASSWORD, "king", "role"),
     (" ", PASSWORD, "viewer", "name"), ("ann", "password123", "viewer", "password")],
)  # fmt: skip
def test_ensure_user_says_what_is_wrong(name: str, password: str | None, role: str, column: str) -> None:
    with pytest.raises(InputError) as caught:
        ensure_user(name, password, role)
    assert {finding.column for finding in caught.value.findings} == {column}
    assert not User.objects.exists()


def test_a_locked_user_is_out_at_once() -> None:
    ensure_user("ann", PASSWORD, "manager")
    client = Client()
    sign_in(client, PASSWORD)
    token = make_token(User.objects.get())
    lock_user("ann")
    assert client.get("/jobs/").status_code == 302
    assert sign_in(client, PASSWORD) == 200
    assert read_token(token) is None
    with pytest.raises(InputError):
        lock_user("nobody")


def test_a_token_stands_for_its_user_until_the_password_changes() -> None:
    user = ensure_user("ann", PASSWORD, "viewer")
    token = make_token(user)
    assert read_token(token) == user
    assert read_token(token[:-1] + ("a" if token[-1] != "a" else "b")) is None
    client = Client(headers={"Authorization": f"Bearer {token}"})
    assert client.get("/api/tables").status_code == 200
    ensure_user("ann", "another drum at dusk", "viewer")
    assert read_token(token) is None
    assert client.get("/api/tables").status_code == 401


def test_roles_are_ordered_and_bound_to_sites() -> None:
    user = ensure_user("ann", PASSWORD, "planner", "NORTH")
    assert user.may("viewer")
    assert user.may("planner", "NORTH")
    assert not user.may("manager", "NORTH")
    assert not user.may("viewer", "SOUTH")
    assert not user.may("viewer", "")
    assert user.sites_with("planner") == {"NORTH"}
    assert user.sites_with("manager") == set()
    assert [role.rank for role in Role] == [0, 1, 2, 3]
