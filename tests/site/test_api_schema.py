"""The API keeps what its schema says, whatever is asked of it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
)

from drumbeat.accounts.models import User
from drumbeat.accounts.tokens import make_token
from drumbeat.plant.models import Site
from drumbeat.site.api import api
from drumbeat.site.wsgi import application

DOCUMENT = {**api.get_openapi_schema()}
SCHEMA = schemathesis.openapi.from_dict(DOCUMENT)
SCHEMA.app = application


@pytest.fixture
def token(user_as: Callable[..., User]) -> str:
    Site.objects.create(code="NORTH")
    return make_token(user_as("admin"))


@SCHEMA.parametrize()
@settings(max_examples=12, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@pytest.mark.django_db
def test_answers_are_as_the_schema_says(case: schemathesis.Case, token: str) -> None:
    headers = {"Authorization": f"Bearer {token}", "Host": "127.0.0.1"}
    answer = case.call(headers=headers)
    assert answer.status_code < 500
    if answer.status_code in {200, 201, 202}:
        case.validate_response(answer, checks=[response_schema_conformance, content_type_conformance])
    elif answer.status_code != 405:  # another method than that of the address
        assert answer.status_code in {400, 404, 422}
        assert "detail" in answer.json()
