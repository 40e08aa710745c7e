"""Say in words what a comparison means for who has to choose."""

from __future__ import annotations

from typing import Any, Protocol

from drumbeat.twin.measure_design import Design, Kpi


class Compared(Protocol):
    """What is told: a `drumbeat.twin.compare.ComparisonRun`."""

    @property
    def designs(self) -> tuple[Design, ...]:
        """Designs that were played; the first is what the others are compared with."""

    @property
    def kpis(self) -> tuple[Any, ...]:
        """A `KpiComparison` for each KPI; the first is what the choice is made by."""


CLEAR, LIKELY = 0.95, 0.8
"""Probabilities from which a difference is called clear, and likely."""


def tell_verdict(run: Compared) -> str:
    """Say which design to choose, how sure that is, and what it is expected to cost if it is wrong."""
    if not run.kpis:
        return "No design could be played: see the findings."
    first, names = run.kpis[0], [design.name for design in run.designs]
    if len(names) == 1:
        return f"Only {names[0]} could be played: there is nothing to compare it with."
    best = first.weighing.best
    loss = tell_amount(float(first.weighing.expected_loss[best]), first.kpi)
    chance = first.weighing.probability_best[best]
    if all(one == 0.5 for one in first.better):
        return f"In {first.kpi.label.lower()} no design differs from {names[0]} in any replication: {_look_on(run)}."
    if best == 0:
        second = max((n for n in range(1, len(names))), key=lambda n: float(first.weighing.probability_best[n]))
        gap = tell_amount(abs(first.differences[second].value), first.kpi)
        return (
            f"{names[0]} is the best with {tell_chance(float(chance))}; {names[second]} comes nearest, "
            f"{gap} behind. Staying with {names[0]} is expected to lose {loss} against the best."
        )
    said = f"{names[best]} is better than {names[0]} with {tell_chance(first.better[best])}"
    if len(names) > 2:
        said += f", and the best of all with {tell_chance(float(chance))}"
    return f"{said}. Choosing it is expected to lose {loss} against the best."


def _look_on(run: Compared) -> str:
    """Name the first other KPI in which some design is clearly another."""
    for one in run.kpis[1:]:
        for number, p_value in enumerate(one.p_values):
            if p_value <= 1 - CLEAR:
                gap = tell_amount(abs(one.differences[number].value), one.kpi)
                way = "more" if one.differences[number].value > 0 else "less"
                return f"look at {one.kpi.label.lower()}, where {run.designs[number].name} has {gap} {way}"
    return "nothing else differs clearly either"


def tell_design(run: Compared, number: int) -> str:
    """Say of one design how it stands to the first, by the first KPI."""
    first = run.kpis[0]
    if number == 0:
        return "what the others are compared with" if len(run.designs) > 1 else ""
    better = first.better[number]
    if better == 0.5:
        return "no difference"
    chance = max(better, 1 - better)
    word = "better" if better > 0.5 else "worse"
    if chance >= CLEAR:
        return f"{word} ({tell_chance(chance)})"
    return f"likely {word} ({tell_chance(chance)})" if chance >= LIKELY else f"not told apart ({tell_chance(chance)})"


def tell_chance(chance: float) -> str:
    """A probability in percent, never as sure as 100 %."""
    if chance > 0.999:
        return "more than 99.9 %"
    if chance < 0.001:
        return "less than 0.1 %"
    return f"{chance:.1%}".replace("%", " %") if chance > 0.99 or chance < 0.01 else f"{chance:.0%}".replace("%", " %")


def tell_amount(value: float, kpi: Kpi) -> str:
    """An amount of a KPI in words: shares in points, hours, days, money."""
    if value == 0:
        return "nothing"
    if kpi.unit == "%":
        return "less than 0.01 points" if value < 0.0001 else f"{_shorten(100 * value)} points"
    return f"{_shorten(value)} {kpi.unit}".strip()


def _shorten(value: float) -> str:
    return f"{value:,.0f}" if value >= 10 else f"{value:.2g}"
