"""Who may open a page of this room. The room below the roles cannot import them; the mark is the same."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

View = TypeVar("View", bound=Callable[..., Any])


def open_to(role: str) -> Callable[[View], View]:
    """Mark a view as open to users with this role or a higher one; see `drumbeat.accounts.permissions.require`."""

    def mark(view: View) -> View:
        view.required_role = role  # type: ignore[attr-defined]
        return view

    return mark
