"""A fake of the deployed functions, and the URI by which API Gateway invokes one."""

from typing import Any

from local.errors import FunctionError

INVOCATION = (
    "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:x:1:function:{}/invocations"
)


class FakeFunctions:
    """A fake of the functions: records every invocation, and fails the given functions."""

    def __init__(self, failing: str = "") -> None:
        self.events: list[tuple[str, Any]] = []
        self.failing = failing
        self.results: dict[str, Any] = {}

    def invoke(self, name: str, event: Any) -> Any:
        self.events.append((name, event))
        if name == self.failing:
            raise FunctionError("Error", "requested")
        return self.results.get(name)
