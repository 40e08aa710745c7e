"""Run stress tests of a snapshot: what each loss costs, how long it is survived, and what would close the gap."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
from django.db import transaction

from drumbeat.basics.arrays import Floats
from drumbeat.basics.findings import Finding, Findings
from drumbeat.basics.progress import Progress, silent
from drumbeat.data.snapshot import Snapshot
from drumbeat.data.stored_change import StoredChange
from drumbeat.people.changes import AddAbsence
from drumbeat.plant.changes import BlockResource
from drumbeat.sourcing.changes import MovePurchase
from drumbeat.strategy.compile_network import CompiledNetwork, compile_network
from drumbeat.strategy.engine.stress import (
    FlowProgram,
    combine,
    exposure_index,
    find_loss,
    find_survival,
    find_sustainable,
    write_program,
)
from drumbeat.strategy.list_stress_nodes import Node, StressTerms, list_nodes
from drumbeat.strategy.propose_cover import Remedy, propose_cover

if TYPE_CHECKING:
    from drumbeat.strategy.stress_by_twin import TwinStress

LOST_SHOWN = 8


@dataclass(frozen=True)
class StressRow:
    """One stress test.

    Parameters
    ----------
    key, kind, code, site, name
        What is lost.
    weeks_to_recover, weeks_to_survive
        Until it works again (assumed, see `basis`); until the first demand is lost (104 = longer than asked).
    loss, index
        Contribution lost until it works again; as a share of the largest loss of all nodes.
    lost
        item, site, units, money: what is not delivered, the dearest first.
    remedies
        What would close the gap, the cheapest first; those without a price last.
    members, basis
        Codes of what is gone; where the weeks to recover come from.
    changes
        The test as changes of the data (`to_json`), to open as a what-if; empty where no change says it.
    """

    key: str
    kind: str
    code: str
    site: str
    name: str
    weeks_to_recover: float
    weeks_to_survive: float
    loss: float
    index: float
    lost: list[dict[str, Any]]
    remedies: list[dict[str, Any]]
    members: list[str]
    basis: str
    changes: list[dict[str, Any]]

    @property
    def gap(self) -> float:
        """Weeks that it is felt: to recover less to survive, 0 or more."""
        return max(self.weeks_to_recover - self.weeks_to_survive, 0.0)

    def as_json(self) -> dict[str, Any]:
        """Return plain values."""
        return asdict(self) | {"gap": self.gap}


@dataclass(frozen=True)
class StressRun:
    """All stress tests of a snapshot, the largest loss first.

    Parameters
    ----------
    rows
        One a node.
    weekly, unserved
        Contribution a week that the network can earn for ever; that is wanted beyond it.
    currency, version, as_of
        Of all money; of the data; moment that they describe.
    findings
        What was assumed or is missing.
    """

    rows: list[StressRow]
    weekly: float
    unserved: float
    currency: str
    version: str
    as_of: datetime
    findings: Findings

    def as_json(self) -> dict[str, Any]:
        """Return plain values."""
        return {
            "weekly": self.weekly, "unserved": self.unserved, "currency": self.currency, "version": self.version,
            "as_of": self.as_of.isoformat(), "findings": [str(finding) for finding in self.findings],
            "rows": [row.as_json() for row in self.rows],
        }  # fmt: skip


def run_stress(
    snapshot: Snapshot,
    terms: StressTerms | None = None,
    *,
    only: Sequence[str] = (),
    together: bool = False,
    progress: Progress = silent,
) -> StressRun:
    """Run the stress tests of a snapshot.

    Parameters
    ----------
    snapshot
        The production system.
    terms
        What is assumed; None = as usual.
    only
        Kinds ("supplier") or keys ("supplier/MOTEC") of nodes; empty = all.
    together
        Whether those named are lost at once, as one test more.
    progress
        Hears of each node; may raise `Cancelled`.

    Raises
    ------
    InputError
        When a node that is named does not exist, or an item goes into itself.
    """
    terms = terms or StressTerms()
    progress(0.0, "reading the network")
    compiled = compile_network(snapshot)
    nodes = _choose(list(list_nodes(compiled, snapshot, terms)), only)
    if together and len(nodes) > 1:
        nodes.append(_join(nodes))
    program = write_program(compiled.network)
    demand = find_sustainable(program)
    tested = []
    for number, node in enumerate(nodes):
        progress(0.1 + 0.9 * number / len(nodes), f"losing {node.name or node.code}")
        tested.append(_test(node, program, compiled, demand, snapshot))
    index = exposure_index(np.array([row.loss for row in tested]))
    rows = [replace(row, index=float(share)) for row, share in zip(tested, index, strict=True)]
    network = compiled.network
    weekly, wanted = float(demand @ network.contribution), float(network.demand @ network.contribution)
    findings = compiled.findings
    if not (network.demand > 0).any():
        rule, remedy = "something is wanted in the next 13 weeks", "Enter demand lines, or plan the forecast"
        findings.add(Finding("demand_line", rule, remedy, severity="warning"))
    if any(row.kind != "demand" for row in rows):
        rule, remedy = "weeks to recover are in no table", "Say them where you know better; they are assumed by kind"
        findings.add(Finding("stress test", rule, remedy, severity="note"))
    progress(1.0, "stress tests done")
    return StressRun(
        sorted(rows, key=lambda row: (-row.loss, row.weeks_to_survive - row.weeks_to_recover, row.key)),
        weekly, max(wanted - weekly, 0.0), compiled.currency, snapshot.version, snapshot.as_of, findings,
    )  # fmt: skip


def _choose(nodes: list[Node], only: Sequence[str]) -> list[Node]:
    if not only:
        return nodes
    known = {node.key for node in nodes} | {node.kind for node in nodes}
    findings = Findings()
    for word in only:
        if word not in known:
            rule = "a node that is named is a kind or a key, such as supplier or supplier/ACME"
            remedy = (
                f"Name one of {', '.join(sorted({node.kind for node in nodes}))}, or a key that `drumbeat stress` lists"
            )
            findings.add(Finding("stress test", rule, remedy, value=word))
    findings.raise_on_errors()
    return [node for node in nodes if node.key in only or node.kind in only]


def _join(nodes: list[Node]) -> Node:
    """Return the loss of all these nodes at once."""
    lost = combine([node.disruption for node in nodes])
    name = " and ".join(node.name or node.code for node in nodes)
    members = tuple(dict.fromkeys(member for node in nodes for member in node.members))
    code = "+".join(node.key for node in nodes)
    return Node("together", code[:200], "", name[:200], lost, members, "the longest of them")


def _test(node: Node, program: FlowProgram, compiled: CompiledNetwork, demand: Floats, snapshot: Snapshot) -> StressRow:
    loss = find_loss(program, node.disruption, demand)
    remedies: list[Remedy] = propose_cover(node, loss, program, compiled, demand, snapshot) if loss.money > 0 else []
    return StressRow(
        node.key, node.kind, node.code, node.site, node.name, node.disruption.weeks,
        find_survival(program, node.disruption, demand), loss.money, 0.0, _tell_lost(loss.lost, compiled),
        [remedy.as_json() for remedy in remedies], list(node.members), node.basis,
        [change.to_json() for change in list_changes(node, snapshot)],
    )  # fmt: skip


def _tell_lost(lost: Floats, compiled: CompiledNetwork) -> list[dict[str, Any]]:
    money = lost * compiled.network.contribution
    items, sites = compiled.places["item"].to_list(), compiled.places["site"].to_list()
    order = [p for p in np.argsort(-money, kind="stable").tolist() if lost[p] > 1e-6 and p < len(items)]
    return [
        {"item": items[p], "site": sites[p], "units": round(float(lost[p]), 3), "money": round(float(money[p]), 2)}
        for p in order[:LOST_SHOWN]
    ]


def list_changes(node: Node, snapshot: Snapshot) -> list[StoredChange]:
    """Say the loss of a node as changes of the data, from the snapshot's moment on.

    Machines are blocked, people away, open purchases of a supplier late. What no change can say (more demand) is none.
    """
    start = snapshot.as_of
    end = start + timedelta(weeks=node.disruption.weeks)
    machines, people = set(snapshot["resource"]["code"]), set(snapshot["person"]["code"])
    reason = f"Stress test: {node.name or node.code}"[:200]
    changes: list[StoredChange] = []
    if node.kind in ("site", "line", "group", "together"):
        changes += [BlockResource(code, start, end, reason) for code in node.members if code in machines]
    if node.kind in ("skill", "people", "together"):
        changes += [AddAbsence(code, start, end) for code in node.members if code in people]
    if node.kind in ("supplier", "together"):
        is_late = (pl.col("state").cast(pl.String) == "open") & pl.col("supplier").is_in(list(node.members))
        late = snapshot["purchase_order"].filter(is_late & (pl.col("due_at") < end)).sort("code")["code"]
        changes += [MovePurchase(code, end) for code in late]
    return changes


def save_stress(run: StressRun, terms: StressTerms, made_at: datetime) -> Any:
    """Store stress tests with what they assumed."""
    from drumbeat.strategy.models import StoredStress

    return StoredStress.objects.create(
        created_at=made_at, as_of=run.as_of, version=run.version, terms=asdict(terms), run=run.as_json()
    )


def read_terms() -> StressTerms:
    """Return what the newest stored stress tests assumed; as usual where none are stored."""
    from drumbeat.strategy.models import StoredStress

    newest = StoredStress.objects.first()
    return StressTerms(**newest.terms) if newest else StressTerms()


@transaction.atomic
def save_played(number: int, found: TwinStress) -> None:
    """Store what the twin says beside the stress tests of that number; what it said before of the same is replaced."""
    from drumbeat.strategy.models import StoredStress

    stored = StoredStress.objects.select_for_update().get(pk=number)
    notes = {str(one.value): {"words": str(one)} for one in found.findings}
    stored.played = stored.played | notes | {one.key: one.as_json() for one in found.losses}
    stored.save(update_fields=["played"])
