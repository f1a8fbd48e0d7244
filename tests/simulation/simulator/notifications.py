"""From the bus to the comment on an issue: the rule and the queue of the template, the notifier, and the forge.

The bus sends at least once, in any order, now and then hours late. What the notifier did not manage in the template's
tries is dead, and put back by somebody who looks after it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from mosaic.jobs.model import Job
from mosaic.services.notify_issue import IssueNotifier
from mosaic.storage.event_bus import EventBus
from tests.fakes.event_bus import FakeEventBridge
from tests.fakes.forge import FakeComments
from tests.fakes.job_queue import Message
from tests.simulation.simulator.cloud import Cloud
from tests.simulation.simulator.event_sources import HOURS, Json, PolledQueue
from tests.simulation.simulator.template_properties import properties, queue_limits

FORGE = "github"


class Notifications(PolledQueue):
    """The notifier of a cloud, and all that is between it and the recorder."""

    batch = 2

    def __init__(self, cloud: Cloud) -> None:
        super().__init__(cloud.schedule, cloud.random_source, **queue_limits("NotifierQueue"))
        self.functions = cloud.functions
        self.forge = FakeComments(cloud.skewed_clock())
        self._shared = cloud.deployment.backends.shared
        self._on_the_way = 0
        self._dead = 0
        self._refused_until = 0.0
        injected, forge = cloud.deployment.injected, cloud.fault_injector.over(self.forge)
        self._notifier = IssueNotifier(
            injected.jobs, injected.shared, {FORGE: lambda: forge}, cloud.schedule.own_clock
        )
        bridge = FakeEventBridge()
        bridge.refuses = self._refuses
        bridge.rule(properties("NotifierRule")["EventPattern"], self._matched)
        cloud.functions.bus = EventBus(cloud.fault_injector.over(bridge), "events")
        cloud.extra_queues.append(self)
        cloud.notified_providers.add(FORGE)

    @property
    def busy(self) -> bool:
        """Whether something is still to be told."""
        return bool(self._on_the_way or self._dead) or super().busy

    def take(self, event: Json) -> Mapping[str, Any] | None:
        """To the notifier."""
        return self.functions.notify(event, self._notifier)

    def on_max_receives(self, message: Message) -> None:
        """Somebody reads the alarm, and puts the message back."""
        self._dead += 1

        def back() -> None:
            self._dead -= 1
            self.queue.put(message.body)

        self._schedule.after(HOURS, back)

    def is_away(self, after: float, seconds: float) -> None:
        """The forge cannot be reached for a while."""
        for moment, down in ((after, True), (after + seconds, False)):
            self._schedule.after(moment, lambda down=down: setattr(self.forge, "down", down))  # type: ignore[misc]

    def delete(self, job: Job) -> bool:
        """Take the job's comment away: whether it was there, and the notifier had noted that it wrote it."""
        noted = self._shared.read(f"comment#{job.workspace_id}#{job.id}").text
        there = [one for one in self.forge.comments if f'"commentId":"{one.id}"' in noted]
        for one in there:
            self.forge.comments.remove(one)
        return bool(there)

    def _refuses(self, _: object) -> bool:
        """Whether the bus takes no more just now, of which the recorder's batch has to come again."""
        if self._random_source.happens(self._random_source.behavior.bus_refusals):
            self._refused_until = self._schedule.now + self._random_source.between(0, 60)
        process = self._schedule.process
        if process is None or process.fault_free or self._schedule.now >= self._refused_until:
            return False
        process.faults.append("the bus refuses")
        return True

    def _matched(self, event: Json) -> None:
        random_source = self._random_source
        for _ in range(2 if random_source.happens(random_source.behavior.duplicates) else 1):
            late = (
                random_source.between(0, 3 * HOURS)
                if random_source.happens(random_source.behavior.delays)
                else 0.0
            )
            self._on_the_way += 1
            self._schedule.after(random_source.between(0.3, 1) + late, lambda: self._arrives(event))

    def _arrives(self, event: Json) -> None:
        self._on_the_way -= 1
        self.queue.put(json.dumps(event))


def job_id_of(body: str) -> str:
    """The id of the job that a comment is about."""
    return body.partition("<!-- mosaic:")[2].partition(" ")[0]
