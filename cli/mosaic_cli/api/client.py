"""The HTTP client of the API. Every failure is a CommandError."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from mosaic_cli.config.contexts import LOCAL
from mosaic_cli.config.settings import DEMO, NO_TOKEN, Settings
from mosaic_cli.config.urls import is_encrypted, is_loopback
from mosaic_cli.errors import Json, NoToken, Refused, Unreachable, WrongUsage, problem
from mosaic_cli.exit_codes import ExitCode, of_status

if TYPE_CHECKING:
    import httpx

CONNECT_SECONDS = 10.0
# A request can wait for events for 20 seconds; API Gateway ends it after 30.
READ_SECONDS = 35.0

DEMO_LOGIN_REFUSED = (
    "the API refused the demo's token: run `mosaic login`, or set MOSAIC_TOKEN; a demo can refuse it for 30 s"
    " after its start"
)

Query = Mapping[str, str | int | list[str] | None]


def path(*segments: str) -> str:
    """Returns the URL path of the segments, each percent-encoded."""
    return "".join("/" + quote(segment, safe="") for segment in segments)


def without_none(fields: Mapping[str, object]) -> Json:
    """Returns the fields that are set; the API chooses the others."""
    return {name: value for name, value in fields.items() if value is not None}


class Api:
    """A client of one deployment with one token. Raises WrongUsage for an invalid URL."""

    def __init__(
        self, settings: Settings, transport: httpx.BaseTransport | None = None, seconds: float | None = None
    ) -> None:
        import httpx

        self._settings = settings
        timeout = httpx.Timeout(seconds or READ_SECONDS, connect=seconds or CONNECT_SECONDS)
        try:
            self._client = httpx.Client(
                base_url=settings.url,
                timeout=timeout,
                transport=transport,
                # Loading the CA certificates is slow, and only TLS needs them.
                verify=is_encrypted(settings.url),
                # With HTTP_PROXY, httpx sends even loopback requests, and their token, to the proxy.
                trust_env=is_encrypted(settings.url) or not is_loopback(settings.url),
                # The API never redirects, and the target must not get the token.
                follow_redirects=False,
                headers={"accept": "application/json"},
            )
        except httpx.InvalidURL as error:
            raise WrongUsage(f"the URL is invalid: {error}") from error

    def get(self, path: str, query: Query | None = None) -> Json:
        """Returns the document at the path. Raises CommandError."""
        return self.send("GET", path, query=query)

    def pages(self, path: str, query: Query) -> Iterator[Json]:
        """Yields every page of a list. Raises CommandError."""
        page = self.get(path, query)
        yield page
        while page.get("cursor"):
            page = self.get(path, {**query, "cursor": page["cursor"]})
            yield page

    def send(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        query: Query | None = None,
        headers: Mapping[str, str] | None = None,
        token_optional: bool = False,
        content: bytes | None = None,
    ) -> Json:
        """Sends a request and returns the response's JSON, empty for an empty response. Raises CommandError.

        `content` is sent unchanged instead of `body`. `token_optional` allows a request without a token.
        """
        import httpx

        with_token = self._settings.token or not token_optional
        all_headers = {**(headers or {}), **(self._authorization() if with_token else {})}
        params = {name: value for name, value in (query or {}).items() if value is not None}
        try:
            response = self._client.request(
                method, path, params=params, json=body, content=content, headers=all_headers
            )
        except httpx.HTTPError as error:
            raise Unreachable(problem("unreachable", "Unreachable", self._unreachable(error))) from error
        try:
            return _document_or_error(response)
        except Refused as refused:
            demo_token = with_token and self._settings.token_source == DEMO
            if response.status_code == HTTPStatus.UNAUTHORIZED and demo_token:
                detail = {**refused.problem, "detail": DEMO_LOGIN_REFUSED}
                raise Refused(refused.exit_code, detail) from refused
            raise

    def close(self) -> None:
        """Closes the connections."""
        self._client.close()

    def _authorization(self) -> dict[str, str]:
        if not self._settings.token:
            raise NoToken(NO_TOKEN)
        return {"authorization": f"Bearer {self._settings.token}"}

    def _unreachable(self, error: Exception) -> str:
        detail = f"{self._settings.url} cannot be reached: {error or type(error).__name__}"
        if self._settings.context == LOCAL and self._settings.token_source == DEMO:
            return f"{detail}; start a stack with `make run`, or choose another API with `mosaic login`"
        return detail


def _document_or_error(response: httpx.Response) -> Json:
    document = _json_object(response)
    if response.is_success and (document is not None or not response.content):
        return document or {}
    details = document if document and "detail" in document else _generic_problem(response, document or {})
    exit_code = ExitCode.UNREACHABLE if response.is_success else of_status(response.status_code)
    if exit_code is ExitCode.UNREACHABLE:
        raise Unreachable(details)
    raise Refused(exit_code, details)


def _json_object(response: httpx.Response) -> Json | None:
    try:
        document: Any = response.json()
    except ValueError:
        return None
    return document if isinstance(document, dict) else None


def _generic_problem(response: httpx.Response, document: Json) -> Json:
    """Returns a problem for a response without one, such as API Gateway's `{"message": …}`."""
    status = response.status_code
    title = HTTPStatus(status).phrase if status in {int(known) for known in HTTPStatus} else "Unknown status"
    message = document.get("message") or "the response is not from the API"
    return {**problem(f"http_{status}", title, f"{message} (HTTP {status})"), "status": status}
