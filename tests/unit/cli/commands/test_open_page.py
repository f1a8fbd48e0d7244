"""Pages that `mosaic open` shows in the browser."""

import json

import pytest

from tests.unit.cli.conftest import FakeApi, Mosaic

ID = "01J00000000000000000000000"


@pytest.mark.parametrize("browser", [True, False])
def test_open_shows_service_page(mosaic: Mosaic, opened_pages: list[str], browser: bool) -> None:
    result = mosaic("open", browser=browser)

    assert (result.exit_code, opened_pages) == (0, ["https://api.test/"])
    assert "https://api.test/" in (result.stderr if browser else result.stdout)


def test_open_shows_source_page_of_job(mosaic: Mosaic, fake_api: FakeApi, opened_pages: list[str]) -> None:
    url = "https://github.com/acme/shop/issues/7"
    fake_api.respond({"id": ID, "source": {"url": url}})

    mosaic("open", ID)
    assert opened_pages == [url]
    assert json.loads(mosaic("open", ID, "--json").stdout) == {"url": url}


@pytest.mark.parametrize(
    "url", [None, "", "javascript:alert(1)", "file:///etc/passwd", "--help", "data:text/html,x"]
)
def test_open_rejects_job_without_page(
    mosaic: Mosaic, fake_api: FakeApi, opened_pages: list[str], url: str | None
) -> None:
    fake_api.respond({"id": ID, "source": {"url": url, "actor": "token:ci"}})

    result = mosaic("open", ID)
    assert (result.exit_code, opened_pages) == (4, [])
    assert "has no source page" in result.stderr
