"""Write plain values as a TOML text that a person can edit: lists of tables under headers, small ones in one line."""

from __future__ import annotations

import json
from typing import Any

UNDER_HEADERS = frozenset({"groups", "products", "skills", "suppliers", "hidden", "information", "decisions", "options",
                           "events", "stakeholders"})  # fmt: skip


def write_toml(data: dict[str, Any], path: tuple[str, ...] = ()) -> str:
    """Return a table of plain values as TOML.

    Parameters
    ----------
    data
        Texts, numbers, booleans, lists and tables of them.
    path
        Where the table stands; () for the document.
    """
    plain, below = [], []
    for name, value in data.items():
        if isinstance(value, dict):
            below.append(f"\n[{'.'.join((*path, name))}]\n" + write_toml(value, (*path, name)))
        elif name in UNDER_HEADERS and isinstance(value, list) and value and isinstance(value[0], dict):
            header = ".".join((*path, name))
            below += [f"\n[[{header}]]\n" + write_toml(row, (*path, name)) for row in value]
        else:
            plain.append(f"{name} = {_write_value(value)}\n")
    return "".join(plain) + "".join(below)


def _write_value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, list):
        return "[" + ", ".join(_write_value(one) for one in value) + "]"
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{name} = {_write_value(one)}" for name, one in value.items()) + " }"
    return repr(value)
