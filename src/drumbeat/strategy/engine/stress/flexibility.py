"""Flexibility: which site can make what, and which further links are worth having."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import breadth_first_order, maximum_flow

from drumbeat.basics.arrays import Bools, Floats
from drumbeat.basics.intervals import Interval, mean_interval
from drumbeat.basics.streams import key_of, luck_of, normal_quantile, uniform

STEPS = 10_000
"""Units are cut into so many parts at most of the largest number, for the flow in whole numbers."""

_WHOLE = 1_000_000_000


def draw_demand(mean: Floats, spread: Floats, cut: float, replications: int, seed: int = 1) -> Floats:
    """Draw demand of products: normal, cut at so many standard deviations, never below 0.

    Parameters
    ----------
    mean, spread
        Shape (P,): units.
    cut
        Standard deviations beyond which a draw is drawn again by inversion within the cut, > 0; inf = not cut.
    replications, seed
        How often; seed of all luck.

    Returns
    -------
    Shape (replications, P); the same for every design, so that designs share their luck.
    """
    from statistics import NormalDist

    low = NormalDist().cdf(-cut) if np.isfinite(cut) else 0.0
    demand = np.empty((replications, len(mean)))
    keys = [key_of(f"demand#{p}") for p in range(len(mean))]
    for r in range(replications):
        luck = np.uint64(luck_of(seed, r))
        for p, key in enumerate(keys):
            u = low + (1.0 - 2.0 * low) * uniform(luck, key, 1, 0)
            demand[r, p] = max(mean[p] + spread[p] * normal_quantile(u), 0.0)
    return demand


def chain_links(count: int) -> Bools:
    """Return the long chain of `count` sites and products: each site makes its own product and the next one's."""
    links = np.eye(count, dtype=np.bool_)
    links[np.arange(count), (np.arange(count) + 1) % count] = True
    return links


def expected_sales(capacity: Floats, demand: Floats, links: Bools) -> Interval:
    """Find the expected sales of sites that can make some products each.

    Parameters
    ----------
    capacity
        Shape (S,): units.
    demand
        Shape (R, P): draws.
    links
        Shape (S, P): which site can make which product.

    Returns
    -------
    Mean over the draws of the most that can be sold, with its 95 % interval (W. C. Jordan and S. C. Graves, Principles
    on the Benefits of Manufacturing Process Flexibility, Management Science 41, 1995).
    """
    return mean_interval(np.array([_Flow(capacity, row, links).value for row in demand]))


class _Flow:
    """The largest flow from sites to products for one draw of demand."""

    def __init__(self, capacity: Floats, demand: Floats, links: Bools) -> None:
        sites, products = links.shape
        # Whole numbers below 2**31 in all: the flow is exact to a part in ten thousand of the largest number.
        self.scale = min(STEPS / max(float(capacity.max(initial=0.0)), float(demand.max(initial=0.0)), 1e-12), 1e9)
        self.size, self.sites = sites + products + 2, sites
        site, product = np.nonzero(links)
        tail = np.concatenate([np.zeros(sites), 1 + site, 1 + sites + np.arange(products)]).astype(np.int64)
        head = np.concatenate([1 + np.arange(sites), 1 + sites + product, np.full(products, self.size - 1)])
        whole = np.rint(np.concatenate([capacity, np.full(len(site), np.inf), demand]) * self.scale)
        room = np.minimum(whole, _WHOLE).astype(np.int32)
        self.graph = csr_array((room, (tail, head.astype(np.int64))), shape=(self.size, self.size))
        self.found = maximum_flow(self.graph, 0, self.size - 1)

    @property
    def value(self) -> float:
        return float(self.found.flow_value) / self.scale

    def missing(self) -> tuple[Bools, Bools]:
        """Sites with capacity to spare, or that can free some; products that lack, or of which some could move."""
        left = csr_array(self.graph - self.found.flow)
        left.data[left.data < 0] = 0
        left.eliminate_zeros()
        spare, short = np.zeros(self.size, np.bool_), np.zeros(self.size, np.bool_)
        spare[breadth_first_order(left, 0, return_predecessors=False)] = True
        short[breadth_first_order(csr_array(left.T), self.size - 1, return_predecessors=False)] = True
        return spare[1 : 1 + self.sites], short[1 + self.sites : -1]


@dataclass(frozen=True, slots=True)
class Link:
    """A link worth adding.

    Parameters
    ----------
    site, product
        Indices.
    sales
        Expected sales with it and all links before it.
    gain
        What it adds, on the same luck, with its 95 % interval.
    """

    site: int
    product: int
    sales: float
    gain: Interval


def design_links(capacity: Floats, demand: Floats, links: Bools, count: int, tried: int = 8) -> list[Link]:
    """Find which links to add, one after the other, each the one that adds most expected sales.

    Parameters
    ----------
    capacity, demand, links
        As for `expected_sales`; the links that there are.
    count
        Links to add at most.
    tried
        Links that are measured in each step: those between a site with capacity to spare and a product that lacks in
        the most draws.

    Returns
    -------
    The links in order; fewer where none adds anything.
    """
    links = links.copy()
    flows = [_Flow(capacity, row, links) for row in demand]
    found: list[Link] = []
    for _ in range(count):
        votes = np.zeros(links.shape)
        for flow in flows:
            spare, short = flow.missing()
            votes += np.outer(spare, short)
        votes[links] = -1
        best: tuple[float, int, list[_Flow]] | None = None
        for place in np.argsort(-votes, axis=None, kind="stable")[:tried]:
            if votes.flat[place] <= 0:
                break
            links.flat[place] = True
            after = [_Flow(capacity, row, links) for row in demand]
            links.flat[place] = False
            sales = float(np.mean([flow.value for flow in after]))
            if best is None or sales > best[0] + 1e-9:
                best = (sales, int(place), after)
        before = np.array([flow.value for flow in flows])
        if best is None or best[0] <= before.mean() + 1e-9:
            break
        sales, place, flows = best
        links.flat[place] = True
        gain = mean_interval(np.array([flow.value for flow in flows]) - before)
        found.append(Link(place // links.shape[1], place % links.shape[1], sales, gain))
    return found
