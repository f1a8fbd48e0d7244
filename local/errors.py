"""Errors of the local stack."""

from typing import Any


class LocalError(Exception):
    """An error that the user of the stack can correct; its text is one line."""

    def __init__(self, message: str):
        super().__init__(" ".join(message.split()))


class FunctionError(Exception):
    """An invocation failed; has Lambda's `errorType` and `errorMessage`."""

    def __init__(self, error_type: str, message: str):
        super().__init__(f"{error_type}: {message}")
        self.error_type = error_type
        self.message = message

    @classmethod
    def from_reply(cls, reply: dict[str, Any]) -> "FunctionError":
        """Returns the error in the reply of an execution environment."""
        return cls(str(reply["errorType"]), str(reply["errorMessage"]))


class FunctionTimeoutError(FunctionError):
    """The invocation ran longer than the function's Timeout and was killed."""


class FunctionThrottledError(FunctionError):
    """Every execution environment stayed busy for the whole Timeout of the function."""
