"""Delivery days and trucks, by hand."""

from __future__ import annotations

from decimal import Decimal

import pytest

from drumbeat.planning.actions import make_plan
from drumbeat.planning.propose_purchases import propose_deliveries
from tests.planning.small_company import company, demand, on

ITEM = {"code": "SAND", "kind": "buy", "weight_kg": 10.0, "cost": Decimal(1), "holding_rate": 0.365}
TRUCK = {"code": "S", "truck_kg": 1000.0, "truck_cost": Decimal(100)}


def plan(wants, supplier=TRUCK, items=(ITEM,), lead=1.0, **more):
    """Buy what is wanted of S (item, units, day), at one lead time or one an item; 2 March 2026 is a Monday."""
    leads = lead if isinstance(lead, dict) else dict.fromkeys((item["code"] for item in items), lead)
    terms = [{"supplier": "S", "item": item, "site": "NORTH", "lead_time_days": days, "price": Decimal(1)}
             for item, days in leads.items()]  # fmt: skip
    lines = [demand(f"D{at}", item, units, day) for at, (item, units, day) in enumerate(wants)]
    snapshot = company(item=list(items), supplier=[supplier], supply_term=terms, demand_line=lines, **more)
    return propose_deliveries(snapshot, make_plan(snapshot))


def test_a_line_comes_on_the_last_delivery_day_by_which_it_is_needed():
    """Needed on Thursday the 12th: he comes on Tuesdays and Fridays, so on Tuesday the 10th."""
    found = plan([("SAND", 10, 10)], TRUCK | {"delivery_days": "tue, fri"})
    row = found.lines.row(0, named=True)
    assert (row["due_at"], row["order_at"]) == (on(8), on(7))
    assert "delivered on tue, 2 days before it is needed" in row["reason"]


def test_where_it_would_have_to_be_ordered_before_now_it_comes_on_the_next_one():
    found = plan([("SAND", 10, 2)], TRUCK | {"delivery_days": "mon, fri"}, lead=2.0)
    row = found.lines.row(0, named=True)
    assert (row["order_at"], row["due_at"]) == (on(0), on(4))
    assert "2 days after it could be there" in row["reason"]


def test_the_second_delivery_rides_on_the_first_truck_where_that_pays():
    """400 and 300 kg fit one truck of a ton: 100 saved; 30 units at 1 kept 8 days at a thousandth a day: 0.24."""
    found = plan([("SAND", 40, 4), ("SAND", 30, 12)])
    assert found.lines["order"].unique().to_list() == ["P-00001"]
    truck = found.trucks.row(0, named=True)
    assert (truck["trucks"], truck["fill"], truck["kg"], truck["cost"]) == (1, pytest.approx(0.7), 700.0, 100.0)
    assert truck["saved"] == pytest.approx(100 - 0.24)


def test_a_delivery_that_does_not_fit_or_is_dear_to_keep_comes_by_itself():
    apart = plan([("SAND", 80, 4), ("SAND", 30, 12)])
    assert apart.trucks["trucks"].to_list() == [1, 1]
    dear = plan([("SAND", 40, 4), ("SAND", 30, 12)], items=[ITEM | {"holding_rate": 365.0}])
    assert dear.lines["order"].n_unique() == 2


def test_an_order_is_rounded_up_to_fill_its_truck_where_that_saves_the_next_one_a_truck():
    """600 kg and 1,300 kg take three trucks; with 30 of the 130 units on the first, two.

    Kept at a fifth of their price a day, the 30 cost 48 for eight days: 52 of 100 are saved. All 130 would cost 208.
    """
    found = plan([("SAND", 60, 4), ("SAND", 130, 12)], items=[ITEM | {"holding_rate": 73.0}])
    assert found.lines["quantity"].to_list() == [90.0, 100.0]
    assert found.lines["needed"].to_list() == [90.0, 100.0]
    assert found.lines["money"].to_list() == [90.0, 100.0]
    assert found.lines["due_at"].to_list() == [on(4), on(12)]
    assert "30 more fill the truck, 8.0 days before they are needed: saves 52.00" in found.lines["reason"][0]
    assert "30 come on an earlier truck" in found.lines["reason"][1]
    assert found.trucks.select("trucks", "kg", "saved").rows() == [(1, 900.0, pytest.approx(52)), (1, 1000.0, 0.0)]


def test_nor_is_it_where_the_room_the_terms_or_the_money_say_no():
    dear = [ITEM | {"holding_rate": 730.0}]
    assert plan([("SAND", 60, 4), ("SAND", 130, 12)], items=dear).lines["quantity"].to_list() == [60.0, 130.0]
    full = [ITEM | {"holding_rate": 73.0}]
    assert plan([("SAND", 80, 4), ("SAND", 130, 12)], items=full).lines["quantity"].to_list() == [80.0, 130.0]


GRAVEL = ITEM | {"code": "GRAVEL"}


