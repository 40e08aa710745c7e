"""How the nouns of a scenario are declared: each field once, with its unit, bounds and meaning.

The reader of scenario files, their published schema and the table of parameters in the docs are all made from these.
"""

from __future__ import annotations

from dataclasses import MISSING, Field, field, fields
from typing import Any


def number(doc: str, *, unit: str = "", low: float = 0.0, high: float = 1e12, default: Any = MISSING) -> Any:
    """Declare a finite real number.

    Parameters
    ----------
    doc
        What it is, as a phrase.
    unit
        Its unit, "" for a count or a share.
    low, high
        Least and greatest value that a scenario may give, both allowed.
    default
        Value where the scenario says nothing; required without one.
    """
    return field(default=default, metadata={"doc": doc, "unit": unit, "low": low, "high": high})


def words(doc: str, *, choices: tuple[str, ...] = (), default: Any = MISSING, code: bool = False) -> Any:
    """Declare a text; with `choices` one of these, with `code` a short name that others refer to."""
    return field(default=default, metadata={"doc": doc, "choices": choices, "code": code})


def flag(doc: str, *, default: bool = False) -> Any:
    """Declare a yes or no."""
    return field(default=default, metadata={"doc": doc})


def several(doc: str, *, least: int = 0, most: int = 1000) -> Any:
    """Declare a list (of texts, numbers or tables), `least` to `most` long; without a least it may be left out."""
    default: Any = MISSING if least else ()
    return field(default=default, metadata={"doc": doc, "least": least, "most": most})


def table(doc: str, *, factory: Any = MISSING) -> Any:
    """Declare a table inside a table; with a factory it may be left out."""
    return field(default_factory=factory, metadata={"doc": doc})


def declared(kind: Any) -> dict[str, Field[Any]]:
    """Return the declared fields of a noun, by name, in order."""
    return {one.name: one for one in fields(kind) if "doc" in one.metadata}


def is_required(one: Field[Any]) -> bool:
    """Say whether a scenario must give the field."""
    return one.default is MISSING and one.default_factory is MISSING
