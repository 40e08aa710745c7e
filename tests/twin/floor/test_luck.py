"""Luck is shared: by threads, by splits, by going on from a state, by two designs."""

from __future__ import annotations

import pickle
from dataclasses import fields, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drumbeat.basics.findings import InputError
from drumbeat.twin.engine.floor.carry import carry_state
from drumbeat.twin.engine.floor.check import check_trace
from drumbeat.twin.engine.floor.draft import Draft
from drumbeat.twin.engine.floor.problem import FIFO, PER_BATCH, FloorProblem
from drumbeat.twin.engine.floor.records import HEAP_SIZE, LOTS_LEFT
from drumbeat.twin.engine.floor.result import SETTING_UP, START_RUN, START_SETUP, FloorResult
from drumbeat.twin.engine.floor.simulate import simulate_floor
from drumbeat.twin.engine.floor.surroundings import BUSY
from drumbeat.twin.engine.floor.times import exponential
from tests.twin.floor.make_floors import make_rich

RICH = make_rich()
SHARES = st.floats(0.0, 0.4)


def figures(told: FloorResult) -> dict[str, np.ndarray]:
    """All that a result counts, but for the number of events, which a carried state plans anew."""
    skip = {"problem", "begin", "end", "first", "period_seconds", "trace", "states", "events"}
    return {f.name: getattr(told, f.name) for f in fields(told) if f.name not in skip}


def assert_same(one: FloorResult, other: FloorResult) -> None:
    for name, values in figures(one).items():
        assert np.array_equal(values, figures(other)[name]), name


def test_threads_and_splits_change_no_bit() -> None:
    whole = simulate_floor(RICH, until=3_000.0, replications=6, seed=3, cores=1)
    assert_same(whole, simulate_floor(RICH, until=3_000.0, replications=6, seed=3, cores=3))
    parts = [simulate_floor(RICH, until=3_000.0, replications=2, first=n, seed=3) for n in (0, 2, 4)]
    for name, values in figures(whole).items():
        assert np.array_equal(values, np.concatenate([figures(part)[name] for part in parts])), name


def test_going_on_from_a_state_changes_no_bit() -> None:
    straight = simulate_floor(RICH, until=6_000.0, warm_up=2_500.0, replications=2)
    half = simulate_floor(RICH, until=2_500.0, replications=2, keep_states=True)
    states = pickle.loads(pickle.dumps(half.states))
    for _ in range(2):  # a state is not used up
        assert_same(straight, simulate_floor(RICH, until=6_000.0, starts=states))


def make_changing(life: float | None = None) -> FloorProblem:
    """Two machines that change over between two products, people for both; with a life they break down."""
    draft = Draft()
    draft.add_pool("people", 1)
    matrix = draft.add_setups([[0.0, 3.0], [5.0, 0.0]], first=2.0)
    for n in range(2):
        draft.add_machine(f"m{n}", matrix=matrix)
        if life is not None:
            draft.add_life(f"l{n}", machine=f"m{n}", clock=BUSY, life=exponential(life), repair=exponential(9.0))
    draft.add_group("a", ["m0", "m1"])
    for n in range(2):
        step = {"group": "a", "run": exponential(10.0), "family": n, "needs": {"people": 1}, "scrap": 0.1}
        draft.add_product(f"p{n}", [step | {"rework": 0.1, "rework_to": 0}])
        draft.add_source(f"s{n}", product=f"p{n}", between=exponential(28.0))
    return draft.build()


def test_a_play_cut_within_setups_changes_no_bit() -> None:
    """Setup and run of a machine that nothing stops are one event; a state taken in between knows which it is at."""
    problem = make_changing()
    straight = simulate_floor(problem, until=600.0, trace=True)
    assert straight.trace is not None
    assert check_trace(problem, straight.trace) == []
    starts = straight.trace["time"][straight.trace["kind"] == START_SETUP]
    ends = straight.trace["time"][straight.trace["kind"] == START_RUN]
    for start in starts[5:25]:
        inside = 0.5 * (start + ends[ends > start].min())
        half = simulate_floor(problem, until=inside, keep_states=True)
        rest = simulate_floor(problem, until=600.0, starts=half.states)
        for name in ("finished", "scrapped", "reworks", "released"):
            assert (getattr(half, name) + getattr(rest, name)).tolist() == getattr(straight, name).tolist(), name
        for name in ("machine_seconds", "pool_held", "group_wait", "cycle_sum", "wip"):
            assert getattr(half, name) + getattr(rest, name) == pytest.approx(getattr(straight, name), rel=1e-12), name
        assert rest.states == ()
        assert half.machine_seconds[0, :, SETTING_UP].sum() < straight.machine_seconds[0, :, SETTING_UP].sum()


