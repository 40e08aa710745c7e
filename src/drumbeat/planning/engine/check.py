"""Judge a plan independently of what made it: plain loops over the problem as it was given, bills unblown."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from drumbeat.basics.findings import Finding, Findings
from drumbeat.planning.engine.problem import FAR_FUTURE, FAR_PAST, FOR_EACH, MAKE, MOVE, Problem
from drumbeat.planning.engine.result import (
    FROM_DEMAND,
    FROM_ORDER,
    FROM_RECEIPT,
    ON_TIME,
    ORDER,
    RECEIPT,
    SHORT,
    STOCK,
    Result,
)

TOLERANCE = 1e-5
"""Relative difference of quantities that counts as rounding."""


def check(problem: Problem, result: Result) -> Findings:
    """Prove that a plan keeps its promises.

    - Every order keeps the lot rules of its method, adds to that method's buffer, starts while that is valid, and
      arrives its lead time after it can start.
    - No supplier delivers more in a week than his capacity, one order of its own smallest lot excepted.
    - What orders, released receipts and transfers take equals bill x quantity, phantoms, scrap, yield and
      effectivity included; what customers want is all there; nothing else is required.
    - Pegs: no supply serves more than it has, no requirement gets more than it wants, of its own buffer only, or of
      what comes out beside it.
    - Of what is made to order, no planned order serves a second need, unless the lot rules of its method made it larger
      than the first; where safety stock or what comes out beside it is in play, what came first serves first.
    - Nothing is ready before the last of its supplies is, and nothing on order before it is promised.
    - When everything happens as the plan says, projected stock never falls below zero: needs are served when
      due, or later where a message of kind short, or a later possible start, says so.
    - Every demand that is not ready when due has a short message, and no other demand has one.

    Returns
    -------
    Findings
        One for each broken rule; empty when the plan holds.
    """
    judge = _Judge(problem, result, Findings())
    judge.check_orders()
    judge.check_supplier_weeks()
    judge.check_requirements()
    judge.check_pegs()
    judge.check_own_orders()
    judge.check_ready()
    judge.check_stock()
    judge.check_messages()
    return judge.findings


def _differs(a: float, b: float) -> bool:
    return abs(a - b) > TOLERANCE * max(1.0, abs(a), abs(b))


@dataclass(frozen=True)
class _Judge:
    problem: Problem
    result: Result
    findings: Findings

    def blame(self, rule: str, value: object) -> None:
        self.findings.add(Finding("plan", rule, "The planning engine is wrong: report it", value=str(value)))

    def check_orders(self) -> None:
        """Lot rules, owner and lead time of every order."""
        orders, methods = self.result.orders, self.problem.methods
        for order in range(len(orders.buffer)):
            method, quantity = int(orders.method[order]), float(orders.quantity[order])
            buffer = int(orders.buffer[order])
            if not methods.ptr[buffer] <= method < methods.ptr[buffer + 1]:
                self.blame("an order uses a method of its buffer", order)
            multiple, maximum = float(methods.lot_multiple[method]), float(methods.lot_maximum[method])
            minimum = min(float(methods.lot_minimum[method]), maximum)
            largest = maximum // multiple * multiple if 0 < multiple <= maximum < float("inf") else maximum
            if quantity <= 0 or (quantity < minimum and _differs(quantity, min(minimum, largest))):
                self.blame("an order is at least the smallest lot", (order, quantity, minimum))
            if quantity > maximum and _differs(quantity, maximum):
                self.blame("an order is at most the largest lot", (order, quantity, maximum))
            if 0 < multiple <= maximum and _differs(round(quantity / multiple) * multiple, quantity):
                self.blame("an order is a multiple", (order, quantity, multiple))
            lead = float(methods.lead_seconds[method]) + float(methods.lead_seconds_per_unit[method]) * quantity
            if abs(float(orders.need[order] - orders.start[order]) - lead) > 1:
                self.blame("an order takes its lead time", order)
            possible, ready = int(orders.possible_start[order]), int(orders.ready[order])
            if possible < max(int(orders.start[order]), 0):
                self.blame("an order starts neither before now nor before its start", order)
            # A method is chosen before the size of the lot is known: by its lead time without that of each unit.
            begins = max(int(orders.need[order]) - int(methods.lead_seconds[method]), 0)
            if not methods.valid_from[method] <= begins < methods.valid_to[method]:
                self.blame("an order starts while its method is valid", order)
            if abs(ready - min(possible + lead, FAR_FUTURE)) > 1 and not ready == possible == FAR_FUTURE:
                self.blame("an order arrives its lead time after it starts", (order, possible, ready))

    def check_supplier_weeks(self) -> None:
        """What arrives by a method in a week is at most its capacity."""
        orders, methods = self.result.orders, self.problem.methods
        weeks: dict[tuple[int, int], list[float]] = defaultdict(list)
        for order in range(len(orders.buffer)):
            weeks[int(orders.method[order]), max(int(orders.need[order]), 0) // (7 * 86_400)].append(
                float(orders.quantity[order])
            )
        for (method, week), quantities in weeks.items():
            limits = methods.capacity_per_week
            if len(limits) and len(quantities) > 1 and sum(quantities) > limits[method] + TOLERANCE:
                self.blame("a supplier delivers no more in a week than he can", (method, week, sum(quantities)))

    def components(self, buffer: int, units: float, start: int) -> Iterator[tuple[int, float]]:
        """Components that units of a buffer take when started then; phantoms give way to what they consist of."""
        bills = self.problem.bills
        for line in range(int(bills.ptr[buffer]), int(bills.ptr[buffer + 1])):
            if not bills.valid_from[line] <= max(start, 0) < bills.valid_to[line]:
                continue
            taken = units * float(bills.quantity_per[line]) / (1 - float(bills.scrap[line]))
            component = int(bills.component[line])
            if self.problem.buffers.is_phantom[component]:
                yield from self.components(component, taken, start)
            else:
                yield component, taken

    def expected(self) -> Iterator[tuple[tuple[int, int, int, int], float]]:
        """What must be required: (origin, parent, buffer, need) and quantity."""
        problem, orders, methods = self.problem, self.result.orders, self.problem.methods
        for demand in range(problem.num_demands):
            key = (FROM_DEMAND, demand, int(problem.demands.buffer[demand]), int(problem.demands.due[demand]))
            yield key, float(problem.demands.quantity[demand])
        for order in range(len(orders.buffer)):
            method, start = int(orders.method[order]), int(orders.start[order])
            units = float(orders.quantity[order]) / float(methods.yields[method])
            is_sent = len(methods.takes_bill) > 0 and bool(methods.takes_bill[method])
            if methods.kind[method] == MOVE:
                yield (FROM_ORDER, order, int(methods.source[method]), start), units
            elif methods.kind[method] == MAKE or is_sent:
                for component, taken in self.components(int(orders.buffer[order]), units, start):
                    yield (FROM_ORDER, order, component, start), taken
        receipts = problem.receipts
        for receipt in range(len(receipts.time)):
            start = int(receipts.start[receipt])
            units = float(receipts.units_to_issue[receipt])
            for component, taken in self.components(int(receipts.buffer[receipt]), units, start) if units > 0 else ():
                yield (FROM_RECEIPT, receipt, component, start), taken
            if receipts.source[receipt] >= 0:
                per = float(receipts.source_per[receipt]) if len(receipts.source_per) else 1.0
                sent = float(receipts.quantity[receipt]) * per
                yield (FROM_RECEIPT, receipt, int(receipts.source[receipt]), start), sent

    def check_requirements(self) -> None:
        """Every requirement equals what must be required, summed by who requires what when."""
        wanted: dict[tuple[int, int, int, int], float] = defaultdict(float)
        for key, quantity in self.expected():
            wanted[key] += quantity
        requirements = self.result.requirements
        for index in range(len(requirements.quantity)):
            key = (
                int(requirements.origin[index]),
                int(requirements.parent[index]),
                int(requirements.buffer[index]),
                int(requirements.need[index]),
            )
            wanted[key] -= float(requirements.quantity[index])
        for key, left in wanted.items():
            if _differs(left, 0.0):
                self.blame("requirements equal bill x quantity", (key, left))

    def beside(self, order: int) -> dict[int, float]:
        """Units that come out beside a planned order, by buffer."""
        outputs, orders = self.problem.outputs, self.result.orders
        if outputs is None:
            return {}
        method, quantity = int(orders.method[order]), float(orders.quantity[order])
        span = range(int(outputs.ptr[method]), int(outputs.ptr[method + 1]))
        return {int(outputs.product[out]): quantity * float(outputs.per[out]) for out in span}

    def check_pegs(self) -> None:
        """No supply serves more than it has, and no requirement gets more than it wants."""
        problem, pegs, orders = self.problem, self.result.pegs, self.result.orders
        given: dict[tuple[int, int, int], float] = defaultdict(float)
        got: dict[int, float] = defaultdict(float)
        for source, supply, requirement, quantity in zip(
            pegs.source.tolist(), pegs.supply.tolist(), pegs.requirement.tolist(), pegs.quantity.tolist(), strict=True
        ):
            wanted = int(self.result.requirements.buffer[requirement])
            given[source, supply, wanted] += quantity
            got[requirement] += quantity
            owner = supply if source == STOCK else (problem.receipts if source == RECEIPT else orders).buffer[supply]
            if owner != wanted and (source in {STOCK, RECEIPT} or wanted not in self.beside(int(supply))):
                self.blame("a supply serves its own buffer, or what comes out beside it", (source, supply, requirement))
        for (source, supply, wanted), quantity in given.items():
            whole = problem.buffers.stock if source == STOCK else problem.receipts.quantity
            has = float((orders.quantity if source not in {STOCK, RECEIPT} else whole)[supply])
            if source not in {STOCK, RECEIPT} and orders.buffer[supply] != wanted:
                has = self.beside(int(supply)).get(wanted, 0.0)
            if quantity > has and _differs(quantity, has):
                self.blame("a supply serves no more than it has", (source, supply, quantity, has))
        for requirement in range(len(self.result.requirements.quantity)):
            has, wants = got[requirement], float(self.result.requirements.quantity[requirement])
            is_never = self.result.requirements.ready[requirement] == FAR_FUTURE
            if (has > wants and _differs(has, wants)) or (has < wants and _differs(has, wants) and not is_never):
                self.blame("a requirement gets what it wants", (requirement, has, wants))

    def check_own_orders(self) -> None:
        """An order of what is made to order is no larger than what it serves first, rounded by the lot rules."""
        rules, methods, orders = self.problem.rules, self.problem.methods, self.result.orders
        if rules is None:
            return
        pegs = self.result.pegs
        first: dict[int, tuple[int, float]] = {}
        for peg in np.flatnonzero(pegs.source == ORDER).tolist():
            order, serves = int(pegs.supply[peg]), (int(pegs.requirement[peg]), float(pegs.quantity[peg]))
            first[order] = min(first.get(order, serves), serves)
        for order, (_, served) in first.items():
            buffer, method = int(orders.buffer[order]), int(orders.method[order])
            is_shared = self.problem.buffers.safety_stock[buffer] > 0 or bool(self.beside(order))
            if rules.rule[buffer] != FOR_EACH or is_shared:
                continue
            multiple = float(methods.lot_multiple[method])
            largest = max(served, float(methods.lot_minimum[method])) + multiple
            if orders.quantity[order] > largest and _differs(float(orders.quantity[order]), largest):
                self.blame("an order of what is made to order serves one need", (order, served, largest))

    def check_ready(self) -> None:
        """Nothing is ready before its supplies are, nor on order before it is promised; nor is a demand."""
        problem, result = self.problem, self.result
        pegs, wants = result.pegs, result.requirements
        for receipt in range(len(problem.receipts.time)):
            if result.receipts.ready[receipt] < problem.receipts.time[receipt]:
                self.blame("a receipt comes no earlier than it is promised", problem.receipts.keys[receipt])
        for source, supply, requirement in zip(
            pegs.source.tolist(), pegs.supply.tolist(), pegs.requirement.tolist(), strict=True
        ):
            if source not in {STOCK, RECEIPT, ORDER}:
                self.blame("a supply is stock, on order or planned", (requirement, source))
            by = result.receipts if source == RECEIPT else result.orders
            there = FAR_PAST if source == STOCK else by.ready[supply]
            if there > wants.ready[requirement]:
                self.blame("a requirement is ready when its supplies are", (requirement, source, supply))
        for index in np.flatnonzero((wants.origin == FROM_DEMAND) & (wants.quantity > TOLERANCE)).tolist():
            demand, ready = int(wants.parent[index]), max(0, int(wants.ready[index]))
            told = max(0, int(result.demands.ready[demand]))
            if told < ready or (told > ready and told > problem.demands.due[demand]):
                self.blame("a demand is ready when what it requires is", problem.demands.keys[demand])

    def check_stock(self) -> None:
        """Projected stock never falls below zero when everything happens at its possible time."""
        problem, result = self.problem, self.result
        requirements, orders = result.requirements, result.orders
        flows: dict[int, list[tuple[int, float]]] = defaultdict(list)
        for receipt in range(len(problem.receipts.time)):
            buffer, time = int(problem.receipts.buffer[receipt]), int(result.receipts.ready[receipt])
            flows[buffer].append((time, float(problem.receipts.quantity[receipt])))
        for order in range(len(orders.buffer)):
            flows[int(orders.buffer[order])].append((int(orders.ready[order]), float(orders.quantity[order])))
            for product, units in self.beside(order).items():
                flows[product].append((int(orders.ready[order]), units))
        for index in range(len(requirements.quantity)):
            origin, parent = int(requirements.origin[index]), int(requirements.parent[index])
            takes = max(int(requirements.need[index]), 0)
            if origin == FROM_ORDER:
                takes = int(orders.possible_start[parent])
                if takes < requirements.ready[index]:
                    self.blame("an order starts when its components are there", (parent, index))
            elif requirements.ready[index] > FAR_PAST:
                takes = max(takes, int(requirements.ready[index]))
            flows[int(requirements.buffer[index])].append((takes, -float(requirements.quantity[index])))
        for buffer, events in flows.items():
            level = float(problem.buffers.stock[buffer])
            for time, quantity in sorted(events, key=lambda event: (event[0], -event[1])):
                if time >= FAR_FUTURE:
                    break
                level += quantity
                if level < -TOLERANCE * max(1.0, abs(quantity)):
                    self.blame("projected stock is never below zero", (problem.buffers.keys[buffer], time, level))
                    break

    def check_messages(self) -> None:
        """A demand that is late has a short message, and no other one has."""
        messages, problem = self.result.messages, self.problem
        is_short = (messages.kind == SHORT) & (messages.origin == FROM_DEMAND)
        told = set(messages.subject[is_short].tolist())
        ready: dict[int, int] = {}
        requirements = self.result.requirements
        for index in range(len(requirements.quantity)):
            if requirements.origin[index] == FROM_DEMAND and requirements.quantity[index] > TOLERANCE:
                ready[int(requirements.parent[index])] = max(0, int(requirements.ready[index]))
        for demand in range(problem.num_demands):
            is_late = ready.get(demand, int(FAR_PAST)) > problem.demands.due[demand]
            if is_late != (demand in told):
                self.blame("a late demand has a short message, others have none", problem.demands.keys[demand])
            if is_late != bool(self.result.demands.cause[demand] != ON_TIME):
                self.blame("a late demand has a cause, others have none", problem.demands.keys[demand])
