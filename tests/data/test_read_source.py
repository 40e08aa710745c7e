"""Whatever people bring is read, or each thing wrong with it is a finding: never a traceback."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from drumbeat.data.read_source import read_source
from drumbeat.data.source import Source


def read_text(folder: Path, text: str | bytes, name: str = "item.csv") -> Source:
    data = text if isinstance(text, bytes) else text.encode()
    (folder / name).write_bytes(data)
    return read_source(folder)


def only_finding(source: Source) -> tuple[str, int | None, str | None, str | None, str]:
    assert source.findings.count == 1, [str(finding) for finding in source.findings]
    found = source.findings.shown[0]
    return found.place, found.row, found.column, found.value, f"{found.rule}. {found.remedy}"


@pytest.mark.parametrize(
    "text",
    [
        "code,name\n0012,Müller\n",
        "code;name\r\n0012;Müller\r\n",
        "\ufeffcode,name\n0012,Müller",
        "Code\tNAME\n0012\tMüller\n",
        "name|code\nMüller|0012\n",
        '"code","name"\n"0012","Müller"\n\n\n',
        "#,code,name\nhelp,what,ever\n,0012,Müller\n",
        "code,name,\n0012,Müller,\n,,\n",
    ],
)
def test_forms_of_csv_that_mean_the_same_read_the_same(text: str, tmp_path: Path) -> None:
    source = read_text(tmp_path, text)
    assert source.findings.count == 0, [str(finding) for finding in source.findings]
    assert source.frames["item"].select("code", "name", "unit", "kind").rows() == [("0012", "Müller", "pc", "make")]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig"])
def test_byte_order_marks_say_the_encoding(encoding: str, tmp_path: Path) -> None:
    source = read_text(tmp_path, "code,name\nA,é\n".encode(encoding))
    assert source.frames["item"]["name"].to_list() == ["é"]


@pytest.mark.parametrize(
    ("text", "row", "column", "value", "words"),
    [
        ("code,cost\nA,1\nB,\"1,234.5\"\n", 3, "cost", "1,234.5", "Write 1234.5"),
        ("code;cost\nA;1,5\n", 2, "cost", "1,5", "Write 1.5"),
        ("code,cost\nA,1.23456\n", 2, "cost", "1.23456", "four decimals"),
        ("code,lead_time_days\nA,soon\n", 2, "lead_time_days", "soon", "number"),
        ("code,kind\nA,mkae\n", 2, "kind", "mkae", "Did you mean 'make'"),
        ("code,name\nA,x,y\nB,z\n", 2, None, "3", "as many cells"),
        ("code,name\nA\nB,z\n", 2, None, "1", "as many cells"),
        ("code,cost,cost\nA,1,2\n", None, "cost", None, "once"),
        ("code,safty_stock\nA,1\n", None, "safty_stock", None, "Did you mean safety_stock"),
        ("code,zzz\nA,1\n", None, "zzz", None, "left out"),
        ("name\nA\n", None, "code", None, "required column"),
        ("", None, None, None, "column names"),
        ("code,\nA,1\n", None, None, None, "column 2"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named(
    text: str, row: int | None, column: str | None, value: str | None, words: str, tmp_path: Path
) -> None:
    place, *found, said = only_finding(read_text(tmp_path, text))
    assert place == "item.csv"
    assert found == [row, column, value]
    assert words in said


def test_a_wrong_encoding_names_the_row(tmp_path: Path) -> None:
    place, row, _, value, said = only_finding(read_text(tmp_path, "code,name\nA,x\nB,Müller\n".encode("latin-1")))
    assert (place, row) == ("item.csv", 3)
    assert "Müller" in str(value)
    assert "UTF-8" in said


def test_rows_count_as_in_a_spreadsheet(tmp_path: Path) -> None:
    text = 'code,name,cost\nA,"two\nlines",1\n\nB,"say ""no""",2\n,,\nC,x,three\n'
    source = read_text(tmp_path, text)
    assert source.frames["item"]["name"].to_list() == ["two\nlines", 'say "no"', "x"]
    assert only_finding(source)[1:4] == (6, "cost", "three")


