"""The bot takes commands by comment, and stays silent about everything that is not meant for it."""

from collections.abc import Callable
from functools import partial

import pytest

from tests.e2e.support.http_client import Web
from tests.e2e.support.tenants import Tenant
from tests.e2e.support.webhook_deliveries import FORGES, Delivery, bot, comment, fresh, payload_of, signed


@pytest.mark.parametrize("forge", FORGES)
def test_cancel_status_and_retry_by_comment(forge: str, web: Web, tenant: Tenant) -> None:
    issue = fresh()

    def say(words: str) -> Delivery:
        return comment(forge, f"@mosaic {words}", tenant.repository, issue=issue)

    job_id = say("SLEEP=30 mend the lamp").send(web).ok(202)["jobId"]

    cancel = say("cancel")
    told = cancel.send(web).ok(202)
    assert (told["jobId"], told["status"], told["duplicate"]) == (job_id, "CANCELLED", False)
    assert say("status").send(web).ok(200)["status"] == "CANCELLED"
    assert cancel.replayed().send(web).ok(200)["duplicate"] is True

    retry = say("retry")
    assert retry.send(web).ok(202)["jobId"] == job_id
    assert tenant.job(job_id)["attempt"] == 2

    say("cancel").send(web).ok(202)
    assert retry.replayed().send(web).ok(200)["duplicate"] is True
    assert cancel.replayed().send(web).ok(200)["duplicate"] is True
    job = tenant.job(job_id)
    assert (job["status"], job["attempt"]) == ("CANCELLED", 2)
    assert tenant.newest() == [job_id]


def test_a_command_that_the_state_forbids_is_ignored_with_the_state(web: Web, tenant: Tenant) -> None:
    issue = fresh()
    job_id = (
        comment("github", "@mosaic SLEEP=30 work", tenant.repository, issue=issue).send(web).json["jobId"]
    )
    tenant.until(job_id, "RUNNING")
    told = comment("github", "@mosaic retry", tenant.repository, issue=issue).send(web).ok(200)
    assert "RUNNING" in told["ignored"]
    tenant.member.post(f"/runner-jobs/{job_id}/cancel").ok()


def test_a_command_about_an_issue_without_a_job_is_ignored(web: Web, tenant: Tenant) -> None:
    told = comment("github", "@mosaic cancel", tenant.repository).send(web).ok(200)
    assert told == {"ignored": "there is no job for this issue"}


def _issue_closed(repository: str) -> Delivery:
    return signed(
        "github", "issues", payload_of("github", "issues.opened", repository) | {"action": "closed"}
    )


SILENT: dict[str, Callable[[str], Delivery]] = {
    "no mention": partial(comment, "github", "The lamp blinks."),
    "mention of somebody else": partial(comment, "github", "@mosaics look"),
    "mention in code": partial(comment, "github", "write `@mosaic retry`"),
    "mention in a quotation": partial(comment, "github", "> @mosaic look\n\nNo."),
    "edited": partial(comment, "github", "@mosaic look", action="edited"),
    "edited on Gitea": partial(comment, "gitea", "@mosaic look", action="edited"),
    "deleted": partial(comment, "github", "@mosaic look", action="deleted"),
    "the bot's own words": partial(comment, "github", "@mosaic look", by="mosaic"),
    "the bot's own words as an app": partial(comment, "github", "@mosaic look", by="mosaic[bot]"),
    "the bot's own words on Gitea": partial(comment, "gitea", "@mosaic look", by="mosaic"),
    "the bot's own words in its form": partial(bot, comment="@mosaic look", actor="mosaic"),
    "no mention in the bot's form": partial(bot, action="commented", comment="The lamp blinks."),
    "a closed issue": _issue_closed,
    "a push": lambda repository: signed("github", "push", payload_of("github", "push", repository)),
    "a ping": lambda repository: signed("github", "ping", {"zen": repository}),
    "an event of tomorrow": lambda repository: signed("gitea", "hologram", {"to": repository}),
    "a check on a commit": lambda repository: signed(
        "github", "status", payload_of("github", "status", repository)
    ),
}


def test_a_ping_is_told_from_a_repository_that_nobody_has(web: Web) -> None:
    assert signed("github", "ping", {"zen": "Keep it logically awesome."}).send(web).ok(200) == {
        "ignored": "ping"
    }


@pytest.mark.parametrize("case", SILENT)
def test_what_is_not_meant_for_the_bot_is_ignored_with_the_reason(case: str, web: Web, idle: Tenant) -> None:
    told = SILENT[case](idle.repository).send(web).ok(200)
    assert list(told) == ["ignored"]
    assert told["ignored"]
    assert idle.newest() == []
