"""No parameter lets a secret leave over plain HTTP, except on the own machine. Code and template agree."""

from __future__ import annotations

import re
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from mosaic.safe_urls import SafeUrl

Json = dict[str, Any]
PARAMETERS = ("OpenClawUrl", "PublicUrl", "NotifierGitHubUrl", "NotifierGiteaUrl", "NotifierForgejoUrl")
URLS = {
    "https://openclaw.example.com": True,
    "https://10.0.0.7:18789/gateway": True,
    "http://127.0.0.1:18789": True,
    "http://localhost:3000": True,
    "http://host.docker.internal:3000": True,
    "http://127.0.0.1": True,
    "http://openclaw.example.com": False,
    "http://10.0.0.7:18789": False,
    "http://127.evil.example": False,
    "http://127.0.0.1.evil.example": False,
    "http://localhost.evil.example": False,
    "http://127.0.0.1@evil.example": False,
    "http://127.0.0.1:80@evil.example": False,
    "ftp://127.0.0.1": False,
    "https://openclaw.example.com/": False,
    "http://127.0.0.1:3000/": False,
    "https://": False,
    "openclaw.example.com": False,
}


@pytest.mark.parametrize("parameter", PARAMETERS)
@pytest.mark.parametrize("url", URLS)
def test_template_takes_safe_urls_only(template: Json, parameter: str, url: str) -> None:
    pattern = template["Parameters"][parameter]["AllowedPattern"]
    assert (re.fullmatch(pattern, url) is not None) is URLS[url]


@pytest.mark.parametrize("url", URLS)
def test_code_takes_safe_urls_only(url: str) -> None:
    adapter: TypeAdapter[str] = TypeAdapter(SafeUrl)
    if URLS[url]:
        assert adapter.validate_python(url) == url
    else:
        with pytest.raises(ValidationError):
            adapter.validate_python(url)


def test_each_url_parameter_is_checked(template: Json) -> None:
    urls = {name for name in template["Parameters"] if name.endswith("Url")}
    assert urls == set(PARAMETERS)
