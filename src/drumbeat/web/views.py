"""The pages of the background jobs."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST

from drumbeat.web.jobs import cancel, jobs_of, result_for, retry
from drumbeat.web.models import Job
from drumbeat.web.rules import open_to

SHOWN = 100


@open_to("viewer")
@require_GET
def jobs(request: Any) -> HttpResponse:
    """List the latest jobs; while any is under way, the list renews itself."""
    shown = list(jobs_of(request.user)[:SHOWN])
    is_active = any(job.ended_at is None for job in shown)
    page = "web/jobs_rows.html" if request.htmx else "web/jobs.html"
    return render(request, page, {"jobs": shown, "is_active": is_active, "limit": SHOWN})


@open_to("viewer")
@require_GET
def job(request: Any, number: int) -> HttpResponse:
    """Show one job: its progress, then what came out."""
    found = get_object_or_404(jobs_of(request.user), pk=number)
    found.result = result_for(request.user, found)
    page = "web/job_progress.html" if request.htmx else "web/job.html"
    answer = render(request, page, {"job": found})
    if request.htmx and found.ended_at is not None:
        answer["HX-Refresh"] = "true"
    return answer


@open_to("viewer")
@require_POST
def cancel_job(request: Any, number: int) -> HttpResponse:
    """Ask a job to stop."""
    found = get_object_or_404(jobs_of(request.user), pk=number)
    cancel(found)
    return redirect("web:job", number=number)


@open_to("planner")
@require_POST
def retry_job(request: Any, number: int) -> HttpResponse:
    """Do the same work again."""
    found = get_object_or_404(jobs_of(request.user), pk=number)
    if found.user not in (None, request.user):
        messages.error(request, "Only the user who asked for this work can repeat it.")
        return redirect("web:job", number=number)
    if found.state not in (Job.State.FAILED, Job.State.CANCELLED):
        messages.error(request, "Only work that failed or was cancelled can be repeated.")
        return redirect("web:job", number=number)
    return redirect("web:job", number=retry(found, request.user).pk)
