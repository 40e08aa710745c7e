"""Choose what the twin plays to tell what a weakness will cost if it is left: it goes on, happens, or is closed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from typing import Literal

import polars as pl

from drumbeat.data.change import Change
from drumbeat.data.snapshot import Snapshot
from drumbeat.data.stored_change import restore_changes
from drumbeat.maintenance.changes import ChangeReliability
from drumbeat.people.changes import AddAbsence
from drumbeat.plant.changes import BlockResource
from drumbeat.strategy.engine.result import Weakness
from drumbeat.strategy.engine.thresholds import QUARTER
from drumbeat.strategy.list_stress_nodes import WEEKS_TO_RECOVER

MOST_WORSE = 3.0
"""Times that failures may come as often as in the last quarter, when their rise goes on."""
LEAST_RISE = 1.05
"""A rise of failures by less is not played on."""
MOST_MACHINES = 12
MOST_PEOPLE = 3


Play = Literal["goes on", "happens", "closed"]


@dataclass(frozen=True)
class Trial:
    """What is played against the plant as it is.

    Parameters
    ----------
    what
        In words.
    play
        "goes on": what is measured gets worse as it did; "happens": what may break does; "closed": its remedy is made,
        and today lacks what that brings.
    changes
        What is changed.
    node
        Key of the stress test that is played instead of changes; "" = none.
    """

    what: str
    play: Play
    changes: tuple[Change, ...] = ()
    node: str = ""


def choose_trial(snapshot: Snapshot, weakness: Weakness) -> Trial | None:
    """Choose what is played for a weakness: that it goes on or happens where the facts say how, else its first remedy.

    Returns
    -------
    None where no change says any of these: contracts, causes of mistakes, overtime.
    """
    worsen = WORSE.get(weakness.kind)
    worse = worsen(snapshot, weakness) if worsen else None
    if worse is not None:
        return worse
    if not weakness.remedies or weakness.kind in BOOKED:
        return None
    first = weakness.remedies[0]
    return Trial(str(first["name"]), "closed", tuple(restore_changes(first["changes"])))


def _go_on_failing(snapshot: Snapshot, weakness: Weakness) -> Trial | None:
    """Let failures of the machines with overdue care rise once more as they did in the last quarter."""
    overdue = snapshot["maintenance_order"].filter(
        (pl.col("kind").cast(pl.String) == "preventive")
        & pl.col("ends_at").is_null()
        & (pl.col("due_at") <= snapshot.as_of)
        & (pl.col("state").cast(pl.String) != "cancelled")
    )
    places = snapshot["resource"].select("code", "site", "line")
    mine = overdue.join(places, left_on="resource", right_on="code").filter(
        (pl.col("site") == weakness.subject) | (pl.col("line") == weakness.subject)
    )
    machines = mine["resource"].unique().sort()
    fails = set(snapshot["failure_mode"]["resource"])
    rise = _rise_of_failures(snapshot, machines)
    changes = tuple(
        ChangeReliability(machine, life_factor=1.0 / rise) for machine in machines[:MOST_MACHINES] if machine in fails
    )
    if rise < LEAST_RISE or not changes:
        return None
    what = (
        f"Failures of the {len(changes)} machines with overdue care rise once more as in the last quarter: "
        f"{rise - 1:+.0%}"
    )
    return Trial(what, "goes on", changes)


def _rise_of_failures(snapshot: Snapshot, machines: pl.Series) -> float:
    """Failures of the last quarter over those of the one before it, at most `MOST_WORSE`; 1 where nothing is known."""
    down = snapshot["machine_event"].filter(
        (pl.col("state").cast(pl.String) == "down") & pl.col("resource").is_in(machines.implode())
    )
    edges = [snapshot.as_of - timedelta(weeks=QUARTER * back) for back in (2, 1, 0)]
    before, last = (
        down.filter((pl.col("starts_at") >= low) & (pl.col("starts_at") < high)).height for low, high in pairwise(edges)
    )
    return min(last / before, MOST_WORSE) if before else 1.0


def _be_away(snapshot: Snapshot, weakness: Weakness) -> Trial | None:
    """Have those away on whom it hangs, until somebody else could be certified."""
    people = [str(row["person"]) for row in weakness.evidence if row.get("table") == "person_skill"]
    weeks = WEEKS_TO_RECOVER["skill"]
    end = snapshot.as_of + timedelta(weeks=weeks)
    changes = tuple(AddAbsence(person, snapshot.as_of, end) for person in dict.fromkeys(people[:MOST_PEOPLE]))
    who = ", ".join(change.person for change in changes)
    return Trial(f"{who} away for {weeks:g} weeks", "happens", changes) if changes else None


def _break_down(snapshot: Snapshot, weakness: Weakness) -> Trial | None:
    """Stop the machine on which work hangs for as long as one takes to repair or replace."""
    if weakness.subject not in snapshot["resource"]["code"]:
        return None
    weeks = WEEKS_TO_RECOVER["group"]
    block = BlockResource(weakness.subject, snapshot.as_of, snapshot.as_of + timedelta(weeks=weeks), "Breakdown")
    return Trial(f"{weakness.subject} down for {weeks:g} weeks", "happens", (block,))


def _lose(kind: str) -> Callable[[Snapshot, Weakness], Trial]:
    """Lose the subject, as its stress test does."""

    def lose(snapshot: Snapshot, weakness: Weakness) -> Trial:
        del snapshot
        what = f"{kind} {weakness.subject} lost for {WEEKS_TO_RECOVER[kind]:g} weeks"
        return Trial(what, "happens", node=f"{kind}/{weakness.subject}")

    return lose


BOOKED = {"structural overtime"}
"""Kinds whose cost the books tell: what their remedies bring says nothing of it."""
WORSE: dict[str, Callable[[Snapshot, Weakness], Trial | None]] = {
    "maintenance backlog": _go_on_failing,
    "weakening system": _go_on_failing,
    "single person": _be_away,
    "shift cover": _be_away,
    "single machine": _break_down,
    "single source": _lose("supplier"),
    "supplier concentration": _lose("supplier"),
    "site concentration": _lose("site"),
    "line concentration": _lose("line"),
}
"""By kind of weakness: how it goes on if it is left, or what then may happen."""
