"""A queue's event source mapping: delivers messages in batches to a function, and returns failures to the
queue.
"""

import logging
import threading
from base64 import b64encode
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from local.cloud.moto import REGION, Cloud
from local.errors import FunctionError
from local.functions.function_pools import Functions
from local.triggers.batch import REPORTS_FAILURES, failed_items, require_known

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.type_defs import MessageTypeDef

Json = dict[str, Any]

_KNOWN = {
    "BatchSize",
    "Enabled",
    "EventSourceArn",
    "FunctionName",
    "FunctionResponseTypes",
    "MaximumBatchingWindowInSeconds",  # the batching window, which is always zero here
    "ScalingConfig",
    "Tags",
}
_log = logging.getLogger(__name__)

_RECEIVE_LIMIT = 10
_POLLERS = 5
_WAIT_SECONDS = 1


class QueuePoller:
    """Receives messages, invokes the function, and deletes the messages that it did not report as failed.

    A failed message becomes visible again after the queue's visibility timeout. The queue moves it to its
    dead-letter queue after maxReceiveCount.
    """

    def __init__(
        self,
        logical_id: str,
        mapping: Mapping[str, Any],
        cloud: Cloud,
        functions: Functions,
        stopping: threading.Event,
    ):
        """Reads a resolved mapping; raises LocalError for unsupported settings."""
        require_known(logical_id, mapping, _KNOWN)
        self._client: SQSClient = cloud.client("sqs")
        self._functions = functions
        self._function = str(mapping["FunctionName"])
        self._arn = str(mapping["EventSourceArn"])
        self._url = self._client.get_queue_url(QueueName=self._arn.rpartition(":")[2])["QueueUrl"]
        self._batch_size = min(int(mapping.get("BatchSize", 10)), _RECEIVE_LIMIT)
        self._reports_failures = REPORTS_FAILURES in mapping.get("FunctionResponseTypes", [])
        concurrency = int(mapping.get("ScalingConfig", {}).get("MaximumConcurrency", _POLLERS))
        self._slots = threading.Semaphore(concurrency)
        self._executor = ThreadPoolExecutor(concurrency, thread_name_prefix=logical_id)
        self._stopping = stopping

    def step(self) -> None:
        """Receives one batch and passes it to the function; waits while all concurrency is in use."""
        if not self._slots.acquire(timeout=_WAIT_SECONDS):
            return
        handed_over = False
        try:
            messages = self._receive()
            if messages:
                self._executor.submit(self._deliver_in_slot, messages)
                handed_over = True
        finally:
            if not handed_over:
                self._slots.release()

    def deliver(self, messages: Sequence["MessageTypeDef"]) -> None:
        """Invokes the function with a batch and deletes every processed message."""
        sent = [message["MessageId"] for message in messages]
        records = [_record(message, self._arn) for message in messages]
        try:
            response = self._functions.invoke(self._function, {"Records": records})
        except FunctionError:
            return  # already logged by the function's pool; the queue keeps the batch
        failed = failed_items(response, sent) if self._reports_failures else set()
        for message in messages:
            if message["MessageId"] not in failed:
                self._client.delete_message(QueueUrl=self._url, ReceiptHandle=message["ReceiptHandle"])

    def close(self) -> None:
        """Waits for the current batches."""
        self._executor.shutdown()

    def _deliver_in_slot(self, messages: Sequence["MessageTypeDef"]) -> None:
        try:
            self.deliver(messages)
        except Exception:  # noqa: BLE001 - an executor would swallow it; it is logged
            if not self._stopping.is_set():
                _log.exception("%s", self._arn)
        finally:
            self._slots.release()

    def _receive(self) -> Sequence["MessageTypeDef"]:
        return self._client.receive_message(
            QueueUrl=self._url,
            MaxNumberOfMessages=self._batch_size,
            WaitTimeSeconds=_WAIT_SECONDS,
            MessageSystemAttributeNames=["All"],
            MessageAttributeNames=["All"],
        ).get("Messages", [])


def _record(message: "MessageTypeDef", arn: str) -> Json:
    return {
        "messageId": message["MessageId"],
        "receiptHandle": message["ReceiptHandle"],
        "body": message["Body"],
        "attributes": dict(message.get("Attributes", {})),
        "messageAttributes": {
            name: _attribute(attribute) for name, attribute in message.get("MessageAttributes", {}).items()
        },
        "md5OfBody": message["MD5OfBody"],
        "eventSource": "aws:sqs",
        "eventSourceARN": arn,
        "awsRegion": REGION,
    }


def _attribute(attribute: Mapping[str, Any]) -> Json:
    binary = attribute.get("BinaryValue")
    return {
        "stringValue": attribute.get("StringValue"),
        "binaryValue": None if binary is None else b64encode(binary).decode(),
        "stringListValues": [],
        "binaryListValues": [],
        "dataType": attribute["DataType"],
    }
