"""Closed by default: every view needs a sign-in and a role, unless it says otherwise."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import resolve_url

from drumbeat.accounts.permissions import PUBLIC, check_role

log = logging.getLogger(__name__)

SELF_GUARDED = ("allauth.", "ninja.")
"""Packages whose views ask for a sign-in themselves: a redirect would turn the API's 401 into a page."""


class AccessMiddleware:
    """Enforce the mark that `require` leaves on a view."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Pass the request on; the work is done once the view is known."""
        return self.get_response(request)

    def process_view(self, request: Any, view: Callable[..., Any], *_: Any) -> HttpResponse | None:
        """Answer in the view's place when the user may not see it."""
        role = getattr(view, "required_role", None)
        if role == PUBLIC or (role is None and str(getattr(view, "__module__", "")).startswith(SELF_GUARDED)):
            return None
        if not request.user.is_authenticated:
            return _ask_to_sign_in(request)
        if role is None:
            log.error("%s names no role: mark it with drumbeat.accounts.permissions.require", view)
            raise PermissionDenied("This page is closed: it does not say who may see it.")
        check_role(request.user, role)
        return None


def _ask_to_sign_in(request: Any) -> HttpResponse:
    if request.headers.get("HX-Request"):
        page = urlsplit(request.headers.get("HX-Current-URL", "/"))
        answer = HttpResponse(status=204)
        answer["HX-Redirect"] = redirect_to_login(page.path or "/", resolve_url("account_login"))["Location"]
        return answer
    return redirect_to_login(request.get_full_path(), resolve_url("account_login"))
