"""Demand: who wants what by when, what they wanted before, what is expected, and who changed that and why."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from drumbeat.data.table import Coded, Named, Table, choice, day, moment, money, number, refer, text


class Customer(Named):
    """Somebody who buys."""

    region = refer("plant.Region", required=False)
    priority = number("Importance: 2 counts twice as much as 1", default=1, low=0.0001)


class DemandLine(Coded):
    """A customer's order for an item, or a forecast that stands in for one."""

    class State(models.TextChoices):
        OPEN = "open"
        DELIVERED = "delivered"
        CANCELLED = "cancelled"

    class Kind(models.TextChoices):
        ORDER = "order"
        FORECAST = "forecast"

    customer = refer("demand.Customer", required=False)
    kind = choice(Kind, "Order or forecast", default=Kind.ORDER)
    item = refer("plant.Item")
    site = refer("plant.Site", help_text="Site that delivers")
    quantity = number("Units wanted")
    due_at = moment("Wanted by", required=True)
    delivered_at = moment("Delivered")
    priority = number("Importance: 2 counts twice as much as 1", default=1, low=0.0001)
    price = money("Price of a unit; empty = the item's", required=False, default=None)
    order = refer("orders.Order", required=False, help_text="Order that makes it, where it is made to order")
    state = choice(State, "Where it is", default=State.OPEN)


class DemandHistory(Table):
    """What was wanted of an item in a past period."""

    key_columns = ("item", "site", "period_start")

    item = refer("plant.Item")
    site = refer("plant.Site")
    period_start = day("First day of the period", required=True)
    quantity = number("Units wanted in the period")
    was_short = models.BooleanField(
        default=False, help_text="Whether it was out of stock, so that less was sold than was wanted"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["item", "site", "period_start"], name="demand_history_key"),
        ]


class Promotion(Named):
    """Something that sales will do, or did, to raise demand."""

    item = refer("plant.Item")
    site = refer("plant.Site", required=False)
    starts_on = day("First day", required=True)
    ends_on = day("Last day", required=True)
    uplift = number("Demand during it against usual: 1.3 = 30 % more", default=1)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(ends_on__gte=F("starts_on")), name="promotion_ends_after_start"),
        ]


class Holiday(Named):
    """Days on which customers do not order: public holidays, fairs, the summer break of a region."""

    site = refer(
        "plant.Site",
        required=False,
        help_text="Only customers of this site; empty = of all",
        # Without its site a holiday would be everybody's.
        on_delete=models.CASCADE,
    )
    starts_on = day("First day", required=True)
    ends_on = day("Last day", required=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(ends_on__gte=F("starts_on")), name="holiday_ends_after_start"),
        ]


class ItemFamily(Table):
    """Family in which an item is planned together with others."""

    key_columns = ("item",)

    item = refer("plant.Item")
    family = text("Family, as sales and finance speak of it", length=60, required=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["item"], name="item_family_key")]


class SalesPrice(Coded):
    """What a unit is sold for from a day on: in the past, or already decided for later."""

    item = refer("plant.Item")
    site = refer("plant.Site", required=False, help_text="Only at this site; empty = at all")
    starts_on = day("First day", required=True)
    price = money("Price of a unit")


class ForecastEdit(Coded):
    """A planner's change of the forecast; kept apart from it, and scored when the demand is known."""

    class Kind(models.TextChoices):
        PERCENT = "percent"
        DELTA = "delta"
        ABSOLUTE = "absolute"

    item = refer("plant.Item", required=False, help_text="Only this item; empty = all of the family, site or customer")
    family = text("Only items of this family", length=60)
    site = refer("plant.Site", required=False, help_text="Only this site; empty = all")
    customer = refer("demand.Customer", required=False, help_text="Only what this customer buys; empty = all")
    starts_on = day("First day that it is about", required=True)
    ends_on = day("Last day that it is about", required=True)
    kind = choice(Kind, "Percent of the forecast, units more or less, or units in all", default=Kind.PERCENT)
    amount = number("Percent, or units over all days from first to last", low=None)
    unit = text("Unit of the amount; empty = that of the items", length=20)
    reason = text("Why: a few words that come again, so that reasons can be compared", length=120, required=True)
    author = text("Who made it", length=150)
    made_at = moment("When it was made", required=True)
    withdrawn_at = moment("When it was taken back; empty = it counts")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(ends_on__gte=F("starts_on")), name="forecast_edit_ends_after_start"),
        ]


