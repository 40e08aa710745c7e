"""Where the keys of a TOML text stand: its reader tells no lines, and a finding without a line is of little use."""

from __future__ import annotations

import re

Path = tuple[str | int, ...]
_HEADER = re.compile(r"^\s*(\[\[?)\s*([\w.\-]+)\s*\]\]?\s*(#.*)?$")
_KEY = re.compile(r"^\s*([\w\-]+)\s*=")
_ENTRY = re.compile(r"^\s*[\[,]?\s*[{\"'\d\-]")


def locate_keys(text: str) -> dict[Path, int]:
    """Return the line (1 first) of each table, key, and entry of an array that begins a line.

    Parameters
    ----------
    text
        A TOML document that can be parsed; tables within it are written under their headers, or in one line.

    Returns
    -------
    Path -> line; ("decisions", 1, "options", 0, "price") is a key of the first option of the second decision.
    """
    lines: dict[Path, int] = {(): 1}
    counts: dict[Path, int] = {}
    prefix: Path = ()
    open_key: Path | None = None
    depth, entry, quote = 0, 0, ""
    for number, line in enumerate(text.splitlines(), 1):
        if quote:
            quote = "" if quote in line else quote
            continue
        if open_key is not None and depth > 0:
            if _ENTRY.match(line):
                lines.setdefault((*open_key, entry), number)
                entry += 1
            depth += _count_brackets(line)
            continue
        header = _HEADER.match(line)
        if header:
            prefix = _enter(header.group(2).split("."), header.group(1) == "[[", counts)
            lines.setdefault(prefix, number)
            continue
        key = _KEY.match(line)
        if key:
            open_key = (*prefix, key.group(1))
            lines.setdefault(open_key, number)
            value = line.split("=", 1)[1]
            quote = next((mark for mark in ('"""', "'''") if value.count(mark) == 1), "")
            depth, entry = (0, 0) if quote else (_count_brackets(value), 0)
    return lines


def find_line(lines: dict[Path, int], path: Path) -> int:
    """Return the line of a path, or of the nearest thing around it."""
    while path not in lines:
        path = path[:-1]
    return lines[path]


def _enter(names: list[str], is_array: bool, counts: dict[Path, int]) -> Path:
    path: Path = ()
    for name in names[:-1]:
        path = (*path, name)
        if path in counts:
            path = (*path, counts[path] - 1)
    path = (*path, names[-1])
    if is_array:
        counts[path] = counts.get(path, 0) + 1
        path = (*path, counts[path] - 1)
    return path


def _count_brackets(line: str) -> int:
    plain = re.sub(r'"(\\.|[^"\\])*"|\'[^\']*\'', "", line).split("#")[0]
    return plain.count("[") - plain.count("]")
