"""The stand-in gateway with a switch, and a look at what it holds."""

import json

import urllib3

from local.demo import CALLBACK_TOKEN, GATEWAY_TOKEN
from local.gateway.stand_in import StandInGateway
from tests.e2e.support.http_client import Json

THINK_SECONDS = 0.3


class GatewaySwitch:
    """A gateway that can be away for a while; it comes back under the same URL and remembers nothing."""

    def __init__(self) -> None:
        self._pool = urllib3.PoolManager(retries=False, timeout=5)
        self._running: StandInGateway | None = None
        self._port = 0
        self.start()

    def start(self) -> None:
        """Be there."""
        if self._running is None:
            self._running = StandInGateway(
                GATEWAY_TOKEN, CALLBACK_TOKEN, port=self._port, think_seconds=THINK_SECONDS
            )
            self.url = self._running.url
            self._port = int(self.url.rpartition(":")[2])
            self._running.start()

    def stop(self) -> None:
        """Be away: connections are refused."""
        if self._running is not None:
            self._running.stop()
            self._running = None

    def close(self) -> None:
        self.stop()
        self._pool.clear()

    def held(self, job_id: str) -> list[Json]:
        """Every run of the job that the gateway holds, finished ones included, as it would show them itself."""
        jobs: list[Json] = self._call("cron.list", includeDisabled=True, query=job_id)["jobs"]
        return jobs

    def models_ran(self, job_id: str) -> int:
        """How often a model was called for the job since the gateway was started."""
        assert self._running is not None
        return sum(job_id in (call.key or "") for call in self._running.model_calls)

    def _call(self, method: str, **params: object) -> Json:
        body = json.dumps({"method": method, "params": params}).encode()
        headers = {"authorization": f"Bearer {GATEWAY_TOKEN}", "content-type": "application/json"}
        answer = self._pool.request("POST", f"{self.url}/api/v1/admin/rpc", body=body, headers=headers)
        payload: Json = answer.json()["payload"]
        return payload