def test_a_setup_under_way_may_be_stopped_by_what_is_new() -> None:
    """Carried to a problem in which machines break down, work that nothing could stop breaks down like any other."""
    before, after = make_changing(), make_changing(life=20.0)
    for moment in (100.0, 101.0, 102.0, 103.0, 104.0):
        half = simulate_floor(before, until=moment, keep_states=True)
        told = simulate_floor(after, until=2_000.0, starts=[carry_state(half.states[0], before, after)])
        assert told.failures.sum() > 20
        assert told.machine_seconds.sum(axis=2) == pytest.approx(told.seconds)
        assert told.wip == pytest.approx(told.residence, rel=1e-9)
        assert (half.wip_end + told.released == told.finished + told.scrapped + told.wip_end).all()


def test_carried_to_the_same_problem_it_goes_on_the_same_way() -> None:
    half = simulate_floor(RICH, until=2_500.0, keep_states=True)
    straight = simulate_floor(RICH, until=5_000.0, starts=half.states)
    carried = carry_state(half.states[0], RICH, make_rich())
    told = simulate_floor(RICH, until=5_000.0, starts=[carried])
    assert told.released.tolist() == straight.released.tolist()
    assert told.finished.sum() == pytest.approx(straight.finished.sum(), rel=0.05)
    assert told.failures.tolist() == straight.failures.tolist()


def make_families(names: str) -> FloorProblem:
    """One machine that makes B alone; a change takes longer the farther apart two families stand in this order."""
    draft = Draft()
    count = len(names)
    seconds = [[abs(a - b) * 50.0 for b in range(count)] for a in range(count)]
    draft.add_machine("m", matrix=draft.add_setups(seconds, first=7.0, families=list(names)))
    draft.add_group("g", ["m"])
    draft.add_product("p", [{"group": "g", "run": 5.0, "family": names.index("B")}])
    draft.add_source("s", product="p", between=exponential(20.0))
    return draft.build()


def test_what_a_machine_is_set_up_for_is_carried_over_by_name() -> None:
    before, after, without = make_families("AB"), make_families("NAB"), make_families("BC")
    half = simulate_floor(before, until=500.0, keep_states=True)
    assert half.states[0].floor.machine["family"].tolist() == [1]
    assert carry_state(half.states[0], before, after).floor.machine["family"].tolist() == [2]
    assert carry_state(half.states[0], before, without).floor.machine["family"].tolist() == [0]
    told = simulate_floor(after, until=2_000.0, starts=[carry_state(half.states[0], before, after)])
    assert told.machine_seconds[0, 0, SETTING_UP] == 0.0
    # A family that is no more: the machine is set up anew.
    gone = replace(before, families=before.families[::-1].copy() + "x")
    assert carry_state(half.states[0], gone, after).floor.machine["family"].tolist() == [-1]
    # Without names, by number, as before.
    nameless = replace(before, families=before.families[:0])
    assert carry_state(half.states[0], nameless, after).floor.machine["family"].tolist() == [1]
    with pytest.raises(InputError, match="setup families"):
        simulate_floor(replace(before, families=before.families[:1]), until=1.0)


def make_plain(machines: int, mean: float = 9.0) -> FloorProblem:
    draft = Draft()
    draft.add_group("a", machines=machines, rule=FIFO)
    draft.add_product("p", steps=[{"group": "a", "run": exponential(mean)}])
    draft.add_source("s", product="p", between=exponential(10.0))
    for n in range(machines):
        draft.add_life(f"life {n}", machine=f"a {n + 1}", life=exponential(200.0), repair=exponential(30.0))
    return draft.build()


