"""No item goes into itself, and no task waits for itself, however long the way round."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from drumbeat.basics.findings import Findings
from drumbeat.data.places import Place, add_rows

LONGEST_SHOWN = 8
"""Codes of a cycle that a finding names."""


def check_cycles(findings: Findings, places: Mapping[str, Place], frames: Mapping[str, pl.DataFrame]) -> None:
    """Find the cycles in bills of material and in links of tasks, and name each once."""
    check_graph(
        findings, places["bill_line"], frames["bill_line"], ("item", "component"), "an item does not go into itself"
    )
    check_graph(
        findings, places["link"], frames["link"], ("predecessor", "successor"), "a task does not wait for itself"
    )


def check_graph(findings: Findings, place: Place, frame: pl.DataFrame, ends: tuple[str, str], rule: str) -> None:
    """Find the cycles of rows that lead from one column of codes to the other, and name each once."""
    edges = frame.select(pl.col(ends[0]).alias("from"), pl.col(ends[1]).alias("to")).drop_nulls().unique()
    knot = find_knot(edges)
    if not knot.height:
        return
    for cycle in _name_cycles(knot):
        last, first = cycle[-1], cycle[0]
        closing = (frame[ends[0]] == last) & (frame[ends[1]] == first)
        closing &= closing.cum_sum() == 1
        names = [first, *cycle[1:]]
        if len(names) > LONGEST_SHOWN:
            names = [*names[: LONGEST_SHOWN - 1], f"... {len(names) - LONGEST_SHOWN} more ...", last]
        way = " > ".join([*names, first])
        values = pl.repeat(way, frame.height, eager=True, dtype=pl.String)
        add_rows(findings, place, closing, rule, f"Remove or correct one of the rows of {way}", values=values)


def find_knot(edges: pl.DataFrame) -> pl.DataFrame:
    """Return the edges (columns `from`, `to`) that lie between cycles: ends that lead nowhere are taken off in turn."""
    while edges.height:
        kept = edges.join(edges.select(pl.col("to").alias("from")).unique(), on="from", how="semi").join(
            edges.select(pl.col("from").alias("to")).unique(), on="to", how="semi"
        )
        if kept.height == edges.height:
            break
        edges = kept
    return edges


def _name_cycles(knot: pl.DataFrame) -> list[list[str]]:
    """Return disjoint cycles, so that each is named once; mending them may uncover others."""
    following: dict[str, list[str]] = {}
    for before, after in knot.sort("from", "to").rows():
        following.setdefault(before, []).append(after)
    cycles = []
    done: set[str] = set()
    for start in following:
        path: list[str] = []
        position: dict[str, int] = {}
        stack = [(start, iter(following[start]))] if start not in done else []
        if stack:
            path.append(start)
            position[start] = 0
        while stack:
            node, children = stack[-1]
            child = next((child for child in children if child not in done), None)
            if child is None:
                stack.pop()
                done.add(path.pop())
                position.pop(node)
            elif child in position:
                cycle = path[position[child] :]
                cycles.append(cycle)
                done.update(cycle)
            else:
                position[child] = len(path)
                path.append(child)
                stack.append((child, iter(following.get(child, []))))
    return cycles
