"""Turn frePPLe's sales orders into demand lines, and its closed ones into history."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime, timedelta

from drumbeat.data.frepple.draft import Draft, importance

WANTED = {"open", "quote", ""}
PAST = {"closed"}


def build_demand(draft: Draft) -> None:
    """Add customers, open demand lines, and history by month (or by week where forecasts are weekly)."""
    for row in draft.book["customer"]:
        draft.add("customer", code=row.text("name"), name=row.text("description")[:200])
    history: dict[tuple[str, str, date], float] = defaultdict(float)
    is_weekly = draft.book.parameter("forecast.calendar").lower() == "week"
    for row in draft.book["demand"]:
        item, due, state = row.text("item"), row.moment("due"), row.text("status").lower()
        if not draft.has("item", item):
            row.wrong("item", "it is one of the items", "Add the item, or correct the name")
            continue
        if due is None:
            row.wrong("due", "a demand has a due date", "Enter its due date")
            continue
        site, quantity = draft.site_of(row), row.amount("quantity", 1.0)
        if state in PAST:
            history[item, site, _period(due, is_weekly)] += quantity
        elif state not in WANTED:
            draft.book.note("demand", f"its state is {state!r}", "It is left out", row.text("name"))
        else:
            wanted = draft.item_of(item, row.text("batch"))
            draft.need(item, site)
            _add_line(draft, row.text("name"), wanted, site, quantity, due, importance(row), row.text("customer"))
    if history:
        step = "week" if is_weekly else "month"
        remedy = f"They are added up to {len(history)} rows by item, site and {step}"
        draft.book.note("demand", "closed demands become history", remedy)
    for (item, site, period), quantity in sorted(history.items()):
        draft.add("demand_history", item=item, site=site, period_start=period, quantity=quantity)


def _add_line(
    draft: Draft, name: str, item: str, site: str, quantity: float, due: datetime, priority: float, customer: str
) -> None:
    if customer:
        draft.add("customer", code=customer)
    code, again = name, 1
    while draft.has("demand_line", code):
        again += 1
        code = f"{name} ({again})"
    if again > 1:
        draft.book.note("demand", "two demands have one name", f"The second one is {code!r}", name)
    draft.add(
        "demand_line",
        code=code,
        customer=customer or None,
        item=item,
        site=site,
        quantity=quantity,
        due_at=due,
        priority=priority,
    )


def _period(due: datetime, is_weekly: bool) -> date:
    day = due.date()
    return day - timedelta(days=day.weekday()) if is_weekly else day.replace(day=1)
