"""Turn the ways of making things into routings, with alternatives that differ only in the machine joined into one."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace

from drumbeat.data.frepple.build_operations import Way
from drumbeat.data.frepple.build_resources import Needs, Resources
from drumbeat.data.frepple.draft import Draft
from drumbeat.data.frepple.read_records import Row


@dataclass(frozen=True)
class Times:
    """Durations of an operation in seconds: a lot's, a unit's, and the wait after it."""

    lot: float
    unit: float
    wait: float


def times_of(step: Row) -> Times:
    """Read the durations of an operation; only time_per operations have one for each unit."""
    unit = step.seconds("durationper") if step.text("type") == "time_per" else 0.0
    return Times(step.seconds("duration"), unit, step.seconds("posttime"))


def speed_against(times: Times, standard: Times) -> float | None:
    """Speed of an operation against another; None when no single speed explains the difference."""
    if times.wait != standard.wait or (times.lot > 0) != (standard.lot > 0) or (times.unit > 0) != (standard.unit > 0):
        return None
    ratios = {round(b / a, 9) for a, b in ((times.lot, standard.lot), (times.unit, standard.unit)) if a > 0}
    return ratios.pop() if len(ratios) == 1 else 1.0 if not ratios else None


def build_routings(draft: Draft, ways: list[Way], resources: Resources) -> None:
    """Add routings, operations and what they need; ways that differ only in the machine become one."""
    priorities: dict[tuple[str, str], int] = defaultdict(int)
    merged: dict[tuple[str, str], tuple[Way, Times, Needs]] = {}
    for way in ways:
        if not draft.has("item", way.item):
            continue
        place = (way.item, way.site)
        needs = [resources.needs(step.text("name")) for step in way.steps]
        if place in merged and len(way.steps) == 1 and _join(draft, merged[place], way, needs[0]):
            continue
        priorities[place] += 1
        _add_routing(draft, way, needs, priorities[place], resources)
        if len(way.steps) == 1 and priorities[place] == 1:
            merged[place] = (way, times_of(way.steps[0]), needs[0])


def _join(draft: Draft, standard: tuple[Way, Times, Needs], way: Way, needs: Needs) -> bool:
    """Add a way's machine as an alternative of the preferred way's; whether that was possible."""
    preferred, times, known = standard
    speed = speed_against(times_of(way.steps[0]), times)
    others = {need: choices for need, choices in needs.items() if need != "machine"}
    if speed is None or way.bill != preferred.bill or not known or not needs:
        return False
    if others != {need: choices for need, choices in known.items() if need != "machine"}:
        return False
    taken = {choice.resource for choice in known["machine"]}
    new = [choice for choice in needs["machine"] if choice.resource not in taken]
    if len(new) != len(needs["machine"]):
        return False
    rank = max(choice.priority for choice in known["machine"]) + 1
    for choice in new:
        choice = replace(choice, speed=speed, priority=max(int(way.priority), rank))
        known["machine"].append(choice)
        _add_need(draft, preferred.steps[0].text("name"), "machine", choice.__dict__)
    rule = f"it differs from {preferred.name!r} only in its machine"
    draft.book.note("operation", rule, "Its machine is an alternative there", way.name)
    return True


def _add_routing(draft: Draft, way: Way, needs: list[Needs], priority: int, resources: Resources) -> None:
    draft.add("routing", code=way.name, item=way.item, site=way.site, priority=priority)
    for position, (step, wanted) in enumerate(zip(way.steps, needs, strict=True), start=1):
        name, times = step.text("name"), times_of(step)
        setups = [row.text("setup") for row in resources.asked[name] if row.text("setup")]
        code = name if not draft.has("operation", name) else f"{name} @ {way.name}"
        draft.add(
            "operation",
            code=code,
            name=step.text("description")[:200],
            routing=way.name,
            sequence=position * 10,
            run_minutes=times.unit / 60,
            lot_minutes=times.lot / 60,
            wait_minutes=times.wait / 60,
            setup_family=(setups or [""])[0][:60],
        )
        for need, choices in wanted.items():
            for choice in choices:
                _add_need(draft, code, need, choice.__dict__)
        if not wanted:
            draft.add("operation_resource", operation=code, need="machine", resource=resources.unlimited(way.site))


def _add_need(draft: Draft, operation: str, need: str, choice: dict[str, object]) -> None:
    draft.add("operation_resource", operation=operation, need=need, **choice)
