"""The actors around a deployment, and the requests that they send."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from mosaic.access.model import Principal, Role
from mosaic.base import rfc3339
from mosaic.forge import signature
from mosaic.jobs.gates import Forge as Provider
from mosaic.jobs.model import Job
from tests.fakes.api import ApiResponse
from tests.simulation.checkers.history import GateReport, History, IssueCommand
from tests.simulation.simulator.cloud import Cloud
from tests.simulation.simulator.functions import WEBHOOK_SECRET
from tests.simulation.simulator.schedule import Process
from tests.simulation.workloads.issues import ISSUE, Issue, comment_delivery, opened_delivery

MEMBER = Principal(workspace_id="demo", token_id="ada", role=Role.MEMBER)
ADMIN = Principal(workspace_id="demo", token_id="eve", role=Role.ADMIN)
REPORTER = Principal(
    workspace_id="demo", token_id="ci", role=Role.REPORTER, repositories=("acme/shop", "acme/other")
)
STRANGER = Principal(workspace_id="other", token_id="stranger", role=Role.ADMIN)
DELAY = timedelta(minutes=10)
COMMITS = ("c" * 40, "d" * 40)
# The newest commit of the repository's main branch, on which all checks pass.
MAIN_COMMIT = "e" * 40
RELEASE = "release-1.0"

JOB_KINDS: dict[str, dict[str, Any]] = {
    "plain": {"type": "git-status"},
    "gated": {"type": "code-task", "repository": "acme/shop"},
    "needs approval": {
        "type": "review",
        "profile": "weaver",
        "repository": "acme/shop",
        "capabilities": ["git:push"],
    },
    "inspecting": {"type": "review", "repository": "acme/shop"},
    "denied": {"type": "git-status", "capabilities": ["git:push"]},
    "failing": {"type": "git-status", "instructions": "FAIL500", "maxAttempts": 2},
    "long": {"type": "git-status", "instructions": "SLEEP=900", "timeoutSeconds": 120},
    "urgent": {"type": "git-status", "priority": 8},
    "delayed": {"type": "git-status"},
}
# Kinds that need the same approval, in another repository or in a part of it.
_SIMILAR_KINDS: dict[str, dict[str, Any]] = {
    "needs approval elsewhere": {**JOB_KINDS["needs approval"], "repository": "acme/other"},
    "needs approval in docs": {**JOB_KINDS["needs approval"], "paths": ["docs/"]},
}


# Kinds for deployments whose forge reports pushes: jobs on a branch of any name, and one whose run names a
# commit that is not its own.
PUSHING_KINDS: dict[str, dict[str, Any]] = {
    "releasing": {**JOB_KINDS["gated"], "branch": RELEASE},
    "naming main": {**JOB_KINDS["gated"], "instructions": f"COMMIT={MAIN_COMMIT}"},
}


class Actors:
    """All actors around one deployment. Their requests and the responses are added to the history."""

    def __init__(self, cloud: Cloud, history: History) -> None:
        self.cloud, self.history = cloud, history
        self._comments = 0
        for caller in (MEMBER, ADMIN, REPORTER, STRANGER):
            history.tokens.add_existing(cloud.deployment.access, caller)

    def schedule(self, name: str, act: Callable[[], object], after: float = 0.0) -> None:
        """Schedules an action of an actor."""

        def begin() -> None:
            self.cloud.schedule.process = Process(name, fault_free=True)
            act()

        self.cloud.schedule.after(after, begin)

    def request(
        self,
        method: str,
        path: str,
        body: object = None,
        caller: Principal = MEMBER,
        headers: Mapping[str, str] | None = None,
        bearer: str | None = None,
    ) -> ApiResponse | None:
        """Returns the response to a request with the caller's token or another one. Notes jobs that a 2xx
        promises.
        """
        token = self.history.tokens.current(caller).bearer if bearer is None else bearer
        response = self.cloud.api_gateway.send(method, path, body, token, headers)
        self._record_response(f"{method} {path}", response)
        if (
            response
            and response.status < 300
            and response.route in ("POST /runner-jobs", "POST /stitcher/dispatch")
        ):
            self.history.job(caller.workspace_id, response.json["id"]).is_promised = True
        return response

    def until_answered(self, send: Callable[[], ApiResponse | None], tries: int = 5) -> ApiResponse | None:
        """Sends a request again until there is a response that is neither a server error nor a conflict."""
        response = send()
        while tries > 1 and (response is None or response.status >= 500 or response.status == 409):
            tries -= 1
            self.cloud.schedule.sleep(2.0)
            response = send()
        return response

    def create(self, kind: str, key: str | None = None, caller: Principal = MEMBER) -> ApiResponse | None:
        """Creates a job of a kind. With an idempotency key, sends the request until it is answered."""
        body = {
            "instructions": "Say what has changed",
            **{**JOB_KINDS, **_SIMILAR_KINDS, **PUSHING_KINDS}[kind],
        }
        if kind == "delayed":
            body["runAt"] = rfc3339(self.cloud.schedule.clock().replace(microsecond=0) + DELAY)
        if key:
            body["agentTaskId"] = key
        headers = {"idempotency-key": key} if key else {}
        tries = 5 if key else 1
        return self.until_answered(lambda: self.request("POST", "/runner-jobs", body, caller, headers), tries)

    def comment(
        self,
        text: str,
        *,
        secret: str = WEBHOOK_SECRET,
        number: int | None = None,
        author: str = "ada",
        issue: Issue = ISSUE,
        at: datetime | None = None,
    ) -> ApiResponse | None:
        """Delivers a comment from GitHub, written now or at `at`. The same `number` is the same comment."""
        if number is None:
            self._comments += 1
            number = self._comments
        written_at = at or self.cloud.schedule.clock()
        delivery = comment_delivery(text, number, author, issue, written_at)
        self.history.issue_authors[delivery["comment"]["html_url"]] = (author, issue.author)
        return self._deliver_request("issue_comment", delivery, secret)

    def command(
        self, verb: str, author: str = "ada", issue: Issue = ISSUE, code: str | None = None
    ) -> Callable[[], ApiResponse | None]:
        """Writes a comment with a command, and returns a function that delivers it."""
        now = self.cloud.schedule.clock().replace(microsecond=0)
        self.history.commands.append(IssueCommand(verb, author, issue.number, self.cloud.schedule.now, code))
        self._comments += 1
        number, text = self._comments, f"{verb} {code}" if code else verb
        return lambda: self.comment(text, number=number, author=author, issue=issue, at=now)

    def open_issue(self, issue: Issue, sender: str, *, says_moved: bool = False) -> ApiResponse | None:
        """Delivers that `sender` opened an issue, or moved that of its author here."""
        delivery = opened_delivery(issue, sender, says_moved=says_moved)
        if says_moved:
            self.history.moved_issues.add(delivery["issue"]["html_url"])
        self.history.issue_authors[delivery["issue"]["html_url"]] = (sender, issue.author)
        return self._deliver_request("issues", delivery, WEBHOOK_SECRET)

    def _deliver_request(self, event: str, delivery: Mapping[str, Any], secret: str) -> ApiResponse | None:
        response = self.deliver("github", event, delivery, secret)
        if response and response.status == 202:
            self.history.job("demo", response.json["jobId"]).is_promised = True
        return response

    def deliver(
        self, provider: Provider, event: str, payload: Mapping[str, Any], secret: str = WEBHOOK_SECRET
    ) -> ApiResponse | None:
        """Returns the response to a forge's delivery, signed with this secret."""
        body = json.dumps(payload).encode()
        headers = {f"x-{provider}-event": event, **signature.sign(provider, body, secret)}
        response = self.cloud.functions.webhook(f"/stitcher/webhook/{provider}", headers, body)
        self._record_response(f"{event}: {body[:60].decode()}", response)
        return response

    def report_gate(
        self,
        job: Job,
        gate: str,
        status: str = "passed",
        caller: Principal = REPORTER,
        commit: str = COMMITS[0],
    ) -> ApiResponse | None:
        """Reports a gate, or overrides it with status `forced`."""
        is_overridden = status == "forced"
        report = GateReport(gate, status, str(caller.role), None if is_overridden else commit)
        self.history.job(job.workspace_id, job.id).gate_reports.append(report)
        body = (
            {"status": status, "reason": "we know"}
            if is_overridden
            else {"status": status, "commitSha": commit}
        )
        return self.request("PUT", f"/runner-jobs/{job.id}/gates/{gate}", body, caller)

    def report_done(self, job_id: str, attempt: int) -> None:
        """The attempt's run reports that it is done, until it gets a response."""
        self.history.job("demo", job_id).self_reported.add(attempt)
        body = {"batchId": f"done-{attempt}", "reports": [{"kind": "progress", "percent": 100}]}
        self.until_answered(
            lambda: self.request(
                "POST", f"/runner-jobs/{job_id}/reports", body, run_principal(job_id, attempt)
            )
        )

    def control(
        self,
        job: Job,
        verb: str,
        body: object = None,
        caller: Principal = ADMIN,
        bearer: str | None = None,
    ) -> ApiResponse | None:
        """Cancels, retries, approves or denies a job."""
        return self.request("POST", f"/runner-jobs/{job.id}/{verb}", body, caller, bearer=bearer)

    def _record_response(self, action: str, response: ApiResponse | None) -> None:
        schedule = self.cloud.schedule
        actor = schedule.process.name if schedule.process else "actor"
        self.cloud.trace.record(
            schedule.now,
            actor,
            action,
            None,
            f"{response.status} {response.body[:90]}" if response else "no answer",
        )
        if response:
            self.history.responses.append(response.body)


def run_principal(job_id: str, attempt: int) -> Principal:
    """Returns the principal of an attempt's run token."""
    return Principal(workspace_id="demo", role=Role.RUNNER, job_id=job_id, attempt=attempt)
