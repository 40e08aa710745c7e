"""A filter that writes amounts as the debrief's sentences do."""

from __future__ import annotations

from django import template

from drumbeat.lab.explain_debrief import say_amount

register = template.Library()


@register.filter
def amount(value: float) -> str:
    """Write an amount in full, with a real minus and no sign for what rounds to nothing: "−1,234"."""
    return say_amount(value)
