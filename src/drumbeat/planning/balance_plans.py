"""Sales', finance's and production's plans side by side: by family and month, with the gap and who closes it.

Rules, so that nobody has to guess:

- What a party entered (table volume_plan) is its plan. Where sales entered nothing, the forecast with people's edits
  stands in; where production entered nothing, what is planned and on order to be made in that month does. Nothing
  stands in for finance.
- A period that lies in two months is split by days. A month of which the forecast covers nine tenths or more is taken
  to go on likewise; one of which it covers less is open.
- The gap is the highest plan less the lowest one, of those that are known; one plan alone has no gap.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import polars as pl
from django.db.models import Count, Sum
from django.db.models.functions import TruncMonth
from django.utils import timezone

from drumbeat.demand.models import ItemFamily, Party, PlanComment, PlanGap, VolumePlan
from drumbeat.demand.read_forecast import Current, read_current
from drumbeat.orders.models import Order
from drumbeat.planning.models import Plan, PlannedOrder
from drumbeat.plant.models import Company

MONTHS = 12
COVERED = 0.9
WIDE = 0.05
"""From which share of the highest plan on somebody should close a gap."""
UNDER_WAY = ["firm", "released", "started"]


@dataclass
class Line:
    """The plans of a family in a month; a quantity of None is not known.

    `entered` names the parties that entered theirs; the others' stand in.
    """

    family: str
    month: date
    unit: str = ""
    sales: float | None = None
    finance: float | None = None
    production: float | None = None
    entered: set[str] = field(default_factory=set)
    owner: str = ""
    comments: int = 0

    @property
    def known(self) -> list[float]:
        """The plans that are known."""
        return [value for value in (self.sales, self.finance, self.production) if value is not None]

    @property
    def gap(self) -> float | None:
        """Highest less lowest; None with fewer than two plans."""
        return max(self.known) - min(self.known) if len(self.known) > 1 else None

    @property
    def share(self) -> float | None:
        """The gap against the highest plan."""
        return None if self.gap is None else self.gap / max(self.known) if max(self.known) > 0 else 0.0

    @property
    def is_open(self) -> bool:
        """Whether the gap is wide and nobody closes it."""
        return (self.share or 0.0) > WIDE and not self.owner


def find_today() -> date:
    """Return the day that the data describe, or today where the company states none."""
    moment = Company.objects.exclude(as_of=None).values_list("as_of", flat=True).first() or timezone.now()
    return moment.date()


def find_lines(today: date, words: str = "", *, widest_first: bool = False, count: int = MONTHS) -> list[Line]:
    """Return the lines whose family has all the words; by family and month, or the widest gap first."""
    wanted = words.lower().split()
    lines = [line for line in balance_plans(today, count) if all(word in line.family.lower() for word in wanted)]
    if widest_first:
        lines.sort(key=lambda line: (-(line.share or 0.0), line.family, line.month))
    return lines


def tabulate_plans(lines: list[Line]) -> dict[str, pl.DataFrame]:
    """Return the lines, and all that was said of any, as tables for a workbook.

    `entered` names the parties that entered their plan; the others' stand in.
    """
    parties = dict.fromkeys(Party.values, pl.Float64)
    kinds: dict[str, Any] = {"family": pl.String, "month": pl.Date, "unit": pl.String, **parties}
    kinds |= {"gap": pl.Float64, "gap_share": pl.Float64, "owner": pl.String, "entered": pl.String}
    rows = [
        (one.family, one.month, one.unit, one.sales, one.finance, one.production, one.gap, one.share, one.owner,
         ", ".join(sorted(one.entered)))
        for one in lines
    ]  # fmt: skip
    said = list(PlanComment.objects.values_list("family", "period_start", "author", "made_at", "text"))
    comment: dict[str, Any] = dict.fromkeys(("family", "month", "author", "made_at", "text"), pl.String)
    comment |= {"month": pl.Date, "made_at": pl.Datetime("us", "UTC")}
    return {"plans": pl.DataFrame(rows, kinds, orient="row"), "comments": pl.DataFrame(said, comment, orient="row")}


def month_after(day: date) -> date:
    """First day of the next month."""
    return date(day.year + day.month // 12, day.month % 12 + 1, 1)


def list_months(first: date, count: int = MONTHS) -> list[date]:
    """First days of months from that of `first` on."""
    months = [first.replace(day=1)]
    while len(months) < count:
        months.append(month_after(months[-1]))
    return months


def balance_plans(today: date, count: int = MONTHS) -> list[Line]:
    """Return a line for each family and month that anybody plans, by family and month.

    Parameters
    ----------
    today
        A day of the first month.
    count
        Months.
    """
    months = list_months(today, count)
    lines: dict[tuple[str, date], Line] = {}

    def at(family: str, month: date) -> Line:
        return lines.setdefault((family, month), Line(family, month))

    current = read_current()
    if current is not None:
        _add_forecast(current, set(months), at)
    _add_production(months, at)
    for row in VolumePlan.objects.filter(period_start__in=months):
        line = at(row.family, row.period_start)
        setattr(line, row.party, row.quantity)
        line.entered.add(row.party)
    for gap in PlanGap.objects.filter(period_start__in=months):
        at(gap.family, gap.period_start).owner = gap.owner
    counted = PlanComment.objects.filter(period_start__in=months).order_by().values("family", "period_start")
    for said in counted.annotate(number=Count("pk")):
        at(said["family"], said["period_start"]).comments = said["number"]
    return sorted(lines.values(), key=lambda line: (line.family, line.month))


def _add_forecast(current: Current, months: set[date], at: Any) -> None:
    """Sales' plan where sales entered none: the forecast, split by days."""
    places = current.loaded.places
    families = places["family"].to_list()
    rows: dict[str, list[int]] = {}
    for number, family in enumerate(families):
        if family:
            rows.setdefault(family, []).append(number)
    bounds = current.loaded.bounds
    for family, members in rows.items():
        units = places[members]["unit"].unique().to_list()
        if len(units) > 1:
            continue
        found: dict[date, float] = {}
        for h, total in enumerate(current.edited.mean[members].sum(axis=0)):
            for month, share in split_by_month(bounds[h], bounds[h + 1]):
                found[month] = found.get(month, 0.0) + float(total) * share
        for month in months & set(found):
            days = (month_after(month) - month).days
            inside = (min(bounds[-1], month_after(month)) - max(bounds[0], month)).days
            if inside >= days * COVERED:
                line = at(family, month)
                line.sales, line.unit = found[month] * days / inside, units[0]


