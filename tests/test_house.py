"""The house keeps its shape: sizes, names and the shape of disciplines."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

SOURCE = Path(__file__).resolve().parents[1] / "src" / "drumbeat"
MODULES = sorted(path for path in SOURCE.rglob("*.py") if "migrations" not in path.parts)
ENGINES = sorted(path for path in MODULES if "engine" in path.parts)
LONGEST_MODULE = 400
LONGEST_FUNCTION = 60
DUMPING_GROUNDS = {"utils", "helpers", "common", "misc"}


def relative(path: Path) -> str:
    return str(path.relative_to(SOURCE))


def functions(path: Path) -> list[tuple[str, int]]:
    """Name and length, docstring excluded, of each function of a module."""
    found = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            doc = ast.get_docstring(node)
            length = (node.end_lineno or 0) - node.lineno + 1 - (len(doc.splitlines()) if doc else 0)
            found.append((node.name, length))
    return found


@pytest.mark.parametrize("path", MODULES, ids=relative)
def test_module_is_short_and_has_a_docstring(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= LONGEST_MODULE, f"{relative(path)} is too long: split it"
    if text.strip():
        assert ast.get_docstring(ast.parse(text)), f"{relative(path)} does not say what it is for"


@pytest.mark.parametrize("path", MODULES, ids=relative)
def test_functions_are_short(path: Path) -> None:
    long = [f"{name}: {length} lines" for name, length in functions(path) if length > LONGEST_FUNCTION]
    assert not long, f"{relative(path)}: split {long}"


def test_no_dumping_grounds() -> None:
    assert not [relative(path) for path in MODULES if DUMPING_GROUNDS & {path.stem, *path.relative_to(SOURCE).parts}]


@pytest.mark.parametrize("path", ENGINES, ids=relative)
def test_public_functions_of_engines_are_documented(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    bare = [
        node.name
        for node in tree.body
        if isinstance(node, ast.FunctionDef | ast.ClassDef)
        and not node.name.startswith("_")
        and not ast.get_docstring(node)
    ]
    assert not bare, f"{relative(path)}: no docstring on {bare}"


def test_every_engine_has_its_nouns_and_its_judge() -> None:
    for room in ("planning", "scheduling", "twin"):
        names = {path.name for path in (SOURCE / room / "engine").glob("*.py")}
        assert {"problem.py", "result.py", "check.py"} <= names, f"{room}/engine lacks {names}"


def test_rooms_say_which_question_they_answer() -> None:
    for door in SOURCE.glob("*/__init__.py"):
        assert ast.get_docstring(ast.parse(door.read_text(encoding="utf-8"))), f"{door.parent.name} has no door"
