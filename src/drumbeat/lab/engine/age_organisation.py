"""What a period does to people, trust, customers and machines: the human half of the twin, as published equations.

With w = weeks of the period and f = w / 13:

- fatigue' = fatigue (1 - resting f) + tiring x overtime x f x (1 + fatigue), within 0 and 1
- probability that a person leaves = 1 - (1 - leaving) ** (w / 52 x (1 + 4 fatigue) x (1.7 - trust))
- trust' = trust + 0.1 f (0.7 - trust) - 0.04 f fatigue + what defence and kept or broken word did, within 0 and 1
- goodwill' = min(1, goodwill + 0.02 f) x (1 - patience x w / 52 x (short share + 8 x complaint share)), at least 0.2
- backlog' = backlog + w (needed - done), at least 0, at most three years of upkeep
- breakdowns come min(1 + wear x backlog / needed, 5) times as often
- absence is absence (1 + 1.5 fatigue); scrap and defects (1 + fatigue) times, speed (1 - 0.1 fatigue) times the rested
- n initiatives under way of which A can be carried: each advances min(1, A / n) ** 1.5 periods a period, and speed
  falls by distraction x max(0, n - A), at most by half
- a supplier fails in a period with 1 - (1 - outage) ** f, at a uniform moment, for recovery x (0.75 to 1.25) weeks
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np

from drumbeat.basics.streams import key_of, luck_of, uniform
from drumbeat.lab.engine.company import Company, Group, Organisation
from drumbeat.lab.engine.condition import Condition

LEAVE, FAIL, FAIL_AT, FAIL_LONG, HIDDEN, EVENT, CHOICE = range(101, 108)
"""Purposes of draws of the Lab; those of the floor are below 100."""

MOST_BACKLOG_WEEKS = 156.0
MOST_WEAR = 5.0


@lru_cache(maxsize=4096)
def _key(text: str) -> Any:
    return key_of(text)


@lru_cache(maxsize=4096)
def _luck(seed: int) -> Any:
    return np.uint64(luck_of(seed, 0))


def draw_uniform(seed: int, key: str, purpose: int, n: int) -> float:
    """Draw a number above 0 and below 1 that hangs on the game's seed, a business key, a purpose and a count.

    Parameters
    ----------
    seed
        Of the game.
    key
        Business key, such as the code of a supplier.
    purpose
        One of this module's.
    n
        Which draw; negative counts (periods before the game) are allowed down to -1000.
    """
    return float(uniform(_luck(seed), _key(key), purpose, n + 1000))


def wear_factor(group: Group, backlog: float) -> float:
    """Return how many times as often a group breaks down with so many hours of overdue upkeep; 1 = as new."""
    if group.upkeep_needed <= 0:
        return 1.0
    return min(1.0 + group.wear * backlog / group.upkeep_needed, MOST_WEAR)


def speed_factor(organisation: Organisation, condition: Condition) -> float:
    """Return what fatigue and too many initiatives leave of the speed of work, 0.45 to 1."""
    over = max(0.0, condition.num_running + organisation.running - organisation.absorption)
    return (1.0 - 0.1 * condition.fatigue) * (1.0 - min(0.5, organisation.distraction * over))


def progress_rate(organisation: Organisation, condition: Condition) -> float:
    """Return the periods of progress that an initiative makes in a period, above 0, at most 1."""
    num = condition.num_running + organisation.running
    return float(min(1.0, organisation.absorption / num) ** 1.5) if num > 0 else 1.0


def draw_outages(company: Company, condition: Condition, seed: int, period: int, weeks: int) -> tuple[Any, ...]:
    """Draw which suppliers fail in the period.

    Returns
    -------
    By supplier (first week without delivery, weeks that it lasts from there): (0, left) for one that has failed
    before, (weeks, 0) for one that does not fail.
    """
    found = []
    for supplier, (left, _) in zip(company.suppliers, condition.outages, strict=True):
        if left > 0:
            found.append((0.0, left))
            continue
        chance = 1.0 - (1.0 - supplier.outage) ** (weeks / 13.0)
        if draw_uniform(seed, supplier.code, FAIL, period) >= chance:
            found.append((float(weeks), 0.0))
            continue
        at = draw_uniform(seed, supplier.code, FAIL_AT, period) * weeks
        lasts = supplier.recovery * (0.75 + 0.5 * draw_uniform(seed, supplier.code, FAIL_LONG, period))
        found.append((at, lasts))
    return tuple(found)


def count_leavers(company: Company, condition: Condition, seed: int, period: int, weeks: int) -> tuple[int, ...]:
    """Draw how many people of each skill leave in the period."""
    power = weeks / 52.0 * (1.0 + 4.0 * condition.fatigue) * (1.7 - condition.trust)
    found = []
    for skill, gaps in zip(company.skills, condition.gaps, strict=True):
        chance = 1.0 - (1.0 - min(skill.leaving, 0.999)) ** power
        there = max(0, round(skill.people) - len(gaps))
        # A person's own luck: whoever stays at one design stays at a kinder one too.
        found.append(sum(draw_uniform(seed, f"{skill.code}.{n}", LEAVE, period) < chance for n in range(there)))
    return tuple(found)


def age_condition(
    company: Company,
    condition: Condition,
    *,
    weeks: int,
    leavers: tuple[int, ...],
    outages: tuple[Any, ...],
    short_share: float,
    complaint_share: float,
) -> Condition:
    """Return the condition a period later, by the equations of this module; cash, floor and orders owed excepted.

    Parameters
    ----------
    company
        As it was in the period, changes made.
    condition
        At its start.
    weeks
        Of the period.
    leavers, outages
        Of `count_leavers` and `draw_outages`.
    short_share, complaint_share
        Share of the wanted pieces not delivered in time, and of the delivered ones complained of.
    """
    organisation, share = company.organisation, weeks / 13.0
    fatigue = condition.fatigue * (1.0 - organisation.resting * min(1.0, share))
    fatigue += organisation.tiring * organisation.overtime * share * (1.0 + condition.fatigue)
    trust = condition.trust + 0.1 * share * (0.7 - condition.trust) - 0.04 * share * condition.fatigue
    lost = organisation.patience * weeks / 52.0 * (short_share + 8.0 * complaint_share)
    rate = progress_rate(organisation, condition)
    return replace(
        condition,
        backlog=tuple(
            min(max(old + weeks * (group.upkeep_needed - group.upkeep), 0.0), MOST_BACKLOG_WEEKS * group.upkeep_needed)
            for group, old in zip(company.groups, condition.backlog, strict=True)
        ),
        gaps=tuple(
            (*(left - weeks for left in gaps if left > weeks), *(skill.hiring for _ in range(num)))
            for skill, gaps, num in zip(company.skills, condition.gaps, leavers, strict=True)
        ),
        outages=tuple(
            (max(0.0, at + lasts - weeks), used + max(0.0, min(lasts, weeks - at)))
            if at + lasts > weeks
            else (0.0, 0.0)
            for (at, lasts), (_, used) in zip(outages, condition.outages, strict=True)
        ),
        fatigue=min(max(fatigue, 0.0), 1.0),
        trust=min(max(trust, 0.0), 1.0),
        goodwill=max(0.2, min(1.0, condition.goodwill + 0.02 * share) * max(0.0, 1.0 - lost)),
        adoptions=tuple(
            replace(one, progress=one.progress + (rate if one.is_running else 1.0), age=one.age + 1)
            for one in condition.adoptions
        ),
    )
