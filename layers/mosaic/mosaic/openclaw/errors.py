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


class GatewayRefused(GatewayError):
    """The gateway understood the request and will not do it: the same call is refused again.

    `code` is the gateway's own (INVALID_REQUEST, …) or `HTTP_<status>` where it gave none.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message


class ScheduleInPast(GatewayRefused):
    """The run's `at` is more than a minute in the past: accepted or not, it will not be taken now.

    The gateway says this whether or not the run took place, so find the declaration by its key and ask for the
    outcome; never call again with another `at`, which runs the agent a second time.
    """


class DeclarationNotFound(GatewayRefused):
    """The gateway knows no declaration with this id and holds no history of it."""


class GatewayUnauthorized(GatewayError):
    """The gateway does not accept the token: an operator must act before any call can succeed."""


class CallbackError(Exception):
    """A completion callback is forged, or its token is for another purpose."""


class MalformedCallback(Exception):
    """A proven callback is not in the gateway's form."""
