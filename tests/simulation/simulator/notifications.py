"""The path from the bus to the comment on an issue: rule, queue, notifier, and forge.

The bus delivers at least once, in any order, and at a low rate hours late. A message that exhausts its
receives becomes a dead letter, and an operator redrives it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import partial
from typing import Any

from mosaic.jobs.model import Job
from mosaic.services.notify_issue import IssueNotifier
from mosaic.services.write_answer import AnswerWriter
from mosaic.storage.event_bus import EventBus
from tests.fakes.forge import FakeComments
from tests.fakes.storage.event_bus import FakeEventBridge
from tests.fakes.storage.job_queue import Message
from tests.simulation.simulator.cloud import Cloud
from tests.simulation.simulator.event_sources import HOURS, Json, PolledQueue
from tests.simulation.simulator.template_properties import properties, queue_limits

PROVIDER = "github"


class Notifications(PolledQueue):
    """The notifier of a deployment and its queue."""

    batch = 2

    def __init__(self, cloud: Cloud) -> None:
        super().__init__(cloud.schedule, cloud.random_source, **queue_limits("NotifierQueue"))
        self.functions = cloud.functions
        self.forge = FakeComments(cloud.skewed_clock())
        self._coordination = cloud.deployment.backends.shared
        self._in_flight = 0
        self._dead_count = 0
        self._refused_until = 0.0
        injected, forge = cloud.deployment.injected, cloud.fault_injector.wrap(self.forge)
        clock = cloud.schedule.process_clock
        self._notifier = IssueNotifier(injected.jobs, injected.shared, {PROVIDER: lambda: forge}, clock)
        self._writer = AnswerWriter(injected.shared, {PROVIDER: lambda: forge}, clock)
        bridge = FakeEventBridge()
        bridge.refuses = self._refuses_entry
        bridge.rule(properties("NotifierRule")["EventPattern"], self._send)
        cloud.functions.bus = EventBus(cloud.fault_injector.wrap(bridge), "events")
        cloud.deployment.answers_bus = cloud.functions.bus
        cloud.functions.restart()
        cloud.extra_queues.append(self)
        cloud.notified_providers.add(PROVIDER)

    @property
    def busy(self) -> bool:
        """Returns whether a notification is still to be delivered."""
        return bool(self._in_flight or self._dead_count) or super().busy

    def take(self, event: Json) -> Mapping[str, Any] | None:
        """Invokes the notifier."""
        return self.functions.notify(event, self._notifier, self._writer)

    def on_max_receives(self, message: Message) -> None:
        """An operator puts the message back an hour later."""
        self._dead_count += 1

        def redrive() -> None:
            self._dead_count -= 1
            self.queue.put(message.body)

        self._schedule.after(HOURS, redrive)

    def take_forge_down(self, after: float, seconds: float) -> None:
        """Makes the forge unavailable for `seconds`, starting `after` seconds from now."""
        for time, down in ((after, True), (after + seconds, False)):
            self._schedule.after(time, partial(setattr, self.forge, "down", down))

    def delete(self, job: Job) -> bool:
        """Deletes the job's comments whose ids the notifier has saved. Returns whether there were any."""
        state = self._coordination.read(f"comment#{job.workspace_id}#{job.id}").text
        comments = [comment for comment in self.forge.comments if f'"commentId":"{comment.id}"' in state]
        for comment in comments:
            self.forge.comments.remove(comment)
        return bool(comments)

    def _refuses_entry(self, _: object) -> bool:
        """Returns whether the bus refuses entries now. The recorder's batch is then retried."""
        if self._random_source.happens(self._random_source.behavior.bus_refusals):
            self._refused_until = self._schedule.now + self._random_source.between(0, 60)
        process = self._schedule.process
        if process is None or process.fault_free or self._schedule.now >= self._refused_until:
            return False
        process.faults.append("the bus refuses")
        return True

    def _send(self, event: Json) -> None:
        random_source = self._random_source
        for _ in range(2 if random_source.happens(random_source.behavior.duplicates) else 1):
            delay = random_source.delay(3 * HOURS)
            self._in_flight += 1
            self._schedule.after(random_source.between(0.3, 1) + delay, lambda: self._deliver(event))

    def _deliver(self, event: Json) -> None:
        self._in_flight -= 1
        self.queue.put(json.dumps(event))


def job_id_of(body: str) -> str:
    """Returns the id of the job that a comment is about."""
    return body.partition("<!-- mosaic:")[2].partition(" ")[0]
