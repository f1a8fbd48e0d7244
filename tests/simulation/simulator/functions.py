"""The functions of the product. Each invocation is a process with the timeout of the template."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeVar

from aws_lambda_powertools.utilities.typing import LambdaContext

import api.app
import authorizer.app
import dead_letter.app
import notifier.app
import recorder.app
import stitcher.app
import sweeper.app
import webhook.app
from mosaic.edge.refusals import webhook_refusals
from mosaic.events.model import Event
from mosaic.jobs.model import Job
from mosaic.services.authenticate_callback import CallbackAuthenticator
from mosaic.services.authenticate_caller import Authenticator
from mosaic.services.authenticate_webhook import WebhookAuthenticator
from mosaic.services.consume_stream import StreamConsumer
from mosaic.services.dead_letter_job import DeadLetterHandler
from mosaic.services.notify_issue import IssueNotifier
from mosaic.services.repair_log import LogRepair
from mosaic.services.write_answer import AnswerWriter
from mosaic.storage.event_bus import Bus
from tests.fakes import api as fake_api
from tests.fakes.crash_injector import ProcessKilled
from tests.fakes.deployment import CALLBACK_KEY, RUN_TOKEN_KEY, Deployment
from tests.fakes.storage.secrets import FakeSecrets
from tests.simulation.simulator.random_source import RandomSource
from tests.simulation.simulator.schedule import Process, Schedule
from tests.simulation.simulator.trace import Trace
from webhook.wiring import WebhookServices

T = TypeVar("T")
Json = dict[str, Any]

# In seconds; the same as in template.yaml.
TIMEOUTS = {
    "authorizer": 8,
    "api": 29,
    "webhook": 10,
    "stitcher": 60,
    "recorder": 60,
    "sweeper": 55,
    "dead-letter": 30,
    "notifier": 45,
}
CALLBACK_TOKEN = "simulated-callback-token"
WEBHOOK_SECRET = "simulated-webhook-secret"
SECRETS = FakeSecrets(
    {
        "webhook": {"secret": WEBHOOK_SECRET},
        "run-token": {"runTokenKey": RUN_TOKEN_KEY},
        "callback": {"callbackKey": CALLBACK_KEY, "callbackToken": CALLBACK_TOKEN},
    }
)
CONTEXT = LambdaContext()


class Functions:
    """The functions of one deployment.

    `on_error` gets each exception that an invocation raises. `on_batch_retry` gets an invocation of the
    recorder that reports a failed batch. `before_job` runs before a function processes a job or one of its
    versions, and may raise.
    """

    def __init__(
        self,
        schedule: Schedule,
        trace: Trace,
        deployment: Deployment,
        random_source: RandomSource,
        skew: float,
    ) -> None:
        self._schedule, self._trace, self._random_source, self._skew = schedule, trace, random_source, skew
        self._deployment = deployment
        self.bus: Bus = deployment.bus
        self.on_error: Callable[[Process, Exception], None] = lambda _process, _error: None
        self.on_batch_retry: Callable[[Process], None] = lambda _process: None
        self.before_job: Callable[[str, str, int | None], None] = lambda _function, _job_id, _version: None
        self.restart()

    def authorize(self, event: Json) -> Mapping[str, Any] | None:
        """Returns the authorizer's decision, None if there is no response."""
        return self._invoke("authorizer", lambda: authorizer.app.answer(event, self._authenticator))

    def api(self, event: Json) -> fake_api.ApiResponse | None:
        """Returns the api's response to a request, None if there is no response."""
        response = self._invoke("api", lambda: api.app.answer(event, CONTEXT, self._api))
        return fake_api.answered(event, response) if response else None

    def webhook(self, path: str, headers: Mapping[str, str], body: bytes) -> fake_api.ApiResponse | None:
        """Returns the webhook function's response to a delivery, None if there is no response."""
        event = {
            "version": "2.0",
            "routeKey": f"POST {path}",
            "rawPath": path,
            "rawQueryString": "",
            "headers": {"content-type": "application/json", **headers},
            "requestContext": {"http": {"method": "POST", "path": path}, "stage": "$default"},
            "body": body.decode(),
            "isBase64Encoded": False,
        }
        response = self._invoke("webhook", lambda: webhook.app.answer(event, CONTEXT, self._webhook))
        return fake_api.answered(event, response) if response else None

    def stitch(self, event: Json) -> Mapping[str, Any] | None:
        """Returns the stitcher's response to a batch of messages."""
        reporting: Any = _ReportingStitcher(self)
        return self._invoke("stitcher", lambda: stitcher.app.answer(event, CONTEXT, lambda _: reporting))

    def record(self, event: Json, *, fault_free: bool) -> Mapping[str, Any] | None:
        """Returns the recorder's response to a batch of the stream."""

        def answer() -> Mapping[str, Any]:
            response = recorder.app.answer(event, self._stream_consumer())
            if response["batchItemFailures"] and self._schedule.process:
                self.on_batch_retry(self._schedule.process)
            return response

        return self._invoke("recorder", answer, fault_free=fault_free)

    def repair(self, event: Json) -> Mapping[str, Any] | None:
        """Returns the recorder's response to repair requests."""
        return self._invoke("recorder", lambda: recorder.app.repair_log(event, self._log_repair()))

    def dead_letter(self, event: Json) -> Mapping[str, Any] | None:
        """Returns the dead-letter function's response to messages that the stitcher could not process."""
        return self._invoke(
            "dead-letter", lambda: dead_letter.app.answer(event, CONTEXT, self._dead_letter_handler)
        )

    def notify(
        self, event: Json, issue_notifier: IssueNotifier, writer: AnswerWriter
    ) -> Mapping[str, Any] | None:
        """Returns the notifier's response to messages of the bus."""
        reporting: Any = _ReportingNotifier(self, issue_notifier)
        return self._invoke("notifier", lambda: notifier.app.answer(event, CONTEXT, reporting, writer))

    def sweep(self) -> None:
        """Invokes the sweeper."""
        self._invoke("sweeper", lambda: sweeper.app.answer(self._deployment.sweep))

    def process(self, workspace_id: str, job_id: str) -> None:
        """Processes a job as the stitcher does."""
        with self.reporting_errors():
            self.before_job("stitcher", job_id, None)
            self._deployment.stitcher.process(workspace_id, job_id)

    def record_version(self, old: Job | None, new: Job) -> tuple[Event, ...]:
        """Records a version as the recorder does."""
        with self.reporting_errors():
            self.before_job("recorder", new.id, new.version)
            return self._deployment.recorder.record(old, new)

    def _stream_consumer(self) -> StreamConsumer:
        return StreamConsumer(self.record_version, self.bus, self._deployment.injected.stream_dead_letters)

    def _log_repair(self) -> LogRepair:
        injected = self._deployment.injected
        return LogRepair(
            injected.jobs,
            injected.events,
            self.bus,
            self._stream_consumer(),
            injected.stream_dead_letters,
            injected.stream,
            self._schedule.process_clock,
        )

    @contextmanager
    def reporting_errors(self) -> Iterator[None]:
        """Reports exceptions to `on_error`, even those that the batch processor catches."""
        try:
            yield
        except Exception as error:
            self._report_error(error)
            raise

    def _invoke(self, function: str, handler: Callable[[], T], *, fault_free: bool = False) -> T | None:
        """Returns the function's response; None if it crashes, raises, or times out."""
        outer = self._schedule.process
        deadline = self._schedule.now + TIMEOUTS[function]
        skew = self._random_source.between(-self._skew, self._skew)
        self._schedule.process = Process(function, skew, deadline, fault_free=fault_free)
        try:
            return handler()
        except ProcessKilled as killed:
            self._trace.record(self._schedule.now, function, "has crashed", str(killed))
            self.restart()
        except Exception as error:  # noqa: BLE001 - to AWS, any exception of a function is a failed invocation
            self._report_error(error)
        finally:
            self._schedule.process = outer
        return None

    def _report_error(self, error: Exception) -> None:
        if self._schedule.process:
            self.on_error(self._schedule.process, error)

    def restart(self) -> None:
        """Replaces all processes by new ones with empty memory."""
        clock, deployment = self._schedule.process_clock, self._deployment
        deployment.start(deployment.injected, clock)
        self._authenticator = Authenticator(deployment.injected.access, _run_token_keys, None, clock)
        self._api = fake_api.services(deployment, clock, self._schedule.sleep)
        self._dead_letter_handler = DeadLetterHandler(
            deployment.injected.jobs, deployment.enqueuer, deployment.injected.dead_letters, clock, tries=5
        )
        self._webhook = WebhookServices(
            authenticator=WebhookAuthenticator(
                deployment.injected.access,
                deployment.injected.connections,
                SECRETS,
                "webhook",
                clock,
                single_tenant=True,
            ),
            handler=deployment.webhook_handler,
            completion=deployment.run_completion,
            callbacks=CallbackAuthenticator(deployment.injected.access, SECRETS, "callback"),
            bot_login="mosaic",
            refusals=webhook_refusals(deployment.measured.append),
        )


def _run_token_keys() -> tuple[str, ...]:
    return (str(SECRETS.get("run-token")["runTokenKey"]),)


class _ReportingStitcher:
    """A stitcher that reports exceptions before the batch processor catches them."""

    def __init__(self, functions: Functions) -> None:
        self.process = functions.process


class _ReportingNotifier:
    """A notifier that reports exceptions before the batch processor catches them."""

    def __init__(self, functions: Functions, issue_notifier: IssueNotifier) -> None:
        self._functions, self._notifier = functions, issue_notifier

    def notify(self, workspace_id: str, job_id: str) -> bool:
        """As IssueNotifier."""
        with self._functions.reporting_errors():
            return self._notifier.notify(workspace_id, job_id)
