"""template.yaml as CloudFormation will get it: after the SAM transform."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from local.cloud.references import references
from local.cloud.template import load

Json = dict[str, Any]


@pytest.fixture(scope="session")
def root() -> Path:
    return Path(__file__).parents[3]


@pytest.fixture(scope="session")
def template(root: Path) -> Json:
    return load(root / "template.yaml", {"OpenClawUrl": "https://openclaw.test"})


@pytest.fixture(scope="session")
def resources(template: Json) -> Callable[[str], dict[str, Json]]:
    """Properties by logical id, of one resource type."""

    def of(kind: str) -> dict[str, Json]:
        return {
            name: resource.get("Properties", {})
            for name, resource in template["Resources"].items()
            if resource["Type"] == kind
        }

    return of


@pytest.fixture(scope="session")
def functions(resources: Callable[[str], dict[str, Json]]) -> dict[str, Json]:
    return resources("AWS::Lambda::Function")


@pytest.fixture(scope="session")
def names() -> Callable[[Any], set[str]]:
    """The logical ids, parameters and pseudo parameters that a value refers to; an alias is its function."""
    return lambda value: {name.removesuffix("Aliaslive") for name in references(value)}


@pytest.fixture(scope="session")
def package() -> Callable[[Json], str]:
    """The folder of functions/ that a function's handler is in."""
    return lambda function: str(function["Handler"]).split(".")[0]


@pytest.fixture(scope="session")
def statements(functions: dict[str, Json], template: Json) -> dict[str, list[Json]]:
    """Returns the policy statements of each function, with actions and resources always as lists."""
    return {name: list(_statements(name, template)) for name in functions}


@pytest.fixture(scope="session")
def routes(resources: Callable[[str], dict[str, Json]]) -> dict[str, Json]:
    """Each route as `METHOD /path` or `$default`, with the operation that the HTTP API was given."""
    (api,) = resources("AWS::ApiGatewayV2::Api").values()
    return {
        path if path == "$default" else f"{method.upper()} {path}": operation
        for path, methods in api["Body"]["paths"].items()
        for method, operation in methods.items()
    }


def _statements(function: str, template: Json) -> Iterator[Json]:
    role = template["Resources"][f"{function}Role"]["Properties"]
    for policy in role.get("Policies", []):
        for statement in policy["PolicyDocument"]["Statement"]:
            yield {
                **statement,
                "Action": _list(statement["Action"]),
                "Resource": _list(statement["Resource"]),
            }


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
