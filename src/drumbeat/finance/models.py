"""Finance: budget and actual cost by cost centre, month and account."""

from __future__ import annotations

from django.db import models

from drumbeat.data.table import Named, Table, choice, day, money, number, refer, text
from drumbeat.plant.models import is_currency


class CostCentre(Named):
    """A place where cost is planned and answered for."""

    site = refer("plant.Site")


class Account(models.TextChoices):
    LABOUR = "labour"
    OVERTIME = "overtime"
    MATERIAL = "material"
    MAINTENANCE = "maintenance"
    QUALITY = "quality"
    OTHER = "other"
    REVENUE = "revenue"


class BudgetLine(Table):
    """What a cost centre may spend, or should earn, in a period."""

    key_columns = ("cost_centre", "period_start", "account")

    cost_centre = refer("finance.CostCentre")
    period_start = day("First day of the week or month", required=True)
    account = choice(Account, "Kind of cost")
    amount = money("Amount", low=None)
    hours = number("[h] Hours behind it, for labour and overtime", required=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["cost_centre", "period_start", "account"], name="budget_line_key"),
        ]


class Actual(Table):
    """What a cost centre spent, or earned, in a period."""

    key_columns = ("cost_centre", "period_start", "account")

    cost_centre = refer("finance.CostCentre")
    period_start = day("First day of the week or month", required=True)
    account = choice(Account, "Kind of cost")
    amount = money("Amount", low=None)
    hours = number("[h] Hours behind it, for labour and overtime", required=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["cost_centre", "period_start", "account"], name="actual_key"),
        ]


class HoldingRate(Table):
    """What holding stock costs at a site."""

    key_columns = ("site",)

    site = refer("plant.Site")
    rate = number("Money that stock costs in a year, as a share of its value: capital, space, insurance, loss", high=10)
    source = text("Who says so, and what is in it")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["site"], name="holding_rate_key")]


class ExchangeRate(Table):
    """What a unit of another currency is worth in the company's currency."""

    key_columns = ("currency",)

    currency = models.CharField(
        max_length=3, validators=[is_currency], help_text="Currency, other than the company's, such as USD"
    )
    rate = number("Units of the company's currency for one unit", low=0.000001)
    source = text("Who says so, and of which day")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["currency"], name="exchange_rate_key")]
