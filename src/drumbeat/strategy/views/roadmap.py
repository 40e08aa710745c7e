"""The roadmap: which initiatives, when, in which order, and why."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from drumbeat.accounts.permissions import check_role, require
from drumbeat.strategy.models import Initiative


@require("viewer")
def roadmap(request: HttpRequest) -> HttpResponse:
    """Show the newest roadmap."""
    check_role(request.user, "viewer", "")
    initiatives = Initiative.objects.order_by("kind", "code")
    return render(request, "strategy/roadmap.html", {"tab": "roadmap", "initiatives": initiatives})
