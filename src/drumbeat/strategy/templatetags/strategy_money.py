"""Money and functions as people say them: `{% load strategy_money %}`."""

from __future__ import annotations

from typing import Any

from django import template

from drumbeat.strategy.name_function import name_function
from drumbeat.strategy.tell_roadmap import say_money

register = template.Library()


@register.filter
def money_short(value: Any) -> str:
    """An amount as 1.33 M, 215 k or 940; "–" for nothing."""
    return "–" if value is None or value == "" else say_money(float(value)).replace("-", "−").replace(" ", "\u202f")


@register.filter
def function_name(value: Any) -> str:
    """A function as people write it: "Engineering", "HR"."""
    return name_function(str(value))
