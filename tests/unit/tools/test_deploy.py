"""The first day and the last, against moto: what needs an AWS account (the SAM CLI's part) is played here."""

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
from tools.deploy import __main__ as program
from tools.deploy.account import Refused
from tools.deploy.stack import Stack
from tools.deploy.text import told

ACCOUNT = "123456789012"
PROVIDERS = {github: "GitHub", gitea: "Gitea"}


def run(command: str, *answers: str) -> tuple[str, Exception | None]:
    """What a command says to a person who answers so, and how it failed."""
    done = CliRunner().invoke(program.app, [command], input="".join(f"{answer}\n" for answer in answers))
    failed = done.exception if isinstance(done.exception, Exception) else None
    return done.output, failed


def secret(name: str) -> dict[str, Any]:
    client = boto3.client("secretsmanager")
    known: dict[str, Any] = json.loads(client.get_secret_value(SecretId=name)["SecretString"])
    return known


def bearer_in(said: str) -> str:
    return next(word.partition("=")[2] for word in said.split() if word.startswith("MOSAIC_TOKEN="))


@pytest.fixture
def sam(monkeypatch: pytest.MonkeyPatch, template: str) -> list[bool]:
    """Plays the SAM CLI; whether each deployment was guided."""
    guided: list[bool] = []

    def sam_deploy(stack: str, *, guided: bool) -> int:
        known.append(guided)
        if guided:
            boto3.client("cloudformation").create_stack(StackName=stack, TemplateBody=template)
        return 0

    known = guided
    monkeypatch.setattr(program, "sam_deploy", sam_deploy)
    return guided


def test_the_first_deployment_ends_with_a_workspace_and_its_token(sam: list[bool]) -> None:
    said, failed = run("deploy", "y", "gateway-token", "callback-token", "acme", "github:acme/shop")

    assert failed is None
    assert sam == [True]
    assert "https://api.test/stitcher/webhook/github" in said
    assert "https://api.test/stitcher/webhook/gitea" in said
    assert "webhookToken" in said
    assert secret("OpenClawSecretArn") == {
        "token": "gateway-token",
        "callbackToken": "callback-token",
        "callbackKey": "generated",
    }
    store = AccessStore(table())
    token_id, shown = split(bearer_in(said))
    holder = verify(store.token(token_id), shown, clock.now())
    assert holder is not None
    assert (holder.workspace_id, holder.role) == ("acme", Role.ADMIN)
    assert store.workspace_of("github", "acme/shop") == "acme"


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
        "status": "Statuses",
        "push": "Push",
    },
}
"""What a forge's settings call the events that its webhook handles."""


@pytest.mark.parametrize("forge", LABELS)
def test_every_handled_event_is_to_be_ticked(forge: ModuleType) -> None:
    said = told(defaultdict(str))
    start = said.index(f"  {PROVIDERS[forge]} ", said.index("Tick these events"))
    listed = said[start:].removeprefix(f"  {PROVIDERS[forge]}").split("\n\n")[0].split("\n  G")[0]

    assert {event for event, _ in forge._HANDLERS} == set(LABELS[forge])
    assert {label.strip() for label in listed.split(",")} == set(LABELS[forge].values())
    rows = [line for line in (ROOT / "docs/reference/api.md").read_text().splitlines() if "*Issues*" in line]
    (row,) = (row for row in rows if row.startswith(f"| {PROVIDERS[forge]} |"))
    assert set(re.findall(r"\*([^*]+)\*", row)) == set(LABELS[forge].values())


def test_no_secret_is_shown_but_the_first_token(sam: list[bool]) -> None:
    said, _ = run("deploy", "y", "gateway-token", "callback-token", "acme", "")

    assert sam
    for hidden in ("gateway-token", "callback-token", "generated", "first\n"):
        assert hidden not in said


def test_an_upgrade_asks_for_nothing_again(sam: list[bool], stack: str) -> None:
    said, failed = run("deploy", "y")

    assert failed is None
    assert sam == [False]
    assert stack
    assert "MOSAIC_TOKEN" not in said


def test_nothing_happens_before_the_account_is_confirmed(sam: list[bool]) -> None:
    said, failed = run("deploy", "n")

    assert isinstance(failed, Refused)
    assert sam == []
    assert ACCOUNT in said
    assert "us-east-1" in said


def test_without_a_terminal_the_account_is_named_beforehand(
    sam: list[bool], stack: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert stack
    monkeypatch.setenv("ACCOUNT", "999999999999")
    assert isinstance(run("deploy")[1], Refused)
    assert sam == []
    monkeypatch.setenv("ACCOUNT", ACCOUNT)
    assert run("deploy")[1] is None
    assert sam == [False]


def test_without_a_region_nothing_happens(sam: list[bool], monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_CONFIG_FILE", "/dev/null")

    assert isinstance(run("deploy", "y")[1], Refused)
    assert sam == []


@pytest.mark.parametrize(
    ("workspace", "repositories"), [("Ac me", ""), ("acme", "acme/shop"), ("acme", "svn:a/b")]
)
def test_what_cannot_be_a_workspace_is_refused(stack: str, workspace: str, repositories: str) -> None:
    assert stack
    assert isinstance(run("workspace", "y", workspace, repositories)[1], Refused)


def test_a_second_token_leaves_the_workspace_as_it_is(stack: str) -> None:
    assert stack
    first, _ = run("workspace", "y", "acme", "github:acme/shop")
    second, _ = run("workspace", "y", "acme", "")

    assert bearer_in(first) != bearer_in(second)
    assert AccessStore(table()).workspace_of("github", "acme/shop") == "acme"


def test_a_rotated_secret_leaves_the_one_before_it_valid_until_it_is_retired(stack: str) -> None:
    assert stack
    said, _ = run("rotate", "y")
    rotated = secret("WebhookSecretArn")
    assert rotated["previous"] == "first"
    assert len(rotated["secret"]) == 48
    assert rotated["secret"] not in said

    run("retire", "y")
    assert secret("WebhookSecretArn") == {"secret": rotated["secret"]}


def test_the_gateway_s_tokens_can_be_changed_and_the_generated_key_stays(stack: str) -> None:
    assert stack
    run("gateway", "y", "new-token", "new-callback")

    known = {"token": "new-token", "callbackToken": "new-callback", "callbackKey": "generated"}
    assert secret("OpenClawSecretArn") == known


def test_what_is_destroyed_leaves_its_tables(stack: str) -> None:
    name = table()
    said, failed = run("destroy", "y", stack)

    assert failed is None
    assert name in said
    assert boto3.client("cloudformation").describe_stacks()["Stacks"] == []


def test_data_is_deleted_when_that_is_asked_for(stack: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATA", "delete")
    _, failed = run("destroy", "y", stack)

    assert failed is None
    assert boto3.client("dynamodb").list_tables()["TableNames"] == []


def test_a_wrong_name_destroys_nothing(stack: str) -> None:
    _, failed = run("destroy", "y", "another")

    assert isinstance(failed, Refused)
    assert boto3.client("cloudformation").describe_stacks(StackName=stack)["Stacks"]


def table() -> str:
    outputs = Stack(program.DEFAULT_STACK).outputs()
    assert outputs
    return outputs["AccessTableName"]
