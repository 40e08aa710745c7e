"""Read the published chains of guaranteed service into stages."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np

from drumbeat.inventory.engine.place_stock import Stages, bound_demand, sort_upwards


def make_stages(keys, lead_time, holding, own, most, inbound, arcs, pool):
    above = np.array([arc[0] for arc in arcs], dtype=np.int64)
    below = np.array([arc[1] for arc in arcs], dtype=np.int64)
    quantity = np.array([arc[2] for arc in arcs], dtype=float)
    order = sort_upwards(len(keys), above, below)
    bound = bound_demand(np.array(own, float), above, below, quantity, np.array(pool, float), order)
    return Stages(
        np.array(keys, dtype=object), np.array(lead_time, np.int64), np.array(holding, float), bound,
        np.array(most, np.int64), np.array(inbound, np.int64), above, below,
    )  # fmt: skip


def read_willems(path: Path, carrying: float) -> Stages:
    """Stages of a file of Graves and Willems; what a stage adds to the cost, `carrying` of it a unit of time."""
    with path.open() as file:
        header = file.readline()
        rows = [row for row in csv.reader(file) if row]
    assert header.startswith("stage_id")
    place = {row[0]: i for i, row in enumerate(rows)}
    arcs = [
        (place[row[at]], place[row[0]], float(row[at + 1]))
        for row in rows
        for at in range(8, len(row) - 1, 2)
        if row[at]
    ]
    added = np.array([float(row[3]) for row in rows])
    above = np.array([arc[0] for arc in arcs])
    below = np.array([arc[1] for arc in arcs])
    total = added.copy()
    for stage in sort_upwards(len(rows), above, below)[::-1]:
        total[stage] = added[stage] + sum(total[up] * count for up, down, count in arcs if down == stage)
    own = [float(row[6]) * float(row[7]) if len(row) > 7 and row[6] else 0.0 for row in rows]
    return make_stages(
        [row[0] for row in rows],
        [int(float(row[1])) for row in rows],
        total * carrying,
        own,
        [int(float(row[2])) if row[2] else -1 for row in rows],
        [0] * len(rows),
        arcs,
        [float(row[4]) if row[4] else 2.0 for row in rows],
    )


def read_textbook(path: Path, name: str) -> Stages:
    """Stages of one of Snyder and Shen's examples."""
    instances = json.loads(path.read_text())["instances"]
    nodes = next(each["data"]["_nodes"] for each in instances if each["name"] == name)
    place = {node["_index"]: i for i, node in enumerate(nodes)}
    arcs = [(place[up], place[node["_index"]], 1.0) for node in nodes for up in node["_predecessor_indices"]]

    def own(node):
        spread = node["demand_source"]["standard_deviation"]
        return (spread or 0.0) * (node["demand_bound_constant"] or 0.0)

    return make_stages(
        [str(node["name"] or node["_index"]) for node in nodes],
        [node["processing_time"] or 0 for node in nodes],
        [node["local_holding_cost"] for node in nodes],
        [own(node) for node in nodes],
        [-1 if node["external_outbound_cst"] is None else node["external_outbound_cst"] for node in nodes],
        [node["external_inbound_cst"] or 0 for node in nodes],
        arcs,
        [2.0] * len(nodes),
    )
