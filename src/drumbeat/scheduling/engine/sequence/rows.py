"""Kernel: copy one row of a table over another, element by element, as kernels that make no arrays must."""

from __future__ import annotations

import numpy as np

from drumbeat.basics.compiled import bare


@bare
def copy_row(table: np.ndarray, source: int, target: int) -> None:
    """Copy row `source` of a table of two dimensions to row `target`."""
    for i in range(table.shape[1]):
        table[target, i] = table[source, i]
