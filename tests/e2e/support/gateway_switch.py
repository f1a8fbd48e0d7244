"""The stand-in gateway with a switch, and access to its runs."""

import json

import urllib3

from local.demo import CALLBACK_TOKEN, GATEWAY_TOKEN
from local.gateway.stand_in import StandInGateway
from tests.e2e.support.http_client import Json

THINK_SECONDS = 0.3


class GatewaySwitch:
    """A gateway that can be stopped; it restarts under the same URL without its runs."""

    def __init__(self) -> None:
        self._pool = urllib3.PoolManager(retries=False, timeout=5)
        self._running: StandInGateway | None = None
        self._port = 0
        self.start()

    def start(self) -> None:
        """Starts the gateway, unless it runs."""
        if self._running is None:
            self._running = StandInGateway(
                GATEWAY_TOKEN, CALLBACK_TOKEN, port=self._port, think_seconds=THINK_SECONDS
            )
            self.url = self._running.url
            self._port = int(self.url.rpartition(":")[2])
            self._running.start()

    def stop(self) -> None:
        """Stops the gateway: connections are refused."""
        if self._running is not None:
            self._running.stop()
            self._running = None

    def close(self) -> None:
        self.stop()
        self._pool.clear()

    def runs(self, job_id: str) -> list[Json]:
        """Returns every run of the job at the gateway, finished ones included."""
        jobs: list[Json] = self._call("cron.list", includeDisabled=True, query=job_id)["jobs"]
        return jobs

    def model_call_count(self, job_id: str) -> int:
        """Returns the number of model calls for the job since the gateway's start."""
        assert self._running is not None
        return sum(job_id in (call.key or "") for call in self._running.model_calls)

    def _call(self, method: str, **params: object) -> Json:
        body = json.dumps({"method": method, "params": params}).encode()
        headers = {"authorization": f"Bearer {GATEWAY_TOKEN}", "content-type": "application/json"}
        response = self._pool.request("POST", f"{self.url}/api/v1/admin/rpc", body=body, headers=headers)
        payload: Json = response.json()["payload"]
        return payload
