"""Verification of JWTs: only the issuer's own, for this audience, valid now."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from hypothesis import given
from hypothesis import strategies as st
from joserfc.errors import SecurityWarning
from joserfc.jwk import ECKey, OctKey, RSAKey

from mosaic.access.jwks import IssuerKeys, IssuerUnavailable, signing_keys
from mosaic.access.model import STORED_ROLES, Principal, Role
from mosaic.access.oidc import Trust, principal
from tests.fakes.issuer import AUDIENCE, FakeIssuer, compact, confused, signed, unsigned

NOW = datetime(2026, 1, 31, 12, 0, tzinfo=UTC)
ISSUER = FakeIssuer()
TRUST = Trust(ISSUER.url, AUDIENCE, "mosaic_workspace", "mosaic_role")
END = NOW + timedelta(seconds=300)
KEYS = IssuerKeys(ISSUER.url, ISSUER.fetch)


def verify(bearer: str, trust: Trust = TRUST) -> Principal | None:
    return principal(bearer, trust, KEYS, NOW)


@pytest.mark.parametrize("kid", ["rsa", "ec"])
@pytest.mark.parametrize("role", STORED_ROLES)
def test_valid_jwt_returns_principal(kid: str, role: Role) -> None:
    claims = ISSUER.claims(NOW, mosaic_role=role, aud=["other", AUDIENCE], azp=AUDIENCE)
    known = Principal(workspace_id="demo", role=role, subject="ada", expires_at=END)
    assert verify(ISSUER.sign(claims, kid)) == known


def test_unknown_claims_and_headers_are_ignored() -> None:
    assert verify(ISSUER.sign(ISSUER.claims(NOW, email="ada@example.org"), typ="at+jwt", nonce="1"))


def test_claim_names_are_configurable() -> None:
    trust = Trust(ISSUER.url, AUDIENCE, "https://acme.test/team", "groups")
    claims = ISSUER.claims(NOW, **{"https://acme.test/team": "acme", "groups": "viewer"})
    known = Principal(workspace_id="acme", role=Role.VIEWER, subject="ada", expires_at=END)
    assert verify(ISSUER.sign(claims), trust) == known


@pytest.mark.parametrize(
    ("claim", "repositories"),
    [
        (["acme/shop", "acme/till"], ("acme/shop", "acme/till")),
        (["*"], ("*",)),
        (None, ()),
        ("acme/shop", ()),
        ([7], ()),
    ],
)
def test_reporter_is_bound_to_the_claimed_repositories(claim: object, repositories: tuple[str, ...]) -> None:
    found = verify(ISSUER.sign(ISSUER.claims(NOW, mosaic_role="reporter", mosaic_repositories=claim)))
    assert found is not None
    assert found.repositories == repositories
    member = verify(ISSUER.sign(ISSUER.claims(NOW, mosaic_role="member", mosaic_repositories=claim)))
    assert member is not None
    assert member.repositories == ()


@pytest.mark.parametrize("typ", ["JWT", "jwt", "at+jwt", "application/at+jwt"])
def test_type_of_an_access_or_id_token_is_accepted(typ: str) -> None:
    assert verify(ISSUER.sign(ISSUER.claims(NOW), typ=typ))


@pytest.mark.parametrize("typ", ["logout+jwt", "secevent+jwt", "dpop+jwt", ""])
def test_other_type_of_token_returns_none(typ: str) -> None:
    assert verify(ISSUER.sign(ISSUER.claims(NOW), typ=typ)) is None


@pytest.mark.parametrize("claims", [{"exp": int(NOW.timestamp()) + 86400}, {"azp": "another-client"}])
def test_long_or_delegated_token_is_accepted(claims: dict[str, Any]) -> None:
    assert verify(ISSUER.sign(ISSUER.claims(NOW, **claims)))


AT = int(NOW.timestamp())
WRONG: dict[str, dict[str, Any]] = {
    "no issuer": {"iss": None},
    "another issuer": {"iss": "https://issuer.test/"},
    "no audience": {"aud": None},
    "another audience": {"aud": "other"},
    "other audiences": {"aud": ["other", AUDIENCE + "2"]},
    "no end": {"exp": None},
    "expired": {"exp": AT - 31},
    "an end in words": {"exp": "tomorrow"},
    "an end that is no number": {"exp": float("nan")},
    "an end beyond the calendar": {"exp": 10**15},
    "an end beyond all numbers": {"exp": float("inf")},
    "an end in two days": {"exp": AT + 2 * 86400},
    "an end in two days without an issue time": {"exp": AT + 2 * 86400, "iat": None},
    "a day after it was issued": {"iat": AT - 86400, "exp": AT + 300},
    "several audiences of another party": {"aud": ["other", AUDIENCE], "azp": "other"},
    "several audiences without a party": {"aud": ["other", AUDIENCE]},
    "not yet": {"nbf": AT + 31},
    "issued tomorrow": {"iat": AT + 86400},
    "no subject": {"sub": None},
    "an empty subject": {"sub": ""},
    "a subject that is no text": {"sub": 7},
    "a long subject": {"sub": "a" * 256},
    "a subject with a line break": {"sub": "ada\nroot"},
    "no workspace": {"mosaic_workspace": None},
    "workspaces": {"mosaic_workspace": ["demo"]},
    "half of a key": {"mosaic_workspace": "demo#QUEUED"},
    "an empty workspace": {"mosaic_workspace": ""},
    "no role": {"mosaic_role": None},
    "an unknown role": {"mosaic_role": "root"},
    "a run": {"mosaic_role": "runner"},
    "roles": {"mosaic_role": ["admin"]},
}


@pytest.mark.parametrize("wrong", WRONG)
def test_wrong_claim_returns_none(wrong: str) -> None:
    assert verify(ISSUER.sign(ISSUER.claims(NOW, **WRONG[wrong]))) is None


@pytest.mark.parametrize("claims", [{"exp": AT - 29}, {"nbf": AT + 29}, {"iat": AT + 29}])
def test_small_clock_skew_is_accepted(claims: dict[str, Any]) -> None:
    assert verify(ISSUER.sign(ISSUER.claims(NOW, **claims)))


STRANGER = RSAKey.generate_key(2048, {"kid": "rsa"})
FORGED = {
    "unsigned": unsigned(ISSUER.claims(NOW)),
    "unsigned, said otherwise": unsigned(ISSUER.claims(NOW), {"alg": "RS256", "kid": "rsa"}),
    "keyed with the public key": confused(ISSUER, ISSUER.claims(NOW)),
    "keyed with anything": signed(
        ISSUER.claims(NOW), OctKey.import_key("x" * 32), {"alg": "HS256", "kid": "ec"}
    ),
    "a stranger's": signed(ISSUER.claims(NOW), STRANGER, {"alg": "RS256", "kid": "rsa"}),
    "a stranger's, with his key": signed(
        ISSUER.claims(NOW),
        STRANGER,
        {"alg": "RS256", "jwk": STRANGER.as_dict(private=False), "jku": "https://evil.test/keys"},
    ),
    "another algorithm": signed(ISSUER.claims(NOW), ISSUER.keys["rsa"], {"alg": "RS512", "kid": "rsa"}),
    "another key's name": signed(ISSUER.claims(NOW), ISSUER.keys["rsa"], {"alg": "RS256", "kid": "ec"}),
    "an unknown key's name": signed(ISSUER.claims(NOW), ISSUER.keys["rsa"], {"alg": "RS256", "kid": "x"}),
    "no object": ISSUER.sign(["demo"]),
    "too long": ISSUER.sign(ISSUER.claims(NOW, more="x" * 8192)),
}


@pytest.mark.parametrize("forged", FORGED)
def test_forged_token_returns_none(forged: str) -> None:
    assert verify(FORGED[forged]) is None


def by_rsa(text: bytes) -> bytes:
    key = ISSUER.keys["rsa"]
    assert isinstance(key, RSAKey)
    assert key.private_key
    return key.private_key.sign(text, PKCS1v15(), SHA256())


@pytest.mark.parametrize(
    ("header", "named"),
    [
        ({"alg": "RS256", "kid": "rsa"}, True),
        ({"alg": "RS256"}, True),
        ({"alg": "RS256", "kid": "rsa", "crit": ["exp2"], "exp2": 1}, False),
        ({"alg": "RS256", "kid": "rsa", "crit": ["b64"], "b64": False}, False),
        ({"alg": "rs256", "kid": "rsa"}, False),
        ({"kid": "rsa"}, False),
        ([], False),
        (None, False),
    ],
)
def test_valid_signature_alone_is_not_enough(header: object, named: bool) -> None:
    assert (verify(compact(header, ISSUER.claims(NOW), by_rsa)) is not None) is named


@given(st.data())
def test_changed_token_returns_none(data: st.DataObject) -> None:
    token = ISSUER.sign(ISSUER.claims(NOW), "ec")
    at = data.draw(st.integers(0, len(token) - 2))
    other = data.draw(st.sampled_from("AZaz09-_."))
    if token[at] != other:
        assert verify(token[:at] + other + token[at + 1 :]) is None


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=6,
)


@given(header=JSON, claims=JSON, text=st.text(max_size=20))
def test_arbitrary_text_returns_none(header: object, claims: object, text: str) -> None:
    made = unsigned(claims, header)
    for bearer in (made, made + text, f"{text}.{text}.{text}", text):
        assert verify(bearer) is None


@given(claims=JSON, kid=JSON, algorithm=JSON)
def test_arbitrary_signed_payload_does_not_raise(claims: object, kid: object, algorithm: object) -> None:
    assert verify(compact({"alg": "RS256"}, claims, by_rsa)) is None
    verify(compact({"alg": "RS256", "kid": kid}, ISSUER.claims(NOW), by_rsa))
    assert verify(compact({"alg": algorithm}, ISSUER.claims(NOW), by_rsa)) is None


@given(name=st.sampled_from(sorted(ISSUER.claims(NOW))), value=JSON | st.floats())
def test_claims_of_any_type_do_not_raise(name: str, value: object) -> None:
    verify(ISSUER.sign({**ISSUER.claims(NOW), name: value}))


def test_token_without_kid_uses_only_key() -> None:
    issuer = FakeIssuer()
    keys = IssuerKeys(issuer.url, issuer.fetch)
    token = signed(issuer.claims(NOW), issuer.keys["rsa"], {"alg": "RS256"})
    assert principal(token, TRUST, keys, NOW)
    issuer.keys["second"] = RSAKey.generate_key(2048, {"kid": "second"})
    assert principal(token, TRUST, IssuerKeys(issuer.url, issuer.fetch), NOW) is None


def jwk(key: RSAKey | ECKey, **changes: object) -> dict[str, object]:
    return {**key.as_dict(private=False), **changes}


def weak() -> dict[str, object]:
    with pytest.warns(SecurityWarning):
        return jwk(RSAKey.generate_key(1024))


RSA, EC = RSAKey.generate_key(2048), ECKey.generate_key("P-256")


@pytest.mark.parametrize(
    ("listed", "algorithm"),
    [
        (jwk(RSA), "RS256"),
        (jwk(RSA, use="sig", alg="RS256"), "RS256"),
        (jwk(EC), "ES256"),
        (jwk(RSA, use="enc"), None),
        (jwk(RSA, alg="PS256"), None),
        (jwk(RSA, n=""), None),
        (jwk(RSA, n=7), None),
        (jwk(EC, crv="P-521"), None),
        (jwk(ECKey.generate_key("P-384")), None),
        (weak(), None),
        ({"kty": "oct", "k": "c2VjcmV0"}, None),
        ({"kty": "future"}, None),
        ({}, None),
        ("key", None),
    ],
)
def test_keys_of_other_algorithms_are_ignored(listed: object, algorithm: str | None) -> None:
    keys = signing_keys({"keys": [listed]})
    assert [key.algorithm for key in keys] == ([algorithm] if algorithm else [])


@pytest.mark.parametrize("document", [None, [], {}, {"keys": {}}, {"keys": None}])
def test_invalid_key_set_raises(document: object) -> None:
    with pytest.raises(IssuerUnavailable):
        signing_keys(document)


def find(keys: IssuerKeys, kid: str, seconds: float) -> bool:
    return keys.find(kid, "RS256", NOW + timedelta(seconds=seconds)) is not None


def test_keys_are_cached() -> None:
    issuer = FakeIssuer()
    keys = IssuerKeys(issuer.url, issuer.fetch)
    assert all(find(keys, "rsa", at) for at in range(0, 600, 60))
    assert issuer.fetched == 2


def test_unknown_key_is_fetched_once_a_minute() -> None:
    issuer = FakeIssuer()
    keys = IssuerKeys(issuer.url, issuer.fetch)
    assert not any(find(keys, f"made-up-{number}", 0) for number in range(50))
    assert issuer.fetched == 2
    issuer.keys["new"] = RSAKey.generate_key(2048, {"kid": "new"})
    assert not find(keys, "new", 59)
    assert find(keys, "new", 60)
    assert issuer.fetched == 4


def test_withdrawn_key_is_dropped() -> None:
    issuer = FakeIssuer()
    keys = IssuerKeys(issuer.url, issuer.fetch)
    assert find(keys, "rsa", 0)
    del issuer.keys["rsa"]
    assert find(keys, "rsa", 599)
    assert not find(keys, "rsa", 600)


def test_cached_keys_outlive_unavailable_issuer() -> None:
    issuer = FakeIssuer()
    keys = IssuerKeys(issuer.url, issuer.fetch)
    assert find(keys, "rsa", 0)
    issuer.away = True
    assert find(keys, "rsa", 3599)
    assert not find(keys, "rsa", 3600)
    issuer.away = False
    assert find(keys, "rsa", 3606)


def test_unavailable_issuer_is_retried_with_delay() -> None:
    issuer = FakeIssuer()
    issuer.away = True
    keys = IssuerKeys(issuer.url, issuer.fetch)
    assert not any(find(keys, "rsa", at / 10) for at in range(50))
    assert issuer.fetched == 1
    issuer.away = False
    assert find(keys, "rsa", 5)


@pytest.mark.parametrize(
    "document",
    [
        None,
        {},
        {"issuer": "https://other.test", "jwks_uri": "https://issuer.test/keys"},
        {"issuer": "https://issuer.test"},
        {"issuer": "https://issuer.test", "jwks_uri": "http://issuer.test/keys"},
        {"issuer": "https://issuer.test", "jwks_uri": "file:///etc/passwd"},
        {"issuer": "https://issuer.test", "jwks_uri": ["https://issuer.test/keys"]},
    ],
)
def test_keys_are_read_only_from_discovered_url(document: object) -> None:
    fetched: list[str] = []

    def fetch(url: str) -> object:
        fetched.append(url)
        return document

    assert IssuerKeys("https://issuer.test", fetch).find("rsa", "RS256", NOW) is None
    assert fetched == ["https://issuer.test/.well-known/openid-configuration"]
