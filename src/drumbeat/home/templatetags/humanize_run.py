"""Filters that write figures as people read them."""

from __future__ import annotations

from collections.abc import Sized
from typing import Any

from django import template

register = template.Library()


@register.filter
def percent(share: float, digits: int = 0) -> str:
    """Write a share as a percentage; what is neither none nor all never looks like it."""
    shown = round(100 * share, digits)
    if shown >= 100 and share < 1:
        return "> 99 %" if digits == 0 else f"> {100 - 10**-digits:.{digits}f} %"
    if shown <= 0 and share > 0:
        return "< 1 %" if digits == 0 else f"< {10**-digits:.{digits}f} %"
    return f"{shown:.{digits}f} %"


@register.filter
def points(share: float) -> str:
    """Write a difference of shares in percentage points."""
    return f"{100 * share:.2f} pts"


@register.filter
def span(seconds: float) -> str:
    """Write a time span in its two largest units."""
    minutes = round(abs(seconds) / 60)
    days, rest = divmod(minutes, 1440)
    hours, minutes = divmod(rest, 60)
    sign = "-" if seconds < 0 else ""
    if days:
        return f"{sign}{days} d {hours} h"
    if hours:
        return f"{sign}{hours} h {minutes:02} min"
    return f"{sign}{minutes} min"


@register.filter
def css(value: float) -> str:
    """Write a number for a style sheet: a point, whatever the language."""
    return f"{value:.3f}"


@register.filter
def figure(value: float) -> str:
    """Write a number with as many digits as it deserves."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


@register.filter
def subtract(total: int, shown: Sized) -> int:
    """Say how many of a total are not among those shown."""
    return total - len(shown)


@register.filter
def may(user: Any, role: str) -> bool:
    """Say whether a user has a role, or a higher one, for all sites."""
    return bool(getattr(user, "is_authenticated", False)) and bool(user.may(role, ""))
