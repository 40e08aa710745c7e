"""Transfer lots of the floor: orders whose pieces go on to the next operation before the whole lot is done."""

from __future__ import annotations

import numpy as np

from drumbeat.basics.arrays import Floats, Int64s
from drumbeat.basics.findings import Finding, Findings
from drumbeat.twin.compile_floor_demand import MOST_PIECES
from drumbeat.twin.compile_floor_products import ProductBook

MOST_TRANSFERS = 100
"""Transfer lots of a usual order at most; more make no difference to its lead time worth their events."""


def find_transfer_lots(products: ProductBook, pieces: Int64s, ovens: set[str], findings: Findings) -> Int64s:
    """Find how many pieces of each product go on together; 0 = the whole lot.

    A lot goes through the floor in transfer lots where each of its operations but the last hands on in them: of the
    largest of their sizes. Where one waits for the whole lot, or an oven takes it, the lot stays whole.

    Parameters
    ----------
    products
        Products with their operations.
    pieces
        By product, pieces of a usual lot.
    ovens
        Operations that run as batches.
    findings
        Hears of what stays whole.
    """
    found = np.zeros(len(products.keys), np.int64)
    whole = []
    for p, routing in enumerate(products.routings):
        handed = [float(str(row["transfer_lot"] or 0.0)) for row in products.operations[routing][:-1]]
        if not any(handed):
            continue
        if min(handed) <= 0 or any(str(row["code"]) in ovens for row in products.operations[routing]):
            whole.append(products.keys[p])
            continue
        found[p] = max(int(min(np.ceil(max(handed)), MOST_PIECES)), -(-int(pieces[p]) // MOST_TRANSFERS))
    if found.any():
        rule = "the setup of a lot is shared out among its transfer lots, which go through all operations in one size"
        value = f"{int((found > 0).sum())} products"
        findings.add(Finding("operation", rule, "Nothing: the hours are the same", None, "transfer_lot", value, "note"))
    if whole:
        rule = "a lot goes on in transfer lots where all its operations but the last do so, and none runs in an oven"
        remedy = "Enter transfer lots for all of them; here the lot waits until it is whole"
        findings.add(Finding("operation", rule, remedy, None, "transfer_lot", ", ".join(whole[:5]), "note"))
    return found


def share_of_lot(transfer: Int64s, pieces: Int64s) -> Floats:
    """Find what share of a usual lot's setup each of its transfer lots bears, by product; 1 for whole lots."""
    counts = np.where(transfer > 0, -(-pieces // np.maximum(transfer, 1)), 1)
    return 1.0 / np.maximum(counts, 1)
