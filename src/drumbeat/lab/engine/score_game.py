"""Score a game: the seven director KPIs of what is left at its end, calibration, and money.

| KPI | measured, over the periods played on without the player (and, where said, on several lucks of them) |
|---|---|
| throughput strength | 10th percentile of good output / demand, with upkeep done in full: output less the upkeep owed |
| execution confidence | share of the wagers met, Wilson's 80 % interval; Brier score of the stated probabilities |
| OEE trend quality | share of rising pairs of periods (Theil-Sen's sign) x share of the reported gain that is true |
| quality | 1 - cost of poor quality / sales |
| reliability exposure | mean of the worst tenth: contribution lost to downtime in 13 weeks, and crew-weeks of backlog |
| leadership alignment | trust x (1 - disagreement of the functions' plans), times the share of answers that agreed |
| operational risk | worst node: weeks without material if a supplier fails, and fewest people who hold a skill |
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from drumbeat.basics.intervals import wilson_interval
from drumbeat.lab.engine.apply_changes import apply_changes, find_active, list_changes
from drumbeat.lab.engine.company import Company
from drumbeat.lab.engine.figures import Figures
from drumbeat.lab.engine.game import Position
from drumbeat.lab.engine.play_period import play_period

NAMES = (
    "throughput strength", "execution confidence", "OEE trend quality", "quality", "reliability exposure",
    "leadership alignment", "operational risk",
)  # fmt: skip
CONFIDENCE = NAMES[1]
"""Of the seven, the one that needs a wager to be measured."""

CREW_WEEK = 80.0
"""Hours of upkeep that a crew of two does in a week."""


@dataclass(frozen=True, slots=True)
class Kpi:
    """One of the seven: its value, what it is in words, and how healthy that is, 0 (failing) to 100 (sound)."""

    name: str
    value: float
    unit: str
    health: float
    text: str


@dataclass(frozen=True, slots=True)
class Score:
    """What a game was worth.

    Parameters
    ----------
    value
        Contribution of its periods and of those played on.
    kpis
        The seven, in order.
    brier
        Mean squared error of the stated probabilities, 0 = a seer, .25 = a coin; None without a resolved wager.
    num_wagers, num_met
        Wagers resolved, and met.
    """

    value: float
    kpis: tuple[Kpi, ...]
    brier: float | None
    num_wagers: int
    num_met: int


def brier_score(pairs: Sequence[tuple[float, bool]]) -> float | None:
    """Return the mean squared difference of probabilities and outcomes (Brier 1950); None for none.

    Examples
    --------
    >>> round(brier_score([(0.7, True), (0.8, False), (0.9, True), (0.6, True)]), 3)
    0.225
    """
    if not pairs:
        return None
    return sum((probability - outcome) ** 2 for probability, outcome in pairs) / len(pairs)


def score_game(position: Position, *, lucks: int = 8) -> Score:
    """Score a game that is over.

    Parameters
    ----------
    position
        Of phase "over".
    lucks
        Lucks on which the periods after the game are played again for the KPIs that tell of risk, >= 1.
    """
    pairs = _list_wagers(position)
    met = sum(outcome for _, outcome in pairs)
    return Score(position.value, measure_kpis(position, lucks=lucks), brier_score(pairs), len(pairs), met)


def measure_kpis(position: Position, *, lucks: int = 8) -> tuple[Kpi, ...]:
    """Measure the seven KPIs of what there is now, whether the game is over or not; hidden things count as they are.

    Parameters
    ----------
    position
        Between two rounds, or at the end.
    lucks
        As in `score_game`.
    """
    company = company_now(position)
    ends = _play_ends(position, company, lucks)
    return (
        _throughput(company, ends),
        _confidence(_list_wagers(position)),
        _trend(position),
        _quality(position),
        _reliability(position, company, ends),
        _alignment(position, company),
        _risk(position, company),
    )


def has_wagers(position: Position) -> bool:
    """Say whether a wager has been decided, so that confidence can be measured."""
    return any(one.outcome is not None for one in position.made)


def _list_wagers(position: Position) -> list[tuple[float, bool]]:
    """Stated probability and outcome of each wager that is resolved."""
    return [(one.probability, one.outcome) for one in position.made if one.outcome is not None]


def company_now(position: Position) -> Company:
    """Return the company as it is now, with what was decided and what happened."""
    changes = list_changes(position.scenario) | position.injected
    return apply_changes(position.truth, find_active(position.condition, changes))


def _play_ends(position: Position, company: Company, lucks: int) -> list[Figures]:
    """Play one more period on several lucks, from the condition at the end."""
    weeks = position.scenario.weeks
    ends = []
    for n in range(lucks):
        seed = position.seed * 1000 + n + 1
        figures, _ = play_period(company, position.condition, seed=seed, period=position.round + 90, weeks=weeks)
        ends.append(figures)
    return ends


def _clip(value: float) -> float:
    return float(min(max(value, 0.0), 100.0))


def _throughput(company: Company, ends: list[Figures]) -> Kpi:
    owed = 0.0
    for group in company.groups:
        hours = group.machines * group.hours
        owed = max(owed, max(0.0, group.upkeep_needed - group.upkeep) / hours if hours > 0 else 0.0)
    shares = [end.output / end.demand * (1.0 - owed) for end in ends if end.demand > 0]
    low = float(np.quantile(shares, 0.1)) if shares else 1.0
    text = f"In nine of ten lucks the plant sustains at least {100 * low:.0f} % of what is wanted."
    return Kpi(NAMES[0], low, "of demand", _clip((low - 0.7) / 0.3 * 100), text)


def _confidence(pairs: Sequence[tuple[float, bool]]) -> Kpi:
    met, num = sum(outcome for _, outcome in pairs), len(pairs)
    share = met / num if num else 0.0
    low, high = wilson_interval(met, num, 0.8)
    brier = brier_score(pairs)
    # Calibration counts as much as success: a quarter is what a coin gets.
    skill = 1.0 - (brier if brier is not None else 0.25) / 0.25
    text = f"Wagers met: {met} of {num} (80 % interval: {100 * float(low):.0f} to {100 * float(high):.0f} %)."
    return Kpi(NAMES[1], share, "of wagers", _clip(50 * share + 50 * max(0.0, skill)), text)


def _trend(position: Position) -> Kpi:
    series = (*position.history, *position.ending)
    true = [one.bottleneck.oee for one in series]
    told = [one.reported_oee for one in series]
    pairs = [(j - i, true[j] - true[i]) for i in range(len(true)) for j in range(i + 1, len(true))]
    rising = sum(gain > 0 for _, gain in pairs) / len(pairs)
    slope = float(np.median([gain / gap for gap, gain in pairs]))
    told_gain, true_gain = told[-1] - told[0], true[-1] - true[0]
    real = min(1.0, max(0.0, true_gain / told_gain)) if told_gain > 1e-9 else 1.0
    moved = f"{slope * 100:+.1f}".replace("-", "−")
    text = f"OEE of the bottleneck moved by {moved} points a period; {100 * real:.0f} % of the reported gain is true."
    return Kpi(NAMES[2], slope * 100, "points a period", _clip(100 * rising * real), text)


def _quality(position: Position) -> Kpi:
    last = position.ending or position.history[-1:]
    sales = sum(one.money["sales"] for one in last)
    scrap_price = sum(one.price * one.demand for one in position.truth.products) / max(
        sum(one.demand for one in position.truth.products), 1e-9
    )
    cost = sum(-one.money["complaints"] + one.scrapped * scrap_price for one in last)
    share = cost / sales if sales > 0 else 1.0
    ppm = sum(one.complaints for one in last) / max(sum(one.output for one in last), 1.0) * 1e6
    text = f"Poor quality costs {100 * share:.1f} % of sales; {ppm:,.0f} of a million pieces come back."
    return Kpi(NAMES[3], share, "of sales", _clip(100 * (1 - share / 0.12)), text)


def _reliability(position: Position, company: Company, ends: list[Figures]) -> Kpi:
    lost = sorted((_lost_to_downtime(end) * 13 / position.scenario.weeks for end in ends), reverse=True)
    worst = float(np.mean(lost[: max(1, len(lost) // 10)]))
    crew_weeks = sum(position.condition.backlog) / CREW_WEEK
    sales = float(np.mean([end.money["sales"] for end in ends])) * 13 / position.scenario.weeks
    health = 100 * (1 - worst / max(0.12 * sales, 1.0)) - 1.5 * crew_weeks
    text = f"A bad quarter loses {worst:,.0f} to downtime; {crew_weeks:.0f} crew-weeks of upkeep are overdue."
    return Kpi(NAMES[4], worst, company.money.currency, _clip(health), text)


def _lost_to_downtime(figures: Figures) -> float:
    """Contribution that hours of breakdown at the bottleneck would have earned, and the repairs."""
    top = figures.bottleneck
    margin = figures.money["sales"] + figures.money["material"]
    hour = margin / top.busy_hours if top.busy_hours > 0 else 0.0
    # An hour of a machine that is not fully used is lost in proportion to how much it is (Goldratt).
    return top.down_hours * hour * min(1.0, top.use) - figures.money["repair"]


def _alignment(position: Position, company: Company) -> Kpi:
    answers = [answer.agrees for one in position.made for answer in one.answers]
    agreed = sum(answers) / len(answers) if answers else 1.0
    value = position.condition.trust * max(0.0, 1.0 - company.organisation.disagreement) * (0.5 + 0.5 * agreed)
    text = (
        f"Trust is {position.condition.trust:.2f}; {100 * agreed:.0f} % of the answers agreed; the functions' plans "
        f"lie {100 * company.organisation.disagreement:.0f} % apart."
    )
    return Kpi(NAMES[5], value, "0 to 1", _clip(100 * value / 0.8), text)


def _risk(position: Position, company: Company) -> Kpi:
    gaps = [(max(0.0, one.recovery - one.stock) * (1 - one.second), one.name) for one in company.suppliers]
    weeks, where = max(gaps, default=(0.0, "no supplier"))
    holders = [
        (max(0.0, skill.people - len(gone)), skill.name)
        for skill, gone in zip(company.skills, position.condition.gaps, strict=True)
    ]
    fewest, skill_name = min(holders, default=(99.0, "no skill"))
    health = 100 - 6 * weeks - (60 if fewest < 1.5 else 30 if fewest < 2.5 else 0)
    text = f"{where} failing would stop us for {weeks:.0f} weeks; {_count_people(fewest)} {skill_name}."
    return Kpi(NAMES[6], weeks, "weeks", _clip(health), text)


def _count_people(number: float) -> str:
    return "one person holds" if round(number) == 1 else f"{number:.0f} people hold"
