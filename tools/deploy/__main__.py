"""`python -m tools.deploy COMMAND`: see `make deploy`, `make workspace`, `make destroy`."""

from __future__ import annotations

import os
import secrets as randomness
import subprocess
import sys
from collections.abc import Mapping
from typing import Annotated

import typer
from botocore.exceptions import BotoCoreError, ClientError, WaiterError

from local.stack import ROOT
from mosaic.access.errors import AccessProblem
from tools.deploy import messages, secrets, workspace
from tools.deploy.account import Refused, confirm_account
from tools.deploy.stack import Stack, delete_table, required_outputs
from tools.sam.cli import SAM

DEFAULT_STACK = "mosaic-stitcher"
WEBHOOK = "webhook"
app = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False)
SecretName = Annotated[str, typer.Option(envvar="SECRET", help=f"The secret: {', '.join(secrets.ROTATABLE)}")]
StackName = Annotated[str, typer.Option("--stack", envvar="STACK", help="Name of the stack")]


def sam_deploy(stack: str, *, guided: bool) -> int:
    """Runs `sam deploy` and returns its exit code; when `guided`, it asks for the parameters."""
    command = [SAM, "deploy", "--stack-name", stack, *(["--guided"] if guided else [])]
    environment = {**os.environ, "SAM_CLI_TELEMETRY": "0"}
    return subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode  # noqa: S603 - own words


@app.command()
def deploy(stack: StackName = DEFAULT_STACK) -> None:
    """Deploys the output of `make build`. The first time is guided, and creates a workspace with its token."""
    confirm_account(f"Deploy the stack {stack}")
    deployed = Stack(stack)
    first = deployed.outputs() is None
    if sam_deploy(stack, guided=first):
        raise Refused("the SAM CLI did not deploy; its output is above")
    outputs = required_outputs(deployed)
    if first:
        _connect_gateway(outputs)
        _create_workspace(outputs)
    typer.echo(messages.next_steps(outputs))


@app.command(name="workspace")
def new_workspace(stack: StackName = DEFAULT_STACK) -> None:
    """Creates a workspace, or another admin token for an existing one."""
    confirm_account(f"Create a workspace in the stack {stack}")
    _create_workspace(required_outputs(Stack(stack)))


@app.command(name="limit")
def limit_workspace(stack: StackName = DEFAULT_STACK) -> None:
    """Changes the limits that the operator sets for a workspace."""
    confirm_account(f"Change the limits of a workspace in the stack {stack}")
    outputs = required_outputs(Stack(stack))
    workspace_id = typer.prompt("Id of the workspace")
    workspace.limit(outputs["AccessTableName"], workspace_id, _ask_limits())


@app.command()
def rotate(stack: StackName = DEFAULT_STACK, secret: SecretName = WEBHOOK) -> None:
    """Creates a new value of a secret; the previous one stays valid until `retire`."""
    rotated = _rotatable(secret)
    confirm_account(f"Rotate the secret {secret} of the stack {stack}")
    arn = required_outputs(Stack(stack))[rotated.output]
    secrets.rotate(arn, rotated, randomness.token_hex(24))
    typer.echo(messages.rotated(secret, arn))


@app.command()
def gateway(stack: StackName = DEFAULT_STACK) -> None:
    """Asks for the gateway's tokens again."""
    confirm_account(f"Change the gateway's tokens in the stack {stack}")
    _connect_gateway(required_outputs(Stack(stack)))


@app.command(name="add-gateway")
def add_gateway(stack: StackName = DEFAULT_STACK) -> None:
    """Stores the URL and the tokens of a further gateway, or new ones of a known one."""
    confirm_account(f"Store a gateway in the stack {stack}")
    outputs = required_outputs(Stack(stack))
    name = workspace.checked_gateway(typer.prompt("Name of the gateway, for a workspace's `gateway`"))
    url = workspace.checked_url(typer.prompt("Its URL, without a final slash"))
    token = typer.prompt("Its token (gateway.auth.token, or hooks.token)", hide_input=True)
    callback = typer.prompt("The bearer token of its callbacks (cron.webhookToken)", hide_input=True)
    values = {"url": url, "token": token, "hookToken": token}
    secrets.put_secret(f"{outputs['GatewayPrefix']}{name}", values)
    secrets.put_secret(f"{outputs['CallbackPrefix']}{name}", {"callbackToken": callback})
    typer.echo(f"Stored. Let a workspace use it: make limit-workspace, with the gateway {name}")


