"""The supply side of a company's floor: materials in weeks of demand, and suppliers that fail."""

from __future__ import annotations

from typing import Any

import numpy as np

from drumbeat.basics.streams import FIXED
from drumbeat.lab.engine.company import Company
from drumbeat.lab.engine.condition import Condition
from drumbeat.twin.engine.floor.surroundings import Materials, Outages
from drumbeat.twin.engine.floor.times import make_times

WEEK = 604_800.0
LEAD_WEEKS, ORDER_WEEKS = 1.0, 0.25


def weekly_pieces(company: Company) -> dict[str, float]:
    """Pieces a week that use each supplier's material; at least a lot: little demand does not empty the store."""
    return {
        supplier.code: max(
            1.0,
            sum(one.demand for one in company.products if one.supplier == supplier.code),
            max((one.lot for one in company.products if one.supplier == supplier.code), default=1.0),
        )
        for supplier in company.suppliers
    }


def make_materials(company: Company, condition: Condition) -> Materials:
    """Make the materials of the suppliers, their stock in weeks of demand, with the orders under way."""
    size = len(company.suppliers)
    floats = [one.stock for one in company.suppliers]
    # What an outage that goes on has already taken is gone; orders on their way are those of a week, as always.
    left = [max(0.0, one.stock - used) for one, (_, used) in zip(company.suppliers, condition.outages, strict=True)]
    under_way = [0.0 if out > 0 else LEAD_WEEKS for out, _ in condition.outages]
    receipts = sorted(
        (LEAD_WEEKS * WEEK * n * ORDER_WEEKS / LEAD_WEEKS, place)
        for place, weeks in enumerate(under_way)
        for n in range(round(weeks / ORDER_WEEKS))
    )
    return Materials(
        keys=np.array([f"material {one.code}" for one in company.suppliers], np.object_),
        stock=np.array(left) + 0.0,
        reorder_point=np.array([one + LEAD_WEEKS for one in floats]),
        order_quantity=np.full(size, ORDER_WEEKS),
        lead=make_times(LEAD_WEEKS * WEEK, FIXED, 0.0, size),
        maker=np.full(size, -1, np.int32),
        outage=np.arange(size, dtype=np.int32),
        receipt_material=np.array([place for _, place in receipts], np.int32),
        receipt_time=np.array([at for at, _ in receipts]),
        receipt_quantity=np.full(len(receipts), ORDER_WEEKS),
    )


def make_outages(company: Company, outages: tuple[Any, ...]) -> Outages:
    """Make the outages of the suppliers, as `draw_outages` gives them, from the beginning of the period."""
    size = len(company.suppliers)
    starts, ends, ptr = [], [], [0]
    for supplier, (at, lasts) in zip(company.suppliers, outages, strict=True):
        seconds = lasts * (1.0 - supplier.second) * WEEK
        if seconds > 0:
            starts.append(at * WEEK)
            ends.append(at * WEEK + seconds)
        ptr.append(len(starts))
    return Outages(
        keys=np.array([f"outage {one.code}" for one in company.suppliers], np.object_),
        ptr=np.zeros(size + 1, np.int64),
        machine=np.zeros(0, np.int32),
        up=make_times(0.0, FIXED, 0.0, size),
        down=make_times(0.0, FIXED, 0.0, size),
        window_ptr=np.array(ptr, np.int64),
        window_start=np.array(starts),
        window_end=np.array(ends),
    )
