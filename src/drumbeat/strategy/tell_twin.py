"""What the twin makes of roadmaps, in words: where it agrees with the throughput model, and where not."""

from __future__ import annotations

from collections.abc import Sequence

from drumbeat.strategy.engine.roadmap.judge_by_twin import Judgement, TwinValue
from drumbeat.strategy.tell_roadmap import say_money

SURE = 0.9
"""Probability from which the twin is said to choose, rather than to lean."""


def tell_row(value: TwinValue, currency: str) -> str:
    """Say how the twin's value of a roadmap stands to the throughput model's."""
    low, high = value.value.low, value.value.high
    if low <= value.by_model <= high:
        said = f"The throughput model's {say_money(value.by_model, currency)} is within what the twin leaves open."
    else:
        gap = value.value.value - value.by_model
        way = "less" if gap < 0 else "more"
        said = (
            f"The twin makes it worth {say_money(abs(gap), currency)} {way} than the throughput model, which leaves "
            "queues, batches, people and material out."
        )
    if value.in_time == value.in_time and value.in_time_of_nothing == value.in_time_of_nothing:
        said += f" In its last year {value.in_time:.0%} of orders are in time, {value.in_time_of_nothing:.0%} without."
    return said


def tell_verdict(names: Sequence[str], judged: Judgement, currency: str) -> str:
    """Say whether the twin would choose the same as the throughput model, and what choosing is expected to lose."""
    weighing, best = judged.weighing, judged.best
    chance, loss = float(weighing.probability_best[best]), float(weighing.expected_loss[best])
    if len(names) == 1:
        return "There is one roadmap to judge: nothing to choose from."
    if best == 0:
        word = "chooses" if chance >= SURE else "leans to"
        return (
            f"The twin {word} the same roadmap as the throughput model: it is the best of {len(names)} with "
            f"{chance:.0%}. Choosing it is expected to lose {say_money(loss, currency)} against the best."
        )
    gap = float(weighing.expected_loss[0])
    word = "would rather choose" if chance >= SURE else "leans to"
    return (
        f"The twin {word} “{names[best]}”: it is the best of {len(names)} with {chance:.0%}, “{names[0]}” with "
        f"{float(weighing.probability_best[0]):.0%}. Choosing “{names[0]}” is expected to lose "
        f"{say_money(gap, currency)} against the best, “{names[best]}” {say_money(loss)}."
    )
