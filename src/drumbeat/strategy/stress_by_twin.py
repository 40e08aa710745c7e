"""Play stress tests by the twin beside the linear program: what nobody's reaction would cost, and how long it lasts."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from drumbeat.basics.findings import Finding, Findings
from drumbeat.basics.intervals import Interval
from drumbeat.basics.progress import Progress, part_of, silent
from drumbeat.data.snapshot import Snapshot
from drumbeat.strategy.compile_network import compile_network
from drumbeat.strategy.convert_money import read_money
from drumbeat.strategy.disturb_floor import PLAYED_KINDS, disturb_floor
from drumbeat.strategy.engine.compare_plays import PlayedLoss, Spread, measure_loss
from drumbeat.strategy.list_stress_nodes import Node, StressTerms, list_nodes
from drumbeat.strategy.play_plant import PlayTerms, UsualPlays, find_margins, play_weeks
from drumbeat.twin.compile_floor import FloorTerms, compile_floor

AFTER_WEEKS = 13
"""Weeks that are played after what was lost works again."""
MOST_NODES = 40
"""Nodes of one job."""
CLOSE = 0.15
"""Losses that differ by less, in proportion, are told as about the same."""


@dataclass(frozen=True)
class TwinLoss:
    """What the twin says of a stress test.

    Parameters
    ----------
    key
        Of the node.
    program_loss
        What the linear program says, on the same data and terms.
    weeks, horizon
        Until it works again; weeks that were played.
    played
        What the plays gave.
    replications, currency
        How often; of all money.
    """

    key: str
    program_loss: float
    weeks: float
    horizon: int
    played: PlayedLoss
    replications: int
    currency: str

    @property
    def words(self) -> str:
        """What the difference between twin and linear program means."""
        return tell_difference(self)

    def as_json(self) -> dict[str, Any]:
        """Return plain values; times that were not reached are None."""
        told = self.played
        curve = [
            {"week": week + 1, "mean": round(mean, 2), "low": round(low, 2), "high": round(high, 2)}
            for week, (mean, low, high) in enumerate(zip(told.mean, told.low, told.high, strict=True))
        ]
        return {
            "key": self.key, "program_loss": round(self.program_loss, 2), "weeks": self.weeks, "horizon": self.horizon,
            "replications": self.replications, "currency": self.currency, "usual": round(told.usual, 2),
            "behind": _plain(told.behind), "lost": _plain(told.lost), "felt": _weeks(told.felt),
            "recovered": _weeks(told.recovered), "caught_up": _weeks(told.caught_up), "curve": curve,
            "words": self.words,
        }  # fmt: skip


def _plain(interval: Interval) -> dict[str, float]:
    return {"value": round(interval.value, 2), "low": round(interval.low, 2), "high": round(interval.high, 2)}


def _weeks(spread: Spread) -> dict[str, float | None]:
    return {name: value if math.isfinite(value) else None for name, value in asdict(spread).items()}


@dataclass(frozen=True)
class TwinStress:
    """Stress tests that the twin played.

    Parameters
    ----------
    losses
        One a node that could be played.
    findings
        What the twin does not play.
    """

    losses: list[TwinLoss]
    findings: Findings


def stress_by_twin(
    snapshot: Snapshot,
    losses: Mapping[str, float],
    stress: StressTerms | None = None,
    terms: PlayTerms | None = None,
    progress: Progress = silent,
) -> TwinStress:
    """Play the loss of some nodes against the undisturbed plant, on the same luck.

    Parameters
    ----------
    snapshot
        The production system.
    losses
        By key of the node ("site/AALEN"), what the linear program says that it costs.
    stress
        What the stress tests assume; None = as usual.
    terms
        How often it is played.
    progress
        Hears of each node; may cancel.

    Raises
    ------
    InputError
        When a key does not exist, there are none or too many, or nothing can be played.
    """
    stress, terms = stress or StressTerms(), terms or PlayTerms()
    progress(0.0, "reading the plant")
    nodes = _choose(list(list_nodes(compile_network(snapshot), snapshot, stress)), list(losses))
    findings = Findings()
    longest = max(_horizon(node) for node in nodes)
    compiled = compile_floor(snapshot, FloorTerms(weeks=longest))
    money, _ = read_money(snapshot)
    margins = find_margins(compiled, snapshot, money)
    usual = UsualPlays(compiled.problem, margins, terms)
    usual.weeks(longest, part_of(progress, 0.05, 0.05 + 0.9 / (len(nodes) + 1)))
    found = []
    for number, node in enumerate(nodes, 1):
        start, end = (0.05 + 0.9 * (number + step) / (len(nodes) + 1) for step in (0, 1))
        progress(start, f"playing the loss of {node.name or node.code}")
        problem = disturb_floor(compiled, node, stress, snapshot)
        if problem is None:
            findings.add(_note_unplayed(node))
            continue
        weeks = _horizon(node)
        disturbed = play_weeks(problem, margins, weeks, terms, part_of(progress, start, end)).weekly
        played = measure_loss(usual.weeks(weeks), disturbed, node.disruption.weeks)
        found.append(
            TwinLoss(node.key, losses[node.key], node.disruption.weeks, weeks, played, terms.replications,
                     money.currency)
        )  # fmt: skip
    progress(1.0, "played")
    return TwinStress(found, findings)


def _note_unplayed(node: Node) -> Finding:
    rule = "the floor that the twin plays has something of what is lost"
    if node.kind == "supplier":
        rule = "a supplier that the twin loses is the only source of something; what others have too comes from these"
    return Finding("stress test", rule, "Read its loss by linear program", value=node.key, severity="note")


def _horizon(node: Node) -> int:
    return math.ceil(node.disruption.weeks - 1e-9) + AFTER_WEEKS


def _choose(nodes: list[Node], keys: Sequence[str]) -> list[Node]:
    known, findings = {node.key: node for node in nodes}, Findings()
    if not 1 <= len(keys) <= MOST_NODES:
        rule, remedy = f"the twin plays 1 to {MOST_NODES} losses at a time", "Choose those that matter most"
        findings.add(Finding("stress test", rule, remedy, value=str(len(keys))))
    for key in keys:
        kind = key.partition("/")[0]
        if key not in known:
            rule, remedy = "a loss that is played is one of the stress tests", "Run the stress tests anew"
            findings.add(Finding("stress test", rule, remedy, value=key))
        elif kind not in PLAYED_KINDS:
            rule, remedy = "the twin plays losses of nodes", "Read more demand by linear program"
            findings.add(Finding("stress test", rule, remedy, value=key))
    findings.raise_on_errors()
    return [known[key] for key in keys]


def tell_difference(loss: TwinLoss) -> str:
    """Say what twin and linear program say of a loss, and why they differ."""
    played, money = loss.played, f" {loss.currency}"
    behind = max(played.behind.value, 0.0)
    if not math.isfinite(played.felt.p50):
        return "In the twin it is hardly felt: stock, work in progress and other machines carry the plant through."
    start = f"When it works again the twin is {behind:,.0f}{money} behind"
    program = f"the linear program's {loss.program_loss:,.0f}{money}"
    if abs(behind - loss.program_loss) <= CLOSE * max(behind, loss.program_loss):
        why = f"about {program}: a better reaction could save little"
    elif behind > loss.program_loss:
        more = behind - loss.program_loss
        why = (
            f"{more:,.0f}{money} more than {program}, which reacts at once and in the best way: so much is reacting "
            "worth at most, against queues, setups, people and breakdowns"
        )
    else:
        why = (
            f"less than {program}, which loses what is not delivered in those weeks: in the twin orders wait, work in "
            "progress goes on, and what stock lacks to its reorder point is on its way"
        )
    return f"{start}, {why}. {_tell_after(loss)}"


def _tell_after(loss: TwinLoss) -> str:
    played = loss.played
    lost, money = max(played.lost.value, 0.0), loss.currency
    if math.isfinite(played.caught_up.p50):
        return f"In the middle of the plays it has caught up after {played.caught_up.p50:.0f} weeks."
    return (
        f"After {loss.horizon} weeks {lost:,.0f} {money} of it is not made up for: there is no capacity, or no time, "
        "to catch up."
    )
