"""What people are told about a column: its type, what it may hold, and an example that fits."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

import polars as pl
from django.core.validators import RegexValidator
from django.db.models import CheckConstraint

from drumbeat.data.check_conditions import describe
from drumbeat.data.schema import Column, Schema, schemas

EXAMPLES: dict[tuple[str, str], Any] = {
    ("bill_line", "component"): "STEEL-01",
    ("by_product", "product"): "OFFCUT-01",
    ("by_product", "cost_share"): 0.05,
    ("by_product", "quantity_per"): 0.1,
    ("by_product", "routing"): None,
    ("failure_mode", "spare"): None,
    ("forecast_edit", "family"): "",
    ("forecast_edit", "reason"): "Tender",
    ("calendar_shift", "end"): time(14, 0),
    ("crew", "overtime_slowdown"): 0.01,
    ("crew", "overtime_defects"): 0.02,
    ("demand_outlook", "after"): None,
    ("exchange_rate", "currency"): "USD",
    ("exchange_rate", "rate"): 0.9,
    ("initiative", "cost_spread"): 0.1,
    ("initiative", "latest_start"): date(2026, 6, 30),
    ("initiative_change", "change"): '{"kind": "plant.AddMachine", "code": "RESOURCE-02", "like": "RESOURCE-01"}',
    ("initiative_cost", "amount"): Decimal(20000),
    ("initiative_link", "other"): "INITIATIVE-02",
    ("improvement_budget", "amount"): Decimal(250000),
    ("item", "volume_m3"): 0.02,
    ("link", "successor"): "TASK-02",
    ("maintenance_plan", "wear_growth"): 0.5,
    ("operation", "most_wait_minutes"): 240.0,
    ("operation", "scrap_drift"): 0.005,
    ("function_plan", "subject"): "Headcount",
    ("order", "budget"): Decimal(5000),
    ("priority_rating", "priority"): "On-time delivery",
    ("resource", "most_campaign_hours"): 40.0,
    ("resource", "queue_places"): 4,
    ("resource", "setup_crew"): None,
    ("setup_change", "to_family"): "blue",
    ("setup_change", "from_family"): "red",
    ("stability_rule", "item"): None,
    ("stability_rule", "least_change_share"): 0.1,
    ("stability_rule", "least_move_days"): 2.0,
    ("stock", "storage_maximum"): 500.0,
    ("substitute", "item"): "STEEL-01",
    ("substitute", "substitute"): "STEEL-02",
    ("substitute", "used_in"): None,
    ("supplier", "delivery_days"): "tue, fri",
    ("supplier", "truck_cost"): Decimal(600),
    ("supplier", "truck_kg"): 24000.0,
    ("supplier", "truck_m3"): 80.0,
    ("supplier", "truck_pallets"): 33.0,
    ("supply_term", "expedite_days"): 3.0,
}
"""Where the example that follows from the schema would break a rule."""

MORE_ROWS: dict[str, list[dict[str, Any]]] = {
    "initiative": [{"code": "INITIATIVE-02"}],
    "item": [
        {"code": "STEEL-01", "kind": "buy", "lead_time_days": 5.0},
        {"code": "STEEL-02", "kind": "buy", "lead_time_days": 5.0},
        {"code": "OFFCUT-01", "kind": "buy", "lead_time_days": 5.0},
    ],
    "task": [{"code": "TASK-02", "sequence": 20}],
}
"""More example rows, by table: what other examples refer to besides the first; other columns as in the first."""

TEXTS = {
    "family": "Pumps",
    "unit": "pc",
    "currency": "EUR",
    "time_zone": "Europe/Berlin",
    "capability": "milling",
    "need": "machine",
    "label": "A",
    "country": "DE",
}
"""Examples of text columns by name."""


def name_type(column: Column) -> str:
    """Name a column's type for people: "whole number", "moment (UTC)", "code of item"."""
    if column.refers_to:
        return f"code of {column.refers_to}"
    if column.choices:
        return "choice"
    kind = column.dtype
    if isinstance(kind, pl.Decimal):
        return "money"
    if isinstance(kind, pl.Datetime):
        return "moment (UTC)"
    names = {
        pl.String(): "text",
        pl.Boolean(): "true or false",
        pl.Float64(): "number",
        pl.Int64(): "whole number",
        pl.Date(): "day",
        pl.Time(): "time of day",
    }
    return names[kind]


