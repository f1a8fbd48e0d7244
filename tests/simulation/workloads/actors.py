"""Those around the deployment: who ask for jobs, answer, report, change their minds, and who should not be let in."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from mosaic.access.model import Principal, Role
from mosaic.base import rfc3339
from mosaic.forge import signature
from mosaic.jobs.gates import Forge as Provider
from mosaic.jobs.model import Job
from tests.fakes.api import Answered
from tests.simulation.checkers.history import GateReport, History
from tests.simulation.simulator.cloud import Cloud
from tests.simulation.simulator.functions import WEBHOOK_SECRET
from tests.simulation.simulator.schedule import Process

MEMBER = Principal(workspace_id="demo", token_id="ada", role=Role.MEMBER)
ADMIN = Principal(workspace_id="demo", token_id="eve", role=Role.ADMIN)
REPORTER = Principal(workspace_id="demo", token_id="ci", role=Role.REPORTER)
STRANGER = Principal(workspace_id="other", token_id="stranger", role=Role.ADMIN)
DELAY = timedelta(minutes=10)
COMMITS = ("c" * 40, "d" * 40)

KINDS: dict[str, dict[str, Any]] = {
    "plain": {"type": "git-status"},
    "gated": {"type": "code-task", "repository": "acme/shop"},
    "asking": {
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
# Like what is asked for, but elsewhere or in a part of it.
_ALIKE: dict[str, dict[str, Any]] = {
    "asking elsewhere": {**KINDS["asking"], "repository": "acme/other"},
    "asking in docs": {**KINDS["asking"], "paths": ["docs/"]},
}


class Actors:
    """Everybody around one cloud. What they are told and what they told others is seen by the witness."""

    def __init__(self, cloud: Cloud, history: History) -> None:
        self.cloud, self.history = cloud, history
        self._comments = 0
        for caller in (MEMBER, ADMIN, REPORTER, STRANGER):
            history.tokens.add_existing(cloud.deployment.access, caller)

    def does(self, name: str, act: Callable[[], object], after: float = 0.0) -> None:
        """Somebody does something in a while."""

        def begin() -> None:
            self.cloud.schedule.process = Process(name, fault_free=True)
            act()

        self.cloud.schedule.after(after, begin)

    def ask(
        self,
        method: str,
        path: str,
        body: object = None,
        caller: Principal = MEMBER,
        headers: Mapping[str, str] | None = None,
        bearer: str | None = None,
    ) -> Answered | None:
        """The answer to a request, with the caller's token or another; what a 2xx promises is remembered."""
        shown = self.history.tokens.current(caller).bearer if bearer is None else bearer
        answer = self.cloud.api_gateway.send(method, path, body, shown, headers)
        self._heard(f"{method} {path}", answer)
        if (
            answer
            and answer.status < 300
            and answer.route in ("POST /runner-jobs", "POST /stitcher/dispatch")
        ):
            self.history.job(caller.workspace_id, answer.json["id"]).is_promised = True
        return answer

    def insist(self, ask: Callable[[], Answered | None], tries: int = 5) -> Answered | None:
        """Ask again for as long as no answer comes, or one that says that it was not the asker's fault."""
        answer = ask()
        while tries > 1 and (answer is None or answer.status >= 500 or answer.status == 409):
            tries -= 1
            self.cloud.schedule.sleep(2.0)
            answer = ask()
        return answer

    def create(self, kind: str, key: str | None = None, caller: Principal = MEMBER) -> Answered | None:
        """Ask for a job of a kind until it is answered."""
        body = {"instructions": "Say what has changed", **{**KINDS, **_ALIKE}[kind]}
        if kind == "delayed":
            body["runAt"] = rfc3339(self.cloud.schedule.clock().replace(microsecond=0) + DELAY)
        if key:
            body["agentTaskId"] = key
        headers = {"idempotency-key": key} if key else {}
        tries = 5 if key else 1
        return self.insist(lambda: self.ask("POST", "/runner-jobs", body, caller, headers), tries)

    def comment(
        self, text: str, *, secret: str = WEBHOOK_SECRET, number: int | None = None
    ) -> Answered | None:
        """GitHub delivers a comment; the same `number` is the same comment again."""
        if number is None:
            self._comments += 1
            number = self._comments
        answer = self.deliver("github", "issue_comment", _comment(text, number), secret)
        if answer and answer.status == 202:
            self.history.job("demo", answer.json["jobId"]).is_promised = True
        return answer

    def deliver(
        self, provider: Provider, event: str, payload: Mapping[str, Any], secret: str = WEBHOOK_SECRET
    ) -> Answered | None:
        """The answer to a forge's delivery, signed with this secret."""
        body = json.dumps(payload).encode()
        headers = {f"x-{provider}-event": event, **signature.sign(provider, body, secret)}
        answer = self.cloud.functions.webhook(f"/stitcher/webhook/{provider}", headers, body)
        self._heard(f"{event}: {body[:60].decode()}", answer)
        return answer

    def gate(
        self,
        job: Job,
        gate: str,
        status: str = "passed",
        caller: Principal = REPORTER,
        commit: str = COMMITS[0],
    ) -> Answered | None:
        """Somebody reports a gate, or forces it."""
        forced = status == "forced"
        told = GateReport(gate, status, str(caller.role), None if forced else commit)
        self.history.job(job.workspace_id, job.id).gate_reports.append(told)
        body = {"status": status, "reason": "we know"} if forced else {"status": status, "commitSha": commit}
        return self.ask("PUT", f"/runner-jobs/{job.id}/gates/{gate}", body, caller)

    def finishes(self, job_id: str, attempt: int) -> None:
        """The attempt's run reports that it is done, until that is answered."""
        self.history.job("demo", job_id).self_reported.add(attempt)
        body = {"batchId": f"done-{attempt}", "reports": [{"kind": "progress", "percent": 100}]}
        self.insist(lambda: self.ask("POST", f"/runner-jobs/{job_id}/reports", body, runner(job_id, attempt)))

    def control(
        self,
        job: Job,
        verb: str,
        body: object = None,
        caller: Principal = ADMIN,
        bearer: str | None = None,
    ) -> Answered | None:
        """Cancel, retry, approve, deny."""
        return self.ask("POST", f"/runner-jobs/{job.id}/{verb}", body, caller, bearer=bearer)

    def _heard(self, what: str, answer: Answered | None) -> None:
        schedule = self.cloud.schedule
        who = schedule.process.name if schedule.process else "people"
        self.cloud.trace.record(
            schedule.now, who, what, None, f"{answer.status} {answer.body[:90]}" if answer else "no answer"
        )
        if answer:
            self.history.responses.append(answer.body)


def runner(job_id: str, attempt: int) -> Principal:
    """The run of an attempt, as its token has it."""
    return Principal(workspace_id="demo", role=Role.RUNNER, job_id=job_id, attempt=attempt)


def _comment(text: str, number: int) -> dict[str, Any]:
    return {
        "action": "created",
        "issue": {"number": 7, "title": "Login fails", "body": "Since Monday."},
        "comment": {
            "id": number,
            "body": f"@mosaic {text}",
            "user": {"login": "ada"},
            "html_url": f"https://github.test/acme/shop/issues/7#{number}",
        },
        "repository": {"full_name": "acme/shop"},
        "sender": {"login": "eve" if text.startswith(("approve", "deny")) else "ada"},
    }
