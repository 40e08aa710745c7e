"""The administrator's pages: users, their roles at sites, and the record of who changed what."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import DatabaseError
from django.test import Client

from drumbeat.accounts.actions import ensure_user, give_role, lock_user, take_role
from drumbeat.accounts.models import AuditRecord, Membership, User
from drumbeat.basics.findings import InputError
from drumbeat.plant.models import Site

pytestmark = pytest.mark.django_db
PASSWORD = "a drum beats at dawn"


@pytest.fixture(autouse=True)
def quick_hashes(settings: Any) -> None:
    """Hash passwords quickly: how slowly is Django's business."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def sites() -> None:
    for code in ("NORTH", "SOUTH"):
        Site.objects.create(code=code)


def add(client: Client, **fields: str) -> Any:
    return client.post("/users/add/", {"name": "ann", "role": "planner", "site": "", "password": PASSWORD, **fields})


def change(client: Client, user: User, what: str, **fields: str) -> Any:
    return client.post(f"/users/{user.pk}/change/", {"what": what, **fields}, follow=True)


def may_sign_in(name: str, password: str) -> bool:
    fields = {"login": name, "password": password}
    return Client().post("/accounts/login/", fields).status_code == 302


@pytest.mark.usefixtures("sites")
def test_a_user_is_added_given_roles_locked_and_let_in_again(client_as: Callable[..., Client]) -> None:
    boss = client_as("admin")
    assert add(boss, site="NORTH").status_code == 302
    ann = User.objects.get(username="ann")
    assert ann.role_label == "Planner at NORTH"
    assert may_sign_in("ann", PASSWORD)
    change(boss, ann, "give-role", role="viewer", site="SOUTH")
    change(boss, ann, "take-role", site="NORTH")
    assert list(Membership.objects.filter(user=ann).values_list("site", "role")) == [("SOUTH", "viewer")]
    assert b"can no longer sign in" in change(boss, ann, "lock").content
    assert not may_sign_in("ann", PASSWORD)
    assert b"ann may sign in" in change(boss, ann, "unlock", password="another drum at dusk").content
    assert may_sign_in("ann", "another drum at dusk")
    assert b"may sign in" in change(boss, ann, "password", password=PASSWORD).content
    assert may_sign_in("ann", PASSWORD)
    page = boss.get("/users/").content
    assert b"Viewer at SOUTH" in page
    assert b"All sites" in page


def test_a_password_is_made_and_shown_once(client_as: Callable[..., Client]) -> None:
    boss = client_as("admin")
    told = boss.get(add(boss, password="").headers["Location"]).content.decode()
    password = told.split("The password is ")[1].split(" ")[0]
    assert may_sign_in("ann", password)
    assert password not in boss.get(f"/users/{User.objects.get(username='ann').pk}/").content.decode()


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"password": "12345"}, "too short"), ({"name": " "}, "required"), ({"role": "king"}, "valid choice"),
        ({"site": "WEST"}, "valid choice"), ({"name": "x" * 151}, "at most 150"), ({"name": "admin-all"}, "one name"),
        ({"name": "Admin-ALL"}, "one name"),
    ],
)  # fmt: skip
def test_nonsense_adds_nobody_and_is_told(fields: dict[str, str], told: str, client_as: Callable[..., Client]) -> None:
    boss = client_as("admin")
    answer = add(boss, **fields)
    assert answer.status_code == 200
    assert told in answer.content.decode()
    assert User.objects.count() == 1


@pytest.mark.usefixtures("sites")
def test_an_administrator_of_a_site_manages_that_site_only(client_as: Callable[..., Client]) -> None:
    for name, site in (("nora", "NORTH"), ("sam", "SOUTH"), ("everywhere", "")):
        ensure_user(name, PASSWORD, "viewer", site)
    both = ensure_user("both", PASSWORD, "viewer", "NORTH")
    give_role(both, "viewer", "SOUTH")
    boss = client_as("admin", "NORTH")
    page = boss.get("/users/").content.decode()
    assert "nora" in page
    assert "both" in page
    assert "sam" not in page
    assert "everywhere" not in page
    sam, nora = User.objects.get(username="sam"), User.objects.get(username="nora")
    assert boss.get(f"/users/{sam.pk}/").status_code == 403
    assert change(boss, sam, "give-role", role="admin", site="NORTH").status_code == 403
    assert change(boss, nora, "give-role", role="admin", site="").status_code == 403
    assert change(boss, nora, "give-role", role="admin", site="SOUTH").status_code == 403
    assert change(boss, both, "lock").status_code == 403
    assert change(boss, both, "password", password="another drum at dusk").status_code == 403
    assert change(boss, both, "take-role", site="SOUTH").status_code == 403
    assert add(boss, site="").status_code == 403
    assert add(boss, site="SOUTH").status_code == 200, "it is not offered"
    assert b"both has no role at NORTH" in change(boss, both, "take-role", site="NORTH").content
    assert boss.get(f"/users/{both.pk}/").status_code == 403, "gone from the own site, gone from view"
    assert list(both.memberships.values_list("site", flat=True)) == ["SOUTH"]
    assert not User.objects.filter(username="ann").exists()