class Party(models.TextChoices):
    SALES = "sales"
    FINANCE = "finance"
    PRODUCTION = "production"


class VolumePlan(Table):
    """What sales, finance or production plans to move of a family in a month."""

    key_columns = ("party", "family", "period_start")

    party = choice(Party, "Whose plan it is")
    family = text("Family of items", length=60, required=True)
    period_start = day("First day of the month", required=True)
    quantity = number("Units in the month")
    author = text("Who entered it", length=150)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["party", "family", "period_start"], name="volume_plan_key")]


class PlanGap(Table):
    """Who closes the gap between the plans of a family in a month."""

    key_columns = ("family", "period_start")

    family = text("Family of items", length=60, required=True)
    period_start = day("First day of the month", required=True)
    owner = text("Who answers for closing the gap", length=150)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["family", "period_start"], name="plan_gap_key")]


class PlanComment(models.Model):
    """What somebody said about the plans of a family in a month."""

    family = models.CharField(max_length=60)
    period_start = models.DateField()
    author = models.CharField(max_length=150)
    made_at = models.DateTimeField()
    text = models.CharField(max_length=1000)

    class Meta:
        ordering = ["made_at", "pk"]


class StoredForecast(models.Model):
    """One run of forecasting on one version of the data."""

    created_at = models.DateTimeField()
    as_of = models.DateTimeField(help_text="Moment that the data describe")
    version = models.CharField(max_length=64, help_text="Version of the data it was made from")
    period = models.CharField(max_length=10, help_text="day, week or month")
    starts = models.JSONField(default=list, help_text="First day of each period, and of the one after the last")
    summary = models.JSONField(default=dict, help_text="Counts and the findings of the run")

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"Forecast {self.pk} of {self.created_at:%Y-%m-%d %H:%M}"


class StoredSeries(models.Model):
    """The forecast of one item at one site, with how far it was to be trusted. Lists have one number a period."""

    forecast = models.ForeignKey(StoredForecast, models.CASCADE, related_name="series")
    item = models.CharField(max_length=120)
    site = models.CharField(max_length=120)
    family = models.CharField(max_length=60, blank=True)
    unit = models.CharField(max_length=20, blank=True)
    model = models.CharField(max_length=40, blank=True, help_text="Model of the greatest weight")
    weights = models.JSONField(default=dict, help_text="Share of each model in the mean")
    errors = models.JSONField(default=dict, help_text="Mean absolute error of each model in the backtest")
    error = models.FloatField(null=True, help_text="Mean absolute error in the backtest, units a period")
    naive_error = models.FloatField(null=True, help_text="The same of the naive forecast")
    bias = models.FloatField(null=True, help_text="Mean of forecast less actual in the backtest, units a period")
    error_cost = models.FloatField(null=True, help_text="Money that the error costs a period")
    over_cost = models.FloatField(default=0, help_text="Money for a unit too many over a period")
    under_cost = models.FloatField(default=0, help_text="Money for a unit too few")
    usual = models.FloatField(default=0, help_text="Mean demand of the past, units a period")
    days_share = models.FloatField(
        default=0, help_text="Demand that a share of the working days takes with it, per share; 0 = none"
    )
    naive = models.JSONField(default=list)
    computed = models.JSONField(default=list, help_text="The statistical forecast before levels were made to add up")
    mean = models.JSONField(default=list, help_text="The statistical forecast")
    spread = models.JSONField(default=list, help_text="Standard deviation of its error")
    cleaned = models.JSONField(default=list, help_text="Periods that were changed first: day, was, counted as, why")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["forecast", "item", "site"], name="stored_series_key")]
        indexes = [
            models.Index(fields=["forecast", "-error_cost"], name="stored_series_cost"),
            models.Index(fields=["item", "site"], name="stored_series_place"),
        ]
