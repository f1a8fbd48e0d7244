"""The HTTP side of the admin RPC: the exact responses, except for ids."""

import json
from typing import Any

import pytest
import urllib3

from mosaic.openclaw.client import Gateway
from mosaic.openclaw.errors import GatewayUnauthorized
from tests.fakes.gateway_backends import HttpBackend

pytestmark = pytest.mark.contract

RPC = "/api/v1/admin/rpc"
UNKNOWN_ID = "00000000-0000-0000-0000-000000000000"
ABSENT = (
    f"not found: {UNKNOWN_ID}. List automations and retry with a current job id. For cross-session management, use a "
    "fresh authenticated configured channel owner or Control UI administrator turn or the Automations page."
)
NOT_FOUND = {"code": "CRON_JOB_NOT_FOUND", "jobId": UNKNOWN_ID}


def ask(http_backend: HttpBackend, method: str, path: str, data: bytes) -> tuple[int, str]:
    headers = {"Authorization": f"Bearer {http_backend.token}", "Content-Type": "application/json"}
    answer = urllib3.request(method, http_backend.url + path, body=data, headers=headers, retries=False)
    return answer.status, answer.data.decode()


@pytest.mark.parametrize(
    ("method", "path", "data", "status", "text"),
    [
        (
            "GET",
            RPC,
            b"",
            405,
            '{"ok":false,"error":{"type":"method_not_allowed","message":"Method Not Allowed"}}',
        ),
        ("POST", "/api/v1/admin/nope", b"{}", 404, "Not Found"),
        (
            "POST",
            RPC,
            b"{",
            400,
            '{"ok":false,"error":{"type":"invalid_request","message":"request body must be valid JSON"}}',
        ),
        (
            "POST",
            RPC,
            b"[]",
            400,
            '{"ok":false,"error":{"type":"invalid_request","message":"request body must be an object"}}',
        ),
        (
            "POST",
            RPC,
            b"{}",
            400,
            '{"ok":false,"error":{"type":"invalid_request","message":"method must be a non-empty string"}}',
        ),
        (
            "POST",
            RPC,
            b"x" * 1_100_000,
            413,
            '{"ok":false,"error":{"type":"invalid_request","message":"Payload too large"}}',
        ),
        (
            "POST",
            RPC,
            b'{"id":"7","method":"tasks.cancel","params":{"taskId":"nope"}}',
            200,
            '{"id":"7","ok":true,"payload":{"found":false,"cancelled":false,"reason":"Task not found."}}',
        ),
    ],
)
def test_admin_rpc_answers_with_status_and_text(
    http_backend: HttpBackend, method: str, path: str, data: bytes, status: int, text: str
) -> None:
    assert ask(http_backend, method, path, data) == (status, text)


@pytest.mark.parametrize(
    ("method", "params", "message", "details"),
    [
        ("chat.send", {}, "admin HTTP RPC method is not supported: chat.send", None),
        ("cron.list", {"odd": 1}, "invalid cron.list params: at root: unexpected property 'odd'", None),
        ("cron.runs", {"id": UNKNOWN_ID}, f"Automation {ABSENT}", NOT_FOUND),
        ("cron.remove", {"id": UNKNOWN_ID}, f"Automation {ABSENT}", NOT_FOUND),
        ("cron.get", {"id": UNKNOWN_ID}, f"cron job {ABSENT}", NOT_FOUND),
        ("tasks.cancel", {}, "invalid tasks.cancel params: must have required property 'taskId'", None),
    ],
)
def test_refused_call_names_the_fault(
    http_backend: HttpBackend,
    method: str,
    params: dict[str, Any],
    message: str,
    details: dict[str, str] | None,
) -> None:
    data = json.dumps({"id": "7", "method": method, "params": params}).encode()
    status, text = ask(http_backend, "POST", RPC, data)
    error = {"code": "INVALID_REQUEST", "message": message, **({"details": details} if details else {})}
    assert (status, json.loads(text)) == (400, {"id": "7", "ok": False, "error": error})


def test_wrong_token_is_unauthorized(http_backend: HttpBackend) -> None:
    with pytest.raises(GatewayUnauthorized):
        Gateway.connect(http_backend.url, "another-token").find("mosaic:any:1")


def test_readyz_reports_a_ready_gateway(http_backend: HttpBackend) -> None:
    status, text = ask(http_backend, "GET", "/readyz", b"")
    assert (status, json.loads(text)["ready"]) == (200, True)
