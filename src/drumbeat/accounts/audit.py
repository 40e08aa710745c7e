"""The audit: whoever changes something by a page leaves a record of it."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.db import DatabaseError
from django.http import HttpResponse
from django.utils import timezone

from drumbeat.accounts.models import AuditRecord

log = logging.getLogger(__name__)

SAFE = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})


class AuditMiddleware:
    """Record every request of a signed-in user that may change something: done, refused or failed."""

    def __init__(self, get_response: Callable[[Any], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: Any) -> HttpResponse:
        """Answer, then record; whoever signs out is known only before, whoever signs in only after."""
        if request.method in SAFE:
            return self.get_response(request)
        before = request.user
        is_known = before.is_authenticated
        answer = self.get_response(request)
        user = before if is_known else request.user
        if user.is_authenticated:
            _record(request, user, is_refused(request, answer))
        return answer


def is_refused(request: Any, answer: HttpResponse) -> bool:
    """Say whether what was asked for was not done: by status, by a message of an error, or by the form shown again.

    A form that was accepted leads on to another page; one that is shown again, not in a part of a page, was not.
    """
    if answer.status_code >= 400:
        return True
    queued = getattr(getattr(request, "_messages", None), "_queued_messages", ())
    if any(one.level >= messages.ERROR for one in queued):
        return True
    is_page = str(answer.get("Content-Type", "")).startswith("text/html")
    return answer.status_code == 200 and is_page and not request.headers.get("HX-Request")


def _record(request: Any, user: Any, refused: bool) -> None:
    try:
        AuditRecord.objects.create(
            at=timezone.now(),
            user_id=user.pk,
            name=user.username,
            deed=name_deed(request.resolver_match),
            path=request.path[:400],
            is_refused=refused,
        )
    except DatabaseError:  # the work itself is done and answered; its record is for the server's log then
        log.exception("no audit record of %s %s by %s", request.method, request.path, user.username)


def name_deed(match: Any) -> str:
    """Say in words what a view does: the first sentence of what it says of itself."""
    if match is None:
        return "Asked for a page that does not exist"
    view = match.func
    if str(getattr(view, "__module__", "")).startswith("drumbeat.") and view.__doc__:
        text = " ".join(view.__doc__.split())
        return text.split(". ")[0].rstrip(".")[:200]
    return re.sub(r"[-_:]+", " ", str(match.view_name or "")).capitalize()[:200]
