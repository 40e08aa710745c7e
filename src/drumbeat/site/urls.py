"""The root of every address; each room brings its own."""

from __future__ import annotations

from importlib.util import find_spec

from django.urls import include, path
from django.views.generic import RedirectView

from drumbeat.accounts.permissions import require
from drumbeat.site.api import api

ROOMS = {
    "data/": "data",
    "jobs/": "web",
    "users/": "accounts",
    "board/": "scheduling",
    "demand/": "demand",
    "strategy/": "strategy",
    "lab/": "lab",
    "twin/": "twin",
    "": "home",
}
"""Where each room's addresses begin."""

urlpatterns = [
    path("api/", require("viewer")(RedirectView.as_view(url="/api/docs"))),
    path("api/", api.urls),
    path("accounts/", include("allauth.urls")),
    *[
        path(start, include(f"drumbeat.{room}.urls"))
        for start, room in ROOMS.items()
        if find_spec(f"drumbeat.{room}.urls")
    ],
]

handler400 = "drumbeat.web.errors.bad_request"
handler403 = "drumbeat.web.errors.forbidden"
handler404 = "drumbeat.web.errors.not_found"
handler500 = "drumbeat.web.errors.server_error"
