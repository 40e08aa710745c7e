"""Forms that edit one row of any table, made from its model."""

from __future__ import annotations

from functools import cache
from typing import Any

from django import forms
from django.db import models
from django.urls import reverse

from drumbeat.accounts.permissions import visible
from drumbeat.data.schema import Schema, schemas


class CodeField(forms.CharField):
    """A reference: its code as text, with suggestions, so that it works with a million codes."""

    def __init__(self, target: type[models.Model], table: str, **options: Any) -> None:
        super().__init__(**options)
        self.target = target
        self.table = table
        self.user: Any = None
        suggestions = {
            "list": f"codes-{table}",
            "autocomplete": "off",
            "hx-get": reverse("data:codes", args=[table]),
            "hx-trigger": "focus once, input changed delay:200ms",
            "hx-target": f"#codes-{table}",
            "hx-swap": "innerHTML",
            "hx-vals": "{}",
        }
        self.widget.attrs |= suggestions

    def prepare_value(self, value: Any) -> Any:
        """Show the code of a row."""
        return value.pk if isinstance(value, models.Model) else value

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Compare codes."""
        return super().has_changed(self.prepare_value(initial), data)

    def clean(self, value: Any) -> Any:
        """Return the row that has the code; only rows that the user may see exist."""
        code = super().clean(value)
        if not code:
            return None
        found = visible(self.target._default_manager.all(), self.user).filter(pk=code).first()
        if found is None:
            name = self.table.replace("_", " ")
            raise forms.ValidationError(f"There is no {name} with the code “{code}”. Choose one from the list.")
        return found


class RowForm(forms.ModelForm):  # type: ignore[type-arg]
    """A row of an exchanged table."""

    use_required_attribute = False

    def __init__(self, *arguments: Any, user: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        is_stored = not self.instance._state.adding
        for name, field in self.fields.items():
            if isinstance(field, CodeField):
                field.user = user
            if is_stored and name == self._meta.model._meta.pk.name:
                field.disabled = True
                field.help_text = "The code of a stored row stays as it is: others refer to it."

    def clean(self) -> dict[str, Any]:
        """Let an empty field stand for the column's default, as an empty cell of a file does."""
        fields: dict[str, Any] = self.fields
        for name, field in fields.items():
            if self.cleaned_data.get(name, 0) in (None, "") and getattr(field, "stands_for_empty", None) is not None:
                self.cleaned_data[name] = field.stands_for_empty
        return self.cleaned_data


def _make_field(field: Any, **options: Any) -> Any:
    """Make the form's field of a model's field."""
    table = {schema.model: name for name, schema in schemas().items()}
    if field.is_relation:
        made: Any = CodeField(
            field.related_model,
            table[field.related_model],
            required=not field.null,
            label=str(field.verbose_name).capitalize(),
            max_length=field.target_field.max_length,
        )
    elif isinstance(field, models.DateTimeField):
        widget = forms.DateTimeInput(attrs={"type": "datetime-local", "step": "1"}, format="%Y-%m-%dT%H:%M:%S")
        made = field.formfield(widget=widget)
    elif isinstance(field, models.DateField):
        made = field.formfield(widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    elif isinstance(field, models.TimeField):
        made = field.formfield(widget=forms.TimeInput(attrs={"type": "time", "step": "1"}, format="%H:%M:%S"))
    elif isinstance(field, models.FloatField | models.DecimalField):
        made = field.formfield(widget=forms.NumberInput(attrs={"step": "any"}))
    else:
        made = field.formfield(**options)
    return made


@cache
def form_class(schema: Schema) -> type[RowForm]:
    """Return the form of a table: a field a column, with unit and help; moments are in UTC."""
    made: Any = forms.modelform_factory(
        schema.model,
        form=RowForm,
        fields=[column.name for column in schema.columns],
        formfield_callback=_make_field,
    )
    for column in schema.columns:
        field: Any = made.base_fields[column.name]
        field.unit = "UTC" if str(column.dtype).startswith("Datetime") else column.unit
        field.help_text = column.help_text
        field.must_be_given = column.is_required
        if not column.is_required:
            field.required = False
            field.stands_for_empty = column.default
    form: type[RowForm] = made
    return form


def blank_forms(schema: Schema) -> list[str]:
    """Return the tables whose codes the form of a table suggests."""
    return sorted({column.refers_to for column in schema.columns if column.refers_to})
