"""The bot accepts commands in comments, and ignores everything else."""

import json
from collections.abc import Callable
from functools import partial

import pytest

from tests.e2e.support.http_client import HttpClient
from tests.e2e.support.tenants import Tenant
from tests.e2e.support.webhook_deliveries import (
    FORGES,
    Delivery,
    bot_delivery,
    bot_request,
    comment,
    new_number,
    payload_of,
    signed_delivery,
)


@pytest.mark.parametrize("forge", FORGES)
def test_commands_by_comment_change_the_job(forge: str, http: HttpClient, tenant: Tenant) -> None:
    issue = new_number()

    def say(words: str) -> Delivery:
        return comment(forge, f"@mosaic {words}", tenant.repository, issue=issue)

    job_id = say("SLEEP=30 mend the lamp").send(http).ok(202)["jobId"]

    code = tenant.job(job_id)["shortCode"]
    cancel = say(f"cancel {code} because it blinks")
    response = cancel.send(http).ok(202)
    assert (response["jobId"], response["status"], response["duplicate"]) == (job_id, "CANCELLED", False)
    assert say("status").send(http).ok(200)["status"] == "CANCELLED"
    assert cancel.redelivered().send(http).ok(200)["duplicate"] is True

    retry = say("retry\n\nSLEEP=30 mend the other lamp")
    assert retry.send(http).ok(202)["jobId"] == job_id
    retried = tenant.job(job_id)
    assert (retried["attempt"], retried["instructions"]) == (2, "SLEEP=30 mend the other lamp")
    assert retried["retriedBy"] == [retried["source"]["actor"]]

    say("cancel").send(http).ok(202)
    assert retry.redelivered().send(http).ok(200)["duplicate"] is True
    assert cancel.redelivered().send(http).ok(200)["duplicate"] is True
    job = tenant.job(job_id)
    assert (job["status"], job["attempt"]) == ("CANCELLED", 2)
    assert tenant.newest_job_ids() == [job_id]


def test_bot_forwards_a_command(http: HttpClient, tenant: Tenant) -> None:
    issue = new_number()

    def say(words: str) -> Delivery:
        metadata = {"actor": "ada", "issueAuthor": "ada", "commentId": str(new_number())}
        request = {"issueNumber": issue, "repository": tenant.repository, "action": "commented"}
        return bot_delivery({**request, "comment": f"@mosaic {words}", "metadata": metadata})

    job_id = say("SLEEP=30 mend the lamp").send(http).ok(202)["jobId"]

    response = say("cancel").send(http).ok(202)
    assert (response["jobId"], response["status"]) == (job_id, "CANCELLED")


def test_forbidden_command_is_ignored_with_reason(http: HttpClient, tenant: Tenant) -> None:
    issue = new_number()
    job_id = (
        comment("github", "@mosaic SLEEP=30 work", tenant.repository, issue=issue).send(http).json["jobId"]
    )
    tenant.wait_for(job_id, "RUNNING")
    response = comment("github", "@mosaic retry", tenant.repository, issue=issue).send(http).ok(200)
    assert "RUNNING" in response["ignored"]
    tenant.member.post(f"/runner-jobs/{job_id}/cancel").ok()


def test_stranger_does_not_steer_jobs(http: HttpClient, tenant: Tenant) -> None:
    issue = new_number()

    def say(words: str, by: str, association: str) -> Delivery:
        text = f"@mosaic {words}"
        return comment("github", text, tenant.repository, issue=issue, by=by, association=association)

    job_id = say("SLEEP=30 work", "ada", "MEMBER").send(http).ok(202)["jobId"]
    tenant.wait_for(job_id, "RUNNING")
    code = tenant.job(job_id)["shortCode"]
    for words in ("cancel", f"cancel {code}", f"approve {code}", f"deny {code}"):
        response = say(words, "mallory", "NONE").send(http).ok(200)
        assert "mallory may not" in response["ignored"]
    say(f"cancel {code}", "grace", "COLLABORATOR").send(http).ok(202)
    for words in ("retry", f"retry {code}", f"retry {code} do something else"):
        response = say(words, "mallory", "NONE").send(http).ok(200)
        assert "mallory may not retry" in response["ignored"]
    job = tenant.job(job_id)
    assert (job["status"], job["attempt"], job["retriedBy"]) == ("CANCELLED", 1, [])