def list_limits(column: Column) -> str:
    """Say what a column may hold: its choices, bounds or length; "" when there is no limit."""
    if column.choices:
        return ", ".join(column.choices)
    if column.low is not None and column.high is not None:
        return f"{_number(column.low)} to {_number(column.high)}"
    if column.low is not None:
        return f"{_number(column.low)} or more"
    if column.high is not None:
        return f"{_number(column.high)} or less"
    if column.max_length and not column.refers_to:
        return f"at most {column.max_length} characters"
    return ""


def _number(value: float) -> str:
    return f"{value:,.0f}" if value == int(value) else f"{value:g}"


def show_default(column: Column) -> str:
    """Say what an empty cell means: "required", "empty", or the default."""
    if column.is_required:
        return "required"
    if column.default is None or column.default == "":
        return "empty"
    if isinstance(column.default, bool):
        return "true" if column.default else "false"
    if isinstance(column.default, int | float | Decimal):
        return _number(float(column.default))
    return str(column.default)


def list_rules(schema: Schema) -> list[str]:
    """Say the rules of a table that join several columns, and the forms of text columns."""
    rules = [
        describe(rule.condition, schema) for rule in schema.model._meta.constraints if isinstance(rule, CheckConstraint)
    ]
    forms = [
        (column.name, rule.message)
        for column in schema.columns
        for rule in schema.field(column.name).validators
        if isinstance(rule, RegexValidator)
    ]
    return rules + [f"{name}: {str(message).rstrip('.')}" for name, message in forms]


def make_examples(schema: Schema) -> list[dict[str, Any]]:
    """Make example rows of a table; the examples of all tables together are a production system that loads."""
    first = {column.name: _example(schema, column) for column in schema.columns}
    return [first, *(first | more for more in MORE_ROWS.get(schema.name, []))]


def _example(schema: Schema, column: Column) -> Any:
    if (schema.name, column.name) in EXAMPLES:
        return EXAMPLES[schema.name, column.name]
    if column.refers_to:
        return _code(column.refers_to)
    if column.name == "code":
        return _code(schema.name)
    if column.choices:
        return column.choices[0] if column.default is None else str(column.default)
    kind = column.dtype
    if kind == pl.String:
        return TEXTS.get(column.name, f"Example {schema.name.replace('_', ' ')}" if column.name == "name" else "")
    if kind == pl.Boolean:
        return bool(column.default)
    if isinstance(kind, pl.Datetime):
        is_end = column.name in {"ends_at", "due_at", "deadline_at", "delivered_at", "received_at", "decided_at"}
        return datetime(2026, 3, 6 if is_end else 2, 14 if is_end else 5, tzinfo=UTC)
    if kind == pl.Date:
        return (
            date(2026, 12, 31)
            if column.name in {"valid_to", "ends_on", "certified_until", "expires_on"}
            else date(2026, 1, 1)
        )
    if kind == pl.Time:
        return time(6, 0)
    return _example_number(column)


def _example_number(column: Column) -> Any:
    value: float = 1.0 if column.default is None else float(column.default)
    if value == 0 and column.low is not None and (column.high or 1) >= 1:
        value = 10.0
    if column.dtype == pl.Int64:
        return int(value)
    return Decimal(str(value)) if isinstance(column.dtype, pl.Decimal) else value


def _code(table: str) -> str:
    return f"{schemas()[table].name.upper().replace('_', '-')}-01"
