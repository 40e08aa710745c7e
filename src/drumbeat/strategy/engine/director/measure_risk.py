"""Operational risk: what the loss of one node - a site, supplier, machine or skill - would take."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from drumbeat.basics.arrays import Floats
from drumbeat.strategy.engine.director.measure_reliability import expected_shortfall
from drumbeat.strategy.engine.director.result import DirectorKpi, Evidence, KpiPart

RECOVERY_SPREAD = 0.4
"""Sigma of the logarithm of a time to recover: nobody knows one to better than half or one and a half times."""


@dataclass(frozen=True, slots=True)
class Node:
    """Something that may be lost, and what then happens.

    Parameters
    ----------
    kind, code, site
        "site", "supplier", "machine group" or "skill"; its code; the site that it hits.
    weekly_loss
        Contribution a week that is lost once stocks are gone, in one currency.
    time_to_recover, time_to_survive
        Weeks until it, or something in its place, works again; weeks until its loss is felt.
    basis
        Where the times come from.
    """

    kind: str
    code: str
    site: str
    weekly_loss: float
    time_to_recover: float
    time_to_survive: float
    basis: str = ""

    @property
    def exposed_weeks(self) -> float:
        """Weeks without it."""
        return max(self.time_to_recover - self.time_to_survive, 0.0)

    @property
    def loss(self) -> float:
        """Contribution that its loss takes."""
        return self.weekly_loss * self.exposed_weeks


def concentration_index(amounts: Sequence[float]) -> float:
    """Return the Herfindahl-Hirschman index of amounts: the sum of the squares of percentages, up to 10,000.

    Returns
    -------
    0 where nothing is positive; amounts below 0 count as 0.
    """
    shares: Floats = np.maximum(np.asarray(amounts, dtype=np.float64), 0.0)
    whole = float(shares.sum())
    return float(((100.0 * shares / whole) ** 2).sum()) if whole > 0 else 0.0


def measure_risk(
    nodes: Sequence[Node],
    *,
    currency: str,
    by_site: dict[str, float],
    by_supplier: dict[str, float],
    skills: dict[tuple[str, str], int],
    basis: str,
) -> DirectorKpi:
    """Measure operational risk.

    Parameters
    ----------
    nodes
        Everything that may be lost, one at a time.
    currency
        Of the losses.
    by_site, by_supplier
        Contribution of each site, and spend with each supplier, for concentration.
    skills
        By site and skill that is needed: people who can do it beyond those held at once, plus 1 (the bus factor).
    basis
        How the nodes were made.

    Returns
    -------
    The largest loss of one node. Unknown without nodes, or where no contribution is known.

    Notes
    -----
    Exposure = contribution a week x (time to recover - time to survive) (Simchi-Levi et al. 2014, 2015).
    """
    losses = np.array([node.loss for node in nodes])
    is_known = losses.size > 0 and any(node.weekly_loss > 0 for node in nodes)
    value = low = high = tail = None
    parts: list[KpiPart] = []
    if is_known:
        value, tail = float(losses.max()), expected_shortfall(losses)
        low, high = (_largest(nodes, math.exp(z * RECOVERY_SPREAD)) for z in (-1.2816, 1.2816))
        worst = nodes[int(losses.argmax())]
        slack = min(node.time_to_survive - node.time_to_recover for node in nodes)
        least, most = (_tail(nodes, math.exp(z * RECOVERY_SPREAD)) for z in (-1.2816, 1.2816))
        parts = [
            KpiPart("CVaR90 over nodes", tail, least, most, unit=currency, note="mean of the worst tenth, each alike"),
            KpiPart(
                "Least time to survive less time to recover", slack, unit="weeks", note=f"worst loss: {worst.code}"
            ),
        ]
    parts += _concentrations(by_site, by_supplier, skills)
    return DirectorKpi(
        key="operational_risk",
        name="Operational risk",
        value=value,
        low=low,
        high=high,
        unit=currency,
        better="down",
        measure="Contribution that the worst loss of one site, supplier, machine or skill takes",
        formula="Contribution a week x (time to recover - time to survive) (Simchi-Levi et al. 2014); interval from "
        "times to recover that are known to half or one and a half times; HHI as in the US merger guidelines",
        words=_words(nodes, losses, is_known),
        parts=tuple(parts),
        evidence=_evidence(nodes),
        n=len(nodes),
        counted="nodes",
        note=basis if is_known else "no node with a contribution is known",
    )


def _at(nodes: Sequence[Node], factor: float) -> Floats:
    """Losses with every time to recover multiplied."""
    return np.array([n.weekly_loss * max(n.time_to_recover * factor - n.time_to_survive, 0.0) for n in nodes])


def _largest(nodes: Sequence[Node], factor: float) -> float:
    return float(_at(nodes, factor).max())


def _tail(nodes: Sequence[Node], factor: float) -> float:
    return expected_shortfall(_at(nodes, factor))


def _concentrations(
    by_site: dict[str, float], by_supplier: dict[str, float], skills: dict[tuple[str, str], int]
) -> list[KpiPart]:
    parts = []
    for name, amounts, of in (("sites", by_site, "contribution"), ("suppliers", by_supplier, "spend")):
        if any(amount > 0 for amount in amounts.values()):
            index = concentration_index([amounts[code] for code in sorted(amounts)])
            parts.append(
                KpiPart(f"Concentration on {name} (HHI)", index, unit="", note=f"of {of}; above 2,500 is high")
            )
    if skills:
        (site, skill), least = min(skills.items(), key=lambda item: (item[1], item[0]))
        note = f"{skill} at {site}: so many absences stop work"
        parts.append(KpiPart("Least bus factor", float(least), unit="", note=note))
    return parts


def _words(nodes: Sequence[Node], losses: Floats, is_known: bool) -> str:
    if not is_known:
        return "What the loss of a node costs cannot be told yet"
    worst = nodes[int(losses.argmax())]
    if worst.loss <= 0:
        return "Every node can be lost for as long as it takes to recover"
    return f"Losing {worst.kind} {worst.code} stops contribution for {worst.exposed_weeks:.1f} weeks"


def _evidence(nodes: Sequence[Node]) -> tuple[Evidence, ...]:
    ranked = sorted(nodes, key=lambda node: (-node.loss, node.kind, node.code))
    rows = tuple(
        {
            "node": node.code, "kind": node.kind, "site": node.site, "a week costs": round(node.weekly_loss, 2),
            "weeks to recover": round(node.time_to_recover, 1), "weeks to survive": round(node.time_to_survive, 1),
            "loss": round(node.loss, 2), "basis": node.basis,
        }
        for node in ranked[:50]
    )  # fmt: skip
    return (Evidence("Nodes, the worst first", "", rows, len(ranked)),) if rows else ()
