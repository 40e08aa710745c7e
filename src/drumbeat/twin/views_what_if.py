"""What-ifs as pages: list, make, change, copy, remove; what is wrong with one is said at once."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods, require_POST

from drumbeat.accounts.models import Role
from drumbeat.accounts.permissions import check_role, require, sites_of
from drumbeat.basics.findings import InputError
from drumbeat.data.change_form import ChangeForm
from drumbeat.data.list_changes import ChangeKind, list_changes, tell_change
from drumbeat.data.models import WhatIf
from drumbeat.data.snapshot import Snapshot
from drumbeat.data.what_if import check_what_if, edit_what_if, narrow, open_what_if, what_ifs_of
from drumbeat.plant.models import Site
from drumbeat.twin.models import Comparison
from drumbeat.web.models import Job

SHOWN_COMPARISONS = 8


def find_one(request: Any, code: str, role: str = Role.VIEWER) -> WhatIf:
    """Return a what-if that the user may see, and stop where the user lacks the role for its site."""
    found = get_object_or_404(what_ifs_of(request.user), code=code)
    check_role(request.user, role, found.site)
    return found


def find_seen(request: Any, code: str) -> WhatIf:
    """Return a what-if for a planner to change, as it was when the page with the form was made."""
    found = find_one(request, code, Role.PLANNER)
    try:
        found.changed_at = datetime.fromisoformat(request.POST.get("seen") or found.changed_at.isoformat())
    except ValueError:
        raise Http404("The page does not say which state of the what-if it showed.") from None
    return found


def _edit(request: Any, found: WhatIf, changes: list[Any] | None = None, **texts: str) -> HttpResponse:
    """Store an edit, or say why not, and show the what-if."""
    try:
        edit_what_if(found, changes, **texts)
    except InputError as error:
        _tell_errors(request, error)
    return redirect("what-if", code=found.code)


def comparisons_of(user: Any) -> Any:
    """Return the comparisons that a user may see."""
    sites = sites_of(user)
    rows = Comparison.objects.select_related("user")
    return rows if sites is None else rows.filter(site__in=sites)


def list_sites(user: Any) -> list[tuple[str, str]]:
    """Return the scopes in which a user may make a what-if: code and name, "" for all sites first."""
    sites = sites_of(user, Role.PLANNER)
    rows = Site.objects.order_by("code")
    named = [(one.code, one.name or one.code) for one in (rows if sites is None else rows.filter(code__in=sites))]
    return ([("", "All sites")] if sites is None else []) + named


def _tell_errors(request: HttpRequest, error: InputError) -> None:
    for one in error.findings.shown[:5]:
        messages.error(request, str(one))


@require("viewer")
def what_ifs(request: Any) -> HttpResponse:
    """List the what-ifs that the user may see, and what comparing them gave."""
    kinds = list_changes()
    rows = [
        {"one": one, "changes": [tell_change(row, kinds) for row in one.changes[:3]], "more": len(one.changes) - 3}
        for one in what_ifs_of(request.user)
    ]
    under_way = [Job.State.WAITING, Job.State.RUNNING]
    context = {
        "rows": rows, "sites": list_sites(request.user), "may_plan": request.user.may(Role.PLANNER),
        "comparisons": comparisons_of(request.user)[:SHOWN_COMPARISONS],
        "running": Job.objects.filter(kind="compare", user=request.user, state__in=under_way).first(),
    }  # fmt: skip
    return render(request, "twin/what_ifs.html", context)


@require("planner")
@require_POST
def open_one(request: Any) -> HttpResponse:
    """Store a list of changes that some page proposes, or an empty one, and go to its page."""
    site = request.POST.get("site", "")
    sites = dict(list_sites(request.user))
    if "site" not in request.POST and "" not in sites and len(sites) == 1:
        site = next(iter(sites))
    check_role(request.user, Role.PLANNER, site)
    back = request.POST.get("origin", "")
    is_ours = url_has_allowed_host_and_scheme(back, allowed_hosts=None)
    try:
        changes = json.loads(request.POST.get("changes") or "[]")
        if not isinstance(changes, list):
            raise ValueError
        found = open_what_if(
            request.POST.get("name", ""), changes, note=request.POST.get("note", ""), site=site,
            origin=back if is_ours else "", author=request.user,
        )  # fmt: skip
    except InputError as error:
        _tell_errors(request, error)
        return redirect(back if is_ours else "what-ifs")
    except (ValueError, RecursionError):
        messages.error(request, "The changes are no list in JSON: nothing was stored.")
        return redirect(back if is_ours else "what-ifs")
    return redirect("what-if", code=found.code)


@require("viewer")
def what_if(request: Any, code: str) -> HttpResponse:
    """Show a what-if: its changes, what is wrong with them, and what comparing it gave."""
    found, kinds = find_one(request, code), list_changes()
    rooms: dict[str, list[ChangeKind]] = {}
    for kind in kinds.values():
        rooms.setdefault(kind.room, []).append(kind)
    context = {
        "what_if": found, "changes": [tell_change(row, kinds) for row in found.changes], "rooms": rooms,
        "may_plan": request.user.may(Role.PLANNER, found.site),
        "may_remove": _may_remove(request.user, found),
        "comparisons": [one for one in comparisons_of(request.user)[:200] if code in one.codes][:SHOWN_COMPARISONS],
        "sites": list_sites(request.user),
    }  # fmt: skip
    return render(request, "twin/what_if.html", context)


def _may_remove(user: Any, found: WhatIf) -> bool:
    is_own = found.author_id == user.pk  # type: ignore[attr-defined]
    return bool(user.may(Role.MANAGER, found.site) or (is_own and user.may(Role.PLANNER, found.site)))


@require("viewer")
def what_if_findings(request: Any, code: str) -> HttpResponse:
    """Say what is wrong with a what-if on today's data."""
    found = find_one(request, code)
    try:
        snapshot = narrow(Snapshot.read_database(), found.site)
        findings = check_what_if(snapshot, found.changes)
    except InputError as error:
        findings = error.findings
    context = {"what_if": found, "findings": findings.shown, "total": findings.count}
    return render(request, "twin/what_if_findings.html", context)


