"""Finds the resources, parameters and pseudo parameters that a CloudFormation value refers to."""

import re
from collections.abc import Iterator
from typing import Any

_SUBSTITUTION = re.compile(r"\$\{([^!}]+)\}")


def references(value: object) -> Iterator[str]:
    """Yields the name in each Ref, Fn::GetAtt, Fn::Sub and DependsOn of a value, at any depth.

    An attribute (`Queue.Arn`) is yielded as its resource (`Queue`). Variables defined by a Fn::Sub are left
    out.
    """
    if isinstance(value, list):
        for element in value:
            yield from references(element)
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from _named(key, inner)
            yield from references(inner)


def _named(key: str, inner: Any) -> Iterator[str]:
    match key, inner:
        case ("Ref" | "DependsOn", str()):
            yield inner
        case "DependsOn", list():
            yield from inner
        case "Fn::GetAtt", [str(name), *_]:
            yield name
        case "Fn::GetAtt", str():
            yield inner.partition(".")[0]
        case "Fn::Sub", str():
            yield from _substituted(inner)
        case "Fn::Sub", [str(text), dict(own)]:
            yield from (name for name in _substituted(text) if name not in own)


def _substituted(text: str) -> Iterator[str]:
    for name in _SUBSTITUTION.findall(text):
        yield name.partition(".")[0]
