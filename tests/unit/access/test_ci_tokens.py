"""OIDC tokens of a CI: which are verified, which a workspace trusts, and what they may report."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mosaic.access import ci_tokens
from mosaic.access.ci_issuers import CiClaims, CiIssuer, named_issuer, violations
from mosaic.access.issuer import IssuerSettings, ci_verifier
from mosaic.access.jwks import IssuerKeys
from mosaic.access.model import Principal, Role, Workspace, ci_principal
from mosaic.jobs.errors import ReportForbidden
from mosaic.jobs.gate_evaluation import GateReport
from mosaic.jobs.states import GateStatus
from mosaic.services.authenticate_caller import Authenticator
from tests.fakes import samples
from tests.fakes.issuer import FakeIssuer, confused, unsigned
from tests.fakes.storage.access import FakeAccess

NOW = datetime(2026, 1, 31, 12, 0, tzinfo=UTC)
CI = FakeIssuer("https://ci.test")
KEYS = {CI.url: IssuerKeys(CI.url, CI.fetch)}
SHA, OTHER = "a" * 40, "b" * 40
WORKFLOW = "acme/ci/.github/workflows/gates.yml@refs/heads/main"
TRUSTED = CiIssuer(
    issuer=CI.url, audience="mosaic:demo", repositories=("acme/shop",), job_workflow_refs=(WORKFLOW,)
)


def claims(**changes: Any) -> dict[str, Any]:
    usual = {
        "aud": "mosaic:demo",
        "sub": "repo:acme/shop:ref:refs/heads/mosaic/01KGA",
        "repository": "acme/shop",
        "repository_id": "74",
        "sha": SHA,
        "job_workflow_ref": WORKFLOW,
        "ref": "refs/heads/mosaic/01KGA",
        "event_name": "push",
        "mosaic_workspace": None,
        "mosaic_role": None,
    }
    return CI.claims(NOW, **{**usual, **changes})


def verified(**changes: Any) -> CiClaims | None:
    return ci_tokens.verify(CI.sign(claims(**changes)), KEYS, NOW)


def holder(trusted: CiIssuer = TRUSTED, **changes: Any) -> Principal | None:
    """Returns the principal of a token of the CI, for a workspace with this setting."""
    access = FakeAccess()
    access.put_workspace(Workspace(id="demo", ci_issuers=(trusted,)))
    authenticator = Authenticator(
        access, tuple, None, lambda: NOW, ci_verifier=lambda bearer, now: ci_tokens.verify(bearer, KEYS, now)
    )
    return authenticator.who(CI.sign(claims(**changes)))


def test_trusted_token_is_a_reporter_of_its_repository_and_commit() -> None:
    found = holder()
    assert found is not None
    assert (found.workspace_id, found.role, found.actor) == ("demo", Role.REPORTER, f"oidc-ci:{WORKFLOW}")
    assert found.repositories == ("acme/shop",)
    assert found.ci
    assert (found.ci.commit_sha, found.ci.repository_id) == (SHA, "74")
    assert found.expires_at == NOW + timedelta(minutes=5)


@pytest.mark.parametrize(
    "name",
    ["aud", "repository", "repository_id", "sha", "job_workflow_ref", "ref", "event_name", "exp", "iss"],
)
def test_missing_claim_is_refused(name: str) -> None:
    assert verified(**{name: None}) is None


@pytest.mark.parametrize(
    "changes",
    [
        {"exp": int(NOW.timestamp()) - 31},
        {"exp": int(NOW.timestamp()) + 2 * 86400},
        {"aud": ["mosaic:demo", "other"]},
        {"repository": 7},
        {"sha": ""},
        {"repository": "a" * 1001},
    ],
)
def test_invalid_claim_is_refused(changes: dict[str, Any]) -> None:
    assert verified(**changes) is None


def test_forged_token_is_refused() -> None:
    stranger = FakeIssuer(CI.url)
    for bearer in (
        unsigned(claims()),
        confused(CI, claims()),
        stranger.sign(claims()),
        CI.sign(claims())[:-6] + "AAAAAA",
    ):
        assert ci_tokens.verify(bearer, KEYS, NOW) is None


UNTRUSTED: dict[str, dict[str, Any]] = {
    "another workspace": {"aud": "mosaic:other"},
    "no workspace": {"aud": "mosaic:"},
    "another audience": {"aud": "other:demo"},
    "another repository": {"repository": "evil/shop"},
    "a workflow of the branch": {
        "job_workflow_ref": "acme/shop/.github/workflows/gates.yml@refs/heads/mosaic/01KGA"
    },
    "the workflow on another branch": {"job_workflow_ref": WORKFLOW.replace("main", "dev")},
    "a branch in other letters": {"job_workflow_ref": WORKFLOW.replace("main", "Main")},
    "another file": {"job_workflow_ref": WORKFLOW.replace("gates", "other")},
    "a longer name": {"job_workflow_ref": WORKFLOW + "2"},
    "a pull request": {"event_name": "pull_request_target"},
}


@pytest.mark.parametrize("case", UNTRUSTED)
def test_untrusted_token_is_nobody(case: str) -> None:
    assert holder() is not None
    assert holder(**UNTRUSTED[case]) is None


@pytest.mark.parametrize(
    ("setting", "changes", "trusted"),
    [
        ({"repository_ids": ("74", "75")}, {}, True),
        ({"repository_ids": ("75",)}, {}, False),
        ({"refs": ("refs/heads/mosaic/*",)}, {}, True),
        ({"refs": ("refs/heads/main", "refs/heads/release/*")}, {}, False),
        ({"refs": ("refs/heads/main",)}, {"ref": "refs/heads/main"}, True),
        ({"refs": ("refs/heads/main",)}, {"ref": "refs/heads/main2"}, False),
        ({"events": ("workflow_dispatch",)}, {}, False),
        ({"events": ("push", "workflow_dispatch")}, {"event_name": "workflow_dispatch"}, True),
        ({"repositories": ("Acme/Shop",)}, {}, True),
        ({"issuer": "https://other.test"}, {}, False),
        ({"job_workflow_refs": ("x/y/z.yml@refs/heads/a", WORKFLOW)}, {}, True),
    ],
)
def test_settings_narrow_the_trust(setting: dict[str, Any], changes: dict[str, Any], trusted: bool) -> None:
    assert (holder(TRUSTED.model_copy(update=setting), **changes) is not None) is trusted


def report(sha: str = SHA, gate: str = "test") -> GateReport:
    return GateReport(gate_id=gate, status=GateStatus.PASSED, commit_sha=sha)


@pytest.mark.parametrize(
    ("job", "made", "message"),
    [
        ({}, report(), None),
        ({"repository_id": "github:74"}, report(), None),
        ({}, report(OTHER), "may report on a+ only, the commit that its workflow ran for"),
        ({"repository": "acme/till"}, report(), "the job is of acme/till"),
        ({"repository_id": "github:75"}, report(), "another repository named acme/shop, with the id 75"),
        ({}, report(gate="lint"), "may only report the gates test"),
    ],
)
def test_report_is_bound_to_the_token(job: dict[str, Any], made: GateReport, message: str | None) -> None:
    known = verified()
    assert known
    scope = ci_principal(known, TRUSTED.model_copy(update={"gates": ("test",)})).reporter_scope
    assert scope
    subject = samples.job(**{"repository": "acme/shop", **job})
    if message is None:
        scope.check(subject, made)
    else:
        with pytest.raises(ReportForbidden, match=message):
            scope.check(subject, made)


@pytest.mark.parametrize(
    ("setting", "field", "message"),
    [
        ({}, None, ""),
        ({"issuer": "https://evil.test"}, "issuer", "must be one that the operator allows: https://ci.test"),
        ({"audience": "mosaic"}, "audience", "must end with :demo"),
        ({"audience": "mosaic:demo2"}, "audience", "must end with :demo"),
        (
            {"job_workflow_refs": (".github/workflows/a.yml",)},
            "jobWorkflowRefs[0]",
            "a workflow file at a ref",
        ),
        (
            {"job_workflow_refs": (WORKFLOW, "acme/ci/a.yml@main")},
            "jobWorkflowRefs[1]",
            "a workflow file at a ref",
        ),
        (
            {"job_workflow_refs": ("acme/ci/a.yml@refs/heads/*",)},
            "jobWorkflowRefs[0]",
            "a workflow file at a ref",
        ),
        (
            {"job_workflow_refs": ("acme/*/a.yml@refs/heads/main",)},
            "jobWorkflowRefs[0]",
            "a workflow file at a ref",
        ),
        (
            {"job_workflow_refs": ("acme/ci/a.yml@refs/pull/1/merge",)},
            "jobWorkflowRefs[0]",
            "a workflow file at a ref",
        ),
        (
            {"job_workflow_refs": ("acme/ci/a.yml@refs/heads/main\x1d",)},
            "jobWorkflowRefs[0]",
            "a workflow file at a ref",
        ),
        (
            {"job_workflow_refs": ("acm\u00e9/ci/a.yml@refs/heads/main",)},
            "jobWorkflowRefs[0]",
            "a workflow file at a ref",
        ),
        (
            {"job_workflow_refs": ("acme/ci/a.yml@refs/heads/mosaic/1",)},
            "jobWorkflowRefs[0]",
            "on a protected ref",
        ),
        ({"job_workflow_refs": (f"acme/ci/a.yml@{SHA}", "acme/ci/a.yml@refs/tags/v1")}, None, ""),
    ],
)
def test_invalid_setting_names_the_field(setting: dict[str, Any], field: str | None, message: str) -> None:
    found = list(violations((TRUSTED.model_copy(update=setting),), "demo", (CI.url,)))
    assert [where for where, _ in found] == ([f"ciIssuers[0].{field}"] if field else [])
    assert all(message in why for _, why in found)


@given(st.text(max_size=200) | st.text(alphabet="eyJ.-_Aa0", max_size=200))
def test_any_text_names_no_known_issuer(bearer: str) -> None:
    assert named_issuer(bearer) != CI.url
    assert ci_tokens.verify(bearer, KEYS, NOW) is None


def test_issuer_is_read_from_the_token() -> None:
    assert named_issuer(CI.sign(claims())) == CI.url


@pytest.mark.parametrize(
    ("issuers", "valid"),
    [
        ("", True),
        ("https://a.test", True),
        ("https://a.test,https://b.test/x", True),
        ("http://127.0.0.1:3210", True),
        ("http://a.test", False),
        ("https://a.test,ftp://b.test", False),
        ("http://127.0.0.1.evil.test", False),
    ],
)
def test_only_safe_issuers_are_allowed(issuers: str, valid: bool) -> None:
    if valid:
        assert IssuerSettings(ci_issuers=issuers).allowed_ci_issuers == tuple(
            filter(None, issuers.split(","))
        )
    else:
        with pytest.raises(ValueError, match="should be an https URL"):
            IssuerSettings(ci_issuers=issuers)


def test_keys_of_other_issuers_are_not_fetched() -> None:
    verify = ci_verifier(IssuerSettings(ci_issuers="https://allowed.test"))
    assert verify
    assert verify(CI.sign(claims()), NOW) is None
    assert ci_verifier(IssuerSettings(ci_issuers="")) is None
