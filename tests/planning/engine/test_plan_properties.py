"""Whatever the plant looks like, the plan keeps its promises; the judge is the independent check."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from drumbeat.planning.engine.check import check
from drumbeat.planning.engine.net_requirements import net_requirements
from drumbeat.planning.engine.problem import BUY, MAKE, MOVE, PlanParams
from tests.planning.engine.small_plant import Due, Item, Line, Plant, Want

amounts = st.sampled_from([0.0, 0.5, 1.0, 3.0, 7.25, 20.0, 1000.0])
days = st.sampled_from([-5.0, 0.0, 0.25, 1.0, 2.0, 9.5, 30.0, 200.0])


@st.composite
def items(draw: st.DrawFn, number: int) -> Item:
    """An item that may be made, bought, moved from an item further down, or impossible to have."""
    lot = draw(st.sampled_from([(0, 0, np.inf), (5, 0, np.inf), (0, 4, np.inf), (3, 5, 22), (10, 0, 10), (1, 1, 100)]))
    return Item(
        stock=draw(amounts),
        safety=draw(st.sampled_from([0.0, 0.0, 4.0])),
        kind=draw(st.sampled_from([MAKE, MAKE, BUY, MOVE, None])),
        lead=abs(draw(days)),
        lead_per_unit=draw(st.sampled_from([0.0, 0.01])),
        lot=lot,
        yields=draw(st.sampled_from([1.0, 0.9])),
        source=f"i{number + 1}",
        is_phantom=draw(st.integers(0, 5)) == 0,
        valid=draw(st.sampled_from([None, None, (0.0, 20.0)])),
    )


@st.composite
def plants(draw: st.DrawFn) -> Plant:
    """A plant of up to seven items; bills lead from lower to higher numbers, so never in a circle."""
    size = draw(st.integers(1, 7))
    made = {f"i{number}": draw(items(number)) for number in range(size)}
    last = f"i{size - 1}"
    if made[last].kind == MOVE:
        made[last] = Item(kind=BUY, lead=3)
    pairs = [(a, b) for a in range(size) for b in range(a + 1, size)]
    chosen = draw(st.lists(st.sampled_from(pairs), max_size=8, unique=True)) if pairs else []
    spans = st.sampled_from([(None, None), (None, None), (2.0, None), (None, 2.0)])
    lines = []
    for parent, component in chosen:
        start, end = draw(spans)
        per, scrap = draw(st.sampled_from([0.1, 1.0, 2.0])), draw(st.sampled_from([0.0, 0.5]))
        lines.append(Line(f"i{parent}", f"i{component}", per, scrap, start, end))
    names = st.sampled_from(list(made))
    wants = draw(st.lists(st.builds(Want, names, amounts, days, st.sampled_from([1.0, 2.0])), max_size=6))
    dues = draw(st.lists(st.builds(Due, names, amounts, days, st.booleans(), days, amounts), max_size=4))
    params = PlanParams(bundle_seconds=draw(st.sampled_from([0, 86_400, 30 * 86_400])))
    return Plant(made, lines, wants, dues, params)


@given(plants())
@settings(max_examples=150, deadline=None)
def test_the_judge_finds_nothing(plant: Plant) -> None:
    problem = plant.problem()
    result = net_requirements(problem)
    assert [str(finding) for finding in check(problem, result)] == []


@given(plants(), st.floats(1.0, 50.0))
@settings(max_examples=40, deadline=None)
def test_more_stock_never_makes_a_demand_later_at_one_level(plant: Plant, more: float) -> None:
    """Without bills there are no lots below that could move: more stock only helps."""
    flat = Plant({name: Item(stock=item.stock, kind=BUY, lead=item.lead) for name, item in plant.items.items()},
                 wants=plant.wants)  # fmt: skip
    rich = Plant({name: Item(stock=item.stock + more, kind=BUY, lead=item.lead) for name, item in plant.items.items()},
                 wants=plant.wants)  # fmt: skip
    poor_ready = net_requirements(flat.problem()).demands.ready
    rich_ready = net_requirements(rich.problem()).demands.ready
    assert (rich_ready <= poor_ready).all()


@given(plants())
@settings(max_examples=40, deadline=None)
def test_nothing_is_ordered_beyond_lots_and_needs(plant: Plant) -> None:
    """Lot for lot, without safety stock, what is ordered is pegged to the last unit."""
    bare = {
        name: Item(stock=item.stock, kind=item.kind, lead=item.lead, yields=item.yields, source=item.source)
        for name, item in plant.items.items()
    }
    problem = Plant(bare, plant.lines, plant.wants).problem()
    result = net_requirements(problem)
    pegged = np.zeros(len(result.orders.quantity))
    mine = result.pegs.source == 2
    np.add.at(pegged, result.pegs.supply[mine], result.pegs.quantity[mine])
    assert np.allclose(pegged, result.orders.quantity, rtol=1e-6, atol=1e-5)
