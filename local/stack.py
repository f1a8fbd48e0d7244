"""Runs a whole template on this machine; the entry point to this package."""

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from local.background_loop import BackgroundLoop
from local.cloud.aws_calls import AwsCall, read_calls
from local.cloud.deploy import API, BUS, Deployment, deploy
from local.cloud.moto import Cloud
from local.cloud.tables import create_tables, with_fixed_names
from local.cloud.template_cache import load_cached
from local.cloud.versions import without_versions
from local.errors import FunctionError, LocalError
from local.functions.execution_environment import APP_ID, variables
from local.functions.function_pools import MAX_CONCURRENCY, Functions
from local.http_api.app import HttpApi
from local.http_api.server import Server
from local.log_folder import local_folder, locked
from local.stopwatch import Stopwatch
from local.triggers.event_sources import event_sources

ROOT = Path(__file__).parent.parent
PUBLIC_URL = "PublicUrl"
SINGLE_TENANT = "SingleTenant"


class LocalStack:
    """A deployed template with its HTTP API, event source mappings and schedules running.

    A context manager: the stack runs inside, and all its processes have ended outside.
    """

    logs: Path
    """The folder of the functions' logs, while the stack runs."""
    start_times: Stopwatch
    """The duration of each part of the start; parallel work counts once."""

    def __init__(
        self,
        parameters: Mapping[str, str],
        *,
        template: Path = ROOT / "template.yaml",
        port: int = 0,
        logs: Path | None = None,
        verbose: bool = False,
        events: bool = True,
        dynamodb: str | None = None,
        keep_tables: bool = False,
        concurrency: int = MAX_CONCURRENCY,
        prepare: Callable[["LocalStack"], None] = lambda _stack: None,
    ):
        """Configures the stack. Nothing is started before the context is entered.

        `parameters` are the template's. A PublicUrl parameter without a value is set to the stack's own URL.
        `port` is 0 for a free one. `logs` is the folder for logs, by default `.local/PORT`. With `verbose`
        the functions log to this process's output instead of to files. Without `events` no queue, stream or
        schedule invokes a function; the HTTP API and the data are still served. `dynamodb` is the endpoint of
        another DynamoDB than moto's. Its tables are new, or with `keep_tables` those of the last stack on
        this port. A function has at most `concurrency` execution environments. `prepare` runs before the
        first request and the first event; until then the port answers 503.
        """
        self._parameters = dict(parameters)
        self._template = template.resolve()
        self._port = port
        self._folder = logs
        self._verbose = verbose
        self._events = events
        self._dynamodb = dynamodb
        self._keep_tables = keep_tables
        self._concurrency = concurrency
        self._prepare = prepare
        self._exit = ExitStack()
        self._stopping = threading.Event()
        self._background: list[BackgroundLoop] = []

    def __enter__(self) -> Self:
        """Starts everything. Raises LocalError on failure, with nothing left running."""
        with ExitStack() as exit_stack:
            self._start(exit_stack)
            self._exit = exit_stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._exit.close()

    @property
    def url(self) -> str:
        """The base URL of the HTTP API."""
        return self._server.url

    def client(self, service: str) -> Any:
        """Returns a boto3 client of one of the cloud's services."""
        return self._cloud.client(service)

    def invoke(self, logical_id: str, event: Any, handler: str | None = None) -> Any:
        """Runs a function, or another handler of its code, on an event and returns the result; raises
        FunctionError.
        """
        return self._functions.invoke(logical_id, event, handler)

    def workers(self) -> list[int]:
        """Returns the ids of the processes that process an event now.

        Killing one has the same effect as a crash in Lambda.
        """
        return self._functions.workers()

    def env(self, logical_id: str) -> dict[str, str]:
        """Returns the variables that the template gives to a function."""
        return dict(self._functions.get(logical_id).environment)

    def credentials(self) -> dict[str, str]:
        """Returns the variables with the credentials for the stack's AWS services."""
        return self._cloud.credentials()

    def import_environment(self, logical_id: str) -> dict[str, str]:
        """Returns the variables for running the function's code in another process, which does not count as
        the function.
        """
        environment = variables(self._functions.get(logical_id), self._cloud.environment())
        return {name: value for name, value in environment.items() if name != APP_ID}

    def resource(self, logical_id: str) -> str:
        """Returns the physical id of a resource."""
        return self._deployment.physical_ids[logical_id]

    def calls(self) -> Iterator[AwsCall]:
        """Yields the functions' AWS calls so far, each resource by its logical id."""
        names = {name: logical_id for logical_id, name in self._deployment.physical_ids.items()}
        names |= {bus["Name"]: logical_id for logical_id, bus in self._deployment.properties(BUS).items()}
        for call in read_calls(self._calls):
            name, _, index = call.resource.partition("/index/")
            yield replace(call, resource=names.get(name, name) + (f"/index/{index}" if index else ""))

    def output(self, name: str) -> str:
        """Returns an output of the stack."""
        return self._deployment.outputs[name]

    def import_errors(self) -> dict[str, FunctionError]:
        """Waits until every function's code is imported; returns the errors by logical id.

        Without this call, code that no request waits for is imported at its first event.
        """
        return self._functions.import_errors()

    def _start(self, exit_stack: ExitStack) -> None:
        """Starts each part and registers its cleanup; parts end in the reverse order."""
        self.start_times = Stopwatch()
        self._server = Server(self._port)
        exit_stack.callback(self._server.close)
        folder = self._folder or local_folder(ROOT) / str(self._server.port)
        self.logs = exit_stack.enter_context(locked(folder))
        self._start_cloud(exit_stack)
        self._deployment = self._deploy()
        if self._dynamodb:
            create_tables(self._template, self._deployment.physical_ids, self._cloud)
        self.start_times.ended("deploy")
        logs = None if self._verbose else self.logs
        self._functions = Functions(
            self._deployment.functions, self._cloud.environment(), logs, self._concurrency
        )
        exit_stack.callback(self._functions.close)
        exit_stack.callback(self._stopping.set)
        http_api = self._http_api()
        self._run_prepared(http_api)
        self._server.serve(http_api)
        exit_stack.callback(self._server.close)

    def _start_cloud(self, exit_stack: ExitStack) -> None:
        self._calls = self.logs / "calls.jsonl"
        self._cloud = Cloud(
            exit_stack.enter_context((self.logs / "moto.log").open("wb")), self._calls, self._dynamodb
        )
        exit_stack.callback(self._cloud.close)
        exit_stack.callback(self._join)
        exit_stack.callback(self._cloud.stop)
        self._cloud.start()

    def _run_prepared(self, http_api: HttpApi) -> None:
        """Prepares the stack, and starts its event sources."""
        background: list[BackgroundLoop] = []
        if self._events:
            self._functions.warm(http_api.functions)
            background = event_sources(self._deployment, self._cloud, self._functions, self._stopping)
        self.start_times.ended("event sources")
        self._prepare(self)
        self.start_times.ended("prepare")
        if self._events:
            # A stack is ready when no request waits for an import.
            self._functions.import_errors(http_api.functions)
        self.start_times.ended("functions")
        self._calls.unlink(missing_ok=True)  # the preparation's calls are not calls of a function
        self._background = background
        for loop in self._background:
            loop.start()

    def _deploy(self) -> Deployment:
        template = without_versions(load_cached(self._template, self._parameters, self.logs))
        self.start_times.ended("template")
        if PUBLIC_URL in template.get("Parameters", {}):
            self._parameters.setdefault(PUBLIC_URL, self.url)
        if self._dynamodb and self._keep_tables:
            template = with_fixed_names(template, f"mosaic-{self._server.port}")
        if SINGLE_TENANT in template.get("Parameters", {}):
            # The demo workspace receives the webhooks of each repository.
            self._parameters.setdefault(SINGLE_TENANT, "true")
        self._cloud.wait()
        self.start_times.ended("moto")
        return deploy(template, self._cloud, self._parameters, self._template.parent)

    def _http_api(self) -> HttpApi:
        apis = self._deployment.properties(API)
        if len(apis) != 1:
            raise LocalError(f"{self._template.name}: needs one HTTP API, has {len(apis)}")
        [(logical_id, properties)] = apis.items()
        return HttpApi(self.resource(logical_id), properties["Body"], self._functions.invoke)

    def _join(self) -> None:
        for work in self._background:
            work.join()
