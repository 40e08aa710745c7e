"""A roadmap in words: why this first, what would change the order, what choosing it gains."""

from __future__ import annotations

import math
import re
from datetime import date
from typing import Any

import numpy as np

from drumbeat.strategy.compile_roadmap import CompiledRoadmap
from drumbeat.strategy.engine.roadmap.explain import Reason
from drumbeat.strategy.engine.roadmap.optimise import Study
from drumbeat.strategy.engine.roadmap.problem import NEVER
from drumbeat.strategy.engine.roadmap.result import Roadmap
from drumbeat.strategy.name_function import name_function

AGAINST = {
    "fixed": ("the best roadmap that does the same whatever happens", "Value of deciding as demand unfolds"),
    "unstaged": ("the same roadmap without stops at its gates", "Value of staging"),
    "greedy": ("ranking business cases by net present value", "Gain over greedy by NPV"),
    "on_means": ("a plan made on averages", "Gain over the plan on averages"),
}
MOST_GROUPS = 2
"""Scarce groups that a sentence names."""


def say_money(amount: float, currency: str = "") -> str:
    """Say an amount as people do: 1.33 M, 215 k, 940."""
    sign, size = ("-" if amount < 0 else ""), abs(amount)
    if size >= 999_500:
        text = f"{size / 1e6:.3g} M"
    elif size >= 9_995:
        text = f"{size / 1e3:.3g} k"
    else:
        text = f"{size:,.0f}"
    return f"{sign}{text} {currency}".strip()


def say_month(day: date) -> str:
    """Say a month: Mar 2026."""
    return f"{day:%b %Y}"


def tell_comparisons(compiled: CompiledRoadmap, study: Study) -> list[dict[str, Any]]:
    """Say what choosing the roadmap gains over doing nothing and over the usual ways, with 95 % intervals."""
    money = compiled.problem.currency
    value, low, high = study.worths["chosen"].interval
    told: list[dict[str, Any]] = [
        {"name": "nothing", "title": "Gain over doing nothing", "value": value, "low": low, "high": high,
         "sentence": f"It is worth {say_money(value, money)} more than doing nothing ({say_money(low)} to "
                     f"{say_money(high)}), in {study.futures.count:,} futures that it was not made for."}
    ]  # fmt: skip
    for name, (other, title) in AGAINST.items():
        if name not in study.worths:
            continue
        gain = study.gain("chosen", name)
        verb = "more than" if gain.value >= 0 else "less than"
        sure = "" if gain.low > 0 or gain.high < 0 or gain.value == 0 else ", which may be luck"
        sentence = (
            f"The same as {other}."
            if gain.value == 0
            else f"{say_money(abs(gain.value), money)} {verb} {other} ({say_money(gain.low)} to "
            f"{say_money(gain.high)}{sure})."
        )
        told.append(
            {"name": name, "title": title, "value": gain.value, "low": gain.low, "high": gain.high,
             "sentence": sentence}
        )  # fmt: skip
    return told


def tell_bound(value: float, bound: float, currency: str) -> str:
    """Say how much better than the chosen one a roadmap could be at the very most; inf = nobody knows."""
    if bound == float("inf"):
        return "How much better a roadmap could be at most was not found in time."
    most = say_money(bound, currency)
    if bound <= 0 or value >= bound:
        return f"No roadmap can be worth more than {most} in these futures: this one is the best there is."
    left = (bound - value) / bound
    return (
        f"No roadmap can be worth more than {most} in these futures, by a bound that leaves some rules out: "
        f"this one has {min(1 - left, 1):.0%} of it at least."
        if value > 0
        else f"No roadmap can be worth more than {most} in these futures."
    )


def _name(compiled: CompiledRoadmap, i: int) -> str:
    return str(compiled.rows["name"][i])


def _stay(groups: str) -> str:
    return "stay the constraints" if ", then " in groups else "stays the constraint"


def _groups(compiled: CompiledRoadmap, scarce: dict[int, float]) -> str:
    """Name the scarcest groups, those of the largest worth of an hour first; "" where none is."""
    chosen = sorted(scarce, key=lambda g: -scarce[g])[:MOST_GROUPS]
    names = []
    for g in chosen:
        members = compiled.throughput.members[g]
        names.append(members[0] if len(members) == 1 else f"{members[0]} … {members[-1]}")
    return ", then ".join(names)


def tell_reason(compiled: CompiledRoadmap, roadmap: Roadmap, reason: Reason) -> list[str]:
    """Say why an initiative is where it is in the roadmap, and what would change that."""
    starts = roadmap.starts[:, reason.initiative]
    if np.all(starts == NEVER):
        return _tell_left_out(compiled, reason)
    sentences = [_tell_start(compiled, starts), *_tell_constraint(compiled, reason)]
    money = compiled.problem.currency
    worth = f"Without it the roadmap is worth {say_money(reason.worth, money)} less"
    if reason.enables:
        names = ", ".join(_name(compiled, j) for j in reason.enables)
        worth += f", as {names} could not follow"
    sentences.append(worth + ".")
    sentences += _tell_timing(compiled, reason, money)
    sentences.append(_tell_limits(compiled, reason))
    return [sentence for sentence in sentences if sentence]


