"""The pages for what went wrong: styled like the others, with what to do next."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string


def _answer(request: Any, code: int, title: str, text: str, address: str = "") -> HttpResponse:
    if request.path.startswith("/api/"):
        return JsonResponse({"detail": text}, status=code)
    context = {"code": code, "title": title, "text": text, "address": address}
    return render(request, "web/error.html", context, status=code)


def bad_request(request: Any, exception: Exception) -> HttpResponse:  # noqa: ARG001
    """400: the request makes no sense, or is too large."""
    text = "The server did not understand this request, or it was too large. Go back, and send less at a time."
    return _answer(request, 400, "That could not be read", text)


def forbidden(request: Any, exception: Exception) -> HttpResponse:
    """403: signed in, but without the role."""
    return _answer(request, 403, "Not open to you", str(exception) or "Your role does not open this page.")


def not_found(request: Any, exception: Exception) -> HttpResponse:
    """404: no such page or row."""
    said = str(exception.args[0]) if exception.args and isinstance(exception.args[0], str) else ""
    text = said or "There is nothing at this address. It may have been removed, or you may not see its site."
    return _answer(request, 404, "Not found", text)


def server_error(request: Any) -> HttpResponse:
    """500: our fault; rendered without the database or the user, either of which may be the trouble."""
    if request.path.startswith("/api/"):
        return JsonResponse({"detail": "The server failed."}, status=500)
    text = "Something went wrong on our side. Nothing was saved. Try again; if it stays, tell your administrator."
    context = {"code": 500, "title": "That failed", "text": text, "address": request.path}
    return HttpResponse(render_to_string("web/error.html", context), status=500)


def csrf_failure(request: Any, reason: str = "") -> HttpResponse:  # noqa: ARG001
    """403 of a form whose token does not fit."""
    text = "This form was open for too long, or you signed in again meanwhile. Load the page again, then repeat."
    return _answer(request, 403, "The form is out of date", text, request.path)
