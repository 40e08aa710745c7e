"""Rows of evidence, kept as JSON, as a table on a page."""

from __future__ import annotations

import re
from typing import Any

MOMENT = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d")


def tabulate_evidence(evidence: Any, most: int = 8) -> tuple[list[list[Any]], list[str]]:
    """Return rows behind a finding as a table: the cells by row, and the names of the columns."""
    rows = [row if isinstance(row, dict) else {"evidence": row} for row in evidence][:most]
    columns = list(dict.fromkeys(name for row in rows for name in row if name != "table"))[:8]
    cells = [[_short(row.get(name, "")) for name in columns] for row in rows]
    return cells, [name.replace("_", " ") for name in columns]


def _short(value: Any) -> Any:
    """A moment as JSON keeps it, without seconds and offset; yes and no for booleans; anything else as it is."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value[:16].replace("T", " ") if isinstance(value, str) and MOMENT.match(value) else value
