"""What weaknesses will cost if they are left, by the twin: played with and without them, on the same luck."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from drumbeat.basics.findings import Finding, InputError
from drumbeat.basics.intervals import Interval, paired_interval
from drumbeat.basics.progress import Progress, part_of, silent
from drumbeat.data.snapshot import Snapshot
from drumbeat.strategy.choose_trial import Trial, choose_trial
from drumbeat.strategy.compile_network import compile_network
from drumbeat.strategy.convert_money import Money, read_money
from drumbeat.strategy.disturb_floor import disturb_floor
from drumbeat.strategy.engine.result import Weakness
from drumbeat.strategy.engine.thresholds import QUARTER
from drumbeat.strategy.list_stress_nodes import StressTerms, list_nodes
from drumbeat.strategy.play_plant import Plays, PlayTerms, find_margins, play_weeks
from drumbeat.strategy.reckon_cost import try_reckoning
from drumbeat.twin.compile_floor import FloorTerms, compile_floor

TOP = 8
"""Weaknesses that are played where nothing else is asked for, the worst first."""


@dataclass(frozen=True)
class TwinCost:
    """What a weakness will cost if it is left, as the twin plays it.

    Parameters
    ----------
    cost
        Contribution lost in the weeks played, with its 95 % interval; None = it cannot be played, `words` says why.
    late
        Hours that orders are later, all together, with their 95 % interval.
    trial
        What was played against the plant as it is; None = nothing.
    weeks, replications, currency
        How long, how often; of the cost.
    words
        In a sentence or two.
    basis
        "twin"; "books" or "linear program" where the twin cannot play it; "" = nothing is known.
    """

    cost: Interval | None
    late: Interval | None
    trial: Trial | None
    weeks: int
    replications: int
    currency: str
    words: str
    basis: str = "twin"

    def as_json(self) -> dict[str, Any]:
        """Return plain values."""
        told: dict[str, Any] = {
            "what": self.trial.what if self.trial else "", "play": self.trial.play if self.trial else "",
            "weeks": self.weeks, "replications": self.replications, "currency": self.currency, "words": self.words,
            "basis": self.basis,
        }  # fmt: skip
        for name, found in (("cost", self.cost), ("late_hours", self.late)):
            ends = ("value", "low", "high")
            told[name] = None if found is None else {end: round(getattr(found, end), 2) for end in ends}
        return told


class _Player:
    """Plays the plant with and without something."""

    def __init__(self, snapshot: Snapshot, terms: PlayTerms, weeks: int, money: Money) -> None:
        self.snapshot, self.terms, self.weeks, self.money = snapshot, terms, weeks, money

    def play(self, trial: Trial | None, progress: Progress) -> Plays:
        """Play a trial; None = the plant as it is.

        Raises
        ------
        InputError
            When it cannot be made, or played.
        """
        data = self.snapshot.apply(trial.changes) if trial else self.snapshot
        compiled = compile_floor(data, FloorTerms(weeks=self.weeks))
        problem = compiled.problem
        if trial and trial.node:
            stress = StressTerms()
            nodes = {node.key: node for node in list_nodes(compile_network(data), data, stress)}
            lost = disturb_floor(compiled, nodes[trial.node], stress, data) if trial.node in nodes else None
            if lost is None:
                rule = "the floor has something that only this one gives"
                raise InputError(Finding("stress test", rule, "Read its stress test", value=trial.node))
            problem = lost
        return play_weeks(problem, find_margins(compiled, data, self.money), self.weeks, self.terms, progress)


def weak_by_twin(
    snapshot: Snapshot,
    found: Sequence[Weakness],
    terms: PlayTerms | None = None,
    *,
    weeks: int = QUARTER,
    top: int = TOP,
    progress: Progress = silent,
) -> list[Weakness]:
    """Play what weaknesses will cost if they are left.

    Parameters
    ----------
    snapshot
        The data in which they were found.
    found
        Weaknesses, the worst first.
    terms
        How often the plant is played; None = as usual.
    weeks
        Weeks that are played, 1 to 520.
    top
        How many of them, the first ones, >= 0.
    progress
        Hears of each; may cancel.

    Returns
    -------
    The same weaknesses in the same order, the first ones with `by_twin`.

    Raises
    ------
    InputError
        When nothing can be played: no item with a routing is wanted.
    """
    terms = terms or PlayTerms()
    mine = list(found[: max(top, 0)])
    if not mine:
        return list(found)
    progress(0.0, "reading the plant")
    money = read_money(snapshot)[0]
    player = _Player(snapshot, terms, weeks, money)
    share = 1.0 / (len(mine) + 1)
    usual = player.play(None, part_of(progress, 0.0, share))
    played = []
    for number, weakness in enumerate(mine, 1):
        progress(number * share, f"playing {weakness.kind} {weakness.subject}")
        trial, other, problem = choose_trial(snapshot, weakness), None, ""
        if trial is not None:
            try:
                other = player.play(trial, part_of(progress, number * share, (number + 1) * share))
            except InputError as error:
                problem = str(error.findings.shown[0])
        cost, late = (None, None) if trial is None or other is None else _compare(trial, usual, other)
        words = _tell(trial, cost, late, weeks, money.currency, problem)
        told = TwinCost(cost, late, trial, weeks, terms.replications, money.currency, words)
        if cost is None:
            told = _reckon(snapshot, weakness, told, money)
        played.append(replace(weakness, by_twin=told.as_json()))
    progress(1.0, "played")
    return [*played, *found[len(mine) :]]


def _reckon(snapshot: Snapshot, weakness: Weakness, told: TwinCost, money: Money) -> TwinCost:
    """Say from the books, or by the network, what the twin cannot play."""
    node = told.trial.node if told.trial else ""
    reckoned = try_reckoning(snapshot, weakness, node, told.weeks, money)
    if reckoned is None:
        return replace(told, basis="")
    return replace(told, cost=reckoned.cost, words=reckoned.words, basis=reckoned.basis)


def _compare(trial: Trial, usual: Plays, other: Plays) -> tuple[Interval, Interval]:
    """Contribution and late hours that the worse of the two plants has less, and more."""
    worse, better = (usual, other) if trial.play == "closed" else (other, usual)
    return (
        paired_interval(better.weekly.sum(axis=1), worse.weekly.sum(axis=1)),
        paired_interval(worse.late_hours, better.late_hours),
    )


STARTS = {"goes on": "If it goes on", "happens": "If it happens", "closed": "Against the plant with it closed"}


def _tell(
    trial: Trial | None, cost: Interval | None, late: Interval | None, weeks: int, currency: str, problem: str
) -> str:
    if trial is None:
        return "No change of the data says how it goes on or is closed, so that the twin cannot play it."
    start = f"{STARTS[trial.play]} ({trial.what})"
    if cost is None or late is None:
        return f"{start}: it could not be played: {problem}"
    told = []
    if cost.low > 0:
        told.append(f"{cost.value:,.0f} {currency} of contribution are lost")
    elif cost.high < 0:
        told.append(f"{-cost.value:,.0f} {currency} of contribution are gained")
    if late.low > 0:
        told.append(f"orders are {late.value:,.0f} hours later, all together")
    elif late.high < 0:
        told.append(f"orders are {-late.value:,.0f} hours earlier, all together")
    if not told:
        return f"{start}: within {weeks} weeks the twin sees no cost that luck does not explain."
    own = (
        " What the remedy itself costs (hours, machines, stock, training) is not in it."
        if trial.play == "closed"
        else ""
    )
    return f"{start}: within {weeks} weeks {' and '.join(told)}.{own}"
