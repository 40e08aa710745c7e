"""Begin a job of strategy from a form: told what is wrong with it, or led to the job, also to one under way."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect

from drumbeat.web.jobs import enqueue
from drumbeat.web.lead_to_job import lead_to_job
from drumbeat.web.models import Job

UNDER_WAY = [Job.State.WAITING, Job.State.RUNNING]


def begin_job(request: Any, form: Any, kind: str, busy: str = "") -> HttpResponse:
    """Begin a job with a form's terms; go back to the page of the same name as the kind where the form is wrong.

    Parameters
    ----------
    request, form
        What was sent; the form has `terms`.
    kind
        Of the job.
    busy
        Said where one is under way, which is shown instead; empty: another one begins all the same.
    """
    if not form.is_valid():
        for name, errors in form.errors.items():
            messages.error(request, f"{form.fields[name].label}: {' '.join(map(str, errors))}")
        return redirect(kind)
    running = Job.objects.filter(kind=kind, state__in=UNDER_WAY).first() if busy else None
    if running is None:
        running = enqueue(kind, form.terms(), request.user)
    else:
        messages.info(request, busy)
    return lead_to_job(request, running, kind)
