"""Read a list of changes from a TOML or JSON file: what somebody wrote by hand, or another program did."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time
from pathlib import Path
from typing import Any

from drumbeat.basics.findings import Finding, InputError
from drumbeat.data.stored_change import restore_changes

SUFFIXES = {".toml", ".json"}
LIST_NAMES = ("change", "changes")


@dataclass(frozen=True)
class ChangeFile:
    """What a file of changes says.

    Parameters
    ----------
    name
        Name for people: the file's own, or what it says after `name`.
    note
        What it says after `note`.
    site
        Code of the site that it is about; "" = all.
    changes
        The changes as plain values, each with its kind.
    """

    name: str
    note: str
    site: str
    changes: tuple[dict[str, Any], ...]


def read_changes(path: Path) -> ChangeFile:
    """Read a file of changes.

    TOML: `name`, `note`, `site`, and a table `[[change]]` for each change with `kind` and its fields. JSON: the same,
    `changes` being a list; or the list alone.

    Raises
    ------
    InputError
        When the file cannot be read, or with the findings of all changes.
    """
    data = _parse(path)
    rows = data if isinstance(data, list) else next((data[name] for name in LIST_NAMES if name in data), None)
    if not isinstance(rows, list):
        rule, remedy = "a file of changes has a list of changes", "Write [[change]] before each change"
        raise InputError(Finding(path.name, rule, remedy))
    texts: Mapping[str, Any] = data if isinstance(data, dict) else {}
    unknown = sorted(set(texts) - {"name", "note", "site", *LIST_NAMES})
    if unknown:
        rule, remedy = "a file of changes has a name, a note, a site and changes", "Remove the key, or mend its name"
        raise InputError(Finding(path.name, rule, remedy, value=", ".join(unknown)))
    plain = [_make_plain(row) for row in rows]
    restore_changes(plain)
    said = {name: str(texts.get(name, "")) for name in ("name", "note", "site")}
    return ChangeFile(said["name"] or path.stem, said["note"], said["site"], tuple(plain))


def _parse(path: Path) -> Any:
    try:
        text = path.read_text(encoding="utf-8")
        return tomllib.loads(text) if path.suffix.lower() == ".toml" else json.loads(text)
    except (OSError, UnicodeDecodeError, ValueError) as error:
        form = path.suffix.lower().lstrip(".").upper()
        raise InputError(Finding(path.name, f"the file is {form} text", "Mend it", value=str(error)[:200])) from error


def _make_plain(row: Any) -> Any:
    """Write TOML's own times and moments as JSON has them; a moment without an offset is in UTC."""
    if not isinstance(row, dict):
        return row
    return {name: _write_time(value) for name, value in row.items()}


def _write_time(value: Any) -> Any:
    if isinstance(value, datetime):
        return (value if value.tzinfo else value.replace(tzinfo=UTC)).isoformat()
    return value.isoformat() if isinstance(value, time) else value
