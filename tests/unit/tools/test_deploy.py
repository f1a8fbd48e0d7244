"""Deployment, workspaces, secrets and removal, against moto and a fake of the SAM CLI."""

import json
import re
from collections import defaultdict
from types import ModuleType
from typing import Any

import boto3
import pytest
from typer.testing import CliRunner

from local.stack import ROOT
from mosaic import clock
from mosaic.access.model import Role
from mosaic.access.tokens import split, verify
from mosaic.forge import gitea, github
from mosaic.storage.access import AccessStore
from mosaic.storage.connections import ConnectionStore
from tools.deploy import __main__ as program
from tools.deploy.account import Refused
from tools.deploy.messages import next_steps
from tools.deploy.secrets import ROTATABLE
from tools.deploy.stack import Stack

ACCOUNT = "123456789012"
PROVIDERS = {github: "GitHub", gitea: "Gitea"}


def run(command: str, *answers: str) -> tuple[str, Exception | None]:
    """Runs a command with these answers; returns its output and its exception."""
    done = CliRunner().invoke(program.app, [command], input="".join(f"{answer}\n" for answer in answers))
    failed = done.exception if isinstance(done.exception, Exception) else None
    return done.output, failed


NO_LIMITS = ("", "", "")
"""The answers of an operator who does not limit a workspace."""


def secret(name: str) -> dict[str, Any]:
    client = boto3.client("secretsmanager")
    value: dict[str, Any] = json.loads(client.get_secret_value(SecretId=name)["SecretString"])
    return value


def bearer_in(output: str) -> str:
    return next(word.partition("=")[2] for word in output.split() if word.startswith("MOSAIC_TOKEN="))


@pytest.fixture
def sam(monkeypatch: pytest.MonkeyPatch, template: str) -> list[bool]:
    """Replaces the SAM CLI; records for each deployment whether it was guided."""
    guided: list[bool] = []

    def sam_deploy(stack: str, *, guided: bool) -> int:
        deployments.append(guided)
        if guided:
            boto3.client("cloudformation").create_stack(StackName=stack, TemplateBody=template)
        return 0

    deployments = guided
    monkeypatch.setattr(program, "sam_deploy", sam_deploy)
    return guided


def test_first_deployment_creates_workspace_and_token(sam: list[bool]) -> None:
    output, failed = run(
        "deploy", "y", "gateway-token", "callback-token", "acme", "github:acme/shop", *NO_LIMITS
    )

    assert failed is None
    assert sam == [True]
    assert "https://api.test/stitcher/webhook/github" in output
    assert "https://api.test/stitcher/webhook/gitea" in output
    assert "https://api.test/stitcher/webhook/forgejo" in output
    assert "webhookToken" in output
    assert secret("OpenClawSecretArn") == {"token": "gateway-token", "hookToken": ""}
    assert secret("CallbackSecretArn") == {"callbackToken": "callback-token", "callbackKey": "generated"}
    store = AccessStore(table())
    token_id, token_secret = split(bearer_in(output))
    holder = verify(store.token(token_id), token_secret, clock.now())
    assert holder is not None
    assert (holder.workspace_id, holder.role) == ("acme", Role.ADMIN)
    assert store.workspace_of("github", "acme/shop") is None
    (made,) = ConnectionStore(table()).of_workspace("acme", 10)
    assert (made.name, made.status) == ("acme/shop", "pending")
    assert secret(made.secret_ids[0])["secret"] in output
    assert "github:acme/shop, pending" in output


LABELS = {
    github: {
        "issue_comment": "Issue comments",
        "issues": "Issues",
        "pull_request": "Pull requests",
        "pull_request_review": "Pull request reviews",
        "pull_request_review_comment": "Pull request review comments",
        "status": "Statuses",
        "check_run": "Check runs",
        "push": "Pushes",
    },
    gitea: {
        "issue_comment": "Issue Comment",
        "pull_request_comment": "Pull Request Comment",
        "issues": "Issues",
        "issue_assign": "Issue Assigned",
        "pull_request": "Pull Request",
        "pull_request_assign": "Pull Request Assigned",
        "pull_request_review_approved": "Pull Request Reviewed",
        "pull_request_review_rejected": "Pull Request Reviewed",
        "pull_request_review_comment": "Pull Request Reviewed",
        "pull_request_approved": "Pull Request Reviewed",
        "pull_request_rejected": "Pull Request Reviewed",
        "status": "Statuses",
        "push": "Push",
    },
}
"""The names that a forge's settings use for the events that its webhook handles."""


