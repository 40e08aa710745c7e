"""The snapshot: the same data whichever way they came; parts of it, and what differs."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from drumbeat.basics.findings import InputError
from drumbeat.data.check_frames import check_frames
from drumbeat.data.schema import schemas
from drumbeat.data.snapshot import Snapshot
from tests.data.examples import AS_OF, Frames, example_frames, example_snapshot, make_frame, with_row, with_value


def two_sites() -> Frames:
    """The example, and a second site that shares its items: a routing, an order, a machine, and a transfer to it."""
    frames = with_row(example_frames(), "site", code="S2")
    frames = with_row(frames, "resource", code="M2", site="S2", line=None)
    frames = with_row(frames, "routing", code="R2", site="S2")
    frames = with_row(frames, "operation", code="OP2", routing="R2")
    frames = with_row(frames, "order", code="W2", site="S2", routing="R2")
    frames = with_row(frames, "task", code="T2", order="W2", operation="OP2", resource="M2")
    frames = with_row(frames, "production_report", code="P2", resource="M2", order="W2", operation=None)
    frames = with_row(frames, "nonconformance", code="N2", resource="M2", order=None)
    return with_row(frames, "purchase_order", code="X2", from_site="S2", site="SITE-01", supplier=None)


def test_rows_stand_in_the_order_of_their_keys_whatever_order_they_came_in() -> None:
    frames = {"skill": make_frame("skill", [{"code": code} for code in ("b", "a", "c")])}
    snapshot = Snapshot.of(frames, AS_OF)
    assert snapshot["skill"]["code"].to_list() == ["a", "b", "c"]
    assert snapshot.version == Snapshot.of({"skill": frames["skill"].reverse()}, AS_OF).version


def test_the_moment_is_the_companys_or_the_callers(tmp_path: Path) -> None:
    example_snapshot().write(tmp_path / "a")
    assert Snapshot.read(tmp_path / "a").as_of == example_frames()["company"]["as_of"][0]
    Snapshot.of(with_value(example_frames(), "company", as_of=None), AS_OF).write(tmp_path / "b")
    moment = datetime(2027, 1, 1, tzinfo=UTC)
    assert Snapshot.read(tmp_path / "b", as_of=moment).as_of == moment


def test_reading_raises_every_finding_at_once(tmp_path: Path) -> None:
    (tmp_path / "stock.csv").write_text("item,site,quantity\nA,B,-1\nA,C,many\n")
    with pytest.raises(InputError) as caught:
        Snapshot.read(tmp_path)
    assert caught.value.findings.num_errors == 6
    assert {(finding.row, finding.column) for finding in caught.value.findings} == {
        (2, "item"), (2, "site"), (2, "quantity"), (3, "item"), (3, "site"), (3, "quantity"),
    }  # fmt: skip


def test_a_site_keeps_its_rows_and_what_all_sites_share() -> None:
    whole = Snapshot.of(two_sites(), AS_OF)
    assert check_frames(whole.frames).count == 0
    part = whole.sites(["SITE-01"])
    assert part["site"]["code"].to_list() == ["SITE-01"]
    assert part["item"].equals(whole["item"])
    for table, gone in {
        "resource": "M2", "routing": "R2", "operation": "OP2", "order": "W2", "task": "T2",
        "production_report": "P2", "nonconformance": "N2",
    }.items():  # fmt: skip
        assert gone in whole[table]["code"]
        assert gone not in part[table]["code"]
    transfer = part["purchase_order"].filter(pl.col("code") == "X2").row(0, named=True)
    assert (transfer["site"], transfer["from_site"]) == ("SITE-01", None)
    assert check_frames(part.frames).num_errors == 0
    assert not whole.diff(whole.sites(["SITE-01", "S2"]))


def test_the_other_site_alone_holds_together_too() -> None:
    part = Snapshot.of(two_sites(), AS_OF).sites(["S2"])
    assert part["order"]["code"].to_list() == ["W2"]
    assert check_frames(part.frames).num_errors == 0
    for name, schema in schemas().items():
        for column in schema.columns:
            if column.refers_to:
                known = part[column.refers_to]["code"]
                assert part[name][column.name].drop_nulls().is_in(known.implode()).all(), (name, column.name)


def test_an_unknown_site_is_refused() -> None:
    with pytest.raises(KeyError, match="MARS"):
        example_snapshot().sites(["MARS"])


def test_the_difference_names_keys_and_columns() -> None:
    before = Snapshot.of(two_sites(), AS_OF)
    frames = with_value(with_row(two_sites(), "skill", code="NEW"), "item", name="x", price=None)
    frames["item"] = frames["item"].with_columns(price=before["item"]["price"])
    frames["stock"] = frames["stock"].clear()
    difference = before.diff(Snapshot.of(frames, AS_OF))
    assert set(difference) == {"skill", "item", "stock"}
    assert difference["skill"].added.rows() == [("NEW",)]
    assert difference["stock"].removed.rows() == [("ITEM-01", "SITE-01")]
    assert difference["item"].changed.rows() == [("ITEM-01", ["name"])]
    assert not before.diff(before)


def test_the_snapshot_itself_never_changes() -> None:
    snapshot = example_snapshot()
    with pytest.raises(TypeError):
        snapshot.frames["item"] = pl.DataFrame()  # type: ignore[index]
    with pytest.raises(KeyError, match="no such table: itm"):
        Snapshot.of({"itm": pl.DataFrame()}, AS_OF)
