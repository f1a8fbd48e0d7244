"""What can go wrong between the stitcher and the gateway, by what the caller should do about it."""


class GatewayError(Exception):
    """A call to the gateway did not succeed.

    `retryable` says whether the same call may succeed later. No message ever holds the gateway's token.
    """

    retryable = False


class GatewayUnavailable(GatewayError):
    """The gateway cannot be reached, is busy, or broke: try the same call again later.

    `may_have_been_accepted` is true when the request was sent and no usable answer came back (a read timeout,
    a cut connection, a 5xx): the work may be running. `retry_after_seconds` is what the gateway asked for.
    """

    retryable = True

    def __init__(
        self, message: str, *, may_have_been_accepted: bool, retry_after_seconds: float | None = None
    ) -> None:
        super().__init__(message)
        self.may_have_been_accepted = may_have_been_accepted
        self.retry_after_seconds = retry_after_seconds


class GatewayBroke(GatewayUnavailable):
    """The gateway failed inside: it is broken, or was asked for an agent that it does not have."""


class ClockAhead(GatewayUnavailable):
    """The gateway takes a time that is still to come for past."""

    def __init__(self) -> None:
        super().__init__(
            "the gateway takes a time that is still to come for past: its clock is ahead of ours",
            may_have_been_accepted=False,
        )


class GatewayRefused(GatewayError):
    """The gateway understood the request and will not do it: the same call is refused again.

    `code` is the gateway's own (INVALID_REQUEST, …) or `HTTP_<status>` where it gave none.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message


class ScheduleInPast(GatewayRefused):
    """The second of the run has come: accepted or not, it will not be taken now.

    The gateway says this whether or not the run took place, so find the declaration by its key and ask for the
    outcome; never call again with another `at`, which runs the agent a second time.
    """


class UnknownAgent(GatewayRefused):
    """The gateway has no agent of this name."""

    def __init__(self, agent: str, known: tuple[str, ...]) -> None:
        has = ", ".join(sorted(known)) or "none"
        super().__init__("UNKNOWN_AGENT", f"the gateway has no agent {agent!r}, it has: {has}")


class ScheduledRunNotFound(GatewayRefused):
    """The gateway knows no declaration with this id and holds no history of it."""


class TaskNotFound(GatewayRefused):
    """The gateway knows no task with this id."""


class GatewayUnauthorized(GatewayError):
    """The gateway does not accept the token: an operator must act before any call can succeed."""


class CallbackError(Exception):
    """A completion callback is forged, or its token is for another purpose."""


class MalformedCallback(Exception):
    """A proven callback is not in the gateway's form."""