@pytest.mark.parametrize("forge", LABELS)
def test_instructions_list_every_handled_event(forge: ModuleType) -> None:
    output = next_steps(defaultdict(str))
    start = output.index(f"  {PROVIDERS[forge]} ", output.index("Select these events"))
    listed = output[start:].removeprefix(f"  {PROVIDERS[forge]}").split("\n\n")[0].split("\n  G")[0]

    assert {event for event, _ in forge._HANDLERS} == set(LABELS[forge])
    assert {label.strip() for label in listed.split(",")} == set(LABELS[forge].values())
    rows = [
        line for line in (ROOT / "docs/reference/webhooks.md").read_text().splitlines() if "*Issues*" in line
    ]
    (row,) = (row for row in rows if row.startswith(f"| {PROVIDERS[forge]} |"))
    assert set(re.findall(r"\*([^*]+)\*", row)) == set(LABELS[forge].values())


def test_only_first_token_is_printed(sam: list[bool]) -> None:
    output, _ = run("deploy", "y", "gateway-token", "callback-token", "acme", "", *NO_LIMITS)

    assert sam
    for hidden in ("gateway-token", "callback-token", "generated", "first\n"):
        assert hidden not in output


def test_upgrade_asks_no_questions(sam: list[bool], stack: str) -> None:
    output, failed = run("deploy", "y")

    assert failed is None
    assert sam == [False]
    assert stack
    assert "MOSAIC_TOKEN" not in output


def test_unconfirmed_account_changes_nothing(sam: list[bool]) -> None:
    output, failed = run("deploy", "n")

    assert isinstance(failed, Refused)
    assert sam == []
    assert ACCOUNT in output
    assert "us-east-1" in output


