"""Errors between the stitcher and the gateway, by what the caller should do."""


class GatewayError(Exception):
    """A call to the gateway did not succeed.

    `retryable` is true when the same call may succeed later. No message ever contains the gateway's token.
    """

    retryable = False


class GatewayUnavailable(GatewayError):
    """The gateway cannot be reached, is busy, or broke: try the same call again later.

    `may_have_been_accepted` is true when the request was sent without a usable response: a read timeout, a
    cut connection, or a 5xx. The run may then be going on. `retry_after_seconds` is the wait that the gateway
    asked for.
    """

    retryable = True

    def __init__(
        self, message: str, *, may_have_been_accepted: bool, retry_after_seconds: float | None = None
    ) -> None:
        super().__init__(message)
        self.may_have_been_accepted = may_have_been_accepted
        self.retry_after_seconds = retry_after_seconds


class GatewayBroke(GatewayUnavailable):
    """The gateway failed internally: it is broken, or was asked for an agent that it does not have."""


class ClockAhead(GatewayUnavailable):
    """The gateway takes a future time for past: its clock is ahead."""

    def __init__(self) -> None:
        super().__init__(
            "the gateway takes a future time for past: its clock is ahead",
            may_have_been_accepted=False,
        )


class GatewayRefused(GatewayError):
    """The gateway understood the request and refuses it; the same call is refused again.

    `code` is the gateway's own (INVALID_REQUEST, …), or `HTTP_<status>` when it gave none.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message


class ScheduleInPast(GatewayRefused):
    """The second of the run has come: the gateway does not take it now, whether it took it before or not.

    Find the scheduled run by its key and ask for its outcome. A call with another `at` would run the agent a
    second time.
    """


class UnknownAgent(GatewayRefused):
    """The gateway has no agent of this name."""

    def __init__(self, agent: str, known: tuple[str, ...]) -> None:
        has = ", ".join(sorted(known)) or "none"
        super().__init__("UNKNOWN_AGENT", f"the gateway has no agent {agent!r}, it has: {has}")


class ScheduledRunNotFound(GatewayRefused):
    """The gateway has no scheduled run with this id, and no history of it."""


class TaskNotFound(GatewayRefused):
    """The gateway has no task with this id."""


class GatewayUnauthorized(GatewayError):
    """The gateway rejects the token: an operator must act before any call can succeed."""


class CallbackError(Exception):
    """A completion callback is forged, or its token is for another purpose."""


class MalformedCallback(Exception):
    """An authenticated callback is not in the gateway's format."""