def split_by_month(start: date, end: date) -> list[tuple[date, float]]:
    """Months in which a period lies, and the share of its days in each; `end` is the day after it."""
    parts, at = [], start
    while at < end:
        stop = min(month_after(at), end)
        parts.append((at.replace(day=1), (stop - at).days / (end - start).days))
        at = stop
    return parts


def _add_production(months: list[date], at: Any) -> None:
    """Production's plan where production entered none: what is planned or under way, by the month of its due date."""
    families = dict(ItemFamily.objects.values_list("item_id", "family"))
    if not families:
        return
    first, last = months[0], month_after(months[-1]) - timedelta(days=1)
    inside = {"due_at__date__gte": first, "due_at__date__lte": last}
    plan = Plan.objects.first()
    planned = PlannedOrder.objects.filter(plan=plan, method="make", **inside).values_list("item", TruncMonth("due_at"))
    under_way = Order.objects.filter(state__in=UNDER_WAY, item__in=list(families), **inside)
    for rows in (planned, under_way.values_list("item_id", TruncMonth("due_at"))):
        for item, moment, quantity in rows.order_by().annotate(total=Sum("quantity")):
            family = families.get(item)
            if family:
                line = at(family, moment.date().replace(day=1))
                line.production = (line.production or 0.0) + float(quantity or 0.0)