def test_account_variable_replaces_confirmation(
    sam: list[bool], stack: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert stack
    monkeypatch.setenv("ACCOUNT", "999999999999")
    assert isinstance(run("deploy")[1], Refused)
    assert sam == []
    monkeypatch.setenv("ACCOUNT", ACCOUNT)
    assert run("deploy")[1] is None
    assert sam == [False]


def test_missing_region_changes_nothing(sam: list[bool], monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_CONFIG_FILE", "/dev/null")

    assert isinstance(run("deploy", "y")[1], Refused)
    assert sam == []


@pytest.mark.parametrize(
    ("workspace", "repositories"), [("Ac me", ""), ("acme", "acme/shop"), ("acme", "svn:a/b")]
)
def test_invalid_workspace_is_refused(stack: str, workspace: str, repositories: str) -> None:
    assert stack
    assert isinstance(run("workspace", "y", workspace, repositories, *NO_LIMITS)[1], Refused)


def test_second_token_keeps_workspace_unchanged(stack: str) -> None:
    assert stack
    first, _ = run("workspace", "y", "acme", "github:acme/shop", *NO_LIMITS)
    second, _ = run("workspace", "y", "acme", "")

    assert bearer_in(first) != bearer_in(second)
    assert len(ConnectionStore(table()).of_workspace("acme", 10)) == 1


@pytest.mark.parametrize("single_tenant", ["true"])
def test_single_tenant_shares_the_webhook_secret(stack: str) -> None:
    assert stack
    run("workspace", "y", "acme", "github:acme/shop", *NO_LIMITS)

    assert AccessStore(table()).workspace_of("github", "acme/shop") == "acme"
    assert ConnectionStore(table()).of_workspace("acme", 10) == ()


def test_operator_limits_a_workspace(stack: str) -> None:
    assert stack
    run("workspace", "y", "acme", "", "github:acme/* gitea:*", "code:write git:push", "eu")
    made = AccessStore(table()).workspace("acme")
    assert made
    assert made.repository_ceiling == ("github:acme/*", "gitea:*")
    assert (made.capability_ceiling, made.gateway) == (("code:write", "git:push"), "eu")

    _, failed = run("limit", "y", "acme", "", "code:write", "")
    limited = AccessStore(table()).workspace("acme")
    assert failed is None
    assert limited
    assert (limited.repository_ceiling, limited.gateway) == (None, None)
    assert limited.capability_ceiling == ("code:write",)
    assert limited.version == made.version + 1


@pytest.mark.parametrize(
    "answers",
    [("acme/*", "", ""), ("github:acme*", "", ""), ("", "git:fly", ""), ("", "", "EU!"), ("*", "", "")],
)
def test_invalid_limits_are_refused(stack: str, answers: tuple[str, ...]) -> None:
    assert stack
    assert isinstance(run("workspace", "y", "acme", "", *answers)[1], Refused)
    assert AccessStore(table()).workspace("acme") is None


def test_previous_secret_is_valid_until_retired(stack: str) -> None:
    assert stack
    output, _ = run("rotate", "y")
    rotated = secret("WebhookSecretArn")
    assert rotated["previous"] == "first"
    assert len(rotated["secret"]) == 48
    assert rotated["secret"] not in output

    run("retire", "y")
    assert secret("WebhookSecretArn") == {"secret": rotated["secret"]}


def test_changed_gateway_tokens_keep_generated_key(stack: str) -> None:
    assert stack
    run("gateway", "y", "new-token", "new-callback")

    assert secret("OpenClawSecretArn")["token"] == "new-token"
    assert secret("CallbackSecretArn") == {"callbackToken": "new-callback", "callbackKey": "generated"}


def test_further_gateway_has_two_secrets(stack: str) -> None:
    assert stack
    for token in ("first", "second"):
        output, failed = run("add-gateway", "y", "eu", "https://eu.test", token, "bearer")
        assert failed is None
        assert token not in output
    known = {"url": "https://eu.test", "token": "second", "hookToken": "second"}
    assert secret("mosaic-stitcher/gateway/eu") == known
    assert secret("mosaic-stitcher/callback/eu") == {"callbackToken": "bearer"}


@pytest.mark.parametrize(
    ("name", "url"), [("EU!", "https://eu.test"), ("eu", "http://eu.test"), ("eu", "https://eu.test/")]
)
def test_invalid_gateway_is_refused(stack: str, name: str, url: str) -> None:
    assert stack
    assert isinstance(run("add-gateway", "y", name, url, "token", "bearer")[1], Refused)


@pytest.mark.parametrize("name", ROTATABLE)
def test_each_secret_can_be_rotated(stack: str, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    assert stack
    rotatable, before = ROTATABLE[name], secret(ROTATABLE[name].output)
    monkeypatch.setenv("SECRET", name)

    output, failed = run("rotate", "y")
    rotated = secret(rotatable.output)
    assert failed is None
    assert rotated[rotatable.previous] == before[rotatable.member]
    assert rotated[rotatable.member] not in (output, before[rotatable.member])

    run("retire", "y")
    assert secret(rotatable.output) == {**before, rotatable.member: rotated[rotatable.member]}


def test_unknown_secret_is_not_rotated(stack: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert stack
    monkeypatch.setenv("SECRET", "gateway")
    _, failed = run("rotate", "y")
    assert isinstance(failed, Refused)
    assert "run-token-key" in str(failed)


def test_destroyed_stack_leaves_tables(stack: str) -> None:
    name = table()
    output, failed = run("destroy", "y", stack)

    assert failed is None
    assert name in output
    assert boto3.client("cloudformation").describe_stacks()["Stacks"] == []


def test_data_is_deleted_on_request(stack: str, monkeypatch: pytest.MonkeyPatch) -> None:
    run("workspace", "y", "acme", "github:acme/shop", *NO_LIMITS)
    monkeypatch.setenv("DATA", "delete")
    _, failed = run("destroy", "y", stack)

    assert failed is None
    assert boto3.client("dynamodb").list_tables()["TableNames"] == []
    left = [known["Name"] for known in boto3.client("secretsmanager").list_secrets()["SecretList"]]
    assert not any("/connection/" in name for name in left)


def test_wrong_stack_name_destroys_nothing(stack: str) -> None:
    _, failed = run("destroy", "y", "another")

    assert isinstance(failed, Refused)
    assert boto3.client("cloudformation").describe_stacks(StackName=stack)["Stacks"]


def table() -> str:
    outputs = Stack(program.DEFAULT_STACK).outputs()
    assert outputs
    return outputs["AccessTableName"]
