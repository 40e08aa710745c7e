"""How sign-in differs from allauth's: nobody signs up by themselves."""

from __future__ import annotations

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class ClosedAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Users are added by an administrator with `drumbeat user add`."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:  # noqa: ARG002
        """Say no: a plant's data are not for whoever finds the page."""
        return False
