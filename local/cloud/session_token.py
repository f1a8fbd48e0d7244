"""Demands the session token of this stack in each request to moto.

Moto checks no signature. Without a check, each web page that finds its port, and each user of the machine,
could read its secrets. AWS SDKs send the token as a header, from the variable AWS_SESSION_TOKEN.
"""

import hmac
import json
from collections.abc import Callable, Iterable
from typing import Any

from local.same_origin import refusal

Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


def requiring_token(application: Wsgi, token: str) -> Wsgi:
    """Wraps a WSGI application so that it answers 403 to a request without the token, and to each request of a
    foreign web page.
    """
    expected = token.encode()

    def serve(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        given = environ.get("HTTP_X_AMZ_SECURITY_TOKEN", "").encode("latin-1", "replace")
        if hmac.compare_digest(given, expected) and refusal(environ) is None:
            return application(environ, start_response)
        body = json.dumps({"__type": "AccessDeniedException", "message": "the session token is wrong"})
        start_response("403 Forbidden", [("content-type", "application/x-amz-json-1.0")])
        return [body.encode()]

    return serve
