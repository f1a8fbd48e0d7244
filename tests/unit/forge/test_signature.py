"""Only deliveries signed with the shared secret are authentic."""

import hashlib
import hmac

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mosaic.forge.errors import SignatureError
from mosaic.forge.intent import Provider
from mosaic.forge.signature import TOLERANCE_SECONDS, fingerprint, sign, verify

NOW = 1_795_000_000
SECRET = "correct horse"
BODY = b'{"action":"created"}'
PROVIDERS: list[Provider] = ["github", "gitea", "forgejo", "mosaic"]
SIGNATURE_HEADER = {
    "github": "x-hub-signature-256",
    "gitea": "x-gitea-signature",
    "forgejo": "x-forgejo-signature",
    "mosaic": "x-mosaic-signature",
}


def reason(provider: Provider, headers: dict[str, str], secrets: tuple[str, ...] = (SECRET,)) -> str:
    with pytest.raises(SignatureError) as refused:
        verify(provider, headers, BODY, secrets, NOW)
    return refused.value.reason


@pytest.mark.parametrize(
    ("provider", "header", "prefix"),
    [
        ("github", "X-Hub-Signature-256", "sha256="),
        ("gitea", "X-Gitea-Signature", ""),
        ("forgejo", "X-Forgejo-Signature", ""),
    ],
)
def test_github_test_vector_is_accepted(provider: Provider, header: str, prefix: str) -> None:
    digest = "757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
    verify(provider, {header: prefix + digest}, b"Hello, World!", ("It's a Secret to Everybody",), NOW)


def test_bot_signs_timestamp_dot_body() -> None:
    digest = hmac.new(SECRET.encode(), f"{NOW}.".encode() + BODY, hashlib.sha256).hexdigest()
    headers = {"X-Mosaic-Signature": f"sha256={digest}", "X-Mosaic-Timestamp": str(NOW)}
    verify("mosaic", headers, BODY, (SECRET,), NOW)


@pytest.mark.parametrize("provider", PROVIDERS)
class TestEveryKind:
    def test_signed_body_is_accepted(self, provider: Provider) -> None:
        verify(provider, sign(provider, BODY, SECRET, NOW), BODY, (SECRET,), NOW)

    def test_header_names_ignore_case(self, provider: Provider) -> None:
        headers = {name.upper(): value for name, value in sign(provider, BODY, SECRET, NOW).items()}
        verify(provider, headers, BODY, (SECRET,), NOW)

    def test_any_current_secret_is_accepted(self, provider: Provider) -> None:
        verify(provider, sign(provider, BODY, "old", NOW), BODY, ("new", "", "old"), NOW)

    def test_other_secret_is_rejected(self, provider: Provider) -> None:
        assert reason(provider, sign(provider, BODY, "other", NOW)) == "wrong_signature"

    @pytest.mark.parametrize("secrets", [(), ("",), ("", "")])
    def test_missing_secret_is_rejected(self, provider: Provider, secrets: tuple[str, ...]) -> None:
        assert reason(provider, sign(provider, BODY, "", NOW), secrets) == "no_secret"

    @pytest.mark.parametrize(
        ("value", "expected"),
        [
            ("", "missing_signature"),
            ("sha256", "malformed_signature"),
            ("sha1=" + "a" * 40, "malformed_signature"),
            ("sha256=" + "A" * 64, "malformed_signature"),
            ("sha256=" + "a" * 63, "malformed_signature"),
            ("sha256=" + "a" * 64 + "\n", "malformed_signature"),
            ("sha256=" + "é" * 64, "malformed_signature"),
            ("sha256=" + "\u0661" * 64, "malformed_signature"),
            ("\udcff", "malformed_signature"),
        ],
    )
    def test_malformed_signature_is_rejected(self, provider: Provider, value: str, expected: str) -> None:
        headers = {**sign(provider, BODY, SECRET, NOW), SIGNATURE_HEADER[provider]: value}
        assert reason(provider, headers) == expected

    def test_missing_header_is_rejected(self, provider: Provider) -> None:
        assert reason(provider, {}) == "missing_signature"

    @settings(deadline=None)
    @given(body=st.binary(min_size=1, max_size=60), data=st.data())
    def test_changed_body_is_rejected(self, provider: Provider, body: bytes, data: st.DataObject) -> None:
        headers = sign(provider, body, SECRET, NOW)
        with pytest.raises(SignatureError):
            verify(provider, headers, _flip(body, data), (SECRET,), NOW)

    @settings(deadline=None)
    @given(data=st.data())
    def test_changed_signature_is_rejected(self, provider: Provider, data: st.DataObject) -> None:
        name = SIGNATURE_HEADER[provider]
        headers = sign(provider, BODY, SECRET, NOW)
        flipped = _flip(headers[name].encode(), data).decode("latin-1")
        with pytest.raises(SignatureError):
            verify(provider, {**headers, name: flipped}, BODY, (SECRET,), NOW)


def test_github_signature_is_not_valid_for_gitea() -> None:
    assert reason("gitea", sign("github", BODY, SECRET)) == "missing_signature"


@pytest.mark.parametrize("value", ["sha256=", ""])
def test_gitea_without_secret_is_rejected(value: str) -> None:
    assert reason("github", {"X-Hub-Signature-256": value}) == "missing_signature"
    assert reason("gitea", {"X-Gitea-Signature": ""}) == "missing_signature"


class TestTimestamp:
    @pytest.mark.parametrize("skew", [0, TOLERANCE_SECONDS, -TOLERANCE_SECONDS])
    def test_timestamp_within_tolerance_is_accepted(self, skew: int) -> None:
        verify("mosaic", sign("mosaic", BODY, SECRET, NOW + skew), BODY, (SECRET,), NOW)

    @pytest.mark.parametrize("skew", [TOLERANCE_SECONDS + 1, -TOLERANCE_SECONDS - 1])
    def test_timestamp_outside_tolerance_is_rejected(self, skew: int) -> None:
        assert reason("mosaic", sign("mosaic", BODY, SECRET, NOW + skew)) == "stale_timestamp"

    def test_changed_timestamp_is_rejected(self) -> None:
        headers = {**sign("mosaic", BODY, SECRET, NOW - 1000), "x-mosaic-timestamp": str(NOW)}
        assert reason("mosaic", headers) == "wrong_signature"

    @pytest.mark.parametrize(
        ("value", "expected"),
        [("", "missing_timestamp")]
        + [
            (bad, "malformed_timestamp")
            for bad in ("now", "-5", "1e9", f"{NOW}.0", f" {NOW}", "१२", "9" * 13)
        ],
    )
    def test_malformed_timestamp_is_rejected(self, value: str, expected: str) -> None:
        headers = {**sign("mosaic", BODY, SECRET, NOW), "x-mosaic-timestamp": value}
        assert reason("mosaic", headers) == expected


def test_only_a_replay_repeats_the_fingerprint() -> None:
    first = fingerprint({"X-Mosaic-Timestamp": str(NOW)}, BODY)
    assert first == fingerprint({"x-mosaic-timestamp": str(NOW)}, BODY)
    assert first != fingerprint({"x-mosaic-timestamp": str(NOW + 1)}, BODY)
    assert first != fingerprint({"x-mosaic-timestamp": str(NOW)}, BODY + b" ")


def _flip(original: bytes, data: st.DataObject) -> bytes:
    position = data.draw(st.integers(0, len(original) - 1))
    flipped = bytearray(original)
    flipped[position] ^= 1 << data.draw(st.integers(0, 7))
    return bytes(flipped)
