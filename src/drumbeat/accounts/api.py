"""Who may use the API: a signed-in user, or a program with a user's token; with any role."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja.security import APIKeyCookie, HttpBearer

from drumbeat.accounts.models import Role, User
from drumbeat.accounts.tokens import read_token


class SessionAuth(APIKeyCookie):
    """The session of the site."""

    param_name = "sessionid"

    def authenticate(self, request: HttpRequest, key: str | None) -> User | None:  # noqa: ARG002
        """Return the signed-in user, if any role was given."""
        user: Any = request.user
        return user if user.is_authenticated and user.may(Role.VIEWER) else None


class TokenAuth(HttpBearer):
    """A user's token in the header `Authorization: Bearer ...`."""

    def authenticate(self, request: HttpRequest, token: str) -> User | None:
        """Return the user that the token stands for, if any role was given."""
        user = read_token(token)
        if user is None or not user.may(Role.VIEWER):
            return None
        request.user = user
        return user
