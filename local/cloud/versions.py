"""Removes published versions, aliases and traffic shifting from a template; a local stack does not use them."""

import copy
import re
from collections.abc import Mapping
from typing import Any

Json = dict[str, Any]

_ALIAS = "AWS::Lambda::Alias"
_LEFT_OUT = {
    _ALIAS,
    "AWS::Lambda::Version",
    "AWS::CodeDeploy::Application",
    "AWS::CodeDeploy::DeploymentGroup",
}


def without_versions(template: Json) -> Json:
    """Returns the template with each reference to an alias replaced by one to its function, which has the
    newest code.
    """
    functions = {
        logical_id: resource["Properties"]["FunctionName"]["Ref"]
        for logical_id, resource in template["Resources"].items()
        if resource["Type"] == _ALIAS
    }
    resources = {
        logical_id: _direct(resource, functions)
        for logical_id, resource in template["Resources"].items()
        if resource["Type"] not in _LEFT_OUT
    }
    return {**copy.deepcopy(template), "Resources": resources}


def _direct(value: Any, functions: Mapping[str, str]) -> Any:
    match value:
        case list():
            return [_direct(element, functions) for element in value]
        case {"Ref": str(name)} if name in functions:
            return {"Fn::GetAtt": [functions[name], "Arn"]}
        case {"Fn::Sub": str(text)}:
            return {"Fn::Sub": _direct_text(text, functions)}
        case {"Fn::Sub": [str(text), own]}:
            return {"Fn::Sub": [_direct_text(text, functions), _direct(own, functions)]}
        case dict():
            return {key: _direct(inner, functions) for key, inner in value.items()}
        case _:
            return value


def _direct_text(text: str, functions: Mapping[str, str]) -> str:
    def arn(match: re.Match[str]) -> str:
        name = match[1]
        return f"${{{functions[name]}.Arn}}" if name in functions else match[0]

    return re.sub(r"\$\{([A-Za-z0-9]+)\}", arn, text)
