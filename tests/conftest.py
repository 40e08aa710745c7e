"""What every test may use."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, settings

if TYPE_CHECKING:
    from django.test import Client
    from playwright.sync_api import BrowserContext, Page

    from drumbeat.accounts.models import User

CHROMIUM = Path("/usr/bin/chromium")

PATIENCE_MILLISECONDS = 120_000
"""How long a browser waits for what must appear: no test may fail because a machine is slow."""

SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"
"""Published instances and real logs that lie beside a developer's checkout; never shipped."""

# Hypothesis fails examples that take long (200 ms) or are slow to make: that judges the machine, not the code.
settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any machine")

# Playwright's synchronous API runs an event loop in the test's thread; Django's ORM is used there all the same.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Folder of published instances and real logs; the test is skipped where it is absent."""
    if not SHARED.is_dir():
        pytest.skip(f"needs the published instances and logs in {SHARED}")
    return SHARED


@pytest.fixture(scope="session")
def empty_file(tmp_path_factory: pytest.TempPathFactory, django_test_environment: None, django_db_blocker: Any) -> Path:
    """A SQLite file with this version's tables and no row, made once for all workers: copy it, never write to it."""
    from tests.swap_database import make_empty_file

    own = tmp_path_factory.getbasetemp()
    with django_db_blocker.unblock():
        return make_empty_file(own.parent if "PYTEST_XDIST_WORKER" in os.environ else own)


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    django_db_modify_db_settings_parallel_suffix: None, empty_file: Path
) -> Iterator[None]:
    """The tables are there before Django makes its test database in memory: it finds no migration left to run."""
    from django.db import connections

    name = connections["default"].creation._get_test_db_name() if connections["default"].vendor == "sqlite" else ""
    if "mode=memory" not in name:
        yield
        return
    with closing(sqlite3.connect(name, uri=True)) as memory, closing(sqlite3.connect(empty_file)) as tables:
        tables.backup(memory)
        yield


@pytest.fixture
def user_as(db: None) -> Callable[..., User]:
    """Make, or find, a user with a role: `user_as("planner", "NORTH")`; without a site, at all sites."""

    def make(role: str, site: str = "") -> User:
        from drumbeat.accounts.models import Membership, User

        user, is_new = User.objects.get_or_create(username=f"{role}-{site or 'all'}")
        if is_new and role != "nobody":
            Membership.objects.create(user=user, role=role, site=site)
        return user

    return make


@pytest.fixture
def client_as(user_as: Callable[..., User]) -> Callable[..., Client]:
    """Make a test client that is signed in with a role: `client_as("viewer")`, `client_as("planner", "NORTH")`."""

    def make(role: str, site: str = "") -> Client:
        from django.test import Client

        client = Client()
        client.force_login(user_as(role, site), backend="django.contrib.auth.backends.ModelBackend")
        return client

    return make


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """Start Debian's chromium; the test is skipped where it is absent."""
    if not CHROMIUM.exists():
        pytest.skip(f"needs {CHROMIUM}")
    from playwright.sync_api import expect

    expect.set_options(timeout=PATIENCE_MILLISECONDS)
    arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    return {**browser_type_launch_args, "executable_path": str(CHROMIUM), "args": arguments}


@pytest.fixture
def context(context: BrowserContext) -> BrowserContext:
    """A browser's window that waits long enough for pages of a slow machine, on which kernels may yet be compiled."""
    context.set_default_timeout(PATIENCE_MILLISECONDS)
    return context


@pytest.fixture
def live_site(live_server: Any) -> str:
    """Address of the running site, without a slash at its end; its database is the test's own."""
    return str(live_server.url)


@pytest.fixture
def page_as(page: Page, live_site: str, client_as: Callable[..., Client]) -> Callable[..., Page]:
    """Sign the browser's page in with a role: `page = page_as("planner")`. Errors of its scripts fail the test."""

    def sign_in(role: str, site: str = "") -> Page:
        session = client_as(role, site).cookies["sessionid"].value
        page.context.add_cookies([{"name": "sessionid", "value": session, "url": live_site}])
        page.on("pageerror", lambda error: pytest.fail(f"script error: {error}"))
        return page

    return sign_in
