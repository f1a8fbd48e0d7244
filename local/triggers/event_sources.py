"""The event sources of a deployment: queues, streams and schedules."""

import threading
from collections.abc import Iterator, Mapping
from typing import Any

from local.background_loop import BackgroundLoop
from local.cloud.deploy import EVENT_SOURCE, RULE, Deployment
from local.cloud.moto import Cloud
from local.errors import LocalError
from local.functions.function_pools import Functions
from local.triggers.schedule import Schedule
from local.triggers.sqs import QueuePoller
from local.triggers.stream import ShardPoller, StreamSettings, latest_stream, shard_ids


def event_sources(
    deployment: Deployment, cloud: Cloud, functions: Functions, stopping: threading.Event
) -> list[BackgroundLoop]:
    """Returns a loop, not yet started, for every enabled mapping and rule of a deployment.

    Raises LocalError for an unsupported one.
    """
    work: list[BackgroundLoop] = []
    for logical_id, mapping in deployment.properties(EVENT_SOURCE).items():
        if mapping.get("Enabled", True):
            work += _mapping(logical_id, mapping, cloud, functions, stopping)
    for logical_id, rule in deployment.properties(RULE).items():
        if "EventPattern" in rule:
            _check_targets(logical_id, rule)  # moto matches and forwards events
        elif rule.get("State", "ENABLED") == "ENABLED":
            name = deployment.physical_ids[logical_id]
            schedule = Schedule(logical_id, name, rule, functions, stopping)
            work.append(BackgroundLoop(logical_id, schedule.step, stopping))
    return work


def _check_targets(logical_id: str, rule: Mapping[str, Any]) -> None:
    for target in rule["Targets"]:
        if ":sqs:" not in str(target["Arn"]):
            raise LocalError(f"{logical_id}: a bus delivers events only to queues locally")


def _mapping(
    logical_id: str,
    mapping: Mapping[str, Any],
    cloud: Cloud,
    functions: Functions,
    stopping: threading.Event,
) -> Iterator[BackgroundLoop]:
    service = str(mapping["EventSourceArn"]).split(":")[2]
    if service == "sqs":
        queue = QueuePoller(logical_id, mapping, cloud, functions, stopping)
        yield BackgroundLoop(logical_id, queue.step, stopping, queue.close)
    elif service == "dynamodb":
        settings = StreamSettings(logical_id, mapping)
        settings.stream = latest_stream(settings, cloud)
        for shard_id in shard_ids(settings, cloud):
            shard = ShardPoller(settings, shard_id, cloud, functions, stopping)
            yield BackgroundLoop(logical_id, shard.step, stopping)
    else:
        raise LocalError(f"{logical_id}: an event source of {service} does not run locally")
