"""Orders: production orders and projects, the tasks in them, what links those, and who decides at which gate."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from drumbeat.data.table import Coded, Named, Table, choice, moment, money, number, refer, text, whole


class Order(Named):
    """A production order or a project."""

    class Kind(models.TextChoices):
        PRODUCTION = "production"
        PROJECT = "project"

    class State(models.TextChoices):
        PLANNED = "planned"
        FIRM = "firm"
        RELEASED = "released"
        STARTED = "started"
        DONE = "done"
        CANCELLED = "cancelled"

    kind = choice(Kind, "Production order or project", default=Kind.PRODUCTION)
    site = refer("plant.Site")
    item = refer("plant.Item", required=False, help_text="What it makes; empty for a project")
    routing = refer("plant.Routing", required=False, help_text="How; empty = the item's preferred routing")
    quantity = number("Good units to make; more are started where operations lose some", default=1)
    release_at = moment("Not to be started before; empty = any time")
    due_at = moment("Due")
    deadline_at = moment("Latest end: a rule that the schedule may not break, where due is a wish; empty = none")
    budget = money(
        "What its tasks may spend together, whichever way they are done; empty = no bound", default=None, required=False
    )
    priority = number("Importance: 2 counts twice as much as 1", default=1, low=0.0001)
    is_frozen = models.BooleanField(
        default=False, help_text="Whether neither its due time nor its quantity may be changed any more"
    )
    state = choice(State, "Where it is", default=State.FIRM)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(deadline_at__isnull=True) | Q(release_at__isnull=True) | Q(deadline_at__gt=F("release_at")),
                name="order_deadline_after_release",
            ),
        ]


class Task(Named):
    """A piece of work of an order. An order without tasks gets them from its routing when it is scheduled."""

    class State(models.TextChoices):
        OPEN = "open"
        STARTED = "started"
        DONE = "done"
        CANCELLED = "cancelled"

    order = refer("orders.Order")
    operation = refer(
        "plant.Operation", required=False, help_text="Operation of the routing; empty for a project's task"
    )
    sequence = whole("Order within the order", default=10)
    capability = text("Capability needed; empty = as the operation says", length=60)
    resource = refer("plant.Resource", required=False, help_text="Resource it must run on; empty = any that can")
    quantity = number("Units", default=1)
    setup_minutes = number("[min] Setup; empty = as the operation says", required=False)
    run_minutes = number("[min] Run time of the whole task; empty = as the operation says", required=False)
    starts_at = moment("Actual or fixed start")
    ends_at = moment("Actual end")
    is_fixed = models.BooleanField(default=False, help_text="Whether its start and resource may not be changed")
    skip_cost = money(
        "What it costs to leave it out, weighed against the company's late_hour_cost; empty = it must be done",
        default=None,
        required=False,
    )
    choice_group = text("Tasks of one order with the same word are alternatives: one of them is done", length=60)
    spends = money("What it takes from the order's budget, however it is done")
    state = choice(State, "Where it is", default=State.OPEN)


class Link(Table):
    """A precedence between two tasks. Without links, the tasks of an order follow their sequence."""

    class Kind(models.TextChoices):
        FINISH_START = "FS"
        START_START = "SS"
        FINISH_FINISH = "FF"
        START_FINISH = "SF"

    key_columns = ("predecessor", "successor", "kind")

    predecessor = refer("orders.Task")
    successor = refer("orders.Task")
    kind = choice(Kind, "FS: the successor starts after the predecessor finishes, and so on", default=Kind.FINISH_START)
    lag_minutes = number("[min] Least time between them; negative = they may overlap", default=0, low=None)
    most_lag_minutes = number(
        "[min] Most time between them; 0 and no lag = no wait; empty = any", low=None, required=False
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["predecessor", "successor", "kind"], name="link_key"),
            models.CheckConstraint(
                condition=Q(most_lag_minutes__isnull=True) | Q(most_lag_minutes__gte=F("lag_minutes")),
                name="link_most_lag_at_least_lag",
            ),
        ]


class Gate(Coded):
    """A decision that an order or task waits for: a quality check or an approval."""

    class Kind(models.TextChoices):
        QUALITY = "quality"
        APPROVAL = "approval"

    class Decision(models.TextChoices):
        OPEN = "open"
        PASSED = "passed"
        FAILED = "failed"

    order = refer("orders.Order")
    task = refer("orders.Task", required=False, help_text="Task that may not start before; empty = the order's end")
    kind = choice(Kind, "Quality check or approval", default=Kind.APPROVAL)
    decider = text("Who decides")
    due_at = moment("Decision due")
    decided_at = moment("Decided")
    decision = choice(Decision, "Decision", default=Decision.OPEN)


class Booking(Coded):
    """A time for which a resource is taken: maintenance, a rehearsal, a visitor."""

    resource = refer("plant.Resource")
    order = refer("orders.Order", required=False)
    starts_at = moment("Start", required=True)
    ends_at = moment("End", required=True)
    reason = text("Why")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="booking_ends_after_start"),
        ]
