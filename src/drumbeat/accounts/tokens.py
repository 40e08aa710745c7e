"""Tokens with which programs use the API as a user, without a session.

A token is signed, not stored; it ends when the user's password changes, the user is locked, or after a year.
"""

from __future__ import annotations

from django.core import signing

from drumbeat.accounts.models import User

SALT = "drumbeat.accounts.tokens"
LONGEST_SECONDS = 365 * 86_400


def make_token(user: User) -> str:
    """Make a token of a user; whoever holds it may do over the API what the user may."""
    return signing.dumps([user.pk, user.get_session_auth_hash()[:20]], salt=SALT)


def read_token(token: str) -> User | None:
    """Return the active user that a token stands for; None when it is forged, too old, or of another password."""
    try:
        number, mark = signing.loads(token, salt=SALT, max_age=LONGEST_SECONDS)
    except (signing.BadSignature, ValueError, TypeError):
        return None
    user = User.objects.filter(pk=number, is_active=True).first()
    return user if user is not None and user.get_session_auth_hash()[:20] == mark else None
