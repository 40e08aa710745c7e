"""Units in headings are converted, or refused; never passed over."""

from __future__ import annotations

from pathlib import Path

import pytest

from drumbeat.basics.findings import Findings, InputError
from drumbeat.data.convert_units import find_factor
from drumbeat.data.schema import schemas
from drumbeat.data.snapshot import Snapshot


def read(folder: Path, heading: str, value: str = "2") -> Snapshot:
    (folder / "item.csv").write_text(f"code,kind,{heading}\nA,buy,{value}\n", encoding="utf-8")
    return Snapshot.read(folder)


@pytest.mark.parametrize(
    ("heading", "days"),
    [("lead_time_days", 2.0), ("lead_time_days [d]", 2.0), ("lead_time_days [h]", 2 / 24),
     ("Lead time days (weeks)", 14.0),
     ("lead_time_days (as agreed)", 2.0)],
)  # fmt: skip
def test_a_time_is_converted_to_the_columns_unit(tmp_path: Path, heading: str, days: float) -> None:
    assert read(tmp_path, heading)["item"]["lead_time_days"].to_list() == pytest.approx([days])


def test_a_weight_in_tons_is_converted(tmp_path: Path) -> None:
    assert read(tmp_path, "weight_kg [t]", "0.5")["item"]["weight_kg"].to_list() == [500.0]


@pytest.mark.parametrize("unit", ["kg", "pallets", "m"])
def test_a_unit_that_does_not_convert_is_refused_by_name(tmp_path: Path, unit: str) -> None:
    with pytest.raises(InputError, match="the unit of lead_time_days converts to d") as refused:
        read(tmp_path, f"lead_time_days [{unit}]")
    assert unit in str(refused.value)


@pytest.mark.parametrize("unit", ["month", "months", "Months"])
def test_months_are_months(unit: str) -> None:
    findings = Findings()
    column = next(one for one in schemas()["stage_gate"].columns if one.name == "month")
    assert (find_factor(f"month [{unit}]", column, "stage_gate", findings), list(findings)) == (1.0, [])


@pytest.mark.parametrize(("heading", "refused"), [("quantity_per [kg]", False), ("quantity_per [l]", True)])
def test_what_comes_out_beside_an_item_counts_in_its_own_unit(tmp_path: Path, heading: str, refused: bool) -> None:
    """Whey in kg comes out beside cheese in pieces."""
    (tmp_path / "item.csv").write_text("code,kind,unit\nCHEESE,make,pc\nWHEY,make,kg\n", encoding="utf-8")
    (tmp_path / "by_product.csv").write_text(f"item,product,{heading}\nCHEESE,WHEY,9\n", encoding="utf-8")
    if refused:
        with pytest.raises(InputError, match="Give it in kg"):
            Snapshot.read(tmp_path)
    else:
        assert Snapshot.read(tmp_path)["by_product"]["quantity_per"].to_list() == [9.0]
