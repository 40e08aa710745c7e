"""Money as people say it: `{% load strategy_money %}`."""

from __future__ import annotations

from typing import Any

from django import template

from drumbeat.strategy.tell_roadmap import say_money

register = template.Library()


@register.filter
def money_short(value: Any) -> str:
    """An amount as 1.33 M, 215 k or 940; "–" for nothing."""
    return "–" if value is None or value == "" else say_money(float(value)).replace("-", "−").replace(" ", "\u202f")
