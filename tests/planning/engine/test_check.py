"""The judge notices when a plan has been tampered with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from drumbeat.planning.engine.check import check
from drumbeat.planning.engine.net_requirements import net_requirements
from drumbeat.planning.engine.problem import BUY, MAKE, MOVE, Problem
from drumbeat.planning.engine.result import SHORT, Result
from tests.planning.engine.small_plant import DAY, Beside, Due, Item, Line, Plant, Want

PLANT = Plant(
    {"top": Item(lead=2, valid=(0.0, 300.0)), "part": Item(stock=1, kind=BUY, lead=20, lot=(5, 5, 50))},
    [Line("top", "part", per=2)],
    [Want("top", 4, due=10), Want("top", 6, due=40)],
    [Due("part", 1, 2, False)],
)


def change(array: Any, index: int, value: Any) -> Any:
    """Return a copy with one entry replaced."""
    copied = np.array(array)
    copied[index] = value
    return copied


def without_shorts(result: Result) -> Result:
    kept = result.messages.kind != SHORT
    fields = {name: getattr(result.messages, name)[kept] for name in result.messages.__dataclass_fields__}
    return replace(result, messages=replace(result.messages, **fields))


TAMPERINGS: list[tuple[str, Callable[[Result], Result]]] = [
    ("smallest lot", lambda r: replace(r, orders=replace(r.orders, quantity=change(r.orders.quantity, 2, 2.0)))),
    ("is a multiple", lambda r: replace(r, orders=replace(r.orders, quantity=change(r.orders.quantity, 2, 8.0)))),
    ("largest lot", lambda r: replace(r, orders=replace(r.orders, quantity=change(r.orders.quantity, 2, 55.0)))),
    ("takes its lead time", lambda r: replace(r, orders=replace(r.orders, start=r.orders.start + DAY))),
    ("neither before now", lambda r: replace(r, orders=replace(
        r.orders, possible_start=r.orders.possible_start - DAY))),
    ("method of its buffer", lambda r: replace(r, orders=replace(r.orders, method=change(r.orders.method, 0, 1)))),
    ("bill x quantity", lambda r: replace(r, requirements=replace(
        r.requirements, quantity=change(r.requirements.quantity, 2, 1.0)))),
    ("no more than it has", lambda r: replace(r, pegs=replace(r.pegs, quantity=r.pegs.quantity * 3))),
    ("gets what it wants", lambda r: replace(r, pegs=replace(r.pegs, quantity=r.pegs.quantity / 3))),
    ("its own buffer", lambda r: replace(r, pegs=replace(r.pegs, requirement=change(r.pegs.requirement, 0, 2)))),
    ("never below zero", lambda r: replace(r, orders=replace(r.orders, ready=r.orders.ready + 90 * DAY))),
    ("components are there", lambda r: replace(r, requirements=replace(
        r.requirements, ready=r.requirements.ready + 90 * DAY))),
    ("short message", without_shorts),
    ("while its method is valid", lambda r: replace(r, orders=replace(
        r.orders, start=r.orders.start + 900 * DAY, need=r.orders.need + 900 * DAY))),
    ("its lead time after it starts", lambda r: replace(r, orders=replace(
        r.orders, ready=change(r.orders.ready, 0, 0)))),
    ("when its supplies are", lambda r: replace(r, requirements=replace(
        r.requirements, ready=change(r.requirements.ready, 0, 0)))),
    ("is ready when what it requires is", lambda r: replace(r, demands=replace(
        r.demands, ready=r.demands.ready - DAY))),
    ("has a cause", lambda r: replace(r, demands=replace(r.demands, cause=np.zeros_like(r.demands.cause)))),
    ("no earlier than it is promised", lambda r: replace(r, receipts=replace(
        r.receipts, ready=r.receipts.ready - DAY))),
    ("stock, on order or planned", lambda r: replace(r, pegs=replace(r.pegs, source=r.pegs.source + 3))),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "tamper"), TAMPERINGS, ids=[rule for rule, _ in TAMPERINGS])
def test_a_tampered_plan_is_found_out(rule: str, tamper: Callable[[Result], Result]) -> None:
    problem = PLANT.problem()
    result = net_requirements(problem)
    assert not check(problem, result)
    assert any(rule in finding.rule for finding in check(problem, tamper(result)))


RICH = Plant(
    {
        "board": Item(lead=1, yields=0.9), "dust": Item(kind=BUY, lead=2), "log": Item(kind=BUY, lead=9, stock=20),
        "far": Item(kind=MOVE, source="board", lead=3),
    },
    [Line("board", "log", 1.5)],
    [Want("board", 40, 15), Want("dust", 10, 16), Want("far", 12, 30), Want("dust", 3, 3)],
    [Due("log", 10, 12, False), Due("dust", 4, 8, True), Due("board", 5, 4, False, 1, 5, kind=MAKE)],
    besides=[Beside("board", "dust", 0.2)],
)  # fmt: skip
"""Yield, by-product, transfer, and what is on order: every kind of supply serves somebody."""


def count_missed(problem: Problem, result: Result, part: str, moves: dict[str, list[float]]) -> list[str]:
    """Change each entry of a part by itself and list what the judge does not notice; drop each row of pegs as well."""
    rows, missed = getattr(result, part), []
    for name, by in moves.items():
        column = getattr(rows, name)
        for index in range(len(column)):
            for step in by:
                moved = column[index] * step if column.dtype.kind == "f" else column[index] + int(step)
                if moved == column[index] or (moved < 0 and name in ("supply", "requirement", "buffer", "method")):
                    continue
                other = replace(rows, **{name: change(column, index, moved)})
                try:
                    is_found = bool(check(problem, replace(result, **{part: other})))
                except IndexError:
                    is_found = True
                missed += [] if is_found else [f"{part}.{name}[{index}] {column[index]} -> {moved}"]
    return missed


@pytest.mark.parametrize("plant", [PLANT, RICH], ids=["short", "rich"])
def test_no_figure_of_a_plan_changes_unnoticed(plant: Plant) -> None:
    """Earlier, later, more, less, another owner: of every order, requirement, peg and demand, one by one."""
    problem = plant.problem()
    result = net_requirements(problem)
    assert not check(problem, result)
    times, other, amount = [DAY, -DAY, -9 * DAY], [1, -1], [1.5, 0.5, 0.0]
    missed = [
        # An order of more than is needed breaks no rule; less does.
        *count_missed(problem, result, "orders", {"need": times, "start": times, "possible_start": times,
                      "ready": times, "quantity": [0.5, 0.0], "buffer": other, "method": other}),
        *count_missed(problem, result, "requirements", {"need": times, "quantity": amount, "buffer": other,
                      "origin": other, "parent": other, "ready": [-DAY, -9 * DAY]}),
        *count_missed(problem, result, "pegs", {"quantity": amount, "supply": other, "requirement": other,
                      "source": other}),
        *count_missed(problem, result, "demands", {"ready": times}),
        *count_missed(problem, result, "receipts", {"ready": [-DAY, -9 * DAY]}),
    ]  # fmt: skip
    assert missed == []
    for row in range(len(result.pegs.source)):
        names = ("source", "supply", "requirement", "quantity")
        dropped = replace(result.pegs, **{name: np.delete(getattr(result.pegs, name), row) for name in names})
        assert check(problem, replace(result, pegs=dropped)), row
