"""Who may do what, and at which sites. Every view names its role; a view without one is closed to everybody."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any, TypeVar

from django.apps import apps
from django.core.exceptions import PermissionDenied
from django.db import models
from django.db.models import Q, QuerySet

from drumbeat.accounts.models import Role, User

PUBLIC = "public"
"""Role of a view that needs no sign-in."""

View = TypeVar("View", bound=Callable[..., Any])


def require(role: str) -> Callable[[View], View]:
    """Mark a view as open to users who have this role, or a higher one, at any site.

    The mark is enforced by `drumbeat.accounts.middleware`, which closes views without a mark. What a user sees or
    changes at which site is narrowed inside the view by `visible` and `check_site`.

    Parameters
    ----------
    role
        "viewer", "planner", "manager", "admin", or "public" for a view that needs no sign-in.
    """
    if role != PUBLIC:
        Role(role)

    def mark(view: View) -> View:
        view.required_role = role  # type: ignore[attr-defined]
        return view

    return mark


def sites_of(user: User, role: str = Role.VIEWER) -> set[str] | None:
    """Return the codes of the sites at which the user has this role or a higher one; None = all sites."""
    return user.sites_with(role)


def check_role(user: Any, role: str, site: str | None = None) -> None:
    """Stop when the user lacks this role: at `site`, everywhere (""), or anywhere (None).

    Raises
    ------
    PermissionDenied
        With a sentence for the user.
    """
    if not user.may(role, site):
        where = "" if site is None else " for all sites" if site == "" else f" for site {site}"
        raise PermissionDenied(f"This needs the role {Role(role).value}{where}. Your administrator can give it to you.")


@cache
def site_paths(model: Any) -> tuple[str, ...]:
    """Return how a table leads to its site, as lookups of Django: `("order__site",)` for a task.

    A chain of required references is preferred, the shortest first; a table that only has optional ones gives them
    all (a row belongs to the site that any of them leads to). () = rows of the table belong to no site.
    """
    site = apps.get_model("plant", "Site")
    if model is site:
        return ("pk",)
    required = _chains(model, site, required=True)
    if required:
        return (min(required, key=lambda path: (path.count("__"), path)),)
    return tuple(sorted(_chains(model, site, required=False)))


def _chains(model: type[models.Model], site: type[models.Model], *, required: bool, depth: int = 4) -> list[str]:
    found = []
    for field in model._meta.concrete_fields:
        target: Any = field.related_model
        if target is None or target is model or (required and field.null):
            continue
        if target is site:
            found.append(f"{field.name}_id")
        elif depth > 1:
            # Beyond an optional first step only required ones count: a machine's line's site is not its own answer.
            found += [f"{field.name}__{rest}" for rest in _chains(target, site, required=True, depth=depth - 1)]
    return found


def visible(rows: QuerySet[Any], user: User, role: str = Role.VIEWER) -> QuerySet[Any]:
    """Narrow rows to the sites at which the user has a role; rows that belong to no site stay."""
    sites = sites_of(user, role)
    model: Any = rows.model
    paths = site_paths(model)
    if sites is None or not paths:
        return rows
    at_site = Q()
    nowhere = Q()
    for path in paths:
        at_site |= Q(**{f"{path}__in": sites})
        nowhere &= Q(**{f"{path}__isnull": True})
    return rows.filter(at_site | nowhere if _is_optional(model) else at_site)


def _is_optional(model: type[models.Model]) -> bool:
    site = apps.get_model("plant", "Site")
    return model is not site and not _chains(model, site, required=True)


def check_row(row: models.Model, user: User, role: str) -> None:
    """Stop when the user may not change this row, stored or not: it belongs to another site, or to all.

    Raises
    ------
    PermissionDenied
        With a sentence for the user.
    """
    sites = {site for path in site_paths(type(row)) if (site := _follow(row, path)) is not None}
    if not sites:
        check_role(user, role, "")
    for site in sites:
        check_role(user, role, site)


def _follow(row: Any, path: str) -> Any:
    for step in path.split("__"):
        row = getattr(row, step)
        if row is None:
            return None
    return row
