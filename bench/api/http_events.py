"""Events that API Gateway sends to the API's function."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from local.http_api.payload import Request, event_for, with_body
from local.http_api.routes import Route
from mosaic.access.model import Principal, Role

CALLER = Principal(workspace_id="demo", role=Role.ADMIN, token_id="local-admin")  # noqa: S106 - an id


def request(
    route: str,
    url: str,
    body: Any = None,
    caller: Principal = CALLER,
    headers: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Returns the event of a request on `route` (`GET /runner-jobs/{jobId}`), with the authorizer's result for
    the caller.
    """
    method, _, template = route.partition(" ")
    split = urlsplit(url)
    sent = Request(
        method=method,
        path=split.path,
        query=split.query,
        headers={"content-type": "application/json", **(headers or {})},
        cookies=(),
        body=b"" if body is None else json.dumps(body).encode(),
        source_ip="127.0.0.1",
        protocol="HTTP/1.1",
        request_id="bench",
        time=datetime.now(UTC),
    )
    api_route = Route(method, template, "", None)
    event = with_body(event_for(sent, api_route, api_route.match(method, split.path) or {}, "bench"), sent)
    event["requestContext"]["authorizer"] = {"lambda": caller.model_dump(mode="json", by_alias=True)}
    return event
