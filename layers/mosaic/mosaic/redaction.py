"""Removes secrets of well-known forms from texts. Pure.

The forms are those that their providers document for secret scanners. Each pattern takes linear time: what
repeats without a bound is either the last part, or cannot begin again inside itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

from pydantic import AfterValidator

# The beginning of a word: most forms begin where no letter, digit or underscore stands before.
_WORD = r"(?<![A-Za-z0-9_])"


@dataclass(frozen=True)
class SecretForm:
    """A form of secrets. Texts without one of `hints` are not searched. `pattern` may name a part `kept` before
    the secret, which stays.
    """

    kind: str
    hints: tuple[str, ...]
    pattern: re.Pattern[str]
    source: str


def _form(kind: str, hints: tuple[str, ...], pattern: str, source: str) -> SecretForm:
    return SecretForm(kind, hints, re.compile(pattern), source)


FORMS: tuple[SecretForm, ...] = (
    _form(
        "GitHub token",
        ("ghp_", "gho_", "ghu_", "ghs_", "ghr_"),
        _WORD + r"gh[pousr]_[A-Za-z0-9]{36,}",
        "https://docs.github.com/en/authentication/keeping-your-account-and-data-secure/about-authentication-to-github",
    ),
    _form(
        "GitHub token",
        ("github_pat_",),
        _WORD + r"github_pat_[A-Za-z0-9_]{36,}",
        "https://docs.github.com/en/authentication/keeping-your-account-and-data-secure/about-authentication-to-github",
    ),
    _form(
        "GitLab token",
        ("glpat-", "gldt-", "glrt-", "glptt-", "glcbt-"),
        _WORD + r"gl(?:pat|dt|rt|ptt|cbt)-[A-Za-z0-9_-]{20,}",
        "https://docs.gitlab.com/security/tokens/#token-prefixes",
    ),
    _form(
        "AWS access key",
        ("AKIA", "ASIA"),
        _WORD + r"A[KS]IA[A-Z0-9]{16}(?![A-Za-z0-9])",
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids",
    ),
    _form(
        "AWS secret key",
        ("ecret",),
        r"(?P<kept>(?i:secret_?(?:access)?_?key)[\"']?[ \t]{0,5}[=:][ \t]{0,5}[\"']?)"
        r"[A-Za-z0-9/+]{40}(?![A-Za-z0-9/+=])",
        "https://docs.aws.amazon.com/cli/latest/userguide/cli-configure-files.html",
    ),
    _form(
        "Slack token",
        ("xoxb-", "xoxp-", "xoxa-", "xoxr-", "xoxs-", "xoxe-", "xoxe.", "xapp-"),
        _WORD + r"(?:xox[abeoprs]|xoxe\.xox[bp]|xapp)-[A-Za-z0-9-]{10,}",
        "https://docs.slack.dev/authentication/tokens",
    ),
    _form(
        "Slack webhook",
        ("hooks.slack.com",),
        r"hooks\.slack\.com/(?:services|workflows|triggers)/[A-Za-z0-9/_+-]{20,}",
        "https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks",
    ),
    _form(
        "JWT",
        ("eyJ",),
        r"(?<![A-Za-z0-9_-])eyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}",
        "https://www.rfc-editor.org/rfc/rfc7519#section-3",
    ),
    _form(
        "Google API key",
        ("AIza",),
        _WORD + r"AIza[A-Za-z0-9_-]{35}(?![A-Za-z0-9_-])",
        "https://docs.cloud.google.com/docs/authentication/api-keys",
    ),
    _form(
        "npm token",
        ("npm_",),
        _WORD + r"npm_[A-Za-z0-9]{36}(?![A-Za-z0-9])",
        "https://github.blog/2021-09-23-announcing-npms-new-access-token-format/",
    ),
    _form(
        "PyPI token",
        ("pypi-AgE",),
        _WORD + r"pypi-AgE[A-Za-z0-9_-]{50,}",
        "https://docs.pypi.org/api/secrets/",
    ),
    _form(
        "AI provider key",
        ("sk-",),
        r"(?<![A-Za-z0-9_-])sk-(?:(?:ant|proj|svcacct|admin|or)-[A-Za-z0-9_-]{20,}|[A-Za-z0-9]{32,})",
        "https://github.com/gitleaks/gitleaks/blob/master/config/gitleaks.toml",
    ),
    _form(
        "Hugging Face token",
        ("hf_",),
        _WORD + r"hf_[A-Za-z0-9]{34,}",
        "https://huggingface.co/docs/hub/security-tokens",
    ),
    _form(
        "Stripe key",
        ("sk_", "rk_"),
        _WORD + r"[sr]k_(?:live|test)_[A-Za-z0-9]{16,}",
        "https://docs.stripe.com/keys",
    ),
    _form(
        "Mosaic token",
        ("-",),
        _WORD + r"[0-7][0-9A-HJKMNP-TV-Z]{25}-[0-9a-f]{64}(?![A-Za-z0-9])",
        "mosaic.services.manage_tokens",
    ),
    _form(
        "Mosaic token",
        ("run.",),
        _WORD + r"run\.[A-Za-z0-9_-]{20,1000}\.[A-Za-z0-9_-]{43}(?![A-Za-z0-9_-])",
        "mosaic.access.run_tokens",
    ),
    _form(
        "authorization header",
        ("uthorization", "UTHORIZATION"),
        r"(?P<kept>(?i:authorization)[\"']?[ \t]{0,5}[:=][ \t]{0,5}[\"']?(?i:bearer|basic|token)[ \t]{1,5})"
        r"(?=[a-z._~+/=-]*[A-Z0-9])[A-Za-z0-9._~+/=-]{8,}",
        "https://www.rfc-editor.org/rfc/rfc6750#section-2.1",
    ),
)

_KEY_BEGIN = re.compile(r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----")
_KEY_END = re.compile(r"-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----")
# The content of a key whose end was cut off: RFC 7468, and the escapes of a string.
_KEY_BODY = re.compile(r"[A-Za-z0-9+/=\s\\]*")


def removed(kind: str) -> str:
    """Returns the text that stands in place of a secret."""
    return f"[secret removed: {kind}]"


def redact(text: str) -> str:
    """Returns the text with `[secret removed: kind]` in place of each secret of a known form."""
    kept = "".join(_without_private_keys(text)) if "PRIVATE KEY" in text else text
    for form in FORMS:
        if any(hint in kept for hint in form.hints):
            mark = removed(form.kind)
            kept = form.pattern.sub(lambda found, mark=mark: f"{_kept(found)}{mark}", kept)  # type: ignore[misc]
    return kept


def _kept(found: re.Match[str]) -> str:
    return found["kept"] if "kept" in found.re.groupindex else ""


def _without_private_keys(text: str) -> Iterator[str]:
    at, has_end = 0, True
    while begin := _KEY_BEGIN.search(text, at):
        end = _KEY_END.search(text, begin.end()) if has_end else None
        has_end = end is not None
        yield text[at : begin.start()] + removed("private key")
        body = _KEY_BODY.match(text, begin.end())
        at = end.end() if end else body.end() if body else begin.end()
    yield text[at:]


WITHOUT_SECRETS = AfterValidator(redact)
"""Annotates text from which secrets of a known form are removed."""

RedactedText = Annotated[str, WITHOUT_SECRETS]
"""Text without secrets of a known form."""
