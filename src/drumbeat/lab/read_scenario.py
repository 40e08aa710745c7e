"""Read a scenario file: every finding with its line, its rule and its remedy; a scenario only when there is none."""

from __future__ import annotations

import re
import tomllib
import types
import typing
from dataclasses import Field
from functools import cache
from pathlib import Path
from typing import Any

from drumbeat.basics.findings import Finding, Findings, InputError
from drumbeat.lab.check_scenario import check_scenario
from drumbeat.lab.engine.declare import declared, is_required
from drumbeat.lab.engine.scenario import Scenario
from drumbeat.lab.locate_keys import Path as KeyPath
from drumbeat.lab.locate_keys import find_line, locate_keys

SHIPPED = Path(__file__).resolve().parent / "scenarios"
_CODE = re.compile(r"^[A-Za-z0-9][A-Za-z0-9_\-]{0,59}$")
_WORDS = {float: "a number", int: "a whole number", str: "a text", bool: "true or false"}
LARGEST_FILE = 1_000_000
LARGEST_NUMBER = 1e18
"""Beyond it a number is a slip: none of a scenario's is as large, and a float cannot hold all its digits."""


class Reader:
    """Turns parsed TOML into declared nouns, and keeps what is wrong with it.

    Parameters
    ----------
    place
        Name of the file, for findings.
    lines
        Of `locate_keys`.
    """

    def __init__(self, place: str, lines: dict[KeyPath, int]) -> None:
        self.place, self.lines, self.findings = place, lines, Findings()

    def add(self, path: KeyPath, rule: str, remedy: str, value: object = None, severity: Any = "error") -> None:
        """Keep a finding at the line of a path."""
        column = ".".join(str(part) for part in path if not isinstance(part, int)) or None
        shown = None if value is None else str(value)[:80]
        row = find_line(self.lines, path)
        self.findings.add(Finding(self.place, rule, remedy, row, column, shown, severity))

    def read(self, kind: Any, data: Any, path: KeyPath) -> Any:
        """Read a table; None when it cannot be made."""
        if not isinstance(data, dict):
            self.add(path, "this is a table", "Write it as [name] with its keys below", data)
            return None
        known, hints = declared(kind), typing.get_type_hints(kind)
        for name in sorted(set(data) - set(known)):
            self.add((*path, name), f"a {kind.__name__.lower()} has the keys {', '.join(known)}", "Remove the key")
        values: dict[str, Any] = {}
        count = self.findings.num_errors
        for name, field in known.items():
            if name in data:
                values[name] = self._read_value(hints[name], field, data[name], (*path, name))
            elif is_required(field):
                self.add(path, f"{name} is given: {field.metadata['doc']}", f"Add {name}")
        return kind(**values) if self.findings.num_errors == count else None

    def _read_value(self, hint: Any, field: Field[Any], value: Any, path: KeyPath) -> Any:
        if typing.get_origin(hint) is tuple:
            return self._read_list(typing.get_args(hint)[0], field, value, path)
        if hint in _WORDS:
            return self._read_plain(hint, field, value, path)
        return self.read(hint, value, path)

    def _read_list(self, hint: Any, field: Field[Any], value: Any, path: KeyPath) -> Any:
        told = field.metadata
        if not isinstance(value, list):
            self.add(path, f"this is a list: {told['doc']}", "Write it in square brackets, or as [[...]]", value)
            return ()
        if not told["least"] <= len(value) <= told["most"]:
            self.add(path, f"there are {told['least']} to {told['most']} of them", "Add or remove some", len(value))
        found = []
        for place, one in enumerate(value):
            inner = (*path, place)
            read = self._check_type(hint, one, inner) if hint in _WORDS else self.read(hint, one, inner)
            found.append(read)
        return tuple(found)

    def _check_type(self, hint: Any, value: Any, path: KeyPath) -> Any:
        right: Any = (int, float) if hint is float else hint
        is_right = isinstance(value, right) and (hint is bool or not isinstance(value, bool))
        rule = f"this is {_WORDS[hint]}"
        if is_right and hint in (int, float) and not abs(value) < LARGEST_NUMBER:  # nor nan
            is_right, rule = False, f"{rule} of at most 18 digits"
        if not is_right:
            self.add(path, rule, "Correct the value", value)
            return None
        return hint(value)

    def _read_plain(self, hint: Any, field: Field[Any], value: Any, path: KeyPath) -> Any:
        told = field.metadata
        value = self._check_type(hint, value, path)
        if value is None:
            return None
        if "low" in told and not told["low"] <= value <= told["high"]:
            unit = f" {told['unit']}" if told["unit"] else ""
            rule = f"{told['doc']}: {told['low']:g} to {told['high']:g}{unit}"
            self.add(path, rule, "Enter a value within these bounds", value)
        if told.get("choices") and value not in told["choices"]:
            self.add(path, f"this is one of {', '.join(told['choices'])}", "Write one of them", value)
        if told.get("code") and not told.get("choices") and not _CODE.match(value):
            rule = "a code has 1 to 60 letters, digits, - and _, and begins with a letter or digit"
            self.add(path, rule, "Choose another", value)
        if isinstance(value, str) and is_required(field) and not value.strip():
            self.add(path, f"this is not empty: {told['doc']}", "Write it", value)
        return value