def test_carried_to_the_same_plain_problem_no_bit_changes() -> None:
    problem = make_plain(2)
    half = simulate_floor(problem, until=1_234.5, keep_states=True, replications=3)
    straight = simulate_floor(problem, until=9_000.0, starts=half.states)
    carried = [carry_state(state, problem, make_plain(2)) for state in half.states]
    told = simulate_floor(problem, until=9_000.0, starts=carried)
    for name in ("released", "finished", "cycle_sum", "machine_seconds", "failures", "wip_end", "wip"):
        assert getattr(told, name) == pytest.approx(getattr(straight, name), rel=1e-12), name


def test_a_machine_bought_between_two_periods_helps() -> None:
    before, after = make_plain(1, 12.0), make_plain(2, 12.0)
    half = simulate_floor(before, until=5_000.0, keep_states=True, replications=4)
    assert min(state.num_lots for state in half.states) > 20
    carried = [carry_state(state, before, after) for state in half.states]
    assert [state.num_lots for state in carried] == [state.num_lots for state in half.states]
    told = simulate_floor(after, until=10_000.0, starts=carried, trace=True)
    assert (told.wip_end < [[state.num_lots] for state in half.states]).all()
    assert told.released.tolist() == simulate_floor(before, until=10_000.0, starts=half.states).released.tolist()


def test_a_machine_sold_gives_its_lot_back() -> None:
    before, after = make_plain(3), make_plain(1)
    half = simulate_floor(before, until=5_000.0, keep_states=True)
    carried = carry_state(half.states[0], before, after)
    told = simulate_floor(after, until=6_000.0, starts=[carried])
    inside = half.wip_end[0, 0] + told.released[0, 0] - told.finished[0, 0]
    assert told.wip_end[0, 0] == inside


def make_supplied(machines: int = 1) -> FloorProblem:
    """A lot of 1 every 10 s takes 1 of a material; 100 are ordered when stock and orders are down to 40, for 200 s on.

    Another 150 were ordered before the start and come at 1,050.
    """
    draft = Draft()
    names = [f"m{n}" for n in range(machines)]
    draft.add_material("steel", stock=60.0, reorder_point=40.0, order_quantity=100.0, lead=200.0,
                       receipts=[(1_050.0, 150.0)])  # fmt: skip
    for name in names:
        draft.add_machine(name)
    draft.add_group(" or ".join(names), machines=names)
    draft.add_product("p", steps=[{"group": " or ".join(names), "run": 8.0, "uses": {"steel": 1.0}}])
    draft.add_source("s", product="p", between=10.0)
    return draft.build()


def test_what_was_ordered_still_comes_after_a_change() -> None:
    """Open orders, and those of before the start, are neither forgotten nor counted for ever."""
    problem = make_supplied()
    straight = simulate_floor(problem, until=20_000.0)
    for moment in (900.0, 1_200.0, 5_000.0):
        half = simulate_floor(problem, until=moment, keep_states=True)
        told = simulate_floor(problem, until=20_000.0, starts=half.states)
        carried = carry_state(half.states[0], problem, make_supplied())
        again = simulate_floor(make_supplied(), until=20_000.0, starts=[carried])
        for name in ("finished", "material_used", "material_short", "stock"):
            assert getattr(again, name) == pytest.approx(getattr(told, name)), (moment, name)
    assert straight.finished[0, 0] > 1_900  # it never waits long


def test_a_machine_more_in_its_group_interrupts_no_work() -> None:
    """The group has another key then: its machines are what counts."""
    before, after = make_supplied(), make_supplied(2)
    half = simulate_floor(before, until=104.0, keep_states=True)  # 4 s of 8 are done
    carried = carry_state(half.states[0], before, after)
    told = simulate_floor(after, until=108.5, starts=[carried])
    assert told.finished[0, 0] == 1


def test_what_is_gone_takes_its_lots_along() -> None:
    half = simulate_floor(RICH, until=4_000.0, keep_states=True)
    plain = make_plain(1)
    carried = carry_state(half.states[0], RICH, plain)
    assert carried.num_lots == 0
    told = simulate_floor(plain, until=8_000.0, starts=[carried])
    assert told.finished[0, 0] > 100


