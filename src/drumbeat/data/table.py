"""The bases of every stored table, and the registry of the tables that people exchange."""

from __future__ import annotations

import re
from graphlib import TopologicalSorter
from typing import Any, ClassVar

from django.apps import apps
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models

CODE_LENGTH = 120
not_padded = RegexValidator(r"^\S(.*\S)?$", "A code starts and ends with something other than a space.")


class Table(models.Model):
    """A stored table that people exchange: as a file, a sheet or a page.

    Rows are found again by their natural key, never by row number. `key_columns` names its columns.
    The unit of a column stands in square brackets at the start of its help text: "[min] Setup time".
    """

    key_columns: ClassVar[tuple[str, ...]]

    class Meta:
        abstract = True


class Coded(Table):
    """A table whose rows carry a business code, by which other tables refer to them."""

    key_columns = ("code",)

    code = models.CharField(max_length=CODE_LENGTH, primary_key=True, validators=[not_padded], help_text="Unique code")

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return str(self.code)


class Named(Coded):
    """A coded table whose rows have a name for people."""

    name = models.CharField(max_length=200, blank=True, default="", help_text="Name for people")

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return str(self.name or self.code)


def refer(to: str, *, required: bool = True, help_text: str = "", on_delete: Any = None) -> Any:
    """Make a column that refers to another table by its code."""
    return models.ForeignKey(
        to,
        on_delete=on_delete or (models.CASCADE if required else models.SET_NULL),
        null=not required,
        blank=not required,
        related_name="+",
        help_text=help_text,
    )


def number(
    help_text: str,
    *,
    default: float | None = None,
    low: float | None = 0.0,
    high: float | None = None,
    required: bool = True,
) -> Any:
    """Make a column of finite real numbers, by default zero or more."""
    validators: list[Any] = []
    if low is not None:
        validators.append(MinValueValidator(low))
    if high is not None:
        validators.append(MaxValueValidator(high))
    options: dict[str, Any] = {"help_text": help_text, "validators": validators}
    if not required:
        options |= {"null": True, "blank": True}
    if default is not None:
        options["default"] = default
    return models.FloatField(**options)


def whole(
    help_text: str,
    *,
    default: int | None = None,
    low: int = 0,
    high: int = 2_000_000_000,
    required: bool = True,
) -> Any:
    """Make a column of whole numbers, by default zero or more."""
    options: dict[str, Any] = {
        "help_text": help_text,
        "validators": [MinValueValidator(low), MaxValueValidator(high)],
    }
    if not required:
        options |= {"null": True, "blank": True}
    if default is not None:
        options["default"] = default
    return models.IntegerField(**options)


def money(help_text: str, *, default: int | None = 0, required: bool = True, low: int | None = 0) -> Any:
    """Make a column of money: exact, four decimals, in the site's currency unless it says otherwise."""
    options: dict[str, Any] = {"help_text": help_text, "max_digits": 18, "decimal_places": 4}
    if low is not None:
        options["validators"] = [MinValueValidator(low)]
    if not required:
        options |= {"null": True, "blank": True}
    elif default is not None:
        options["default"] = default
    return models.DecimalField(**options)


def choice(options: type[models.TextChoices], help_text: str, *, default: str | None = None) -> Any:
    """Make a column whose value is one of a few words."""
    extra: dict[str, Any] = {} if default is None else {"default": default}
    return models.CharField(max_length=20, choices=options.choices, help_text=help_text, **extra)


def text(help_text: str, *, length: int = 200, required: bool = False) -> Any:
    """Make a column of free text."""
    extra: dict[str, Any] = {} if required else {"blank": True, "default": ""}
    return models.CharField(max_length=length, help_text=help_text, **extra)


def moment(help_text: str, *, required: bool = False) -> Any:
    """Make a column of moments, stored in UTC."""
    return models.DateTimeField(null=not required, blank=not required, help_text=help_text)


def day(help_text: str, *, required: bool = False) -> Any:
    """Make a column of dates."""
    return models.DateField(null=not required, blank=not required, help_text=help_text)


def table_name(model: type[models.Model]) -> str:
    """Name of a table as people write it in a file's or sheet's name: `BillLine` -> "bill_line"."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", model.__name__).lower()


def exchanged_tables() -> dict[str, type[Table]]:
    """All tables that people exchange, by name, each after the tables that it refers to."""
    found = {table_name(model): model for model in apps.get_models() if issubclass(model, Table)}
    names = {model: name for name, model in found.items()}
    order: TopologicalSorter[str] = TopologicalSorter()
    for name, model in found.items():
        parents = [
            names[field.related_model]
            for field in model._meta.concrete_fields
            if field.is_relation and field.related_model is not model and field.related_model in names
        ]
        order.add(name, *parents)
    return {name: found[name] for name in order.static_order()}