def test_orders_of_one_size_ride_whole_or_not_at_all():
    """As above, 30 of the 130 would save a truck; but the 130 are one order, of which nothing is cut off.

    In two orders of 65, neither has room beside 60 of something else. Beside 35, or one of its own kind, one of the
    two rides with it, whole: kept at a tenth of its price a day, the 65 cost 52 of the 100 that the truck costs.
    """
    sand = ITEM | {"holding_rate": 36.5, "lot_rule": "fixed", "lot_minimum": 65.0}
    grit = ITEM | {"code": "GRIT", "holding_rate": 36.5}
    large = plan([("GRIT", 60, 4), ("SAND", 130, 12)], items=[sand | {"lot_minimum": 130.0}, grit])
    assert sorted(large.lines["quantity"]) == [60.0, 130.0]
    full = plan([("GRIT", 60, 4), ("SAND", 130, 12)], items=[sand, grit])
    assert (sorted(full.lines["quantity"]), full.trucks["trucks"].to_list()) == ([60.0, 65.0, 65.0], [1, 2])
    found = plan([("GRIT", 35, 4), ("SAND", 130, 12)], items=[sand, grit])
    assert found.lines["quantity"].to_list() == [35.0, 65.0, 65.0]
    assert found.lines["due_at"].to_list() == [on(4), on(4), on(12)]
    assert found.trucks.select("trucks", "kg", "saved").rows() == [(1, 1000.0, pytest.approx(48)), (1, 650.0, 0.0)]
    alike = plan([("SAND", 65, 4), ("SAND", 195, 12)], TRUCK | {"truck_kg": 1300.0}, items=[sand])
    assert alike.lines.select("quantity", "due_at").rows() == [(65.0, on(day)) for day in (4, 4, 12, 12)]


def test_no_line_rides_on_a_truck_that_comes_after_it_is_needed():
    """Gravel takes 30 days and is ordered first; sand, ordered later, is needed 22 days before it comes."""
    found = plan([("GRAVEL", 40, 30), ("SAND", 30, 8)], items=[ITEM, GRAVEL], lead={"GRAVEL": 30.0, "SAND": 1.0})
    assert dict(found.lines.select("item", "due_at").iter_rows()) == {"GRAVEL": on(30), "SAND": on(8)}
    assert found.trucks.height == 2


def test_no_line_rides_on_a_truck_that_comes_sooner_than_its_lead_time_allows():
    """Gravel takes 30 days: ordered with the sand on day 3, it is not there on day 4."""
    found = plan([("SAND", 30, 4), ("GRAVEL", 40, 35)], items=[ITEM, GRAVEL], lead={"GRAVEL": 30.0, "SAND": 1.0})
    assert dict(found.lines.select("item", "due_at").iter_rows()) == {"SAND": on(4), "GRAVEL": on(35)}
    assert found.trucks.height == 2


def test_lines_of_one_local_delivery_day_come_together_and_others_do_not():
    """In Brisbane, ten hours ahead, Tuesday begins on Monday at 14 UTC: days 1.0 and 0.7 are Tuesday, 0.5 is Monday."""
    site, supplier = [{"code": "NORTH", "time_zone": "Australia/Brisbane"}], {"code": "S", "delivery_days": "mon, tue"}
    wants = [("SAND", 10, 7.5), ("SAND", 10, 7.7), ("SAND", 10, 8.0)]
    found = plan(wants, supplier, site=site)
    assert found.lines.sort("due_at")["order"].to_list() == ["P-00001", "P-00002", "P-00002"]


def test_a_delivery_day_is_a_local_one_also_where_clocks_change_before_it():
    """Needed on Monday 26 October at 23:30 in Berlin; he comes on Fridays: the 23rd, not an hour into the 24th."""
    site, supplier = [{"code": "NORTH", "time_zone": "Europe/Berlin"}], {"code": "S", "delivery_days": "fri"}
    found = plan([("SAND", 10, 238 + 22.5 / 24)], supplier, site=site)
    assert found.lines["due_at"].to_list() == [on(235 + 21.5 / 24)]


def test_the_scarcest_of_weight_volume_and_pallets_counts():
    item = ITEM | {"volume_m3": 1.0, "units_per_pallet": 10.0}
    supplier = TRUCK | {"truck_m3": 80.0, "truck_pallets": 3.0}
    truck = plan([("SAND", 40, 4)], supplier, [item]).trucks.row(0, named=True)
    assert (truck["kg"], truck["m3"], truck["pallets"], truck["trucks"]) == (400.0, 40.0, 4.0, 2)
    assert truck["fill"] == pytest.approx(4 / 3 / 2)


def test_without_trucks_in_the_data_nothing_is_said_of_them():
    found = plan([("SAND", 40, 4), ("SAND", 30, 12)], {"code": "S"})
    assert (found.trucks.height, found.lines["order"].n_unique()) == (0, 2)
    assert plan([]).trucks.height == 0


def test_what_a_part_saves_is_told_once_where_it_is_a_line_of_its_own():
    """800 kg of gravel and 1,200 kg of sand: 20 units of sand on the first truck save one of three, so 100.

    Kept eight days at a thousandth of their price a day, they cost 0.16.
    """
    found = plan([("GRAVEL", 80, 4), ("SAND", 120, 12)], items=[ITEM, GRAVEL])
    assert found.lines.select("item", "quantity").rows() == [("GRAVEL", 80.0), ("SAND", 20.0), ("SAND", 100.0)]
    assert found.trucks["saved"].to_list() == pytest.approx([100 - 0.16, 0.0])
