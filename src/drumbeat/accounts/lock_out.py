"""Whose sign-in an attempt is, for the lock-out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def name_of_attempt(request: Any, credentials: Mapping[str, Any] | None = None) -> str:
    """Return the name that somebody tries to sign in with.

    The form of allauth calls it "login", what is handed to Django's backends "username": a lock-out that knows only
    one of them counts failures under one name and looks for them under another.
    """
    given = (credentials or {}).get("username") or request.POST.get("login") or ""
    return str(given).strip().casefold()
