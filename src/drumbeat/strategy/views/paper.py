"""The board paper, for download."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpResponse
from django.utils import timezone

from drumbeat.accounts.permissions import check_role, require
from drumbeat.basics.findings import InputError
from drumbeat.strategy.write_paper import find_decision, write_paper


@require("viewer")
def paper(request: Any, code: str = "") -> HttpResponse:
    """Send the board paper on a decision, or on the newest open one."""
    check_role(request.user, "viewer", "")
    try:
        decision = find_decision(code)
    except InputError as error:
        raise Http404(str(error)) from None
    answer = HttpResponse(
        write_paper(decision, timezone.now(), request.user.get_username()), content_type="application/pdf"
    )
    answer["Content-Disposition"] = f'attachment; filename="board-paper{"-" if code else ""}{code}.pdf"'
    return answer
