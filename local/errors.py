"""What can go wrong on the local stack."""

from typing import Any


class LocalError(Exception):
    """Something that whoever started the stack can put right; its text is one line."""

    def __init__(self, message: str):
        super().__init__(" ".join(message.split()))


class FunctionError(Exception):
    """An invocation failed; carries Lambda's `errorType` and `errorMessage`."""

    def __init__(self, error_type: str, message: str):
        super().__init__(f"{error_type}: {message}")
        self.error_type = error_type
        self.message = message

    @classmethod
    def from_reply(cls, reply: dict[str, Any]) -> "FunctionError":
        """Make the error from what an execution environment answered."""
        return cls(str(reply["errorType"]), str(reply["errorMessage"]))


class FunctionTimeoutError(FunctionError):
    """The invocation ran longer than the function's Timeout and was killed."""


class FunctionThrottledError(FunctionError):
    """Every execution environment stayed busy for as long as the function may run."""
