"""Deploys a CloudFormation template onto moto.

Moto's CloudFormation has gaps. It cannot create the HTTP API or secrets, and it would run event source
mappings in Docker. Before the stack is created, each such resource is replaced by a parameter of the same
name, so that every reference to it still resolves. The properties of these resources, and of the schedules,
are returned as outputs, in which moto has resolved every intrinsic function. So this module depends on no
detail of the template.
"""

import copy
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from local.cloud import parameters as stack_parameters
from local.cloud.moto import Cloud
from local.cloud.secret import create_secret
from local.errors import LocalError

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_lambda.type_defs import FunctionConfigurationTypeDef

Json = dict[str, Any]

STACK_NAME = "mosaic"
API = "AWS::ApiGatewayV2::Api"
BUS = "AWS::Events::EventBus"
EVENT_SOURCE = "AWS::Lambda::EventSourceMapping"
FUNCTION = "AWS::Lambda::Function"
RULE = "AWS::Events::Rule"
SECRET = "AWS::SecretsManager::Secret"  # noqa: S105 - the name of a resource type

_UNSUPPORTED = {API, "AWS::ApiGatewayV2::Stage", EVENT_SOURCE, SECRET}
_OUTPUT = "LocalResolved"
_ALL: tuple[str, ...] = ()
_RESOLVED = {API: _ALL, BUS: _ALL, EVENT_SOURCE: _ALL, FUNCTION: ("LoggingConfig",), RULE: _ALL}
"""The properties that are read from the outputs, by resource type. Moto's Lambda returns the function's other
properties.
"""


@dataclass(frozen=True)
class Function:
    """A deployed function: its settings in Lambda, and its code folders."""

    logical_id: str
    name: str
    arn: str
    handler: str
    timeout: float
    memory: int
    environment: Mapping[str, str]
    logging: Mapping[str, str]
    """The LoggingConfig; empty for Lambda's defaults."""
    folders: tuple[Path, ...]


@dataclass(frozen=True)
class Deployment:
    """A deployed template: physical ids, outputs, functions, and resolved properties by resource type."""

    physical_ids: Mapping[str, str]
    outputs: Mapping[str, str]
    functions: tuple[Function, ...]
    properties_by_type: Mapping[str, Mapping[str, Json]]

    def properties(self, resource_type: str) -> Mapping[str, Json]:
        """Returns the resolved properties of each resource of a type, by logical id."""
        return self.properties_by_type.get(resource_type, {})


def deploy(template: Json, cloud: Cloud, parameters: Mapping[str, str], root: Path) -> Deployment:
    """Creates the stack and returns the deployment; code folders are relative to `root`.

    Raises LocalError when a parameter is invalid or the stack cannot be created.
    """
    from botocore.exceptions import (
        BotoCoreError,
        ClientError,
    )  # imported late, so that moto's process starts first

    stack_parameters.check(template.get("Parameters", {}), parameters)
    replaced = {
        logical_id: _replacement(logical_id, resource, cloud)
        for logical_id, resource in template["Resources"].items()
        if resource["Type"] in _UNSUPPORTED
    }
    client: CloudFormationClient = cloud.client("cloudformation")
    try:
        client.create_stack(
            StackName=STACK_NAME,
            # Moto tries YAML first, which takes a hundred times as long. A tab makes the YAML parser fail at
            # once.
            TemplateBody=json.dumps(_without_unsupported(template), indent="\t"),
            Parameters=[
                {"ParameterKey": key, "ParameterValue": value}
                for key, value in {**parameters, **replaced}.items()
            ],
        )
        outputs = _outputs(client)
        physical_ids = {**_physical_ids(client), **replaced}
    except (BotoCoreError, ClientError) as error:
        raise LocalError(f"the stack could not be created: {error}") from error
    properties_by_type = _resolved_properties(template, outputs)
    # Moto creates buses, but does not return their ids.
    buses = {logical_id: bus["Name"] for logical_id, bus in properties_by_type.get(BUS, {}).items()}
    return Deployment(
        physical_ids={**physical_ids, **buses},
        outputs={key: value for key, value in outputs.items() if not key.startswith(_OUTPUT)},
        functions=_functions(template, cloud, physical_ids, properties_by_type.get(FUNCTION, {}), root),
        properties_by_type=properties_by_type,
    )