def test_designs_share_luck() -> None:
    one, two = (simulate_floor(make_plain(n), until=50_000.0, replications=20) for n in (2, 3))
    assert np.array_equal(one.released, two.released)
    gain = one.mean_cycle_seconds() - two.mean_cycle_seconds()
    apart = one.mean_cycle_seconds() - np.roll(two.mean_cycle_seconds(), 1, axis=0)
    assert gain.std() < apart.std()


@settings(max_examples=12, deadline=None)
@given(
    st.integers(0, 2**31),
    st.integers(1, 4),
    st.integers(-1, 3),
    st.floats(0.0, 0.4),
    st.floats(0.0, 0.4),
    st.integers(0, 4),
)
def test_any_line_conserves_its_lots(
    seed: int, machines: int, capacity: int, scrap: float, rework: float, rule: int
) -> None:
    draft = Draft()
    for n in range(3):
        draft.add_group(f"g{n}", machines=machines, capacity=capacity if n else -1, rule=rule)
        draft.add_life(f"l{n}", machine=f"g{n} 1", life=exponential(50.0), repair=exponential(5.0))
    steps = [{"group": f"g{n}", "run": exponential(2.0 + n), "rework": rework, "rework_to": n} for n in range(3)]
    draft.add_product("p", [step | {"scrap": scrap} for step in steps], due_seconds=20.0)
    draft.add_source("s", product="p", between=exponential(3.0))
    told = simulate_floor(draft.build(), until=600.0, seed=seed, trace=True)
    assert told.trace is not None
    assert check_trace(told.problem, told.trace) == []
    assert (told.released == told.finished + told.scrapped + told.wip_end).all()
    assert told.wip == pytest.approx(told.residence, rel=1e-9)


def test_bad_problems_are_told_all_at_once() -> None:
    problem = make_plain(1)
    steps = replace(problem.steps, group=np.array([7], np.int32), scrap=np.array([1.5]))
    with pytest.raises(InputError) as told:
        simulate_floor(replace(problem, steps=steps), until=10.0)
    assert "group" in str(told.value)
    assert "scrap" in str(told.value)
    for wrong in (
        {"until": -1.0},
        {"until": np.inf},
        {"until": 5.0, "replications": 0},
        {"until": 5.0, "period_seconds": 0.0},
    ):
        with pytest.raises(InputError):
            simulate_floor(problem, **wrong)


def test_a_floor_without_anything_to_do_is_idle() -> None:
    draft = Draft()
    draft.add_group("a")
    draft.add_product("p", steps=[{"group": "a"}])
    told = simulate_floor(draft.build(), until=10.0)
    assert told.machine_seconds[0, 0].tolist() == [10.0, 0, 0, 0, 0, 0, 0, 0, 0]
    assert told.finished.sum() == 0


def test_an_overrun_floor_grows() -> None:
    told = simulate_floor(make_plain(1, 100.0), until=100_000.0)
    assert told.wip_end[0, 0] > 5_000
    assert told.wip == pytest.approx(told.residence, rel=1e-9)


def test_a_state_of_another_problem_is_refused() -> None:
    half = simulate_floor(make_plain(1), until=100.0, keep_states=True)
    for other in (make_plain(1, 12.0), make_plain(2), RICH):
        with pytest.raises(InputError, match="carry_state"):
            simulate_floor(other, until=200.0, starts=half.states)


def _make_oven(products: tuple[str, ...], batch: int, **fields: float) -> Draft:
    draft = Draft()
    draft.add_group("oven", 1)
    step = {"group": "oven", "run": 3600.0, "unit": PER_BATCH, "batch_family": 0, "batch_max": batch} | fields
    for product in products:
        draft.add_product(product, [step])
        draft.add_source(f"source of {product}", product=product, between=1800.0)
    return draft


