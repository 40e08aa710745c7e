"""Serve the site from this process for a browser that measures or photographs it."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from socketserver import ThreadingMixIn
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]


class _Quiet(WSGIRequestHandler):
    def log_message(self, *arguments: object) -> None:
        """Say nothing."""


class _Threads(ThreadingMixIn, WSGIServer):
    daemon_threads = True


def open_home(home: Path) -> None:
    """Start Django on an empty installation in a folder; once in a process."""
    os.environ["DRUMBEAT_HOME"] = str(home)
    os.environ["DJANGO_SETTINGS_MODULE"] = "drumbeat.site.settings"
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"  # Playwright runs an event loop in this thread
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)


def sign_in_cookie() -> str:
    """Add a user who may see everything; return the value of the session's cookie."""
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore

    from drumbeat.accounts.models import Membership, User

    user, _ = User.objects.get_or_create(username="ada")
    Membership.objects.get_or_create(user=user, site="", defaults={"role": "admin"})
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.create()
    return str(session.session_key)


@contextmanager
def serve_site() -> Iterator[str]:
    """Serve the site on a free port of this machine; its address, without a slash at the end."""
    from drumbeat.site.wsgi import application

    server = make_server("127.0.0.1", 0, application, server_class=_Threads, handler_class=_Quiet)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