def _replacement(logical_id: str, resource: Json, cloud: Cloud) -> str:
    if resource["Type"] == SECRET:
        return create_secret(cloud.client("secretsmanager"), logical_id, resource.get("Properties", {}))
    return logical_id.lower()


def _without_unsupported(template: Json) -> Json:
    deployable = copy.deepcopy(template)
    parameters = deployable.setdefault("Parameters", {})
    outputs = deployable.setdefault("Outputs", {})
    for logical_id, resource in template["Resources"].items():
        if resource["Type"] in _RESOLVED:
            wanted = _RESOLVED[resource["Type"]] or tuple(resource["Properties"])
            properties = {name: value for name, value in resource["Properties"].items() if name in wanted}
            outputs[_OUTPUT + logical_id] = {"Value": {"Fn::ToJsonString": properties}}
        if resource["Type"] in _UNSUPPORTED:
            del deployable["Resources"][logical_id]
            parameters[logical_id] = {"Type": "String"}
    return deployable


def _outputs(client: "CloudFormationClient") -> dict[str, str]:
    stack = client.describe_stacks(StackName=STACK_NAME)["Stacks"][0]
    return {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])}


def _physical_ids(client: "CloudFormationClient") -> dict[str, str]:
    # Moto lists skipped resource types without a physical id.
    resources = client.describe_stack_resources(StackName=STACK_NAME)["StackResources"]
    return {
        resource["LogicalResourceId"]: resource["PhysicalResourceId"]
        for resource in resources
        if "PhysicalResourceId" in resource
    }


def _resolved_properties(template: Json, outputs: Mapping[str, str]) -> dict[str, dict[str, Json]]:
    properties_by_type: dict[str, dict[str, Json]] = {}
    for logical_id, resource in template["Resources"].items():
        resolved = outputs.get(_OUTPUT + logical_id)
        if resolved is not None:
            properties_by_type.setdefault(resource["Type"], {})[logical_id] = json.loads(resolved)
    return properties_by_type


def _functions(
    template: Json,
    cloud: Cloud,
    physical_ids: Mapping[str, str],
    function_properties: Mapping[str, Json],
    root: Path,
) -> tuple[Function, ...]:
    resources = template["Resources"]
    pages = cloud.client("lambda").get_paginator("list_functions").paginate()
    settings_by_name = {
        settings["FunctionName"]: settings for page in pages for settings in page["Functions"]
    }
    return tuple(
        _function(
            logical_id,
            settings_by_name[physical_ids[logical_id]],
            function_properties[logical_id].get("LoggingConfig", {}),
            _folders(resource["Properties"], resources, root),
        )
        for logical_id, resource in resources.items()
        if resource["Type"] == FUNCTION
    )


def _function(
    logical_id: str,
    settings: "FunctionConfigurationTypeDef",
    logging: Mapping[str, str],
    folders: tuple[Path, ...],
) -> Function:
    return Function(
        logical_id=logical_id,
        name=settings["FunctionName"],
        arn=settings["FunctionArn"],
        handler=settings["Handler"],
        timeout=settings["Timeout"],
        memory=settings["MemorySize"],
        environment=settings.get("Environment", {}).get("Variables", {}),
        logging=logging,
        folders=folders,
    )


def _folders(function: Json, resources: Json, root: Path) -> tuple[Path, ...]:
    # A layer's folder without source adds nothing to the path. Third-party packages come from this
    # interpreter.
    layers = [resources[layer["Ref"]]["Properties"]["Content"] for layer in function.get("Layers", [])]
    return tuple((root / code["S3Key"]).resolve() for code in [function["Code"], *layers])
