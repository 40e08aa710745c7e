"""Pages of the administrator: who may sign in, with which roles at which sites; and who changed what."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from drumbeat.accounts import actions
from drumbeat.accounts.forms import AddUserForm, PasswordForm, RoleForm
from drumbeat.accounts.models import AuditRecord, Membership, Role, User
from drumbeat.accounts.permissions import check_role, require
from drumbeat.basics.findings import InputError

PAGE_ROWS = 50
LATELY = 20
"""Deeds of one user that his page shows."""


def users_of(administrator: User) -> list[User]:
    """Users whom an administrator may see: all, or those who have a role at one of the sites administered."""
    found = User.objects.order_by("-is_active", "username")
    sites = administrator.sites_with(Role.ADMIN)
    if sites is not None:
        found = found.filter(memberships__site__in=sites).distinct()
    return list(found)


def manages(administrator: User, user: User) -> bool:
    """Whether an administrator may lock this user and set the password: no role of the user lies elsewhere."""
    sites = administrator.sites_with(Role.ADMIN)
    return sites is None or set(Membership.objects.filter(user=user).values_list("site", flat=True)) <= sites


def _read_word(given: Any, name: str) -> str:
    """Read a short text; a NUL, which PostgreSQL knows in no text, becomes the sign for what cannot be shown."""
    return str(given.get(name, "")).replace("\x00", "\ufffd").strip()[:200]


def _find(administrator: User, number: int) -> User:
    found: User = get_object_or_404(User, pk=number)
    if found not in users_of(administrator):
        raise PermissionDenied("This user has no role at a site that you administer.")
    return found


@require("admin")
@require_GET
def users(request: Any) -> HttpResponse:
    """List the users with their roles, and offer to add one."""
    return _show_users(request, AddUserForm(request.user))


def _show_users(request: Any, form: AddUserForm) -> HttpResponse:
    asked = _read_word(request.GET, "q").lower()
    found = [one for one in users_of(request.user) if asked in one.username.lower()]
    rows = Paginator(found, PAGE_ROWS).get_page(request.GET.get("page"))
    return render(request, "accounts/users.html", {"rows": rows, "asked": asked, "form": form, "count": len(found)})


@require("admin")
@require_POST
def add(request: Any) -> HttpResponse:
    """Add a user."""
    form = AddUserForm(request.user, request.POST)
    if not form.is_valid():
        return _show_users(request, form)
    given = form.cleaned_data
    check_role(request.user, Role.ADMIN, given["site"])
    password = given["password"] or secrets.token_urlsafe(12)
    try:
        made = actions.add_user(given["name"], password, given["role"], given["site"])
    except InputError as error:
        form.add_findings(error)
        return _show_users(request, form)
    _tell_password(request, made, None if given["password"] else password)
    return redirect("users:user", number=made.pk)


def _tell_password(request: Any, user: User, password: str | None) -> None:
    told = f"{user.username} may sign in."
    if password:
        told += f" The password is {password} and is shown only now."
    messages.success(request, told)


@require("admin")
@never_cache
@require_GET
def user(request: Any, number: int) -> HttpResponse:
    """Show one user: roles, password, what was done lately."""
    found = _find(request.user, number)
    held = Membership.objects.filter(user=found).order_by("site")
    context = {
        "one": found,
        "roles": [(one, request.user.may(Role.ADMIN, one.site)) for one in held],
        "role_form": RoleForm(request.user),
        "password_form": PasswordForm(),
        "is_managed": manages(request.user, found),
        "deeds": AuditRecord.objects.filter(user=found)[:LATELY] if manages(request.user, found) else [],
    }
    return render(request, "accounts/user.html", context)


@require("admin")
@require_POST
def change(request: Any, number: int) -> HttpResponse:
    """Change a user: a role, the password, locked or not."""
    found = _find(request.user, number)
    does: dict[str, Callable[[Any, User], None]] = {
        "give-role": _give_role,
        "take-role": _take_role,
        "password": _set_password,
        "lock": _lock,
        "unlock": _unlock,
    }
    what = request.POST.get("what", "")
    if what not in does:
        messages.error(request, f"Nothing was changed: {what!r} is none of {', '.join(does)}.")
    else:
        try:
            does[what](request, found)
        except InputError as error:
            for finding in error.findings.shown:
                messages.error(request, str(finding))
    if found not in users_of(request.user):  # the last role at an own site was taken
        return redirect("users:users")
    return redirect("users:user", number=number)


def _give_role(request: Any, user: User) -> None:
    site, role = _read_word(request.POST, "site"), _read_word(request.POST, "role")
    check_role(request.user, Role.ADMIN, site)
    actions.give_role(user, role, site)
    messages.success(request, f"{user.username} is {role} {f'at {site}' if site else 'at all sites'}.")


def _take_role(request: Any, user: User) -> None:
    site = _read_word(request.POST, "site")
    check_role(request.user, Role.ADMIN, site)
    actions.take_role(user, site)
    messages.success(request, f"{user.username} has no role {f'at {site}' if site else 'for all sites'} any more.")


def _check_managed(request: Any, user: User) -> None:
    if not manages(request.user, user):
        raise PermissionDenied("This user has roles at sites that you do not administer.")


def _set_password(request: Any, user: User) -> None:
    _check_managed(request, user)
    given = str(request.POST.get("password", ""))
    password = given or secrets.token_urlsafe(12)
    actions.set_password(user, password)
    _tell_password(request, user, None if given else password)


def _lock(request: Any, user: User) -> None:
    _check_managed(request, user)
    if user == request.user:
        messages.error(request, "Nobody locks himself out: ask another administrator.")
        return
    actions.lock_user(user.username)
    messages.success(request, f"{user.username} can no longer sign in. Data and history stay.")


def _unlock(request: Any, user: User) -> None:
    _check_managed(request, user)
    given = str(request.POST.get("password", ""))
    password = given or secrets.token_urlsafe(12)
    actions.unlock_user(user, password)
    _tell_password(request, user, None if given else password)


@require("admin")
@require_GET
def audit(request: Any) -> HttpResponse:
    """Show who changed what by a page, newest first."""
    found = AuditRecord.objects.all()
    if request.user.sites_with(Role.ADMIN) is not None:
        found = found.filter(user__in=[one for one in users_of(request.user) if manages(request.user, one)])
    asked = _read_word(request.GET, "q")
    if asked:
        found = found.filter(name__icontains=asked)
    if request.GET.get("refused"):
        found = found.filter(is_refused=True)
    rows = Paginator(found, PAGE_ROWS).get_page(request.GET.get("page"))
    context = {"rows": rows, "asked": asked, "refused": bool(request.GET.get("refused"))}
    return render(request, "accounts/audit.html", context)
