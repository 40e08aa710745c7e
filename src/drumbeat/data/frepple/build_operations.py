"""Turn frePPLe's operations into routings with operations, and its flows into bills of material."""

from __future__ import annotations

from dataclasses import dataclass, field

from drumbeat.data.frepple.draft import Draft
from drumbeat.data.frepple.read_records import Row

GROUPS = {"routing", "alternate", "split"}


@dataclass
class Way:
    """A way to make an item at a site."""

    main: Row
    steps: list[Row]
    site: str
    priority: float
    item: str = ""
    made: float = 1.0
    used: list[Row] = field(default_factory=list)
    beside: list[Row] = field(default_factory=list)

    @property
    def name(self) -> str:
        """Name of its operation in frePPLe, and code of the routing."""
        return self.main.text("name")

    @property
    def bill(self) -> list[tuple[str, float]]:
        """Components and units of each in one unit made."""
        return [(row.text("item"), -row.amount("quantity") / self.made) for row in self.used]

    @property
    def lot(self) -> tuple[float, float, float | None]:
        """Smallest lot, multiple and largest lot."""
        largest = self.main.amount("sizemaximum", 0.0)
        return self.main.amount("sizeminimum", 1.0), self.main.amount("sizemultiple"), largest or None


def find_ways(draft: Draft) -> list[Way]:
    """Find every way in which something is made, the preferred ones first.

    Operations that make nothing (delivery and shipping steps) are noted and left out.
    """
    ways = [way for row in draft.book["operation"] if not _owner(draft, row) for way in _ways_of(draft, row)]
    flows: dict[str, list[Row]] = {}
    for row in draft.book["operationmaterial"]:
        flows.setdefault(row.text("operation"), []).append(row)
    found = []
    for way in ways:
        names = list(dict.fromkeys([way.name, *(step.text("name") for step in way.steps)]))
        _read_flows(draft, way, [row for name in names for row in flows.get(name, [])])
        if way.item and way.priority == 0:
            draft.book.note("operation", "priority 0 keeps it out of planning", "It is left out", way.name)
        elif way.item:
            found.append(way)
        else:
            rule = "it makes no item"
            draft.book.note("operation", rule, "It is left out; deliveries take no time here", way.name)
    return sorted(found, key=lambda way: way.priority)


def _owner(draft: Draft, row: Row) -> str:
    owner = row.text("owner")
    if owner:
        return owner
    name = row.text("name")
    return next((sub.text("operation") for sub in draft.book["suboperation"] if sub.text("suboperation") == name), "")


def _ways_of(draft: Draft, row: Row) -> list[Way]:
    kind, name = row.text("type") or "fixed_time", row.text("name")
    site, priority = draft.site_of(row), row.amount("priority", 1.0)
    if kind not in GROUPS:
        return [Way(row, [row], site, priority)]
    ranks = {sub.text("suboperation"): sub.amount("priority", 1.0) for sub in draft.book["suboperation"]}
    children = [child for child in draft.book["operation"] if _owner(draft, child) == name]
    children.sort(key=lambda child: ranks.get(child.text("name"), child.amount("priority", 1.0)))
    if kind == "routing":
        return [Way(row, children, site, priority)] if children else []
    if kind == "split":
        draft.book.note("operation", "it splits work by share", "Its parts are alternatives here", name)
    ways = [way for child in children for way in _ways_of(draft, child)]
    for way in ways:
        way.item = way.item or row.text("item")
    return ways


