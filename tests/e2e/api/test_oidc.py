"""Callers sign in with a token of the OIDC issuer."""

from datetime import UTC, datetime, timedelta

import pytest
from joserfc.jwk import RSAKey

from tests.e2e.support.http_client import Caller, HttpClient
from tests.e2e.support.oidc_issuer import HttpIssuer
from tests.e2e.support.tenants import Tenant
from tests.fakes.issuer import confused, signed, unsigned

STRANGER = RSAKey.generate_key(2048, {"kid": "rsa"})


@pytest.mark.parametrize("kid", ["rsa", "ec"])
def test_issuer_token_gives_access(kid: str, issuer: HttpIssuer, http: HttpClient, tenant: Tenant) -> None:
    claims = issuer.claims(datetime.now(UTC), mosaic_workspace=tenant.id, mosaic_role="member")
    ada = Caller(http, issuer.sign(claims, kid))
    job = ada.post("/runner-jobs", {"type": "git-status", "instructions": "look"}).ok(202)
    assert (job["workspaceId"], job["source"]["actor"]) == (tenant.id, "oidc:ada")
    assert tenant.newest_job_ids() == [job["id"]]
    ada.get("/tokens").refused(403, "forbidden")


def test_invalid_issuer_tokens_are_refused(issuer: HttpIssuer, http: HttpClient, tenant: Tenant) -> None:
    now = datetime.now(UTC)
    good = issuer.claims(now, mosaic_workspace=tenant.id)
    forged = {
        "unsigned": unsigned(good),
        "keyed with the public key": confused(issuer, good),
        "a stranger's": signed(good, STRANGER, {"alg": "RS256", "kid": "rsa"}),
        "changed": issuer.sign(good)[:-9] + "AAAAAAAAA",
        "expired": issuer.sign(issuer.claims(now - timedelta(minutes=6), mosaic_workspace=tenant.id)),
        "for others": issuer.sign({**good, "aud": "others"}),
        "another issuer's": issuer.sign({**good, "iss": "https://issuer.test"}),
        "of nowhere": issuer.sign({**good, "mosaic_workspace": "nowhere"}),
        "a run": issuer.sign({**good, "mosaic_role": "runner"}),
        "nobody": issuer.sign({name: good[name] for name in good if not name.startswith("mosaic")}),
    }
    for bearer in forged.values():
        Caller(http, bearer).get("/runner-jobs").refused(401, "unauthorized")
    Caller(http, issuer.sign(good)).get("/tokens").ok()