def test_command_reaches_the_job_that_is_meant(http: HttpClient, tenant: Tenant) -> None:
    issue = new_number()

    def say(words: str) -> Delivery:
        return comment("github", f"@mosaic {words}", tenant.repository, issue=issue)

    older, newer = (say("SLEEP=30 work").send(http).ok(202)["jobId"] for _ in range(2))
    codes = {job_id: tenant.job(job_id)["shortCode"] for job_id in (older, newer)}
    ambiguous = say("cancel")
    refused = ambiguous.send(http).ok(200)["ignored"]
    assert all(code in refused for code in codes.values())

    assert say(f"cancel {codes[newer]}").send(http).ok(202)["jobId"] == newer
    assert ambiguous.redelivered().send(http).ok(200)["ignored"] == refused
    response = say("cancel").send(http).ok(202)
    assert (response["jobId"], response["duplicate"]) == (older, False)
    assert "name one" in say("retry").send(http).ok(200)["ignored"]
    assert "k3x9qa" in say("retry k3x9qa").send(http).ok(200)["ignored"]
    assert {tenant.job(job_id)["status"] for job_id in codes} == {"CANCELLED"}


def test_first_word_chooses_the_job_type(http: HttpClient, tenant: Tenant) -> None:
    job_id = comment("github", "@mosaic review the lamp", tenant.repository).send(http).ok(202)["jobId"]
    job = tenant.job(job_id)
    assert (job["type"], job["profile"], job["instructions"]) == ("review", "inspector", "review the lamp")


def test_command_without_job_is_ignored(http: HttpClient, tenant: Tenant) -> None:
    response = comment("github", "@mosaic cancel", tenant.repository).send(http).ok(200)
    assert response == {"ignored": "there is no job for this issue"}


def _issue_closed(repository: str) -> Delivery:
    return signed_delivery(
        "github", "issues", payload_of("github", "issues.opened", repository) | {"action": "closed"}
    )


SILENT: dict[str, Callable[[str], Delivery]] = {
    "no mention": partial(comment, "github", "The lamp blinks."),
    "mention of another account": partial(comment, "github", "@mosaics look"),
    "mention in code": partial(comment, "github", "write `@mosaic retry`"),
    "mention in a quotation": partial(comment, "github", "> @mosaic look\n\nNo."),
    "edited": partial(comment, "github", "@mosaic look", action="edited"),
    "edited on Gitea": partial(comment, "gitea", "@mosaic look", action="edited"),
    "deleted": partial(comment, "github", "@mosaic look", action="deleted"),
    "the bot's own words": partial(comment, "github", "@mosaic look", by="mosaic"),
    "the bot's own words as an app": partial(comment, "github", "@mosaic look", by="mosaic[bot]"),
    "the bot's own words on Gitea": partial(comment, "gitea", "@mosaic look", by="mosaic"),
    "the bot's own words in its form": partial(bot_request, comment="@mosaic look", actor="mosaic"),
    "no mention in the bot's form": partial(bot_request, action="commented", comment="The lamp blinks."),
    "a closed issue": _issue_closed,
    "a push": lambda repository: signed_delivery("github", "push", payload_of("github", "push", repository)),
    "a ping": lambda repository: signed_delivery("github", "ping", {"zen": repository}),
    "an event of tomorrow": lambda repository: signed_delivery("gitea", "hologram", {"to": repository}),
    "a check on a commit": lambda repository: signed_delivery(
        "github", "status", payload_of("github", "status", repository)
    ),
}


def test_ping_from_unknown_repository_is_accepted(http: HttpClient) -> None:
    assert signed_delivery("github", "ping", {"zen": "Keep it logically awesome."}).send(http).ok(200) == {
        "ignored": "ping"
    }


@pytest.mark.parametrize("case", SILENT)
def test_irrelevant_delivery_is_ignored_with_reason(
    case: str, http: HttpClient, empty_tenant: Tenant
) -> None:
    response = SILENT[case](empty_tenant.repository).send(http).ok(200)
    assert list(response) == ["ignored"]
    assert response["ignored"]
    assert empty_tenant.newest_job_ids() == []


def test_command_is_what_a_reader_sees(http: HttpClient, tenant: Tenant) -> None:
    """The issue is as long as GitHub allows, so that its deliveries are larger than other requests may be."""
    issue = new_number()
    asked = comment("github", "@mosaic SLEEP=30 mend the lamp", tenant.repository, issue=issue)
    job_id = asked.send(http).ok(202)["jobId"]

    unseen = comment(
        "github", "[@mosaic cancel](https://x.test)\n\n~~@mosaic cancel~~", tenant.repository, issue=issue
    )
    assert "does not mention" in unseen.send(http).ok(200)["ignored"]

    cancel = comment("github", "@mosaic cancel\u200b <!-- sent by app -->", tenant.repository, issue=issue)
    payload = json.loads(cancel.body)
    payload["issue"]["body"] = "\U0001f600" * 65_536
    response = signed_delivery("github", "issue_comment", payload).send(http).ok(202)
    assert (response["jobId"], response["status"]) == (job_id, "CANCELLED")
    assert tenant.newest_job_ids() == [job_id]