def test_somebody_is_always_left_who_administers(client_as: Callable[..., Client], user_as: Any) -> None:
    boss, me = client_as("admin"), user_as("admin")
    assert b"Nobody locks himself out" in change(boss, me, "lock").content
    assert b"somebody who may sign in administers" in change(boss, me, "take-role", site="").content
    assert b"somebody who may sign in administers" in change(boss, me, "give-role", role="viewer", site="").content
    assert b"is none of" in change(boss, me, "crown").content
    with pytest.raises(InputError, match="administers all sites"):
        lock_user(me.username)
    assert Membership.objects.get().role == "admin"
    assert User.objects.get().is_active
    ensure_user("deputy", PASSWORD, "admin")
    take_role(me, "")
    assert not Membership.objects.filter(user=me).exists()


def test_whoever_changes_something_leaves_a_record(client_as: Callable[..., Client], user_as: Any) -> None:
    boss = client_as("admin")
    boss.get("/users/")
    assert not AuditRecord.objects.exists(), "looking leaves none"
    add(boss)
    assert client_as("viewer").post("/users/add/", {"password": "secret"}).status_code == 403
    Client().post("/users/add/", {})
    done, refused = AuditRecord.objects.order_by("pk")
    assert (done.name, done.deed, done.path, done.is_refused) == ("admin-all", "Add a user", "/users/add/", False)
    assert (refused.name, refused.is_refused) == ("viewer-all", True)
    page = boss.get("/users/audit/").content.decode()
    assert page.count("Add a user") == 2
    assert "secret" not in page
    assert boss.get("/users/audit/?refused=1").content.decode().count("Add a user") == 1
    assert "No change matches" in boss.get("/users/audit/?q=zoe").content.decode()
    user_as("viewer").delete()
    assert AuditRecord.objects.filter(name="viewer-all", user=None).count() == 1, "the record outlives the user"


def test_what_a_form_or_a_message_refuses_counts_as_refused(client_as: Callable[..., Client], user_as: Any) -> None:
    boss, me = client_as("admin"), user_as("admin")
    add(boss, password="12345")
    change(boss, me, "lock")
    change(boss, me, "take-role", site="")
    add(boss)
    assert list(AuditRecord.objects.order_by("pk").values_list("is_refused", flat=True)) == [True, True, True, False]


def test_a_password_that_was_made_travels_in_no_cookie(client_as: Callable[..., Client]) -> None:
    answer = add(client_as("admin"), password="")
    assert "messages" not in answer.cookies
    page = client_as("admin").get(answer.headers["Location"])
    assert "no-store" in page.headers["Cache-Control"]


def test_signing_in_and_out_is_recorded_under_the_name() -> None:
    ensure_user("ann", PASSWORD, "viewer")
    client = Client()
    client.post("/accounts/login/", {"login": "ann", "password": PASSWORD})
    client.post("/accounts/logout/")
    assert [(one.name, one.deed) for one in AuditRecord.objects.order_by("pk")] == [
        ("ann", "Account login"), ("ann", "Account logout"),
    ]  # fmt: skip


def test_a_record_that_cannot_be_kept_breaks_nothing_and_is_logged(
    client_as: Callable[..., Client], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(**_: Any) -> None:
        raise DatabaseError("the disk is full")

    monkeypatch.setattr(AuditRecord.objects, "create", fail)
    assert add(client_as("admin")).status_code == 302
    assert "no audit record of POST /users/add/ by admin-all" in caplog.text


def test_thousands_of_users_and_records_come_in_pages(client_as: Callable[..., Client], user_as: Any) -> None:
    boss, me = client_as("admin"), user_as("admin")
    User.objects.bulk_create(User(username=f"user-{n:05}") for n in range(3000))
    AuditRecord.objects.bulk_create(
        AuditRecord(at=me.date_joined, name="admin-all", deed="Move a task", path="/board/") for _ in range(3000)
    )
    for address, last in (("/users/", 61), ("/users/audit/", 60)):
        first, end = boss.get(address).content.decode(), boss.get(f"{address}?page={last}").content.decode()
        assert first.count('<td class="first">') == 50
        assert 'rel="next"' in first
        assert 'rel="next"' not in end
    assert boss.get("/users/?q=user-00042").content.decode().count('<td class="first">') == 1
