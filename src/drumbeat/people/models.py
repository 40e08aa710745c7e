"""People: who works where, what they can do, when they are away, and what operations ask of them."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from drumbeat.data.table import Named, Table, choice, day, moment, money, number, refer, whole


class Skill(Named):
    """Something that a person can be certified to do."""


class Crew(Named):
    """People who work the same shifts."""

    site = refer("plant.Site")
    calendar = refer("plant.Calendar", required=False, help_text="Its shifts; empty = always")
    overtime_slowdown = number(
        "Share by which its work takes longer for each hour of overtime worked lately, of which half is forgotten in "
        "a week; 0 = it does not tire",
        default=0,
        high=1,
    )
    overtime_defects = number(
        "Share by which scrap and defects of its work grow for each hour of overtime worked lately, of which half is "
        "forgotten in a week; 0 = it errs no more when tired",
        default=0,
        high=1,
    )


class Person(Named):
    """Somebody who works for a site."""

    site = refer("plant.Site")
    crew = refer("people.Crew", required=False)
    calendar = refer("plant.Calendar", required=False, help_text="Own shifts; empty = those of the crew")
    cost_per_hour = money("Cost of an hour of work")
    hired_on = day("First day of work")


class PersonSkill(Table):
    """A skill that a person has."""

    key_columns = ("person", "skill")

    person = refer("people.Person")
    skill = refer("people.Skill")
    level = whole("1 learns, 2 works alone, 3 teaches", default=2, low=1, high=3)
    certified_from = day("First day on which the person has it; empty = has it already")
    certified_until = day("Last day of the certificate; empty = does not expire")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["person", "skill"], name="person_skill_key"),
            models.CheckConstraint(
                condition=Q(certified_until__isnull=True)
                | Q(certified_from__isnull=True)
                | Q(certified_until__gte=F("certified_from")),
                name="person_skill_ends_after_start",
            ),
        ]


class Absence(Table):
    """A time when a person is away."""

    class Reason(models.TextChoices):
        HOLIDAY = "holiday"
        SICK = "sick"
        TRAINING = "training"
        OTHER = "other"

    key_columns = ("person", "starts_at")

    person = refer("people.Person")
    starts_at = moment("Start", required=True)
    ends_at = moment("End", required=True)
    reason = choice(Reason, "Why", default=Reason.HOLIDAY)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["person", "starts_at"], name="absence_key"),
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="absence_ends_after_start"),
        ]


class CrewNeed(Table):
    """How many people of a skill an operation holds while it is set up and runs."""

    key_columns = ("operation", "skill")

    operation = refer("plant.Operation")
    skill = refer("people.Skill")
    num_people = whole("People held", default=1, low=1, high=10_000)
    minimum_level = whole("Least level of the skill", default=2, low=1, high=3)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["operation", "skill"], name="crew_need_key")]
