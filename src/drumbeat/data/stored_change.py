"""Changes as plain values: how a what-if, an initiative or a decision is stored, and found again."""

from __future__ import annotations

import dataclasses
import importlib
import types
import typing
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, time
from typing import Any, ClassVar, Self

from drumbeat.basics.findings import Finding, Findings, InputError
from drumbeat.data.change import Change

PLACE = "change"


class StoredChange:
    """A base for changes: frozen dataclasses of texts, numbers, booleans, times and moments, in `<room>/changes.py`.

    `kind` names the room and the class, such as "plant.AddShift": there is no list of kinds to keep up.
    A field that holds what a column of a table holds says so: `like: Annotated[str, "resource.code"]`; a field named
    like a table holds a code of it. Forms take choices, units and suggestions from there (`list_changes`).
    """

    VERSION: ClassVar[int] = 1
    """Raised when fields change their name or meaning; `upgrade` then reads what older versions stored."""

    @classmethod
    def upgrade(cls, data: dict[str, Any], version: int) -> dict[str, Any]:
        """Turn the fields as `version` stored them into today's; asked only for versions before `VERSION`."""
        del version
        return data

    @property
    def kind(self) -> str:
        """Name under which the change is stored."""
        return f"{type(self).__module__.split('.')[-2]}.{type(self).__name__}"

    def to_json(self) -> dict[str, Any]:
        """Return plain values that `restore_change` reads back."""
        values = {field.name: _to_plain(getattr(self, field.name)) for field in dataclasses.fields(self)}  # type: ignore[arg-type]
        return {"kind": self.kind, "version": self.VERSION, **values}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read back what `to_json` gave.

        Raises
        ------
        InputError
            When a field is unknown, missing or of another type; all at once.
        """
        hints = typing.get_type_hints(cls)
        findings, values = Findings(), {}
        fields = {field.name: field for field in dataclasses.fields(cls)}  # type: ignore[arg-type]
        data = cls._read_version(data)
        for name in sorted(set(data) - set(fields)):
            rule = f"a change {cls.__name__} has the fields {', '.join(fields)}"
            findings.add(Finding(PLACE, rule, "Remove the field", column=name, value=str(data[name])))
        for name, field in fields.items():
            if name in data:
                try:
                    values[name] = _from_plain(data[name], hints[name])
                except (TypeError, ValueError, OverflowError):
                    rule = f"the field is {_describe(hints[name])}"
                    findings.add(Finding(PLACE, rule, "Correct the value", column=name, value=str(data[name])))
            elif field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING:
                findings.add(Finding(PLACE, f"a change {cls.__name__} has this field", "Add it", column=name))
        findings.raise_on_errors()
        return cls(**values)

    @classmethod
    def _read_version(cls, data: Mapping[str, Any]) -> dict[str, Any]:
        """Take kind and version off, and bring the fields up to today's version; without one it is today's."""
        version = data.get("version", cls.VERSION)
        if isinstance(version, bool) or not isinstance(version, int) or not 1 <= version <= cls.VERSION:
            rule, remedy = f"a change {cls.__name__} has a version from 1 to {cls.VERSION}", "Use a newer Drumbeat"
            raise InputError(Finding(PLACE, rule, remedy, column="version", value=str(version)))
        fields = {name: value for name, value in data.items() if name not in {"kind", "version"}}
        return cls.upgrade(fields, version) if version < cls.VERSION else fields


def restore_changes(rows: Sequence[Mapping[str, Any]]) -> list[Change]:
    """Make a list of changes again; what is wrong with any of them comes at once, with its place in the list.

    Raises
    ------
    InputError
        With the findings of all changes; a finding's place reads "change 2".
    """
    findings, changes = Findings(), []
    for number, row in enumerate(rows, 1):
        try:
            if not isinstance(row, Mapping):
                rule, remedy = "a change is a kind and its fields", "Write kind = ... and one field a line"
                raise InputError(Finding(PLACE, rule, remedy, value=str(row)[:80]))
            changes.append(restore_change(row))
        except InputError as error:
            findings.extend(place_findings(error.findings, number))
    findings.raise_on_errors()
    return changes


def place_findings(findings: Findings, number: int) -> list[Finding]:
    """Say of findings that they belong to change `number` of a list, counted from 1."""
    return [
        dataclasses.replace(one, place=f"{PLACE} {number}" + ("" if one.place == PLACE else f", {one.place}"))
        for one in findings
    ]


def restore_change(data: Mapping[str, Any]) -> Change:
    """Make the change again that was stored by its `to_json`.

    Parameters
    ----------
    data
        Plain values with `kind`, such as {"kind": "inventory.AddStock", "item": "BOLT", ...}.

    Returns
    -------
    The change.

    Raises
    ------
    InputError
        When no room knows the kind, or the fields are not right.
    """
    kind = str(data.get("kind", ""))
    room, _, name = kind.partition(".")
    found = find_kinds(room).get(name) if room.isidentifier() and name.isidentifier() else None
    if found is None:
        rule = "the kind of a change names a room and one of its changes"
        raise InputError(Finding(PLACE, rule, "Write a kind such as plant.AddShift", column="kind", value=kind))
    return typing.cast(Change, found.from_json(data))


def find_kinds(room: str) -> dict[str, type[StoredChange]]:
    """Return the changes that a room offers, by the name of their class; none where it offers none."""
    name = f"drumbeat.{room}.changes"
    try:
        module = importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name and not name.startswith(error.name):
            raise  # the room has changes, and they need what is not there
        return {}
    return {
        kind: found
        for kind, found in vars(module).items()
        if isinstance(found, type) and issubclass(found, StoredChange) and found.__module__ == name
    }


def _to_plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, time):
        return value.isoformat()
    return value


def _options(hint: Any) -> tuple[Any, ...]:
    is_union = typing.get_origin(hint) in (typing.Union, types.UnionType)
    return typing.get_args(hint) if is_union else (hint,)


def _from_plain(value: Any, hint: Any) -> Any:
    options = _options(hint)
    if value is None:
        if type(None) in options:
            return None
        raise TypeError(value)
    option = next(option for option in options if option is not type(None))
    return _READERS[option](value)


def _read_text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(value)
    return value


def _read_number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(value)
    return float(value)


def _read_whole(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(value)
    return value


def _read_truth(value: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError(value)
    return value


def _read_moment(value: Any) -> datetime:
    moment = datetime.fromisoformat(_read_text(value))
    if moment.tzinfo is None:
        raise ValueError(value)
    return moment.astimezone(UTC)


def _read_time(value: Any) -> time:
    return time.fromisoformat(_read_text(value))


_READERS: dict[Any, Callable[[Any], Any]] = {
    str: _read_text,
    float: _read_number,
    int: _read_whole,
    bool: _read_truth,
    datetime: _read_moment,
    time: _read_time,
}


def _describe(hint: Any) -> str:
    words = {
        str: "a text",
        float: "a number",
        int: "a whole number",
        bool: "true or false",
        datetime: "a moment with its time zone, such as 2026-03-02T06:00:00+00:00",
        time: "a time, such as 06:00",
    }
    said = " or ".join(words[option] for option in _options(hint) if option is not type(None))
    return said + (" or empty" if type(None) in _options(hint) else "")
