"""Numbers as a forecast deserves them: `{% load demand_numbers %}`."""

from __future__ import annotations

from typing import Any

from django import template

from drumbeat.web.templatetags.drumbeat import quantity

register = template.Library()


@register.filter
def rounded(value: Any) -> str:
    """A number that nobody knows exactly, with about three digits; "–" for nothing."""
    if value is None or value == "":
        return "–"
    number = float(value)
    size = abs(number)
    return str(quantity(round(number, 0 if size >= 100 else 1 if size >= 10 else 2)))
