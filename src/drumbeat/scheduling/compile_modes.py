"""How each task can be done: alternatives of machines, tools and rooms, and the crew that they take."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice, product

import numpy as np
import polars as pl

from drumbeat.basics.arrays import Floats, Int32s, Int64s
from drumbeat.basics.findings import Finding, Findings
from drumbeat.data.snapshot import Snapshot
from drumbeat.scheduling.compile_resources import name_pool
from drumbeat.scheduling.engine.problem import Modes

MOST_ALTERNATIVES = 24
"""How many combinations of alternatives one operation may have; the most preferred ones are kept."""

Template = list[tuple[float, list[tuple[int, int]], float, int]]
"""Ways to do an operation: (speed, [(resource, units), ...], what it spends, priorities added up) each, the machine
first."""

Way = tuple[int, int, float, int, float]
"""One resource for one need: number, units, speed, priority, what it spends."""


@dataclass
class Floorplan:
    """What modes are made of: resources by code, capability and pool, and what operations ask for."""

    number: dict[str, int]
    able: dict[tuple[str, str], list[int]]
    site_of: dict[str, str]
    needs: dict[str, dict[str, list[Way]]]
    crews: dict[str, list[tuple[str, int]]]
    findings: Findings

    @classmethod
    def of(cls, snapshot: Snapshot, pools: list[str], findings: Findings) -> Floorplan:
        """Read a snapshot; pools are numbered after the resources."""
        resources = snapshot["resource"]
        number = {code: i for i, code in enumerate([*resources["code"], *pools])}
        able: dict[tuple[str, str], list[int]] = {}
        for code, site, capability in resources.select("code", "site", "capability").iter_rows():
            if capability:
                able.setdefault((site, capability), []).append(number[code])
        needs: dict[str, dict[str, list[Way]]] = {}
        rows = snapshot["operation_resource"].sort("operation", "need", "priority", "resource")
        for operation, need, resource, units, speed, priority, spends in rows.select(
            "operation", "need", "resource", "units", "speed", "priority", "spends"
        ).iter_rows():
            way = (number[resource], int(units), float(speed), int(priority), float(spends))
            needs.setdefault(operation, {}).setdefault(need, []).append(way)
        crews: dict[str, list[tuple[str, int]]] = {}
        for operation, skill, people in (
            snapshot["crew_need"].sort("operation", "skill").select("operation", "skill", "num_people").iter_rows()
        ):
            crews.setdefault(operation, []).append((skill, int(people)))
        sites = dict(resources.select("code", "site").iter_rows())
        return cls(number, able, sites, needs, crews, findings)

    def ways(self, operation: str | None, site: str, capability: str, resource: str | None) -> Template:
        """Return the alternatives of an operation at a site; one without resources where it asks for none."""
        choices = [
            self.needs.get(operation or "", {})[need]
            for need in sorted(self.needs.get(operation or "", {}), key=lambda need: (need != "machine", need))
        ]
        if not choices and capability:
            alike = self.able.get((site, capability), [])
            if alike:
                choices = [[(number, 1, 1.0, 1, 0.0) for number in alike]]
            elif resource is None:
                rule = "there is a resource with the capability that a task asks for at its site"
                remedy = "Give a resource of the site this capability; until then the task holds no resource"
                subject = f"{capability} @ {site}"
                self.findings.add(Finding("resource", rule, remedy, None, "capability", subject, "warning"))
        if resource is not None:
            only = [way for way in (choices[0] if choices else []) if way[0] == self.number[resource]]
            choices = [only or [(self.number[resource], 1, 1.0, 1, 0.0)], *choices[1:]]
        crew = [
            (self.number[name_pool(skill, site)], people)
            for skill, people in self.crews.get(operation or "", ())
            if name_pool(skill, site) in self.number
        ]
        ranked = sorted(islice(product(*choices), 4096), key=lambda ways: sum(way[3] for way in ways))
        return [
            (
                ways[0][2] if ways else 1.0,
                [(way[0], way[1]) for way in ways] + crew,
                sum(way[4] for way in ways),
                sum(way[3] for way in ways),
            )
            for ways in ranked[:MOST_ALTERNATIVES]
        ]


def compile_modes(tasks: pl.DataFrame, floorplan: Floorplan) -> tuple[Modes, Floats, Int32s]:
    """Make the modes of all tasks.

    Parameters
    ----------
    tasks
        Frame of `Work`.
    floorplan
        What the modes are made of.

    Returns
    -------
    Modes, Floats, Int32s
        The modes, what each of them spends of a budget, and its rank: a task's preferred ones have the lowest.
    """
    keys = ["operation", "site", "capability", "resource"]
    kinds = tasks.select(keys).unique(maintain_order=True).with_row_index("template")
    place = tasks.join(kinds, on=keys, how="left", nulls_equal=True, maintain_order="left")["template"].to_numpy()
    templates = [floorplan.ways(*row) for row in kinds.select(keys).iter_rows()]
    sizes = np.array([len(template) for template in templates], dtype=np.int64)
    first = np.concatenate(([0], np.cumsum(sizes)))
    speed = np.array([way[0] for template in templates for way in template], dtype=np.float64)
    held = [way[1] for template in templates for way in template]
    num_held = np.array([len(way) for way in held], dtype=np.int64)
    first_held = np.concatenate(([0], np.cumsum(num_held)))
    flat = np.array([entry for way in held for entry in way], dtype=np.int64).reshape(-1, 2)

    num_modes = sizes[place] if len(place) else np.zeros(0, np.int64)
    task_ptr = np.concatenate(([0], np.cumsum(num_modes))).astype(np.int64)
    mode = _gather(first[place] if len(place) else np.zeros(0, np.int64), num_modes)
    entries = _gather(first_held[mode], num_held[mode])
    owner = np.repeat(np.arange(len(place)), num_modes)
    run = tasks["run_minutes"].to_numpy()[owner] * 60.0 / speed[mode]
    setup = tasks["setup_minutes"].to_numpy()[owner] * 60.0
    modes = Modes(
        task_ptr,
        np.rint(run).astype(np.int64),
        np.rint(setup).astype(np.int64),
        np.concatenate(([0], np.cumsum(num_held[mode]))).astype(np.int64),
        flat[entries, 0].astype(np.int32),
        flat[entries, 1].astype(np.int32),
    )
    spends = np.array([way[2] for template in templates for way in template], dtype=np.float64)
    rank = np.array([way[3] for template in templates for way in template], dtype=np.int32)
    return modes, spends[mode], rank[mode]


def _gather(first: Int64s, sizes: Int64s) -> Int64s:
    """Return first[i], first[i] + 1, ... sizes[i] of them, one after the other."""
    ends = np.cumsum(sizes)
    result: Int64s = np.arange(int(ends[-1]) if len(ends) else 0) + np.repeat(first - ends + sizes, sizes)
    return result
