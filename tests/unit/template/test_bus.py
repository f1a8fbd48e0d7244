"""The bus and its consumers: only matching events get through, and none is lost silently."""

from collections.abc import Callable
from typing import Any

from mosaic.events.model import EventType
from mosaic.services.comment_writer import WRITE_LEASE
from mosaic.storage.event_bus import ISSUE_ANSWERED, SOURCE

Json = dict[str, Any]


def test_only_the_recorder_publishes_events(statements: dict[str, list[Json]]) -> None:
    publishing = {
        name: one.get("Condition")
        for name, ones in statements.items()
        for one in ones
        if "events:PutEvents" in one["Action"]
    }

    answers = {"events:source": [SOURCE], "events:detail-type": [ISSUE_ANSWERED]}
    assert publishing == {
        "RecorderFunction": None,
        "WebhookFunction": {"ForAllValues:StringEquals": answers},
    }


def test_notifier_rule_matches_existing_events(resources: Callable[[str], dict[str, Json]]) -> None:
    pattern = resources("AWS::Events::Rule")["NotifierRule"]["EventPattern"]

    assert pattern["source"] == [SOURCE]
    assert set(pattern["detail-type"]) <= {*EventType, ISSUE_ANSWERED}
    assert ISSUE_ANSWERED in pattern["detail-type"]
    assert {"job.completed", "job.failed", "job.cancelled"} <= set(pattern["detail-type"])
    # A version whose record is lost leaves no other trace.
    assert "log.gap" in pattern["detail-type"]


def test_failed_event_returns_after_the_write_lease(
    resources: Callable[[str], dict[str, Json]], functions: dict[str, Json]
) -> None:
    timeout = functions["NotifierFunction"]["Timeout"]
    visibility = resources("AWS::SQS::Queue")["NotifierQueue"]["VisibilityTimeout"]

    assert 2 * timeout < WRITE_LEASE.total_seconds() < visibility


def test_without_a_forge_the_rule_is_off(template: Json, resources: Callable[[str], dict[str, Json]]) -> None:
    assert template["Resources"]["NotifierRule"]["Condition"] == "Notifies"
    (mapping,) = [
        each
        for each in resources("AWS::Lambda::EventSourceMapping").values()
        if "NotifierQueue" in str(each["EventSourceArn"])
    ]
    assert mapping["Enabled"] == {"Fn::If": ["Notifies", True, False]}


def test_only_the_rule_may_send_to_its_queues(
    resources: Callable[[str], dict[str, Json]], names: Callable[[Any], set[str]]
) -> None:
    (policy,) = resources("AWS::SQS::QueuePolicy").values()
    (statement,) = policy["PolicyDocument"]["Statement"]

    assert statement["Principal"] == {"Service": "events.amazonaws.com"}
    assert statement["Action"] == "sqs:SendMessage"
    assert names(statement["Resource"]) == {"NotifierQueue", "NotifierDeadLetterQueue"}
    assert names(statement["Condition"]) == {"NotifierRule"}


def test_failed_messages_pass_the_dead_letter_function(
    resources: Callable[[str], dict[str, Json]], names: Callable[[Any], set[str]], functions: dict[str, Json]
) -> None:
    queues = resources("AWS::SQS::Queue")
    for queue in ("DispatchQueue", "UrgentQueue"):
        redrive = queues[queue]["RedrivePolicy"]
        assert names(redrive["deadLetterTargetArn"]) == {"FailedDispatchQueue"}
        max_tries = functions["DeadLetterFunction"]["Environment"]["Variables"]["MAX_TRIES"]
        assert max_tries == str(redrive["maxReceiveCount"])
    assert names(queues["FailedDispatchQueue"]["RedrivePolicy"]["deadLetterTargetArn"]) == {
        "DispatchDeadLetterQueue"
    }