def _read_flows(draft: Draft, way: Way, flows: list[Row]) -> None:
    """Read from its flows what a way makes and uses."""
    named = way.main.text("item") or way.item
    made = [row for row in flows if row.amount("quantity") > 0]
    way.used = [row for row in flows if row.amount("quantity") < 0]
    if made:
        chosen = next((row for row in made if row.text("item") == named), made[0])
        way.item, way.made = chosen.text("item"), chosen.amount("quantity")
        if named and way.item != named:
            rule = f"it names item {named!r} and makes {way.item!r}"
            draft.book.note("operation", rule, "What it makes counts", way.name)
        way.beside = [row for row in made if row is not chosen and row.text("item") != way.item]
    elif named:
        way.item = named
    else:
        way.item = _delivered(draft, way)
    for row in way.used:
        if row.amount("quantityfixed"):
            rule = "it uses a fixed quantity for a lot"
            draft.book.note("operationmaterial", rule, "Only the quantity for each unit is carried over", way.name)


def _delivered(draft: Draft, way: Way) -> str:
    """Item of the demands or items that name this operation, unless it only ships what exists already."""
    used = {row.text("item") for row in way.used}
    named = [row.text("item") for row in draft.book["demand"] if row.text("operation") == way.name]
    named += [row.text("name") for row in draft.book["item"] if row.text("operation") == way.name]
    return next((item for item in named if item not in used), "")


def build_bills(draft: Draft, ways: list[Way]) -> None:
    """Add the bill of material and the lot sizes of each item, from its preferred way."""
    first: dict[str, Way] = {}
    for way in ways:
        draft.made_at.setdefault(way.item, set()).add(way.site)
        for row in way.used:
            draft.need(row.text("item"), way.site)
        if way.item not in first:
            first[way.item] = way
            _add_bill(draft, way)
            continue
        preferred = first[way.item]
        if way.bill != preferred.bill:
            rule = f"it uses other components than {preferred.name!r}, which makes the same item"
            draft.book.note("operation", rule, f"The bill of {preferred.name!r} is taken", way.name)
        if way.lot != preferred.lot:
            rule = f"it has other lot sizes than {preferred.name!r}, which makes the same item"
            draft.book.note("operation", rule, f"Those of {preferred.name!r} are taken", way.name)


def _add_by_products(draft: Draft, way: Way) -> None:
    """Add what comes out beside an item, by its preferred way."""
    for row in way.beside:
        product = row.text("item")
        if not draft.has("item", product):
            row.wrong("item", "it is one of the items", "Add the item, or correct the name")
            continue
        draft.need(product, way.site)
        per = row.amount("quantity") / way.made
        draft.add("by_product", item=way.item, product=product, quantity_per=per, is_co_product=True)


def _add_bill(draft: Draft, way: Way) -> None:
    lot_minimum, lot_multiple, lot_maximum = way.lot
    item = draft.rows["item"].get((way.item,))
    if item is None:
        way.main.wrong("item", f"what it makes, {way.item!r}, is one of the items", "Add the item")
        return
    item.update(kind="make", lot_minimum=lot_minimum, lot_multiple=lot_multiple, lot_maximum=lot_maximum)
    _add_by_products(draft, way)
    alternates: dict[str, tuple[str, float]] = {}
    lines = zip(way.used, way.bill, strict=True)
    for position, (row, (component, quantity_per)) in enumerate(lines, start=1):
        if not draft.has("item", component):
            row.wrong("item", "it is one of the items", "Add the item, or correct the name")
            continue
        group = row.text("name") if "alternate" in row.text("type").lower() or row.text("name") else ""
        # A fixture's record number stands in for a missing name; only a name that people gave groups alternates.
        if group and not group.isdigit():
            if group in alternates:
                first, units = alternates[group]
                draft.need(component, way.site)
                draft.add(
                    "substitute", item=first, substitute=component, position=position, used_in=way.item,
                    ratio=quantity_per / units, priority=max(int(row.amount("priority", 1.0)), 1),
                )  # fmt: skip
                continue
            alternates[group] = (component, quantity_per)
        valid = {"valid_from": row.moment("effectivestart"), "valid_to": row.moment("effectiveend")}
        draft.add(
            "bill_line",
            item=way.item,
            component=component,
            position=position * 10,
            quantity_per=quantity_per,
            **{name: moment.date() for name, moment in valid.items() if moment},
        )