def _tell_start(compiled: CompiledRoadmap, starts: np.ndarray) -> str:
    days = [say_month(compiled.starts[start]) if start != NEVER else "" for start in starts.tolist()]
    if len(set(days)) == 1:
        return f"Starts in {days[0]}, whatever demand does."
    ways: dict[str, list[str]] = {}
    for name, day in zip(compiled.problem.outlook.names, days, strict=True):
        ways.setdefault(day, []).append(str(name))
    said = [f"{day} if demand goes {_or(names)}" for day, names in ways.items() if day]
    never = f"; not at all if it goes {_or(ways[''])}" if "" in ways else ""
    return f"Starts in {'; in '.join(said)}{never}."


def _or(names: list[str]) -> str:
    quoted = [f"“{name}”" for name in names]
    return quoted[0] if len(quoted) == 1 else ", ".join(quoted[:-1]) + " or " + quoted[-1]


def _tell_constraint(compiled: CompiledRoadmap, reason: Reason) -> list[str]:
    # Which groups are scarce elsewhere is no news: those that it changes come first.
    worth, then = reason.constraints_before, reason.constraints_after
    changed = {g for g in worth.keys() | then.keys() if abs(worth.get(g, 0.0) - then.get(g, 0.0)) > 1e-6}
    before = _groups(compiled, {g: worth[g] for g in worth if g in changed} or worth)
    after = _groups(compiled, {g: then[g] for g in then if g in changed} or then)
    gained = reason.margin_after - reason.margin_before
    if abs(gained) < 0.5:
        if before and reason.initiative in _movers(compiled):
            return [f"By itself it raises no output: {before} {_stay(before)}."]
        return []
    money = say_money(gained, compiled.problem.currency)
    if not before:
        return [f"It raises the margin by {money} a week."]
    if not after:
        return [f"It eases {before}: {money} a week more margin; then demand is the limit."]
    if before == after:
        stays = "stay" if ", then " in before else "stays"
        return [f"It eases {before}, which {stays} scarce: {money} a week more margin."]
    return [f"The constraint moves from {before} to {after}: {money} a week more margin."]


def _movers(compiled: CompiledRoadmap) -> set[int]:
    """Initiatives that change hours or loads: of the others nobody expects output."""
    own = compiled.problem.initiatives
    return {
        i
        for i in range(len(own.keys))
        if own.hours_added[i].any() or own.hours_factor[i].any() or own.load_factor[i].any()
    }


def _tell_timing(compiled: CompiledRoadmap, reason: Reason, money: str) -> list[str]:
    period = f"{compiled.terms.period_months} months"
    told = []
    if reason.earlier_breaks:
        broken = reason.earlier_breaks[0]
        if broken.startswith("nothing is decided"):
            told.append("It waits until it is known how demand goes.")
        else:
            told.append(f"It cannot start {period} earlier: {name_periods(compiled, broken)}.")
    elif math.isfinite(reason.if_earlier):
        told.append(f"Starting {period} earlier would cost {say_money(-reason.if_earlier, money)}.")
    if math.isfinite(reason.if_later) and reason.if_later < 0:
        told.append(f"Waiting {period} would cost {say_money(-reason.if_later, money)}.")
    return told


def name_periods(compiled: CompiledRoadmap, text: str) -> str:
    """Put the month at which a period begins in the place of its number, and write functions as people do."""
    months = compiled.terms.period_months

    def say(found: re.Match[str]) -> str:
        return f"the {months} months from {say_month(compiled.starts[int(found[1])])}"

    text = re.sub(r"\((\w+), by the end", lambda found: f"({name_function(found[1])}, by the end", text)
    return re.sub(r"period (\d+)", say, text)


def _tell_limits(compiled: CompiledRoadmap, reason: Reason) -> str:
    """What would have to be otherwise for it not to be worth while any more."""
    limits = []
    if math.isfinite(reason.cost_limit):
        limits.append(f"it cost more than {max(reason.cost_limit, 0):.2g} times as much")
    if math.isfinite(reason.effect_limit) and reason.effect_limit > 0:
        limits.append(f"less than {reason.effect_limit:.0%} of its effect came")
    months = reason.delay_limit * compiled.terms.period_months
    last = compiled.problem.num_periods - 1
    if math.isfinite(reason.delay_limit) and 0 < reason.delay_limit < last - max(reason.start, 0):
        limits.append(f"it were {months:.0f} months late")
    return f"The roadmap would be better without it if {', or '.join(limits)}." if limits else ""


def _tell_left_out(compiled: CompiledRoadmap, reason: Reason) -> list[str]:
    money = compiled.problem.currency
    if reason.earlier_breaks:
        return ["Not chosen: beside the others there is no room for it (budget, people, exclusions or its window)."]
    if math.isnan(reason.worth) or reason.worth >= 0:
        return ["Not chosen: it would bring nothing that luck could not explain."]
    return [f"Not chosen: beside the others it would cost {say_money(-reason.worth, money)} more than it brings."]
