"""The way in and out as pages: upload, check, difference and findings, store; template and export."""

from __future__ import annotations

import secrets
from typing import Any

from django.contrib import messages
from django.http import FileResponse, Http404, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from drumbeat.accounts.models import Role
from drumbeat.accounts.permissions import check_role, require, sites_of
from drumbeat.basics.findings import Finding, InputError
from drumbeat.data.export_rows import export_file, template_file
from drumbeat.data.receive_files import MOST_BYTES, folder_of, forget_old_files, receive_files
from drumbeat.data.snapshot import Snapshot
from drumbeat.web.jobs import enqueue, jobs_of
from drumbeat.web.models import Job

KINDS = ["check-load", "store-load"]
SHOWN_FINDINGS = 500


@require(Role.MANAGER)
@require_http_methods(["GET", "POST"])
def upload(request: Any) -> HttpResponse:
    """Take in files and check them in the background."""
    check_role(request.user, Role.MANAGER, "")
    findings: list[Finding] = []
    if request.method == "POST":
        token = secrets.token_urlsafe(12).replace("_", "-")
        forget_old_files(timezone.now())
        files = request.FILES.getlist("files")
        try:
            path = receive_files(files, token)
        except InputError as error:
            findings = error.findings.shown
        else:
            name = files[0].name if len(files) == 1 else f"{len(files)} files"
            remove_absent = request.POST.get("remove_absent") == "1"
            arguments = {"token": token, "path": str(path), "name": name, "remove_absent": remove_absent}
            enqueue("check-load", arguments, request.user, title=f"Check {name}")
            return redirect("data:load", token=token)
    recent = jobs_of(request.user).filter(kind__in=KINDS)[:8]
    context = {"findings": findings, "recent": recent, "most_megabytes": MOST_BYTES // 1_000_000}
    return render(request, "data/upload.html", context, status=422 if findings else 200)


def _job_of(request: Any, token: str) -> Job:
    check_role(request.user, Role.MANAGER, "")
    found = jobs_of(request.user).filter(kind__in=KINDS, arguments__token=token).first()
    if found is None:
        raise Http404("There is no such upload.")
    return found


@require(Role.MANAGER)
@require_GET
def load(request: Any, token: str) -> HttpResponse:
    """Show an upload: its progress, then the difference that it makes and the findings."""
    job = _job_of(request, token)
    if request.htmx and not job.ended_at:
        return render(request, "data/load_progress.html", {"job": job, "token": token})
    report = job.result.get("report") or job.result.get("findings") or {}
    found = report.get("findings", [])
    place, severity = request.GET.get("place", ""), request.GET.get("severity", "")
    shown = [
        finding
        for finding in found
        if (not place or finding["place"] == place) and (not severity or finding["severity"] == severity)
    ]
    tables = [
        {"name": name, **counts, "changed": counts["inserted"] + counts["updated"] + counts["removed"]}
        for name, counts in report.get("tables", {}).items()
    ]
    is_checked = job.kind == "check-load" and job.state == Job.State.DONE
    context = {
        "job": job,
        "token": token,
        "report": report,
        "tables": [table for table in tables if table["changed"] or table["unchanged"]],
        "num_changed": sum(table["changed"] for table in tables),
        "findings": shown[:SHOWN_FINDINGS],
        "num_shown": len(shown),
        "num_found": len(found),
        "places": sorted({finding["place"] for finding in found}),
        "severities": [word for word in ("error", "warning", "note") if any(f["severity"] == word for f in found)],
        "place": place,
        "severity": severity,
        "can_store": is_checked and not report.get("errors") and folder_of(token).is_dir(),
    }
    answer = render(request, "data/load.html", context)
    if request.htmx:
        answer["HX-Refresh"] = "true"
    return answer


@require(Role.MANAGER)
@require_POST
def store(request: Any, token: str) -> HttpResponse:
    """Store an upload that was checked."""
    job = _job_of(request, token)
    if job.kind != "check-load" or job.state != Job.State.DONE or not folder_of(token).is_dir():
        messages.error(request, "There is nothing to store here: the upload was not checked, or is stored already.")
    elif job.result["report"]["errors"]:
        messages.error(request, "Nothing was stored: mend the errors and send the files again.")
    else:
        enqueue("store-load", job.arguments, request.user, title=f"Store {job.arguments['name']}")
    return redirect("data:load", token=token)


@require(Role.MANAGER)
@require_GET
def findings_json(request: Any, token: str) -> JsonResponse:
    """Answer with what a load did, or would do, and its findings, as JSON."""
    job = _job_of(request, token)
    report = job.result.get("report") or job.result.get("findings") or {}
    return JsonResponse({"state": job.state, **report})


@require(Role.VIEWER)
@require_GET
def template(request: Any) -> FileResponse:  # noqa: ARG001
    """Send the blank workbook."""
    return template_file()


@require(Role.VIEWER)
@require_GET
def export(request: Any) -> FileResponse | HttpResponse:
    """Send all data that the user may see, in a form that loads again."""
    form = request.GET.get("form", "xlsx")
    snapshot = Snapshot.read_database()
    sites = sites_of(request.user)
    if sites is not None:
        snapshot = snapshot.sites(sorted(sites))
    try:
        return export_file(dict(snapshot.frames), "drumbeat", form if form in {"csv", "parquet"} else "xlsx")
    except InputError as error:
        messages.error(request, str(error))
        return redirect("data:tables")
