"""What is kept beside plans: trucks of purchases, hours of people, what late deliveries wait for; placed stock."""

from __future__ import annotations

from django.db import models


class PurchaseTruck(models.Model):
    """The trucks of a proposed purchase: how full they are, what they cost, what going together saves."""

    plan = models.ForeignKey("planning.Plan", models.CASCADE, related_name="trucks")
    order = models.CharField(max_length=20, help_text="Number of the purchase")
    supplier = models.CharField(max_length=120)
    site = models.CharField(max_length=120)
    due_at = models.DateTimeField(null=True, help_text="When it is delivered")
    trucks = models.IntegerField()
    fill = models.FloatField(null=True, help_text="Share of the trucks that is full; empty = no bound is known")
    kg = models.FloatField()
    m3 = models.FloatField()
    pallets = models.FloatField()
    cost = models.FloatField(help_text="Of its trucks")
    saved = models.FloatField(help_text="Against a delivery of its own for each line, money kept longer taken off")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["plan", "order"], name="purchase_truck_key")]


class PeopleWeek(models.Model):
    """Hours of the people of a skill or a crew in a week of a plan, and the work that needs them."""

    class Kind(models.TextChoices):
        SKILL = "skill"
        CREW = "crew"

    plan = models.ForeignKey("planning.Plan", models.CASCADE, related_name="people_weeks")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    code = models.CharField(max_length=120)
    name = models.CharField(max_length=200, blank=True)
    site = models.CharField(max_length=120)
    week_start = models.DateTimeField()
    people = models.IntegerField()
    shift_hours = models.FloatField(help_text="Hours of their shifts")
    away_hours = models.FloatField(help_text="Of these, absent")
    usable_hours = models.FloatField()
    work_hours = models.FloatField(help_text="Person-hours that open and planned orders need of them")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["plan", "kind", "code", "site", "week_start"], name="people_week_key")
        ]


class FiniteChain(models.Model):
    """What the time of a demand goes into that a finite plan delivers late."""

    plan = models.ForeignKey("planning.FinitePlan", models.CASCADE, related_name="chains")
    demand = models.CharField(max_length=140)
    site = models.CharField(max_length=120)
    order = models.CharField(max_length=140, blank=True, help_text="What comes last of all that serves it")
    waits = models.JSONField(default=list, help_text="Cause and seconds of each stretch, the last first")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["plan", "demand"], name="finite_chain_key")]


class StockPlacement(models.Model):
    """One placing of safety stock over all levels, on one version of the data."""

    created_at = models.DateTimeField()
    version = models.CharField(max_length=64, help_text="Version of the data it was made from")
    terms = models.JSONField(default=dict)
    summary = models.JSONField(default=dict, help_text="Money in stock, and each item on its own")
    findings = models.JSONField(default=dict)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"Stock placement {self.pk} of {self.created_at:%Y-%m-%d %H:%M}"


class PlacedStock(models.Model):
    """Safety stock of an item at a site by a placement, and what it would be on its own."""

    placement = models.ForeignKey(StockPlacement, models.CASCADE, related_name="rows")
    item = models.CharField(max_length=120)
    site = models.CharField(max_length=120)
    weekly = models.FloatField()
    lead_days = models.FloatField()
    service_days = models.FloatField(help_text="Time that it promises to those it serves")
    inbound_days = models.FloatField(help_text="Longest time that it waits for what it is made of")
    net_days = models.FloatField(help_text="Time that its safety stock covers")
    safety = models.FloatField()
    safety_alone = models.FloatField()
    safety_now = models.FloatField()
    unit_cost = models.FloatField()
    money = models.FloatField(help_text="Of the safety stock")
    money_alone = models.FloatField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["placement", "item", "site"], name="placed_stock_key")]
