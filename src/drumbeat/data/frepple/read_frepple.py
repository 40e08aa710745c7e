"""Read a frePPLe fixture or workbook into the tables of this house."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import polars as pl
from django.utils import timezone

from drumbeat.basics.findings import Finding, Findings, InputError
from drumbeat.data.frepple.build_calendars import Calendars
from drumbeat.data.frepple.build_demand import build_demand
from drumbeat.data.frepple.build_operations import build_bills, find_ways
from drumbeat.data.frepple.build_resources import Resources, build_setup_matrices
from drumbeat.data.frepple.build_routings import build_routings
from drumbeat.data.frepple.build_supply import build_orders, build_suppliers, build_transfers
from drumbeat.data.frepple.draft import Draft
from drumbeat.data.frepple.read_records import Book, parse_moment, read_records
from drumbeat.data.frepple.split_batches import split_batches

CURRENCIES = {"$": "USD", "€": "EUR", "£": "GBP", "¥": "JPY"}
READ = {
    "calendar", "calendarbucket", "customer", "location", "item", "operation", "suboperation", "buffer", "resource",
    "skill", "resourceskill", "operationmaterial", "operationresource", "supplier", "itemsupplier",
    "itemdistribution", "demand", "parameter", "operationplan", "setupmatrix", "setuprule",
}  # fmt: skip


def read_frepple(path: str | Path, now: datetime | None = None) -> tuple[dict[str, pl.DataFrame], datetime, Findings]:
    """Read a frePPLe fixture (.json) or example workbook (.xlsx) into tables.

    Locations become sites, operations routings with bills of material, item suppliers and distributions supply
    terms (a supplier with a site's code stands for transfers from that site), calendars weekly shifts with dated
    exceptions, skills alternatives between people, batches of what is made to order items of their own, confirmed
    orders purchase and production orders, closed demands history. Moments are read as UTC. Numbers in duration
    fields are seconds, or days where a workbook's parameter `excel_duration_in_days` says so.

    Parameters
    ----------
    path
        File to read.
    now
        "Now" where the file has no parameter `currentdate`; default the present moment.

    Returns
    -------
    tuple
        Frames by table (only tables with rows), the moment they describe, and the findings: errors about
        records that make no sense, notes about what could not be carried over. The frames leave erroneous
        records out.

    Raises
    ------
    InputError
        When the file cannot be read at all.
    """
    book = read_records(path)
    draft = Draft(book, _as_of(book, now))
    _build_company(draft, Path(path).stem)
    _build_sites(draft)
    _build_items(draft)
    ways = find_ways(draft)
    build_bills(draft, ways)
    build_setup_matrices(draft)
    resources = Resources(draft, Calendars(draft))
    resources.build(ways)
    build_routings(draft, ways, resources)
    build_demand(draft)
    _build_stock(draft)
    for row in draft.rows.get("demand_history", {}).values():
        draft.need(row["item"], row["site"])
    build_transfers(draft)
    build_suppliers(draft)
    build_orders(draft, ways)
    split_batches(draft)
    if Path(path).suffix.lower() == ".xlsx" and not book.parameter("excel_duration_in_days"):
        rule = "excel_duration_in_days is not set"
        book.note("parameter", rule, "Numbers in duration fields are read as seconds; set it to true for days")
    for entity in sorted(set(book.rows) - READ):
        book.note(entity, "this kind of record has no place here", f"{len(book[entity])} records are left out")
    return draft.frames(), draft.as_of, book.findings


def _as_of(book: Book, now: datetime | None) -> datetime:
    value = book.parameter("currentdate")
    found = parse_moment(value) if value else None
    if found is None and value not in {"", "now", "today"}:
        book.note("parameter", "currentdate is a date and time", "The present moment is taken", value)
    return found or now or timezone.now()


def _build_company(draft: Draft, name: str) -> None:
    symbol = draft.book.parameter("currency").strip(" ,") or "€"
    if symbol not in CURRENCIES and len(symbol) != 3:
        draft.book.note("parameter", "the currency is not known", "EUR is taken", symbol)
    currency = CURRENCIES.get(symbol, symbol.upper() if len(symbol) == 3 else "EUR")
    draft.add("company", code=name, name=f"{name} (frePPLe)", currency=currency, as_of=draft.as_of)


def _build_sites(draft: Draft) -> None:
    """Add sites; a location that only groups others becomes a region."""
    used = {
        row.text(column)
        for entity in ("operation", "buffer", "resource", "itemsupplier", "itemdistribution", "demand", "operationplan")
        for row in draft.book[entity]
        for column in ("location", "origin", "destination")
    }
    rows = draft.book["location"]
    groups = {row.text("owner") for row in rows} - used - {""}
    for row in rows:
        if row.text("name") in groups:
            draft.add("region", code=row.text("name"), name=row.text("description")[:200])
    currency = next(iter(draft.rows["company"].values()))["currency"]
    for row in rows:
        name, owner = row.text("name"), row.text("owner")
        if name not in groups:
            region = owner if owner in groups else None
            draft.add("site", code=name, name=row.text("description")[:200], region=region, currency=currency)
            draft.sites.append(name)
    if not draft.sites:
        draft.add("site", code="plant", name="", currency=currency)
        draft.sites.append("plant")
        draft.book.note("location", "there is at least one location", "A site 'plant' is added")


def _build_items(draft: Draft) -> None:
    """Add items; one that only groups others, and is never made, used, bought or wanted itself, is left out."""
    used = {
        row.text("item")
        for entity in ("operation", "operationmaterial", "buffer", "itemsupplier", "demand", "operationplan")
        for row in draft.book[entity]
    }
    groups = {row.text("owner") for row in draft.book["item"]} - used - {""}
    for row in draft.book["item"]:
        name = row.text("name")
        if name in groups:
            draft.book.note("item", "it only groups other items", "It is left out", name)
        elif not draft.add(
            "item", code=name, name=row.text("description")[:200], kind="buy", cost=max(row.amount("cost"), 0.0)
        ):
            row.wrong("name", "an item is listed once", "Delete one of the two")
    if not draft.rows.get("item"):
        raise InputError(Finding(draft.book.place, "there is at least one item", "Export the items as well"))


def _build_stock(draft: Draft) -> None:
    """Add what is on hand; batches of what is made to order are kept apart, those of other items are added up."""
    for row in draft.book["buffer"]:
        item, site, quantity = row.text("item"), draft.site_of(row), row.amount("onhand")
        if not draft.has("item", item):
            row.wrong("item", "it is one of the items", "Add the item, or correct the name")
            continue
        if quantity < 0:
            draft.book.note("buffer", "stock is never below zero", "0 is taken", f"{item} @ {site}")
        usable, kept = max(quantity, 0.0), draft.item_of(item, row.text("batch"))
        if row.text("type") == "infinite":
            rule = "it never runs out"
            draft.book.note("buffer", rule, "It is ordinary stock here; enter what is on hand", f"{item} @ {site}")
        if not draft.add("stock", item=kept, site=site, quantity=usable, safety_stock=row.amount("minimum") or None):
            draft.rows["stock"][kept, site]["quantity"] += usable
        draft.need(item, site)
