"""Lead who asked for a job to it; or back to the page asked from, where the job is somebody else's."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect

from drumbeat.web.jobs import may_see
from drumbeat.web.models import Job


def lead_to_job(request: Any, job: Job, page: str, **part: Any) -> HttpResponse:
    """Lead to a job that the user began or that is under way already.

    Parameters
    ----------
    request
        Of who asked.
    job
        The job.
    page, part
        Name of the page asked from, and what its address takes: where to go when the user may not see the job.
    """
    if may_see(request.user, job):
        return redirect("web:job", number=job.pk)
    messages.info(request, "Somebody else has begun it: what comes of it is shown here once it is done.")
    back: HttpResponse = redirect(page, **part)
    return back
