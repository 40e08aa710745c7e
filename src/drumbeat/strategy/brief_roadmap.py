"""What the board paper says of a stored roadmap."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from drumbeat.strategy.models import RoadmapPlan
from drumbeat.strategy.tell_roadmap import say_money

THOUSAND = 1000.0
MOST_ROWS, SHOWN_COMPARISONS = 9, 3
"""What the first page has room for; the rest stands in the appendix."""


@dataclass(frozen=True)
class Brief:
    """A roadmap in words and rows: initiatives with start and worth, the cash curve, what staging is worth, and why."""

    rows: list[list[str]] = field(default_factory=list)
    curve: list[dict[str, Any]] = field(default_factory=list)
    most: str = ""
    least: str = ""
    currency: str = ""
    worth: str = ""
    staging: str = ""
    why: list[str] = field(default_factory=list)
    risks: list[str] = field(default_factory=list)
    method: list[str] = field(default_factory=list)


def brief_roadmap(plan: RoadmapPlan | None) -> Brief:
    """Tell a stored roadmap; empty where none has been made.

    Where demand may go several ways, initiatives stand with their start on the most probable one.
    """
    if plan is None:
        return Brief()
    content = plan.content
    chosen, currency = content["chosen"], content["currency"]
    starts = [date.fromisoformat(day) for day in content["starts"]]
    way = max(range(len(content["ways"])), key=lambda at: content["ways"][at]["probability"])
    named = {row["code"]: row["name"] or row["code"] for row in content["initiatives"]}
    placed = [(begins[way], code) for code, begins in chosen["starts"].items() if begins[way] < len(starts) - 1]
    reasons = {row["code"]: row for row in content["reasons"]}
    mean, low, middle, high = (row for row in chosen["total"])
    shown = [value / THOUSAND for value in (*low, *high, 0.0)]
    rows = [
        [named[code], f"{starts[start]:%b %Y}", _worth(reasons.get(code))]
        for start, code in sorted(placed, key=lambda one: (one[0], named[one[1]]))
    ]
    share = content["ways"][way]["probability"]
    return Brief(
        rows=rows[:MOST_ROWS] + ([[f"and {len(rows) - MOST_ROWS} more", "", ""]] if len(rows) > MOST_ROWS else []),
        curve=[
            {"period": f"{starts[at]:%b %Y}", "low": low[at] / THOUSAND, "mid": middle[at] / THOUSAND,
             "high": high[at] / THOUSAND}
            for at in range(len(mean))
        ],
        most=f"{max(shown):,.0f}",
        least=f"{min(shown):,.0f}",
        currency=f"thousand {currency}",
        worth=_tell_worth(chosen, currency),
        staging=" ".join(row["sentence"] for row in content["comparisons"][:SHOWN_COMPARISONS]),
        why=[row["sentence"] for row in content["comparisons"][SHOWN_COMPARISONS:]]
        + [f"{named[row['code']]}: {' '.join(row['sentences'])}" for row in content["reasons"] if row["start"]],
        risks=[f"The roadmap loses money with a probability of {chosen['loss_probability']:.0%}."],
        method=[f"The roadmap was chosen among {content['screened']:,} and judged in {content['futures']:,} futures.",
                f"Starts are those of the way of demand that is held {share:.0%} probable."],
    )  # fmt: skip


def _tell_worth(chosen: dict[str, Any], currency: str) -> str:
    """Value with P10, P50 and P90, what there is to spend, when it is back and at what rate."""
    p10, p50, p90 = (say_money(chosen[name], currency) for name in ("p10", "p50", "p90"))
    back = chosen["payback_years"]
    told = f"Net present value: P10 {p10}, P50 {p50}, P90 {p90}. To spend {say_money(chosen['invested'], currency)}"
    told += "; not back within the horizon" if back is None else f"; back after {back:.1f} years"
    rate = chosen["return_rate"]
    return told + ("." if rate is None else f", internal rate of return {rate:.0%} a year.")


def _worth(reason: dict[str, Any] | None) -> str:
    worth = None if reason is None else reason["worth"]
    return "" if worth is None else say_money(worth)
