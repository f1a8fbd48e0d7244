"""The URLs that a token may be sent to."""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mosaic_cli.api.client import Api
from mosaic_cli.config.settings import Settings, resolve_settings
from mosaic_cli.config.urls import base_url, is_encrypted, is_loopback
from mosaic_cli.errors import WrongUsage
from mosaic_cli.options import Options
from tests.unit.cli.conftest import FakeApi, Mosaic


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("https://api.test", "https://api.test"),
        ("HTTPS://API.Test/", "https://api.test"),
        ("HtTpS://api.test:443/v1/", "https://api.test/v1"),
        ("http://127.0.0.1:3000/", "http://127.0.0.1:3000"),
        ("HTTP://LOCALHOST:80", "http://localhost"),
        ("https://api.test:8443", "https://api.test:8443"),
        ("http://[::1]:3000", "http://[::1]:3000"),
        ("https://my_service.internal", "https://my_service.internal"),
    ],
)
def test_base_url_is_normalised(text: str, expected: str) -> None:
    assert base_url(text) == expected
    assert base_url(expected) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "api.test",
        "ftp://api.test",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "https://",
        "https://:443",
        "https://api.test:0",
        "https://api.test:99999",
        "https://api.test:x",
        "https://api.test:",
        "https://me@api.test",
        "https://me:pass@api.test",
        "https://@api.test",
        "https://:@api.test",
        "https://127.0.0.1@evil.test",
        "http://127.0.0.1:3000@evil.test",
        "http://127.0.0.1\\@evil.test",
        "http://127",
        "http://127.1",
        "http://0x7f.0.0.1",
        "http://0177.0.0.1",
        "http://2130706433",
        "http://127.0.0.256",
        "http://127.0.0.1\\.evil.test",
        "http://evil.test\\@127.0.0.1",
        "http://127.0.0.1%2eevil.test",
        "http://127.0.0.1 .evil.test",
        "http://127.0.0.1\n.evil.test",
        "http://127.0.0.1\t.evil.test",
        "http://\uff11\uff12\uff17.0.0.1",
        "http://l\u043ecalhost",
        "http://[::1%25eth0]",
        "http://[::1].evil.test",
        "http://[127.0.0.1]",
        "http://::1",
        "https://api.test?token=x",
        "https://api.test?",
        "https://api.test#x",
        "https://api.test/a b",
        "https://api.test/%0d%0a",
    ],
)
def test_invalid_base_url_is_rejected(text: str) -> None:
    with pytest.raises(WrongUsage) as caught:
        base_url(text)
    assert "pass" not in str(caught.value).replace("password", "")


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://127.0.0.1:3000", True),
        ("http://127.0.0.1", True),
        ("http://127.255.255.254", True),
        ("http://localhost:3000", True),
        ("http://[::1]:3000", True),
        ("https://localhost", True),
        ("http://127.evil.example", False),
        ("http://127.0.0.1.evil.example", False),
        ("http://127.0.0.1.nip.io", False),
        ("http://127-0-0-1.evil.example", False),
        ("http://localhost.evil.example", False),
        ("http://evil-localhost", False),
        ("http://0.0.0.0", False),
        ("http://[::]", False),
        ("http://[::2]", False),
        ("http://[::ffff:127.0.0.1]", False),
        ("http://128.0.0.1", False),
        ("http://10.0.0.1", False),
        ("http://169.254.169.254", False),
    ],
)
def test_loopback_is_this_machine_only(url: str, expected: bool) -> None:
    assert is_loopback(base_url(url)) is expected


@pytest.mark.parametrize(
    "url", ["http://127.evil.example", "http://127.0.0.1.evil.example", "http://localhost.evil.example"]
)
def test_demo_token_is_not_sent_to_other_hosts(url: str) -> None:
    assert resolve_settings(Options(url=url), {}).token is None
    assert resolve_settings(Options(url=url.replace("http:", "https:")), {}).token is None


@given(st.text(max_size=30))
def test_url_suffix_never_disguises_other_host(text: str) -> None:
    try:
        url = base_url(f"http://127.0.0.1{text}")
    except WrongUsage:
        return
    host = httpx.URL(url).host
    assert is_loopback(url) is (host == "127.0.0.1" or (host.startswith("127.") and _is_address(host)))


def _is_address(host: str) -> bool:
    parts = host.split(".")
    return len(parts) == 4 and all(part.isdecimal() and int(part) < 256 for part in parts)


@contextmanager
def client_arguments(url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, object]]:
    """Yields the arguments of the httpx client for a URL."""
    arguments: dict[str, object] = {}
    real = httpx.Client

    def client(**keywords: object) -> httpx.Client:
        arguments.update(keywords)
        return real(transport=httpx.MockTransport(lambda _: httpx.Response(200)))

    monkeypatch.setattr(httpx, "Client", client)
    api = Api(Settings(base_url(url), "t"))
    yield arguments
    api.close()


@pytest.mark.parametrize(
    "url", ["https://api.test", "HTTPS://api.test", "HttpS://API.test", "https://localhost"]
)
def test_https_verifies_certificates(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with client_arguments(url, monkeypatch) as arguments:
        assert arguments["verify"] is True
    assert is_encrypted(base_url(url))


def test_upper_case_https_verifies_certificates() -> None:
    """Checks the SSL context of the real client."""
    api = Api(resolve_settings(Options(url="HTTPS://api.test", token="t"), {}))
    context = api._client._transport._pool._ssl_context  # type: ignore[attr-defined]
    assert (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, True)
    api.close()


@pytest.mark.parametrize(
    ("url", "expected"),
    [("http://127.0.0.1:3000", False), ("http://[::1]", False), ("https://api.test", True)],
)
def test_loopback_requests_bypass_proxies(url: str, expected: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    with client_arguments(url, monkeypatch) as arguments:
        assert arguments["trust_env"] is expected


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirect_is_not_followed(mosaic: Mosaic, fake_api: FakeApi, status: int) -> None:
    fake_api.respond(httpx.Response(status, headers={"location": "https://evil.test/"}), {"items": []})

    assert mosaic("jobs", "list").exit_code == 7
    assert [request.url.host for request in fake_api.requests] == ["api.test"]


def test_url_with_password_is_rejected(mosaic: Mosaic, fake_api: FakeApi) -> None:
    result = mosaic("jobs", "list", "--url", "https://me:hunter2@api.test")

    assert (result.exit_code, fake_api.requests) == (2, [])
    assert "hunter2" not in result.output


def test_token_is_not_sent_over_http(mosaic: Mosaic, fake_api: FakeApi) -> None:
    result = mosaic("health", "--url", "http://api.test")

    assert (result.exit_code, fake_api.requests) == (2, [])
    assert "unencrypted" in result.stderr
