"""Which changes there are, and what their fields hold: read from the classes, for forms, documents and messages."""

from __future__ import annotations

import dataclasses
import re
import typing
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time
from inspect import cleandoc
from typing import Any

from django.apps import apps

from drumbeat.data.schema import Column, schemas
from drumbeat.data.stored_change import StoredChange, find_kinds


@dataclass(frozen=True, slots=True)
class ChangeField:
    """A field of a kind of change.

    Parameters
    ----------
    name
        Name in the class and in files.
    kind
        str, float, int, bool, datetime or time.
    is_required
        Whether it must be given.
    default
        Value where it is not given.
    help_text
        What it means, from the class' docstring.
    table
        Table of which it holds a code; "" = none.
    column
        The column that holds the same; None = none is known.
    """

    name: str
    kind: type
    is_required: bool
    default: Any
    help_text: str
    table: str
    column: Column | None

    @property
    def unit(self) -> str:
        """Unit of the value, "" where it has none; moments are in UTC."""
        return "UTC" if self.kind is datetime else self.column.unit if self.column and not self.table else ""

    @property
    def choices(self) -> tuple[str, ...]:
        """Words allowed; () = any."""
        return self.column.choices if self.column else ()


@dataclass(frozen=True, slots=True)
class ChangeKind:
    """A kind of change that some room offers.

    Parameters
    ----------
    name
        Such as "plant.AddShift".
    title
        Such as "Add shift".
    description
        First sentence of the class' docstring.
    fields
        In the order of the class.
    """

    name: str
    title: str
    description: str
    fields: tuple[ChangeField, ...]

    @property
    def room(self) -> str:
        """Room that offers it."""
        return self.name.partition(".")[0]


def list_changes() -> dict[str, ChangeKind]:
    """Return all kinds of changes by name, room by room from the ground up."""
    rooms = [config.label for config in apps.get_app_configs() if config.name.startswith("drumbeat.")]
    kinds = {f"{room}.{name}": found for room in rooms for name, found in find_kinds(room).items()}
    return {name: describe_change(name, found) for name, found in kinds.items()}


def describe_change(name: str, kind: type[StoredChange]) -> ChangeKind:
    """Describe a kind of change by its class: its fields with what they mean, hold and default to."""
    doc = cleandoc(kind.__doc__ or "")
    said = _read_parameters(doc)
    hints = typing.get_type_hints(kind, include_extras=True)
    fields = [
        _describe_field(field, hints[field.name], said.get(field.name, ""))
        for field in dataclasses.fields(kind)  # type: ignore[arg-type]
    ]
    title = re.sub(r"(?<!^)(?=[A-Z])", " ", kind.__name__).capitalize()
    return ChangeKind(name, title, doc.partition("\n\n")[0].replace("\n", " "), tuple(fields))


def _describe_field(field: dataclasses.Field[Any], hint: Any, help_text: str) -> ChangeField:
    held = ""
    if typing.get_origin(hint) is typing.Annotated:
        hint, *marks = typing.get_args(hint)
        held = next((mark for mark in marks if isinstance(mark, str)), "")
    kinds = [one for one in (typing.get_args(hint) or (hint,)) if one is not type(None)]
    is_required = field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING
    known = schemas()
    table, _, name = (held or (f"{field.name}.code" if field.name in known else "")).partition(".")
    column = known[table].column(name) if table else None
    refers_to = "" if column is None else column.refers_to or (table if known[table].key == (name,) else "")
    default = None if is_required or field.default is dataclasses.MISSING else field.default
    return ChangeField(field.name, kinds[0], is_required, default, help_text, refers_to, column)


def _read_parameters(doc: str) -> dict[str, str]:
    """Read what a numpy docstring says of each parameter; parameters that share a text all get it."""
    _, _, section = doc.partition("Parameters\n----------\n")
    said: dict[str, str] = {}
    names: list[str] = []
    for line in section.splitlines():
        if line[:1].strip():
            names = [name.strip() for name in line.split(",")]
        elif line.strip():
            for name in names:
                said[name] = f"{said[name]} {line.strip()}" if name in said else line.strip()
        elif names and len(said) >= len(names) and not line:
            break
    return said


def tell_change(row: Mapping[str, Any], kinds: Mapping[str, ChangeKind]) -> str:
    """Say a stored change in one line: "Add machine: code M-2, like M-1"; its kind alone where it is not known."""
    kind = kinds.get(str(row.get("kind")))
    if kind is None:
        return str(row.get("kind") or "unknown")
    told = [
        f"{field.name.replace('_', ' ')} {_tell_value(row[field.name], field)}"
        for field in kind.fields
        if field.name in row and row[field.name] not in (None, "") and row[field.name] != field.default
    ]
    return f"{kind.title}: {', '.join(told)}" if told else kind.title


def _tell_value(value: Any, field: ChangeField) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return f"{value:g}" if isinstance(value, float) else str(value)
    text = str(value)
    if field.kind is datetime:
        return text[:16].replace("T", " ")
    return text[:5] if field.kind is time else text
