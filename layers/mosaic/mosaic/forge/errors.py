"""What can be wrong with a delivery."""

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
    """The delivery is not proven to come from its sender; `reason` is stable and safe to log."""

    def __init__(self, reason: SignatureReason) -> None:
        super().__init__(reason.replace("_", " "))
        self.reason: SignatureReason = reason


class PayloadError(Exception):
    """The payload lacks a field we need, or holds something else there.

    `field` is the dotted path in the payload (`issue.labels.0.name`), `message` never repeats what was sent.
    """

    def __init__(self, field: str, message: str) -> None:
        super().__init__(f"{field}: {message}")
        self.field = field
        self.message = message