@require("planner")
@require_http_methods(["GET", "POST"])
def change(request: Any, code: str) -> HttpResponse:
    """Add a change of a kind (`kind=`), or edit the one at a place (`row=`, counted from 0)."""
    found, kinds = find_seen(request, code), list_changes()
    asked = request.GET.get("row", "")
    row = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 5 else None
    if row is not None and row >= len(found.changes):
        raise Http404("This what-if has no such change.")
    stored = found.changes[row] if row is not None else {}
    kind = kinds.get(str(stored.get("kind") or request.GET.get("kind", "")))
    if kind is None:
        raise Http404("There is no such kind of change.")
    form = ChangeForm(kind, request.user, request.POST if request.method == "POST" else None, stored)
    if request.method == "POST" and form.is_valid():
        plain = form.plain()
        changes = [*found.changes, plain] if row is None else [*found.changes[:row], plain, *found.changes[row + 1 :]]
        try:
            edit_what_if(found, changes)
            return redirect("what-if", code=code)
        except InputError as error:
            for one in error.findings.shown[:5]:
                form.add_error(None, str(one))
    context = {"what_if": found, "kind": kind, "form": form, "row": row, "suggested": form.suggested}
    return render(request, "twin/what_if_change.html", context, status=422 if form.errors else 200)


@require("planner")
@require_POST
def remove_change(request: Any, code: str) -> HttpResponse:
    """Take a change off (`row=`), or bring it before the one above it (`up=`), counted from 0."""
    found = find_seen(request, code)
    changes, places = list(found.changes), [str(place) for place in range(len(found.changes))]
    if request.POST.get("row") in places:
        del changes[places.index(request.POST["row"])]
    elif request.POST.get("up") in places[1:]:
        place = places.index(request.POST["up"])
        changes[place - 1], changes[place] = changes[place], changes[place - 1]
    return _edit(request, found, changes)


@require("planner")
@require_POST
def keep_texts(request: Any, code: str) -> HttpResponse:
    """Keep another name and note."""
    name, note = (request.POST.get(text, "") for text in ("name", "note"))
    return _edit(request, find_seen(request, code), name=name, note=note)


@require("planner")
@require_POST
def copy(request: Any, code: str) -> HttpResponse:
    """Make another what-if of the same changes, to go on from."""
    found = find_one(request, code, Role.PLANNER)
    made = open_what_if(
        f"{found.name[:190]} (copy)", found.changes, note=found.note, site=found.site, origin=found.origin,
        author=request.user,
    )  # fmt: skip
    return redirect("what-if", code=made.code)


@require("planner")
@require_POST
def remove(request: Any, code: str) -> HttpResponse:
    """Remove a what-if: its author, or a manager of its site."""
    found = find_one(request, code, Role.PLANNER)
    if not _may_remove(request.user, found):
        check_role(request.user, Role.MANAGER, found.site)
    found.delete()
    messages.success(request, f"Removed {found.name}.")
    return redirect("what-ifs")
