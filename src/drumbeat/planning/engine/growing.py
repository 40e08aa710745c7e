"""Columns that grow in place: a plan of millions of rows is written once, not joined from pieces at the end."""

from __future__ import annotations

from typing import Any

import numpy as np


class Growing:
    """Columns of one length that rows are added to.

    Parameters
    ----------
    *kinds
        NumPy type of each column.
    """

    def __init__(self, *kinds: Any) -> None:
        self._columns: list[Any] = [np.empty(0, dtype=kind) for kind in kinds]
        self.count = 0

    def extend(self, count: int) -> tuple[Any, ...]:
        """Add `count` rows and return them, each column a view, to be filled.

        The views die with the next change of size: use them before, and never keep them.
        """
        first, self.count = self.count, self.count + count
        if self.count > len(self._columns[0]):
            # Room for as much again: never written to, it takes no memory, and the rows are seldom moved.
            for at, column in enumerate(self._columns):
                self._columns[at] = np.empty(2 * self.count, dtype=column.dtype)
                self._columns[at][:first] = column[:first]
        return tuple(column[first : self.count] for column in self._columns)

    def shrink(self, count: int) -> None:
        """Give back the last rows, those after `count`."""
        self.count = count

    @property
    def columns(self) -> tuple[Any, ...]:
        """All columns with their spare room; rows from `count` on mean nothing."""
        return tuple(self._columns)

    def append(self, *parts: Any) -> int:
        """Add rows, a part a column, and return the place of the first."""
        first = self.count
        for column, part in zip(self.extend(len(parts[0])), parts, strict=True):
            column[:] = part
        return first

    def make_room(self, count: int) -> None:
        """Make sure that `count` rows fit without moving."""
        before = self.count
        self.extend(count)
        self.shrink(before)

    def take(self) -> tuple[Any, ...]:
        """Return the columns; add no rows after that."""
        return tuple(column[: self.count] for column in self._columns)