def check_text(text: str, place: str) -> tuple[Scenario | None, Findings]:
    """Check the text of a scenario.

    Returns
    -------
    The scenario, None when it has errors; and all findings, warnings too.
    """
    findings = Findings()
    try:
        data = tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # a whole number of thousands of digits is a ValueError
        found = re.search(r"\(at line (\d+)", str(error))
        row = int(found.group(1)) if found else None
        rule = f"the file is TOML: {re.sub(r' ?[(]at .*[)]', '', str(error))}"
        findings.add(Finding(place, rule, "Correct the line; see toml.io", row))
        return None, findings
    reader = Reader(place, locate_keys(text))
    scenario = reader.read(Scenario, data, ())
    if scenario is not None:
        check_scenario(scenario, reader.add)
    return (None if reader.findings.has_errors else scenario), reader.findings


def read_text(path: Path) -> str:
    """Read a scenario file.

    Raises
    ------
    InputError
        When there is no such file, or it is too large, or no text.
    """
    rule = ""
    try:
        if path.stat().st_size > LARGEST_FILE:
            rule = "a scenario has at most a million characters"
        else:
            return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        rule = f"there is such a file; shipped are {', '.join(list_shipped())}"
    except (OSError, UnicodeDecodeError) as error:
        rule = f"the file can be read as UTF-8 text: {error}"
    raise InputError(Finding(str(path), rule, "Name another file"))


def read_scenario(name: str | Path) -> Scenario:
    """Read a scenario by the name of a shipped one ("record-quarter"), or from a file.

    Raises
    ------
    InputError
        With every finding, when it is not right.
    """
    if isinstance(name, str) and name in list_shipped():
        return read_shipped(name)
    text = read_text(Path(name))
    scenario, findings = check_text(text, Path(name).name)
    findings.raise_on_errors()
    assert scenario is not None
    return scenario


def list_shipped() -> list[str]:
    """Return the names of the shipped scenarios, in alphabetical order."""
    return sorted(path.stem for path in SHIPPED.glob("*.toml"))


@cache
def read_shipped(name: str) -> Scenario:
    """Read a shipped scenario; its file is read once."""
    scenario, findings = check_text(read_text(SHIPPED / f"{name}.toml"), f"{name}.toml")
    findings.raise_on_errors()
    assert scenario is not None
    return scenario


def describe_schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of a scenario, made from the declarations that the reader checks."""
    definitions: dict[str, Any] = {}
    root = _describe(Scenario, definitions)
    title = "A scenario of the Decision Lab"
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": title, **root, "$defs": definitions}


def _describe(kind: Any, definitions: dict[str, Any]) -> dict[str, Any]:
    hints = typing.get_type_hints(kind)
    fields = declared(kind)
    return {
        "type": "object",
        "description": (kind.__doc__ or "").strip(),
        "properties": {name: _describe_value(hints[name], field, definitions) for name, field in fields.items()},
        "required": [name for name, field in fields.items() if is_required(field)],
        "additionalProperties": False,
    }


def _describe_value(hint: Any, field: Field[Any], definitions: dict[str, Any]) -> dict[str, Any]:
    told: types.MappingProxyType[str, Any] = typing.cast(Any, field.metadata)
    unit = f" [{told['unit']}]" if told.get("unit") else ""
    said: dict[str, Any] = {"description": told["doc"] + unit}
    if typing.get_origin(hint) is tuple:
        items = _describe_kind(typing.get_args(hint)[0], definitions)
        return {"type": "array", "items": items, "minItems": told["least"], "maxItems": told["most"], **said}
    said |= _describe_kind(hint, definitions)
    if "low" in told:
        said |= {"minimum": told["low"], "maximum": told["high"]}
    if told.get("choices"):
        said["enum"] = list(told["choices"])
    return said


def _describe_kind(hint: Any, definitions: dict[str, Any]) -> dict[str, Any]:
    names = {float: "number", int: "integer", str: "string", bool: "boolean"}
    if hint in names:
        return {"type": names[hint]}
    if hint.__name__ not in definitions:
        definitions[hint.__name__] = {}
        definitions[hint.__name__] = _describe(hint, definitions)
    return {"$ref": f"#/$defs/{hint.__name__}"}
