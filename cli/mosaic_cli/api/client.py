"""Requests to the API: JSON in, JSON out, every failure one kind of error."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from mosaic_cli.config import DEMO, LOCAL, NO_TOKEN, Settings
from mosaic_cli.errors import Json, NoToken, Refused, Unreachable, WrongUsage, told
from mosaic_cli.exits import ExitCode, of_status
from mosaic_cli.urls import is_encrypted, is_loopback

if TYPE_CHECKING:
    import httpx

CONNECT_SECONDS = 10.0
# The API lets a request wait for events for 20 seconds; API Gateway gives up after 30.
READ_SECONDS = 35.0

OTHER_THAN_DEMO = (
    "the token of the demo is not valid here: run `mosaic login`, or set MOSAIC_TOKEN; a demo that has just started"
    " may refuse it for 30 s"
)

Query = Mapping[str, str | int | list[str] | None]


def path(*segments: str) -> str:
    """A path of these segments, in which no segment can reach beyond itself."""
    return "".join("/" + quote(segment, safe="") for segment in segments)


class Api:
    """The API of one deployment, asked by one token; raises WrongUsage for a URL that is none."""

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
                # Without TLS there is nothing to verify, and reading the CAs takes longer than all else.
                verify=is_encrypted(settings.url),
                # httpx would send even a request to this machine, and its bearer, to the proxy of HTTP_PROXY.
                trust_env=is_encrypted(settings.url) or not is_loopback(settings.url),
                # A redirect is not the API's answer, and its target must not get the bearer.
                follow_redirects=False,
                headers={"accept": "application/json"},
            )
        except httpx.InvalidURL as error:
            raise WrongUsage(f"the URL is none: {error}") from error

    def get(self, path: str, query: Query | None = None) -> Json:
        """What is there; raises CommandError."""
        return self.send("GET", path, query=query)

    def pages(self, path: str, query: Query) -> Iterator[Json]:
        """Every page of a list from `query` on; raises CommandError."""
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
        anyone: bool = False,
        content: bytes | None = None,
    ) -> Json:
        """The answer's JSON, empty when there is none; `anyone` may go without a token. Raises CommandError.

        `content` is sent instead of `body`, byte for byte.
        """
        import httpx

        known = self._settings.token or not anyone
        sent = {**(headers or {}), **(self._authorization() if known else {})}
        given = {name: value for name, value in (query or {}).items() if value is not None}
        try:
            answer = self._client.request(
                method, path, params=given, json=body, content=content, headers=sent
            )
        except httpx.HTTPError as error:
            raise Unreachable(told("unreachable", "Unreachable", self._unreachable(error))) from error
        try:
            return _result(answer)
        except Refused as refused:
            if answer.status_code == HTTPStatus.UNAUTHORIZED and known and self._settings.token_from == DEMO:
                raise Refused(refused.exit_code, {**refused.problem, "detail": OTHER_THAN_DEMO}) from refused
            raise

    def close(self) -> None:
        """Let go of the connection."""
        self._client.close()

    def _authorization(self) -> dict[str, str]:
        if not self._settings.token:
            raise NoToken(NO_TOKEN)
        return {"authorization": f"Bearer {self._settings.token}"}

    def _unreachable(self, error: Exception) -> str:
        told = f"{self._settings.url} cannot be reached: {error or type(error).__name__}"
        if self._settings.context == LOCAL and self._settings.token_from == DEMO:
            return f"{told}; start a stack with `make run`, or choose another API with `mosaic login`"
        return told


def _result(answer: httpx.Response) -> Json:
    found = _document(answer)
    if answer.is_success and (found is not None or not answer.content):
        return found or {}
    problem = found if found and "detail" in found else _unnamed(answer, found or {})
    exit_code = ExitCode.UNREACHABLE if answer.is_success else of_status(answer.status_code)
    if exit_code is ExitCode.UNREACHABLE:
        raise Unreachable(problem)
    raise Refused(exit_code, problem)


def _document(answer: httpx.Response) -> Json | None:
    try:
        found: Any = answer.json()
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def _unnamed(answer: httpx.Response, found: Json) -> Json:
    """A problem for an answer that is none of the API's own, such as API Gateway's `{"message": …}`."""
    status = answer.status_code
    title = HTTPStatus(status).phrase if status in {int(known) for known in HTTPStatus} else "Unknown status"
    said = found.get("message") or "what answered there is not the API"
    return {**told(f"http_{status}", title, f"{said} (HTTP {status})"), "status": status}
