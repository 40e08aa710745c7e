"""Follow who supplies whom, both ways: from a demand down to what is bought, from a supply up to whom it serves."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from drumbeat.basics.arrays import Int64s
from drumbeat.planning.engine.problem import MAKE, MOVE, Problem
from drumbeat.planning.engine.result import FROM_DEMAND, FROM_ORDER, FROM_RECEIPT, ORDER, RECEIPT, STOCK, Result

LEAST = 1e-9
"""Shares of a supply below this are rounding."""
Supply = tuple[int, int]
"""Source (`STOCK`, `RECEIPT` or `ORDER`) and index of the buffer, receipt or planned order."""
Waiting = dict[int, dict[tuple[int, int, int], tuple[int, float, int]]]
"""By level: source, supply and buffer that is taken; depth, quantity and the node above."""


@dataclass(frozen=True, slots=True)
class PegNode:
    """A supply in the tree below a demand.

    Parameters
    ----------
    depth
        0 for what serves the demand itself.
    source, supply
        As in `Pegs`.
    buffer
        What is taken of it: what it adds to, or what comes out beside that.
    quantity
        Units that it gives to this demand.
    above
        Place in the list of the first node that takes it, -1 = the demand.
    """

    depth: int
    source: int
    supply: int
    buffer: int
    quantity: float
    above: int


@dataclass(frozen=True, slots=True)
class Use:
    """A demand that a supply serves in the end, or a receipt still to be made whose surplus nobody has asked for.

    Parameters
    ----------
    origin, index
        `FROM_DEMAND` or `FROM_RECEIPT`, and which one.
    quantity
        Units of the supply that go there, by shares where orders are joined.
    """

    origin: int
    index: int
    quantity: float


class PegIndex:
    """Where the requirements and pegs of each buffer stand, so that a chain is followed without reading all of them.

    Made once for a plan; the questions then take milliseconds, whatever the plan's size.
    """

    def __init__(self, problem: Problem, result: Result) -> None:
        self.problem, self.result = problem, result
        count = np.bincount(result.requirements.buffer, minlength=problem.num_buffers)
        by_place = np.lexsort((np.arange(problem.num_buffers), result.level))
        self._first = np.zeros(problem.num_buffers, np.int64)
        self._first[by_place] = np.concatenate(([0], np.cumsum(count[by_place])[:-1])) if len(by_place) else 0
        self._count = count
        self._demand_row = np.full(problem.num_demands, -1, np.int64)
        mine = np.flatnonzero(result.requirements.origin == FROM_DEMAND)
        self._demand_row[result.requirements.parent[mine]] = mine

    def list_below(self, demand: int) -> list[PegNode]:
        """List what a demand is supplied by, level by level; a supply that several take is listed once.

        Parameters
        ----------
        demand
            Index of the demand.

        Returns
        -------
        list of PegNode
            Empty where nothing serves it.
        """
        row = int(self._demand_row[demand])
        if row < 0:
            return []
        nodes: list[PegNode] = []
        # By level: all that takes a supply has been seen before the supply itself is followed.
        waiting: Waiting = {}
        self._take(row, 1.0, 0, -1, waiting)
        while waiting:
            level = min(waiting)
            for (source, supply, buffer), (depth, quantity, above) in waiting.pop(level).items():
                nodes.append(PegNode(depth, source, supply, buffer, quantity, above))
                whole = self._whole(source, supply, buffer)
                for below in self._list_rows(source, supply, self.owner(source, supply)):
                    self._take(below, quantity / whole if whole > 0 else 0.0, depth + 1, len(nodes) - 1, waiting)
        return nodes

    def list_latest(self, demand: int) -> list[PegNode]:
        """List what a demand waits for longest, what that waits for longest, and so on down.

        Parameters
        ----------
        demand
            Index of the demand.

        Returns
        -------
        list of PegNode
            One node a level; the last one waits for nothing but its own lead time or promise. Empty where nothing
            serves the demand. `quantity` is what the node above takes of it.
        """
        requirements, pegs = self.result.requirements, self.result.pegs
        row, nodes = int(self._demand_row[demand]), list[PegNode]()
        while row >= 0 and requirements.cause[row] >= 0:
            peg = int(requirements.cause[row])
            source, supply = int(pegs.source[peg]), int(pegs.supply[peg])
            buffer, depth = int(requirements.buffer[row]), len(nodes)
            nodes.append(PegNode(depth, source, supply, buffer, float(pegs.quantity[peg]), depth - 1))
            if source == STOCK:
                break
            below = self._list_rows(source, supply, self.owner(source, supply))
            row = max(below, key=lambda one: int(requirements.ready[one]), default=-1)
            start = self.result.orders.start if source == ORDER else self.problem.receipts.start
            if row >= 0 and requirements.ready[row] <= max(int(start[supply]), 0):
                break  # Its components are there when it should start.
        return nodes

    def list_above(self, source: int, supply: int) -> list[Use]:
        """List whom a supply serves in the end, the greatest share first; nothing for what goes into stock.

        Parameters
        ----------
        source, supply
            As in `Pegs`.
        """
        result = self.result
        found: dict[tuple[int, int], float] = {}
        share: dict[int, dict[Supply, float]] = {-int(result.level[self.owner(source, supply)]): {(source, supply): 1}}
        while share:
            # Upwards, the highest level number first.
            level = min(share)
            for (kind, index), part in share.pop(level).items():
                whole, left = self._whole(kind, index), part
                for peg in self._list_pegs_of(kind, index):
                    row = int(result.pegs.requirement[peg])
                    origin, parent = int(result.requirements.origin[row]), int(result.requirements.parent[row])
                    given = part * float(result.pegs.quantity[peg]) / whole if whole > 0 else 0.0
                    left -= given
                    if origin == FROM_DEMAND:
                        found[origin, parent] = found.get((origin, parent), 0.0) + given
                        continue
                    taker = (ORDER if origin == FROM_ORDER else RECEIPT, parent)
                    above = share.setdefault(-int(result.level[self.owner(*taker)]), {})
                    above[taker] = above.get(taker, 0.0) + given
                if kind == RECEIPT and (kind, index) != (source, supply) and left > LEAST:
                    found[FROM_RECEIPT, index] = found.get((FROM_RECEIPT, index), 0.0) + left
        units = self._whole(source, supply)
        uses = [Use(origin, index, part * units) for (origin, index), part in found.items()]
        return sorted(uses, key=lambda use: (-use.quantity, use.origin, use.index))

    def list_rows(self, buffer: int) -> Int64s:
        """Rows of the requirements of a buffer, in the order in which they are served."""
        first = int(self._first[buffer])
        return np.arange(first, first + int(self._count[buffer]))

    def owner(self, source: int, supply: int) -> int:
        """Buffer that a supply adds to."""
        if source == STOCK:
            return supply
        return int((self.problem.receipts if source == RECEIPT else self.result.orders).buffer[supply])

    def _find_pegs(self, first: int, last: int) -> tuple[int, int]:
        """Span of the pegs of a span of requirements: they stand in the requirements' order."""
        # Numbers of the array's own kind: others would have all of it converted.
        begin, end = np.searchsorted(self.result.pegs.requirement, np.array([first, last], np.int32)).tolist()
        return begin, end

    def _whole(self, source: int, supply: int, buffer: int = -1) -> float:
        """Units of a supply; with a buffer, those of that buffer that come with it."""
        if source == STOCK:
            return float(self.problem.buffers.stock[supply])
        units = float((self.problem.receipts if source == RECEIPT else self.result.orders).quantity[supply])
        beside = dict(self.list_beside(supply)) if source == ORDER else {}
        return units * (1.0 if buffer == self.owner(source, supply) else beside.get(buffer, 1.0))

    def list_beside(self, order: int) -> list[tuple[int, float]]:
        """List what comes out beside a planned order: buffer, and units of it for each good unit."""
        outputs = self.problem.outputs
        if outputs is None:
            return []
        method = int(self.result.orders.method[order])
        first, last = int(outputs.ptr[method]), int(outputs.ptr[method + 1])
        return list(zip(outputs.product[first:last].tolist(), outputs.per[first:last].tolist(), strict=True))

    def _take(self, row: int, share: float, depth: int, above: int, waiting: Waiting) -> None:
        """Note the supplies of a share of a requirement."""
        pegs = self.result.pegs
        first, last = self._find_pegs(row, row + 1)
        buffer = int(self.result.requirements.buffer[row])
        for peg in range(first, last):
            here = waiting.setdefault(int(self.result.level[buffer]), {})
            key = (int(pegs.source[peg]), int(pegs.supply[peg]), buffer)
            quantity = share * float(pegs.quantity[peg])
            known = here.get(key)
            here[key] = (known[0], known[1] + quantity, known[2]) if known else (depth, quantity, above)

    def _list_rows(self, source: int, supply: int, buffer: int) -> list[int]:
        """Requirements of an order, or of a receipt that is still to be made or sent."""
        if source == STOCK:
            return []
        requirements = self.result.requirements
        origin = FROM_ORDER if source == ORDER else FROM_RECEIPT
        found: list[int] = []
        for below in self._list_components(source, supply, buffer):
            rows = self.list_rows(below)
            here = slice(rows[0], rows[-1] + 1) if len(rows) else slice(0, 0)
            mine = (requirements.parent[here] == supply) & (requirements.origin[here] == origin)
            found += (np.flatnonzero(mine) + here.start).tolist()
        return found

    def _list_components(self, source: int, supply: int, buffer: int) -> list[int]:
        """Buffers that a supply may take from: the components of its bill, phantoms blown, or its sender."""
        problem = self.problem
        if source == ORDER:
            method = int(self.result.orders.method[supply])
            if problem.methods.kind[method] == MOVE:
                return [int(problem.methods.source[method])]
            sent = problem.methods.takes_bill
            if problem.methods.kind[method] != MAKE and not (len(sent) and sent[method]):
                return []
        sender = [int(problem.receipts.source[supply])] if source == RECEIPT else []
        found, open_ = {one for one in sender if one >= 0}, [buffer]
        while open_:
            owner = open_.pop()
            for component in problem.bills.component[problem.bills.ptr[owner] : problem.bills.ptr[owner + 1]].tolist():
                if problem.buffers.is_phantom[component]:
                    open_.append(component)
                else:
                    found.add(component)
        return sorted(found)

    def _list_pegs_of(self, source: int, supply: int) -> list[int]:
        """Pegs of a supply: they stand among those of its buffer, and of what comes out beside it."""
        found: list[int] = []
        pegs = self.result.pegs
        beside = [product for product, _ in self.list_beside(supply)] if source == ORDER else []
        for buffer in (self.owner(source, supply), *beside):
            rows = self.list_rows(buffer)
            if len(rows):
                first, last = self._find_pegs(int(rows[0]), int(rows[-1]) + 1)
                mine = (pegs.supply[first:last] == supply) & (pegs.source[first:last] == source)
                found += (np.flatnonzero(mine) + first).tolist()
        return found
