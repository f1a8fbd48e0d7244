"""The table of routes, the template and the resolver have the same routes."""

from __future__ import annotations

import re
from pathlib import Path

import yaml

from api.app import app
from api.authorization import ROUTES


class _Template(yaml.SafeLoader):
    """Loads CloudFormation's short forms as their values."""


def _held(loader: yaml.SafeLoader, _: str, node: yaml.Node) -> object:
    if isinstance(node, yaml.ScalarNode):
        return loader.construct_scalar(node)
    if isinstance(node, yaml.SequenceNode):
        return loader.construct_sequence(node)
    return None


_Template.add_multi_constructor("!", _held)


def test_template_and_table_have_the_same_routes() -> None:
    template = yaml.load(Path("template.yaml").read_text(), _Template)  # noqa: S506 - a subclass of SafeLoader
    handlers = [
        resource["Properties"]
        for resource in template["Resources"].values()
        if resource.get("Properties", {}).get("Handler") == "api.app.lambda_handler"
    ]
    routes = {
        f"{event['Properties']['Method']} {event['Properties']['Path']}": (
            event["Properties"].get("Auth", {}).get("Authorizer") == "NONE"
        )
        for handler in handlers
        for event in handler["Events"].values()
        if "Path" in event["Properties"]
    }
    assert routes == {route: permission is None for route, permission in ROUTES.items()}


def test_resolver_has_every_route() -> None:
    known = {
        f"{route.method} {re.sub(r'<[a-z_]+>', '{}', route.path)}"
        for route in [*app._static_routes, *app._dynamic_routes]
    }
    assert {re.sub(r"\{[A-Za-z]+\}", "{}", route) for route in ROUTES} == known
