"""Responses that replace those of AWS, without a request over the network."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders

from bench.api.call_recorder import Hook, RecordedCall

_SENT = {"MessageId": "5fea7756-0ea4-451a-a703-a558b933e274", "MD5OfMessageBody": "0" * 32}


class CannedResponses:
    """Answers SQS calls with a fixed response, and DynamoDB calls with the recorded responses given to
    `replay`.
    """

    def __init__(self) -> None:
        self._script: Iterator[RecordedCall] | None = None

    @property
    def hooks(self) -> dict[str, Hook]:
        """The hooks by botocore's event names."""
        return {"before-send": self._answer}

    def replay(self, calls: Sequence[RecordedCall]) -> None:
        """Answers the next DynamoDB calls with the responses of these calls, in order."""
        self._script = iter([call for call in calls if call.service == "dynamodb"])

    def _answer(self, request: Any, event_name: str, **_: Any) -> AWSResponse | None:
        if event_name.startswith("before-send.sqs."):
            return _response(request.url, 200, {}, json.dumps(_SENT).encode())
        if self._script is None:
            return None
        call = next(self._script)
        return _response(request.url, call.status, call.headers, call.body)


class _Raw(io.BytesIO):
    """A response body with the interface that botocore reads."""

    def stream(self) -> Iterator[bytes]:
        """Yields the whole body."""
        yield self.getvalue()


def _response(url: str, status: int, headers: Mapping[str, str], body: bytes) -> AWSResponse:
    return AWSResponse(url, status, HTTPHeaders.from_dict(headers), _Raw(body))
