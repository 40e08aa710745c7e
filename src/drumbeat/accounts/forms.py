"""The sign-in form, without what a closed plant does not offer."""

from __future__ import annotations

from typing import Any

from allauth.account.forms import LoginForm


class PlainLoginForm(LoginForm):  # type: ignore[misc]
    """Name and password; a forgotten password is the administrator's business, not a mail's."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.fields["login"].label = "Name"
        self.fields["password"].help_text = ""
        for field in self.fields.values():
            field.widget.attrs.pop("placeholder", None)
        if "remember" in self.fields:
            self.fields["remember"].label = "Stay signed in on this device"