def test_blank_lines_are_counted_in_a_file_of_one_column(tmp_path: Path) -> None:
    source = read_text(tmp_path, "code\nA\n\n\nB\n" + "x" * 10)
    assert source.frames["item"]["code"].to_list() == ["A", "B", "x" * 10]
    assert source.places["item"].rows is not None
    assert source.places["item"].rows.to_list() == [2, 5, 6]


def test_a_quote_inside_a_cell_is_a_sign_like_any_other(tmp_path: Path) -> None:
    source = read_text(tmp_path, 'code,name\nA,3" pipe\nB,5" pipe, long\nC,"x"\n')
    assert source.frames["item"].select("code", "name").rows() == [("A", '3" pipe'), ("C", "x")]
    assert only_finding(source)[1] == 3


def test_every_wrong_cell_is_found_and_counted(tmp_path: Path) -> None:
    source = read_text(tmp_path, "code,cost\n" + "A,x\n" * 500)
    assert source.findings.num_errors == 500
    assert [finding.row for finding in source.findings] == list(range(2, 52))


def test_header_only_is_a_table_without_rows(tmp_path: Path) -> None:
    source = read_text(tmp_path, "code,name\n")
    assert source.findings.count == 0
    assert source.frames["item"].height == 0


@pytest.mark.parametrize(
    ("name", "severity", "words"),
    [("itms.csv", "error", "Did you mean item"), ("payroll.csv", "warning", "left out"), ("Bill Lines.csv", None, "")],
)
def test_files_are_known_by_their_name(name: str, severity: str | None, words: str, tmp_path: Path) -> None:
    (tmp_path / "skill.csv").write_text("code\nA\n")
    text = "item,component,quantity_per\nA,B,1\n" if severity is None else "code\nA\n"
    source = read_text(tmp_path, text, name)
    assert [finding.severity for finding in source.findings] == ([severity] if severity else [])
    assert all(words in finding.remedy for finding in source.findings)


def test_a_table_in_two_files_is_a_finding(tmp_path: Path) -> None:
    (tmp_path / "items.csv").write_text("code\nA\n")
    assert "one place" in only_finding(read_text(tmp_path, "code\nA\n"))[4]


