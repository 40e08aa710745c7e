"""The pages of own scenarios: make one of a plant, store a file, take it away to edit it, remove it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from drumbeat.accounts.permissions import check_role, require, sites_of
from drumbeat.basics.findings import Finding, Findings, InputError
from drumbeat.lab import actions_scenario
from drumbeat.lab.models import StoredScenario
from drumbeat.lab.read_form import read_words
from drumbeat.lab.read_scenario import LARGEST_FILE, check_text
from drumbeat.plant.models import Site
from drumbeat.web.jobs import enqueue, jobs_of
from drumbeat.web.models import Job

UNDER_WAY = [Job.State.WAITING, Job.State.RUNNING]


@require("planner")
def scenarios(request: Any) -> HttpResponse:
    """List one's own scenarios, and offer to make one of each site."""
    return render(request, "lab/scenarios.html", _context(request))


def _context(request: Any) -> dict[str, Any]:
    mine = StoredScenario.objects.filter(made_by=request.user)
    sites = sites_of(request.user, "planner")
    rows = Site.objects.order_by("code")
    return {
        "scenarios": [(one, check_text(one.text, one.code)[0]) for one in mine],
        "sites": rows if sites is None else rows.filter(code__in=sites),
        "running": jobs_of(request.user).filter(user=request.user, kind="lab-own", state__in=UNDER_WAY).first(),
    }


@require("planner")
@require_POST
def make_own(request: Any) -> HttpResponse:
    """Make a scenario of a site in the background; its game begins when it is there."""
    site = read_words(request.POST, "site", 60)
    check_role(request.user, "planner", site)
    if not Site.objects.filter(code=site).exists():
        raise Http404("There is no such site.")
    running = _context(request)["running"]
    job = running or enqueue("lab-own", {"site": site, "user": request.user.pk}, request.user)
    return redirect("web:job", number=job.pk)


@require("planner")
@require_POST
def store(request: Any) -> HttpResponse:
    """Store a scenario file; one that is not right is not stored, and its findings are shown by line."""
    file = request.FILES.get("file")
    findings = Findings()
    text = ""
    if file is None:
        findings.add(Finding("file", "a scenario is a file", "Choose one"))
    elif file.size > LARGEST_FILE:
        findings.add(Finding(file.name, "a scenario has at most a million characters", "Make it shorter"))
    else:
        try:
            text = file.read().decode("utf-8")
        except UnicodeDecodeError:
            findings.add(Finding(file.name, "the file is text in UTF-8", "Save it as such"))
    if text:
        _, findings = check_text(text, file.name)
    if not findings.has_errors:
        try:
            stored = actions_scenario.store_scenario(request.user, text, timezone.now())
        except InputError as error:
            findings = error.findings
        else:
            messages.success(request, f"Stored: {stored.title}. It can be played now.")
            return redirect("own-scenarios")
    context = _context(request) | {"findings": list(findings), "total": findings.count, "text": text}
    return render(request, "lab/scenarios.html", context, status=422)


@require("planner")
def download(request: Any, code: str) -> HttpResponse:
    """Send the file of one's own scenario, to be edited."""
    found = StoredScenario.objects.filter(code=code, made_by=request.user).first()
    if found is None:
        raise Http404("There is no such scenario of yours.")
    answer = HttpResponse(found.text, content_type="application/toml; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{found.code}.toml"'
    return answer


@require("planner")
@require_POST
def drop(request: Any, code: str) -> HttpResponse:
    """Remove one's own scenario; games that have begun go on."""
    try:
        actions_scenario.drop_scenario(request.user, code)
    except InputError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, "Removed. Games that have begun go on.")
    return redirect("own-scenarios")