def test_a_product_that_is_gone_leaves_the_batch_it_is_in() -> None:
    before = _make_oven(("a", "b"), 2, batch_min=2).build()
    state = simulate_floor(before, until=2000.0, keep_states=True).states[0]
    assert sorted(state.floor.lot["product"][state.floor.lot["is_used"] == 1]) == [0, 1]
    floor = carry_state(state, before, _make_oven(("a",), 2, batch_min=2).build()).floor
    first = floor.machine["lot"][0]
    assert (floor.lot["product"][first], floor.lot["next"][first], floor.lot["is_used"][first]) == (0, -1, 1)
    assert floor.lot["is_used"].sum() == 1
    assert floor.counter[LOTS_LEFT] == len(floor.lot) - 1


def test_a_long_line_before_batches_finds_room_for_its_events() -> None:
    draft = _make_oven(("a",), 2, batch_wait=1e6)
    draft.sources["source of a"]["between"] = 30.0
    before = draft.build()
    state = simulate_floor(before, until=36_000.0, keep_states=True).states[0]
    draft.add_group("other", 1)
    floor = carry_state(state, before, draft.build()).floor
    assert floor.counter[HEAP_SIZE] > 1000  # every lot in line waits for its batch
    assert floor.counter[HEAP_SIZE] <= len(floor.heap)


def test_transfer_lots_may_begin_with_a_change() -> None:
    draft = Draft()
    draft.add_group("m", 1)
    draft.add_product("a", [{"group": "m", "run": 10.0}], pieces=10)
    draft.add_source("s", product="a", between=200.0)
    before = draft.build()
    state = simulate_floor(before, until=3600.0, keep_states=True).states[0]
    draft.products["a"]["transfer_pieces"] = 2
    after = draft.build()
    result = simulate_floor(after, until=7200.0, starts=[carry_state(state, before, after)])
    assert result.orders_finished[0, 0] == 18
    assert result.finished[0, 0] == 17 * 5 + 1  # the order under way at the change stays whole


def test_a_machine_that_is_never_open_stays_closed_after_a_change() -> None:
    draft = Draft()
    draft.add_calendar("never", [], cycle=86_400.0)
    draft.add_machine("m", calendar="never")
    draft.add_group("g", ["m"])
    draft.add_product("a", [{"group": "g", "run": 10.0}])
    draft.add_source("s", product="a", between=200.0)
    problem = draft.build()
    state = simulate_floor(problem, until=3600.0, keep_states=True).states[0]
    result = simulate_floor(problem, until=3 * 86_400.0, starts=[carry_state(state, problem, problem)])
    assert result.finished.sum() == 0


def test_setups_that_end_together_find_room_in_the_trace() -> None:
    draft = Draft()
    matrix = draft.add_setups([[0.0]], first=100.0)
    for n in range(20):
        draft.add_machine(f"m{n}", matrix=matrix)
    draft.add_group("oven", [f"m{n}" for n in range(20)])
    batch = {"group": "oven", "run": 1000.0, "unit": PER_BATCH, "batch_family": 0, "batch_min": 50, "batch_max": 50}
    draft.add_product("a", [batch | {"family": 0}])
    for _ in range(1000):
        draft.add_order(None, "a", 0.0)
    trace = simulate_floor(draft.build(), until=500.0, trace=True).trace
    assert trace is not None
    assert (trace["kind"] == START_SETUP).sum() == (trace["kind"] == START_RUN).sum() == 1000


def test_orders_held_by_an_outage_find_room_when_it_ends() -> None:
    draft = Draft()
    draft.add_group("m", 1)
    draft.add_outage("no deliveries", windows=[(0.0, 7200.0)])
    fields = {"stock": 5000.0, "reorder_point": 5000.0, "order_quantity": 1.0, "lead": 1e6}
    draft.add_material("screws", outage="no deliveries", **fields)
    draft.add_product("a", [{"group": "m", "run": 1.0, "uses": {"screws": 20.0}}])
    draft.add_source("s", product="a", between=20.0)
    floor = simulate_floor(draft.build(), until=7200.0, keep_states=True).states[0].floor
    assert floor.counter[HEAP_SIZE] > 5000  # each is on its way
    assert floor.counter[HEAP_SIZE] <= len(floor.heap)
