"""Stress tests of networks: published values, hand-computed cases, properties, refusals."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drumbeat.basics.findings import InputError
from drumbeat.strategy.engine.director.measure_risk import concentration_index
from drumbeat.strategy.engine.stress import (
    LONGEST_WEEKS,
    Disruption,
    Network,
    combine,
    exposure_index,
    find_backup,
    find_loss,
    find_survival,
    find_sustainable,
    place_cover,
    undisturbed,
    write_program,
)
from drumbeat.strategy.engine.stress.flexibility import chain_links, design_links, draw_demand, expected_sales


def build_network(
    stock: list[float], demand: list[float], contribution: list[float], hours: list[float],
    ways: list[tuple[int, dict[int, float], dict[int, float]]], most: list[float] | None = None,
    begins: list[float] | None = None,
) -> Network:  # fmt: skip
    """Build a network; a way is the product, its parts and its hours."""
    parts = [list(way[1].items()) for way in ways]
    work = [list(way[2].items()) for way in ways]

    def flat(lists: list[list[tuple[int, float]]]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        pairs = [pair for one in lists for pair in one]
        return (
            np.cumsum([0, *map(len, lists)]), np.array([p for p, _ in pairs], np.int32),
            np.array([amount for _, amount in pairs], float),
        )  # fmt: skip

    return Network(
        np.array([f"P{p}" for p in range(len(stock))], object), np.array(stock, float), np.array(demand, float),
        np.array(contribution, float), np.array([f"A{a}" for a in range(len(ways))], object),
        np.array([way[0] for way in ways], np.int32), np.array(most or [np.inf] * len(ways)),
        np.array(begins or [0.0] * len(ways)), *flat(parts), *flat(work),
        np.array([f"R{r}" for r in range(len(hours))], object), np.array(hours, float),
    )  # fmt: skip


def published() -> Network:
    """Three sites that can both make both products (Simchi-Levi et al. 2015, example)."""
    ways = [(product, {}, {site: 1.0}) for product in (0, 1) for site in range(3)]
    return build_network([20, 25], [75, 50], [5000, 6500], [30, 45, 60], ways)


def lose(network: Network, resource: int, weeks: float) -> Disruption:
    """Lose a resource."""
    left = np.ones(len(network.resources))
    left[resource] = 0
    return replace(undisturbed(network, f"R{resource}", weeks), hours_left=left)


def test_published_times_to_survive_and_losses() -> None:
    """Losses 0, 125,000, 275,000; risk exposure index 0, .455, 1; times to survive 2.25, 1.286, .9 weeks."""
    network = published()
    program, demand = write_program(network), find_sustainable(write_program(network))
    assert demand == pytest.approx([75, 50], rel=1e-6)
    losses = np.array([find_loss(program, lose(network, site, 2.0), demand).money for site in range(3)])
    assert losses == pytest.approx([0, 125_000, 275_000], abs=2)
    assert exposure_index(losses) == pytest.approx([0, 0.4545, 1], abs=1e-3)
    weeks = [find_survival(program, lose(network, site, 2.0), demand) for site in range(3)]
    assert weeks == pytest.approx([2.25, 1.2857, 0.9], abs=1e-3)


def test_an_hour_and_a_unit_are_worth_what_they_save() -> None:
    """The cheaper product is given up: one more hour, or unit in stock, saves 5,000."""
    network = published()
    program = write_program(network)
    loss = find_loss(program, lose(network, 2, 2.0), find_sustainable(program))
    assert loss.hour_worth[:2] == pytest.approx([5000, 5000])
    assert loss.stock_worth[0] == pytest.approx(5000)
    assert loss.lost == pytest.approx([55, 0], abs=1e-3)


def test_the_cheapest_stock_closes_the_gap() -> None:
    """55 units are missing; of the first product they cost 2 a year each, of the second 10."""
    network = published()
    program = write_program(network)
    told = place_cover(program, lose(network, 2, 2.0), find_sustainable(program), np.array([2.0, 10.0]),
                       np.array([20.0, 30.0]))  # fmt: skip
    assert told.is_enough
    assert told.units == pytest.approx([55, 0], abs=1e-3)
    assert told.cost_a_year == pytest.approx(110, abs=0.01)
    assert told.capital == pytest.approx(1100, abs=0.1)
    never = place_cover(program, lose(network, 2, 2.0), find_sustainable(program), np.full(2, np.inf), np.zeros(2))
    assert not never.is_enough


def test_backup_hours_that_close_the_gap() -> None:
    """55 units of an hour each are missing."""
    network = published()
    program = write_program(network)
    told = find_backup(program, lose(network, 2, 2.0), find_sustainable(program), np.array([2]))
    assert told == pytest.approx([55], abs=1e-3)


def test_parts_and_a_second_source_that_begins_late() -> None:
    """A product of two bought parts a unit; the supplier is lost for five weeks, another delivers from week three on.

    Ten units a week, forty parts in stock: they last two weeks. From then until week three ten units are lost.
    """
    network = build_network(
        [0, 40], [10, 0], [100, 0], [20],
        [(0, {1: 2.0}, {0: 1.0}), (1, {}, {}), (1, {}, {})], most=[np.inf, 25.0, 25.0], begins=[0, 0, 3.0],
    )  # fmt: skip
    program = write_program(network)
    demand = find_sustainable(program)
    gone = replace(undisturbed(network, "supplier", 5.0), most_left=np.array([1.0, 0.0, 1.0]))
    assert find_survival(program, gone, demand) == pytest.approx(2.0, abs=1e-3)
    assert find_loss(program, gone, demand).money == pytest.approx(1000, abs=0.1)


def test_a_late_source_carries_on_once_it_is_reached() -> None:
    """Seventy parts last three weeks and a half: the second source comes in time and stays."""
    network = build_network(
        [0, 70], [10, 0], [100, 0], [20],
        [(0, {1: 2.0}, {0: 1.0}), (1, {}, {}), (1, {}, {})], most=[np.inf, 25.0, 25.0], begins=[0, 0, 3.0],
    )  # fmt: skip
    program = write_program(network)
    gone = replace(undisturbed(network, "supplier", 5.0), most_left=np.array([1.0, 0.0, 1.0]))
    assert find_survival(program, gone, find_sustainable(program)) == LONGEST_WEEKS


def test_what_cannot_be_served_anyhow_is_no_loss() -> None:
    """Demand of 10 with hours for 6: only 6 can be lost."""
    network = build_network([0], [10], [1], [6, 5], [(0, {}, {0: 1.0})])
    program = write_program(network)
    demand = find_sustainable(program)
    assert demand == pytest.approx([6], rel=1e-6)
    assert find_loss(program, lose(network, 0, 2.0), demand).money == pytest.approx(12, rel=1e-5)
    assert find_survival(program, lose(network, 0, 2.0), demand) == pytest.approx(0, abs=1e-5)
    assert find_survival(program, lose(network, 1, 2.0), demand) == LONGEST_WEEKS


@given(st.integers(0, 10_000), st.floats(0.5, 6.0), st.floats(0.5, 6.0))
@settings(max_examples=60, deadline=None)
def test_loss_begins_where_survival_ends(seed: int, weeks: float, more: float) -> None:
    """Nothing is lost within the time to survive, something right after it; longer never costs less."""
    rng = _Luck(seed)
    ways = [(0, {1: 1.0 + rng.next()}, {r: 0.5 + rng.next()}) for r in range(2)]
    ways += [(1, {}, {2: rng.next()}), (1, {}, {})]
    network = build_network(
        [20 * rng.next(), 20 * rng.next(), 0], [5 + 5 * rng.next(), 0, 3.0], [10, 0, 4], [8, 8, 4],
        [*ways, (2, {1: 0.5}, {1: 0.7})], most=[np.inf, np.inf, np.inf, 30 * rng.next(), np.inf],
    )  # fmt: skip
    program = write_program(network)
    demand = find_sustainable(program)
    gone = lose(network, seed % 3, weeks)
    survives = find_survival(program, gone, demand)
    if survives > 0.01:
        inside = replace(gone, weeks=min(survives * 0.999, LONGEST_WEEKS))
        assert find_loss(program, inside, demand).money == pytest.approx(0, abs=1e-3)
    if survives < LONGEST_WEEKS:
        after = find_loss(program, replace(gone, weeks=survives * 1.05 + 0.05), demand)
        assert after.lost.sum() > 0
    short, long = (find_loss(program, replace(gone, weeks=w), demand).money for w in (weeks, weeks + more))
    assert short <= long + 1e-6
    both = combine([gone, lose(network, (seed + 1) % 3, weeks)])
    assert find_loss(program, both, demand).money >= short - 1e-6


class _Luck:
    """Numbers between 0 and 1 from a seed."""

    def __init__(self, seed: int) -> None:
        self.seed, self.count = seed, 0

    def next(self) -> float:
        from drumbeat.basics.streams import key_of, luck_of, uniform

        self.count += 1
        return float(uniform(np.uint64(luck_of(self.seed, 0)), key_of("network"), 1, self.count))


def test_flexibility_of_ten_sites() -> None:
    """Jordan and Graves: dedicated 853, one long chain 950, all links 954."""
    capacity = np.full(10, 100.0)
    demand = draw_demand(np.full(10, 100.0), np.full(10, 40.0), 2.0, 800)
    for links, truth in ((np.eye(10, dtype=bool), 853), (chain_links(10), 950), (np.ones((10, 10), bool), 954)):
        told = expected_sales(capacity, demand, links)
        assert told.low - 1 < truth < told.high + 1
        assert told.value == pytest.approx(truth, abs=5)


def test_added_links_come_near_the_chain() -> None:
    """From dedicated sites, four links of four bring most of what all twelve would."""
    capacity = np.full(4, 100.0)
    demand = draw_demand(np.full(4, 100.0), np.full(4, 40.0), 2.0, 150)
    found = design_links(capacity, demand, np.eye(4, dtype=bool), 4)
    assert len(found) == 4
    assert all(link.gain.value > 0 for link in found)
    before, full = (expected_sales(capacity, demand, x).value for x in (np.eye(4, dtype=bool), np.ones((4, 4), bool)))
    chain = expected_sales(capacity, demand, chain_links(4)).value
    assert (found[-1].sales - before) / (full - before) > 0.9
    assert found[-1].sales > chain - 1.0
    assert design_links(capacity, demand, np.ones((4, 4), bool), 2) == []


def test_concentration() -> None:
    """HHI of 40, 30, 20, 10 is 3000."""
    assert concentration_index([40, 30, 20, 10]) == pytest.approx(3000)


def test_an_empty_network_survives_everything() -> None:
    """Nothing wanted, nothing lost."""
    network = build_network([], [], [], [], [])
    program = write_program(network)
    nothing = undisturbed(network, "nothing", 3.0)
    assert find_loss(program, nothing, find_sustainable(program)).money == 0
    assert find_survival(program, nothing, find_sustainable(program)) == LONGEST_WEEKS
    assert exposure_index(np.zeros(0)).shape == (0,)


def test_wrong_networks_are_refused() -> None:
    """Every broken rule at once."""
    with pytest.raises(InputError) as caught:
        build_network([-1], [1], [1], [np.nan], [(3, {}, {5: 1.0})])
    told = str(caught.value)
    for part in ("stock is zero", "hours is zero", "makes is an index", "hours_of is an index"):
        assert part in told
    with pytest.raises(InputError, match="longer than nothing"):
        undisturbed(published(), "x", 0.0)
    with pytest.raises(ValueError, match="at least one"):
        combine([])
