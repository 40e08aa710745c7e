"""The judge notices when a plan has been tampered with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from drumbeat.planning.engine.check import check
from drumbeat.planning.engine.net_requirements import net_requirements
from drumbeat.planning.engine.problem import BUY
from drumbeat.planning.engine.result import SHORT, Result
from tests.planning.engine.small_plant import DAY, Item, Line, Plant, Want

PLANT = Plant(
    {"top": Item(lead=2), "part": Item(stock=1, kind=BUY, lead=20, lot=(5, 5, 50))},
    [Line("top", "part", per=2)],
    [Want("top", 4, due=10), Want("top", 6, due=40)],
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
]  # fmt: skip


@pytest.mark.parametrize(("rule", "tamper"), TAMPERINGS, ids=[rule for rule, _ in TAMPERINGS])
def test_a_tampered_plan_is_found_out(rule: str, tamper: Callable[[Result], Result]) -> None:
    problem = PLANT.problem()
    result = net_requirements(problem)
    assert not check(problem, result)
    assert any(rule in finding.rule for finding in check(problem, tamper(result)))