@pytest.mark.parametrize("name", ["nothing", "empty", "text.pdf", "book.xlsx", "item.parquet"])
def test_what_cannot_be_read_at_all_is_a_finding(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    if name == "empty":
        path.mkdir()
    elif name != "nothing":
        path.write_bytes(b"no such thing")
    source = read_source(path)
    assert source.findings.num_errors == 1
    assert not source.frames


VALUES = [
    ("item", "cost", ["1", "1.50000", "0.30000000000000004", "1e-4"], [*map(Decimal, ("1", "1.5", "0.3", "0.0001"))]),
    ("operation", "can_pause", ["Yes", "NO", "1", "0", "TRUE", "f"], [True, False, True, False, True, False]),
    ("operation", "sequence", ["1", "+2", "3.0", "4e2"], [1, 2, 3, 400]),
    ("item", "lifecycle", ["Phase out", "phase-out", "ACTIVE"], ["phase_out", "phase_out", "active"]),
    ("calendar_shift", "start", ["6:00", "06:00:30", "06:00:00.000001"], [time(6), time(6, 0, 30), time(6, 0, 0, 1)]),
    ("demand_history", "period_start", ["2026-03-02", "2026-03-02 00:00:00"], [date(2026, 3, 2)] * 2),
    (
        "demand_line",
        "due_at",
        ["2026-03-02T05:00:00Z", "2026-03-02 06:00+01:00", "2026-03-02T05:00", "2026-03-02 05:00:00.000000+00"],
        [datetime(2026, 3, 2, 5, tzinfo=UTC)] * 4,
    ),
    ("demand_line", "due_at", ["2026-03-02"], [datetime(2026, 3, 2, tzinfo=UTC)]),
]  # fmt: skip


@pytest.mark.parametrize(("table", "column", "texts", "values"), VALUES)
def test_cells_are_read_liberally_where_nothing_else_can_be_meant(
    table: str, column: str, texts: list[str], values: list[object], tmp_path: Path
) -> None:
    (tmp_path / f"{table}.csv").write_text(f"{column}\n" + "".join(f"{text}\n" for text in texts))
    assert read_source(tmp_path).frames[table][column].to_list() == values


@pytest.mark.parametrize(
    ("column", "texts"),
    [("due_at", ["02.03.2026", "2026-02-30", "1.3.26", "46000"]), ("quantity", ["1'000", "1 000", "1_000", "ten"])],
)
def test_what_could_mean_two_things_is_not_guessed(column: str, texts: list[str], tmp_path: Path) -> None:
    (tmp_path / "demand_line.csv").write_text(f"code,item,site,{column}\n" + "".join(f"{t},I,S,{t}\n" for t in texts))
    wrong = [finding for finding in read_source(tmp_path).findings if finding.column == column and finding.row]
    assert [finding.value for finding in wrong] == texts


def test_parquet_of_other_types_is_read(tmp_path: Path) -> None:
    pl.DataFrame(
        {
            "Code": [10025.0, 7.0],
            "name": pl.Series(["a", "b"], dtype=pl.Categorical),
            "cost": pl.Series([1.1, 2.5], dtype=pl.Float32),
            "lead_time_days": [1, None],
        }
    ).write_parquet(tmp_path / "Items.parquet")
    source = read_source(tmp_path)
    assert source.frames["item"].select("code", "name", "lead_time_days").rows() == [
        ("10025", "a", 1.0),
        ("7", "b", 0.0),
    ]


def write_book(path: Path, rows: list[list[object]], sheet: str = "item") -> None:
    with xlsxwriter.Workbook(str(path)) as book:
        page = book.add_worksheet(sheet)
        book.add_worksheet("Sheet2")
        for number, row in enumerate(rows):
            page.write_row(number, 0, row)


def test_workbook_numbers_keep_all_their_digits(tmp_path: Path) -> None:
    write_book(tmp_path / "a.xlsx", [["code", "lead_time_days"], [12, 0.955759709263331], ["0012", 1e-12], ["x", 5]])
    source = read_source(tmp_path / "a.xlsx")
    assert source.frames["item"].select("code", "lead_time_days").rows() == [
        ("12", 0.955759709263331),
        ("0012", 1e-12),
        ("x", 5.0),
    ]
    assert source.findings.count == 0


def test_workbook_rows_are_counted_from_the_top_of_the_sheet(tmp_path: Path) -> None:
    write_book(tmp_path / "a.xlsx", [[], ["code", "cost"], ["A", 1], [], ["B", "two"]])
    assert only_finding(read_source(tmp_path / "a.xlsx"))[:4] == ("sheet item", 5, "cost", "two")


def test_an_error_in_a_cell_does_not_pass_as_empty(tmp_path: Path) -> None:
    with xlsxwriter.Workbook(str(tmp_path / "a.xlsx")) as book:
        page = book.add_worksheet("item")
        page.write_row(0, 0, ["code", "lot_maximum"])
        page.write_string(1, 0, "A")
        page.write_formula(1, 1, "=1/0", None, "#DIV/0!")
    assert only_finding(read_source(tmp_path / "a.xlsx"))[:4] == ("sheet item", 2, "B", "#DIV/0!")


PIECES = st.sampled_from(["code", "name", ",", ";", "\n", "\r\n", '"', '""', "A", "1", " ", "é", "#", "\x00", "\ufeff"])


@settings(max_examples=150, deadline=None)
@given(st.one_of(st.binary(max_size=60), st.lists(PIECES, max_size=30).map("".join).map(str.encode)))
def test_no_bytes_whatever_make_it_fail(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    source = read_text(tmp_path_factory.getbasetemp(), data)
    assert "item" in source.frames or source.findings.count