@app.command()
def retire(stack: StackName = DEFAULT_STACK, secret: SecretName = WEBHOOK) -> None:
    """Makes the previous value of a secret invalid."""
    rotated = _rotatable(secret)
    confirm_account(f"Retire the previous secret {secret} of the stack {stack}")
    secrets.retire_previous(required_outputs(Stack(stack))[rotated.output], rotated)


@app.command()
def destroy(
    stack: StackName = DEFAULT_STACK,
    data: Annotated[str, typer.Option(envvar="DATA", help="`delete` for the tables too")] = "keep",
) -> None:
    """Deletes the stack. Its tables stay, unless DATA is `delete`."""
    confirm_account(f"Destroy the stack {stack}")
    deployed = Stack(stack)
    outputs = required_outputs(deployed)
    prefixes = [outputs[name] for name in ("ConnectionPrefix", "GatewayPrefix", "CallbackPrefix")]
    tables = deployed.tables()
    scope = "with all jobs, events and tokens" if data == "delete" else "without its tables"
    if typer.prompt(f"To delete {stack} {scope}, type its name") != stack:
        raise Refused("the name does not match; nothing was deleted")
    deployed.delete()
    if data == "delete":
        for table in tables:
            delete_table(table)
        for prefix in prefixes:
            secrets.delete_all(prefix)
        typer.echo(f"{stack} and its tables are deleted: {', '.join(tables)}")
    else:
        typer.echo(f"{stack} is deleted. These tables remain and cost by their size: {', '.join(tables)}")


def _connect_gateway(outputs: Mapping[str, str]) -> None:
    typer.echo("The gateway's tokens are stored in Secrets Manager and are not shown here.")
    token = typer.prompt("OpenClaw's gateway token (gateway.auth.token)", hide_input=True)
    callback = typer.prompt("The bearer token of its callbacks (cron.webhookToken)", hide_input=True)
    secrets.change_secret(outputs["OpenClawSecretArn"], token=token)
    secrets.change_secret(outputs["CallbackSecretArn"], callbackToken=callback)


def _rotatable(name: str) -> secrets.Rotatable:
    if name not in secrets.ROTATABLE:
        raise Refused(f"SECRET is {name!r}; use one of {', '.join(secrets.ROTATABLE)}")
    return secrets.ROTATABLE[name]


def _create_workspace(outputs: Mapping[str, str]) -> None:
    workspace_id = typer.prompt("Id of the workspace, for example your team's name")
    repositories = typer.prompt("Its repositories, such as github:acme/shop gitea:acme/tools", default="")
    is_new = not workspace.exists(outputs["AccessTableName"], workspace_id)
    limits = _ask_limits() if is_new else workspace.Limits()
    created = workspace.create(outputs, workspace_id, tuple(repositories.split()), limits)
    typer.echo(messages.admin_token(workspace_id, created.bearer, outputs["ApiUrl"]))
    for connection, secret in created.secrets:
        typer.echo(messages.webhook(connection, secret, outputs["ApiUrl"]))


def _ask_limits() -> workspace.Limits:
    return workspace.Limits.parse(
        typer.prompt("Repositories that it may connect, such as github:acme/* (empty for all)", default=""),
        typer.prompt("Capabilities that it may use at most (empty for all)", default=""),
        typer.prompt("Its gateway (empty for the deployment's)", default=""),
    )


def main() -> int:
    """Runs a command. Returns 1, with the reason on standard error, if it was refused."""
    try:
        app(standalone_mode=False)
    except (Refused, AccessProblem, BotoCoreError, ClientError, WaiterError) as error:
        print(f"deploy: {error}", file=sys.stderr)
        return 1
    except typer.Abort:
        print("deploy: cancelled; no further change was made", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
