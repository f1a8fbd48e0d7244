"""The functions themselves: each invocation is a process of its own, with the time that the template gives it."""

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
from mosaic.events.model import Event
from mosaic.jobs.model import Job
from mosaic.services.authenticate_caller import Authenticator
from mosaic.services.authenticate_webhook import WebhookAuthenticator
from mosaic.services.consume_stream import StreamConsumer
from mosaic.services.dead_letter_job import DeadLetterHandler
from mosaic.services.notify_issue import IssueNotifier
from mosaic.services.repair_log import LogRepair
from mosaic.storage.event_bus import Bus
from tests.fakes import api as fake_api
from tests.fakes.crash_injector import ProcessKilled
from tests.fakes.deployment import CALLBACK_KEY, Deployment
from tests.fakes.secrets import FakeSecrets
from tests.simulation.simulator.random_source import RandomSource
from tests.simulation.simulator.schedule import Process, Schedule
from tests.simulation.simulator.trace import Trace
from webhook.wiring import WebhookServices

T = TypeVar("T")
Json = dict[str, Any]

# As in template.yaml, in seconds.
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
        "openclaw": {"callbackKey": CALLBACK_KEY, "callbackToken": CALLBACK_TOKEN},
    }
)
CONTEXT = LambdaContext()


class Functions:
    """The functions of one deployment.

    `failed` is told of whatever they raise, and by whose invocation, `held_up` of an invocation of the recorder after
    which a batch has to come again. `trouble` is what a function meets at a job, and at a version of it; it may raise.
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
        self.failed: Callable[[Process, Exception], None] = lambda _process, _error: None
        self.held_up: Callable[[Process], None] = lambda _process: None
        self.trouble: Callable[[str, str, int | None], None] = lambda _function, _job_id, _version: None
        self.restart()

    def authorize(self, event: Json) -> Mapping[str, Any] | None:
        """Who calls, as the authorizer says; None when it says nothing."""
        return self._invoke("authorizer", lambda: authorizer.app.answer(event, self._authenticator))

    def api(self, event: Json) -> fake_api.Answered | None:
        """What the api answers to a request; None when no answer comes."""
        response = self._invoke("api", lambda: api.app.answer(event, CONTEXT, self._api))
        return fake_api.answered(event, response) if response else None

    def webhook(self, path: str, headers: Mapping[str, str], body: bytes) -> fake_api.Answered | None:
        """What the webhook function answers to a delivery; None when no answer comes."""
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
        """The stitcher's answer to a batch of messages."""
        watched: Any = _Watched(self)
        return self._invoke("stitcher", lambda: stitcher.app.answer(event, CONTEXT, watched))

    def record(self, event: Json, *, fault_free: bool) -> Mapping[str, Any] | None:
        """The recorder's answer to a batch of the stream."""

        def answer() -> Mapping[str, Any]:
            told = recorder.app.answer(event, self._intake())
            if told["batchItemFailures"] and self._schedule.process:
                self.held_up(self._schedule.process)
            return told

        return self._invoke("recorder", answer, fault_free=fault_free)

    def repair(self, event: Json) -> Mapping[str, Any] | None:
        """The recorder's answer to a request for repair."""
        return self._invoke("recorder", lambda: recorder.app.repair(event, self._repair()))

    def dead_letter(self, event: Json) -> Mapping[str, Any] | None:
        """The poison function's answer to messages that the stitcher could not process."""
        return self._invoke(
            "dead-letter", lambda: dead_letter.app.answer(event, CONTEXT, self._dead_letter_handler)
        )

    def notify(self, event: Json, told: IssueNotifier) -> Mapping[str, Any] | None:
        """The notifier's answer to messages of the bus."""
        watched: Any = _Told(self, told)
        return self._invoke("notifier", lambda: notifier.app.answer(event, CONTEXT, watched))

    def sweep(self) -> None:
        """The sweeper, for a minute that has come."""
        self._invoke("sweeper", lambda: sweeper.app.answer(self._deployment.sweep))

    def process(self, workspace_id: str, job_id: str) -> None:
        """As the stitcher."""
        with self.kept():
            self.trouble("stitcher", job_id, None)
            self._deployment.stitcher.process(workspace_id, job_id)

    def note(self, old: Job | None, new: Job) -> tuple[Event, ...]:
        """As the recorder."""
        with self.kept():
            self.trouble("recorder", new.id, new.version)
            return self._deployment.recorder.record(old, new)

    def _intake(self) -> StreamConsumer:
        return StreamConsumer(self.note, self.bus, self._deployment.injected.stream_dead_letters)

    def _repair(self) -> LogRepair:
        injected = self._deployment.injected
        return LogRepair(
            injected.jobs,
            injected.events,
            self.bus,
            self._intake(),
            injected.stream_dead_letters,
            injected.stream,
            self._schedule.own_clock,
        )

    @contextmanager
    def kept(self) -> Iterator[None]:
        """Whatever is raised in here is told to `failed`, also when somebody keeps it to himself."""
        try:
            yield
        except Exception as error:
            self._keep(error)
            raise

    def _invoke(self, function: str, handler: Callable[[], T], *, fault_free: bool = False) -> T | None:
        """What the function answers; None when it dies, raises, or has run out of its time."""
        outer = self._schedule.process
        deadline = self._schedule.now + TIMEOUTS[function]
        skew = self._random_source.between(-self._skew, self._skew)
        self._schedule.process = Process(function, skew, deadline, fault_free=fault_free)
        try:
            return handler()
        except ProcessKilled as death:
            self._trace.record(self._schedule.now, function, "is gone", str(death))
            self.restart()
        except Exception as error:  # noqa: BLE001 - to AWS, whatever a function raises is an error of it
            self._keep(error)
        finally:
            self._schedule.process = outer
        return None

    def _keep(self, error: Exception) -> None:
        if self._schedule.process:
            self.failed(self._schedule.process, error)

    def restart(self) -> None:
        """Processes that remember nothing take the place of those that are gone."""
        clock, world = self._schedule.own_clock, self._deployment
        world.start(world.injected, clock)
        self._authenticator = Authenticator(world.injected.access, _run_keys, None, clock)
        self._api = fake_api.services(world, clock, self._schedule.sleep)
        self._dead_letter_handler = DeadLetterHandler(
            world.injected.jobs, world.enqueuer, world.injected.dead_letters, clock, tries=5
        )
        self._webhook = WebhookServices(
            authenticator=WebhookAuthenticator(world.injected.access, SECRETS, "webhook", clock),
            handler=world.webhook_handler,
            completion=world.run_completion,
            secrets=SECRETS,
            openclaw_secret_id="openclaw",
            bot_login="mosaic",
        )


def _run_keys() -> tuple[str, ...]:
    return (str(SECRETS.get("openclaw")["callbackKey"]),)


class _Watched:
    """A stitcher whose exceptions the batch processor does not keep to itself."""

    def __init__(self, functions: Functions) -> None:
        self.process = functions.process


class _Told:
    """A notifier that is watched so."""

    def __init__(self, functions: Functions, told: IssueNotifier) -> None:
        self._functions, self._told = functions, told

    def notify(self, workspace_id: str, job_id: str) -> bool:
        """As Notifier."""
        with self._functions.kept():
            return self._told.notify(workspace_id, job_id)
