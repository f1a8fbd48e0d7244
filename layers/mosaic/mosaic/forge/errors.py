"""The errors of a delivery."""

from typing import Literal

SignatureReason = Literal[
    "no_secret",
    "missing_signature",
    "malformed_signature",
    "wrong_signature",
    "missing_timestamp",
    "malformed_timestamp",
    "stale_timestamp",
]


class SignatureError(Exception):
    """The delivery is not authentic; `reason` is stable and safe to log."""

    def __init__(self, reason: SignatureReason) -> None:
        super().__init__(reason.replace("_", " "))
        self.reason: SignatureReason = reason


class PayloadError(Exception):
    """A required field of the payload is missing or invalid.

    `field` is the dotted path in the payload (`issue.labels.0.name`); `message` never repeats the payload.
    """

    def __init__(self, field: str, message: str) -> None:
        super().__init__(f"{field}: {message}")
        self.field = field
        self.message = message
