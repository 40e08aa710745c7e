"""Tags and filters that every page uses: `{% load drumbeat %}`."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime
from decimal import Decimal
from functools import cache
from typing import Any

from django import template
from django.contrib.staticfiles import finders
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from drumbeat.web.icons import ICONS
from drumbeat.web.jobs import may_see
from drumbeat.web.models import Job

register = template.Library()


@cache
def _fingerprint(path: str) -> str:
    found = finders.find(path)
    if not isinstance(found, str):
        return ""
    with open(found, "rb") as file:
        return hashlib.file_digest(file, "blake2b").hexdigest()[:10]


@register.simple_tag
def asset(path: str) -> str:
    """Address of a static file, with a fingerprint so that a new version is fetched at once."""
    mark = _fingerprint(path)
    return static(path) + (f"?v={mark}" if mark else "")


@register.simple_tag
def static_path(path: str) -> str:
    """Address of a static file as style sheets write it, without a fingerprint."""
    return static(path)


@register.simple_tag
def icon(name: str, label: str = "") -> SafeString:
    """An icon as inline SVG; with a label it speaks to screen readers, without it is decoration."""
    role = format_html('role="img" aria-label="{}"', label) if label else mark_safe('aria-hidden="true"')
    return format_html('<svg class="icon" viewBox="0 0 24 24" {}>{}</svg>', role, mark_safe(ICONS[name]))  # noqa: S308


@register.filter
def quantity(value: Any) -> str:
    """A number with thin spaces between thousands and at most four significant decimals; "–" for nothing."""
    if value is None or value == "":
        return "–"
    number = float(value)
    if number == int(number) and abs(number) < 1e15:
        return f"{int(number):,}".replace(",", "\u202f")
    digits = 1 if abs(number) >= 1000 else 2 if abs(number) >= 1 else 4
    return f"{number:,.{digits}f}".replace(",", "\u202f").rstrip("0").rstrip(".")


@register.filter
def plain_json(value: Any) -> str:
    """Plain values as JSON, for a form's hidden field."""
    return json.dumps(value)


@register.filter
def dressed(field: Any) -> SafeString:
    """A form field's widget with Bootstrap's classes, its state and its help for screen readers."""
    kind = getattr(field.field.widget, "input_type", "")
    name = {"checkbox": "form-check-input", "select": "form-select"}.get(kind, "form-control")
    attributes = {"class": name + (" is-invalid" if field.errors else "")}
    if field.errors:
        attributes["aria-invalid"] = "true"
        attributes["aria-describedby"] = f"{field.id_for_label}_error"
    return SafeString(field.as_widget(attrs=attributes))


@register.filter
def unlocalized(value: float) -> str:
    """A number as HTML attributes need it, whatever the language."""
    return repr(float(value))


@register.filter
def percent(value: Any, digits: int = 0) -> str:
    """A share (0 to 1) as a percentage; "–" for nothing."""
    return "–" if value is None or value == "" else f"{float(value) * 100:.{digits}f}\u202f%"


@register.filter
def span(seconds: Any) -> str:
    """A time span in seconds as people say it: "45 s", "12 min", "3 h 20 min", "2 d 4 h"; "–" for nothing."""
    if seconds is None or seconds == "":
        return "–"
    whole = round(float(seconds))
    sign, whole = ("−" if whole < 0 else ""), abs(whole)
    days, rest = divmod(whole, 86_400)
    hours, rest = divmod(rest, 3600)
    minutes, left = divmod(rest, 60)
    if days:
        return f"{sign}{days} d {hours} h" if hours else f"{sign}{days} d"
    if hours:
        return f"{sign}{hours} h {minutes} min" if minutes else f"{sign}{hours} h"
    return f"{sign}{minutes} min" if minutes else f"{sign}{left} s"


@register.filter
def stamp(value: datetime | None) -> SafeString | str:
    """A moment as `Mon 2 Mar 14:05` in a <time> element (UTC unless a time zone is active); "–" for nothing."""
    if value is None:
        return "–"
    from django.utils.timezone import localtime

    local = localtime(value)
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        value.isoformat(),
        f"{local:%Y-%m-%d %H:%M:%S %Z}",
        f"{local:%a} {local.day} {local:%b %H:%M}",
    )


@register.filter
def words(name: str) -> str:
    """A table's or column's name as people read it: "due_at" -> "Due at"."""
    return str(name).replace("_", " ").capitalize()


@register.filter
def first_sentence(text: str) -> str:
    """The first sentence or line of a text."""
    line = text.strip().partition("\n")[0]
    return line if line.endswith(".") else line + "."


@register.filter
def is_number(column: Any) -> bool:
    """Whether a column of a table holds numbers."""
    return bool(column.dtype.is_numeric())


@register.filter
def is_long(value: Any) -> bool:
    """Whether a text may not fit its cell."""
    return isinstance(value, str) and len(value) > 40


@register.filter
def cell(value: Any, column: Any) -> SafeString | str:
    """A stored value as a table shows it: exact, moments in UTC, "–" for nothing."""
    if value is None or value == "":
        return format_html('<span class="nothing">{}</span>', "–")
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M}" + (f"{value:%S}".join([":", ""]) if value.second else "")
    if isinstance(value, float | int | Decimal) and column.dtype.is_numeric():
        return _exact(value)
    return str(value)


def _exact(value: float | int | Decimal) -> str:
    """A number with all its digits, thousands apart, without trailing zeros."""
    if isinstance(value, float) and not 1e-6 <= abs(value) < 1e15 and value != 0:
        return f"{value:g}"
    text = f"{Decimal(repr(value)) if isinstance(value, float) else value:,f}".replace(",", "\u202f")
    return text.rstrip("0").rstrip(".") if "." in text else text


@register.filter
def may_anywhere(user: Any, role: str) -> bool:
    """Whether a user has a role, or a higher one, at any site."""
    return bool(getattr(user, "is_authenticated", False)) and bool(user.may(role))


@register.filter
def is_seen_by(job: Job, user: Any) -> bool:
    """Whether a user may see a job: a link to it leads nowhere else."""
    return may_see(user, job)
