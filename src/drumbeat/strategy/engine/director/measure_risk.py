"""Operational risk: what the loss of one node - a site, line, machine group, supplier or skill - would take."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from drumbeat.basics.arrays import Floats
from drumbeat.strategy.engine.director.measure_reliability import expected_shortfall
from drumbeat.strategy.engine.director.result import DirectorKpi, Evidence, KpiPart

RECOVERY_SPREAD = 0.4
"""Sigma of the logarithm of a time to recover: nobody knows one to better than half or one and a half times."""
TENTH = 1.2816
"""Quantile of the normal distribution below which nine cases of ten lie."""


@dataclass(frozen=True, slots=True)
class NodeLoss:
    """Something that may be lost, and what that costs: a stress test.

    Parameters
    ----------
    kind, code, site, name
        "site", "line", "group", "supplier" or "skill"; its code; the site that it belongs to, "" = several; its name.
    loss
        Contribution that its loss takes at least, in one currency, >= 0.
    low, high
        The same with the time to recover at both ends of its 80 % interval.
    time_to_recover, time_to_survive
        Weeks until it, or something in its place, works again; weeks until its loss is felt.
    basis
        Where the time to recover comes from.
    """

    kind: str
    code: str
    site: str
    name: str
    loss: float
    low: float
    high: float
    time_to_recover: float
    time_to_survive: float
    basis: str = ""

    @property
    def felt_weeks(self) -> float:
        """Weeks without it."""
        return max(self.time_to_recover - self.time_to_survive, 0.0)


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
    nodes: Sequence[NodeLoss],
    *,
    currency: str,
    weekly: float,
    by_site: dict[str, float],
    by_supplier: dict[str, float],
    skills: dict[tuple[str, str], int],
    basis: str,
) -> DirectorKpi:
    """Measure operational risk.

    Parameters
    ----------
    nodes
        The stress tests: everything that may be lost, one at a time.
    currency
        Of the losses.
    weekly
        Contribution a week that the network can earn; 0 = none is known.
    by_site, by_supplier
        Contribution of each site, and spend with each supplier, for concentration.
    skills
        By site and skill that is needed: people who can do it beyond those held at once, plus 1 (the bus factor).
    basis
        How the losses were found.

    Returns
    -------
    The largest loss of one node. Unknown without nodes, or where no contribution is known.
    """
    losses = np.array([node.loss for node in nodes])
    is_known = losses.size > 0 and weekly > 0
    value = low = high = None
    parts: list[KpiPart] = []
    if is_known:
        least, most = (np.array([getattr(node, end) for node in nodes]) for end in ("low", "high"))
        value, low, high = (float(values.max()) for values in (losses, least, most))
        tail, tail_low, tail_high = (expected_shortfall(values) for values in (losses, least, most))
        tightest = min(nodes, key=lambda node: node.time_to_survive - node.time_to_recover)
        slack = tightest.time_to_survive - tightest.time_to_recover
        parts = [
            KpiPart("CVaR90 over nodes", tail, tail_low, tail_high, unit=currency,
                    note="mean of the worst tenth, each alike"),
            KpiPart("Least time to survive less time to recover", slack, unit="weeks",
                    note=f"{tightest.kind} {tightest.name or tightest.code}"),
        ]  # fmt: skip
    parts += _concentrations(by_site, by_supplier, skills)
    return DirectorKpi(
        key="operational_risk",
        name="Operational risk",
        value=value,
        low=low,
        high=high,
        unit=currency,
        better="down",
        measure="Contribution that the worst loss of one site, line, machine group, supplier or skill takes at least",
        formula="The stress tests: the least loss over the network until the node works again, by linear program "
        "(time-to-recover model, Simchi-Levi et al. 2014, 2015); interval from times to recover that are known to half "
        "or one and a half times; HHI as in the US merger guidelines",
        words=_words(nodes, losses, is_known),
        parts=tuple(parts),
        evidence=_evidence(nodes),
        n=len(nodes),
        counted="nodes",
        note=basis if is_known else "no node with a contribution is known",
    )


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


def _words(nodes: Sequence[NodeLoss], losses: Floats, is_known: bool) -> str:
    if not is_known:
        return "What the loss of a node costs cannot be told yet"
    worst = nodes[int(losses.argmax())]
    if worst.loss <= 0:
        return "Every node can be lost for as long as it takes to recover"
    return f"Losing {worst.kind} {worst.name or worst.code} costs most: it is felt for {worst.felt_weeks:.1f} weeks"


def _evidence(nodes: Sequence[NodeLoss]) -> tuple[Evidence, ...]:
    ranked = sorted(nodes, key=lambda node: (-node.loss, node.kind, node.site, node.code))
    rows = tuple(
        {
            "node": node.name or node.code, "kind": node.kind, "site": node.site, "loss": round(node.loss, 2),
            "weeks to recover": round(node.time_to_recover, 1), "weeks to survive": round(node.time_to_survive, 1),
            "weeks felt": round(node.felt_weeks, 1), "basis": node.basis,
        }
        for node in ranked[:50]
    )  # fmt: skip
    return (Evidence("Stress tests, the worst first", "", rows, len(ranked)),) if rows else ()
