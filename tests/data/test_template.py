"""The blank workbook explains itself, reads as blank, and its examples are a production system."""

from __future__ import annotations

from pathlib import Path

import fastexcel
import pytest

from drumbeat.data.check_frames import check_frames
from drumbeat.data.read_source import read_source
from drumbeat.data.schema import schemas
from drumbeat.data.write_dictionary import write_dictionary
from drumbeat.data.write_template import FIRST_SHEET, write_template

DICTIONARY = Path(__file__).resolve().parents[2] / "docs" / "data-dictionary.md"


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "template.xlsx"
    write_template(path)
    return path


def test_the_blank_workbook_reads_as_every_table_without_a_row(template: Path) -> None:
    source = read_source(template)
    assert source.findings.count == 0, [str(finding) for finding in source.findings]
    assert set(source.frames) == set(schemas())
    assert all(frame.height == 0 for frame in source.frames.values())


def test_the_examples_are_a_production_system_that_breaks_no_rule(template: Path) -> None:
    source = read_source(template, with_examples=True)
    source.findings.merge(check_frames(source.frames, source.places))
    assert source.findings.count == 0, [str(finding) for finding in source.findings]
    assert all(frame.height >= 1 for frame in source.frames.values())


def test_sheets_stand_in_the_order_in_which_they_refer_to_each_other(template: Path) -> None:
    assert fastexcel.read_excel(template).sheet_names == [FIRST_SHEET, *schemas()]


def test_a_sheet_tells_unit_type_choices_and_help(template: Path) -> None:
    cells = fastexcel.read_excel(template).load_sheet("operation", header_row=0, dtypes="string").to_polars()
    told = dict(zip(cells["#"], cells["setup_minutes"], strict=True))
    assert told["unit"] == "min"
    assert told["type"] == "number"
    assert told["allowed"] == "0 or more"
    assert told["if empty"] == "0"
    assert told["help"] == "Setup for a lot, whatever was made before"
    kinds = fastexcel.read_excel(template).load_sheet("item", header_row=0, dtypes="string").to_polars()
    assert dict(zip(kinds["#"], kinds["kind"], strict=True))["allowed"] == "make, buy, phantom, deliverable"


def test_the_dictionary_tells_every_column() -> None:
    text = write_dictionary()
    for name, schema in schemas().items():
        part = text.split(f"\n### {name}\n")[1].split("\n### ")[0]
        for column in schema.columns:
            assert f"| {column.name} |" in part or f"| **{column.name}** |" in part


def test_the_dictionary_in_docs_is_current() -> None:
    current = DICTIONARY.exists() and DICTIONARY.read_text(encoding="utf-8") == write_dictionary()
    assert current, "the tables have changed: run drumbeat dictionary docs/data-dictionary.md (or make docs)"
