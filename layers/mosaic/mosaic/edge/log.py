"""The logger of a function."""

from __future__ import annotations

from aws_lambda_powertools import Logger


def function_logger() -> Logger:
    """Returns the function's logger, whose lines Lambda filters by their own level.

    `ApplicationLogLevel` in the template sets the lowest level. Lambda ignores the level of a line without an
    RFC 3339 time, which is Powertools' default, and then drops an ERROR where WARN is required.
    https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-log-level.html
    """
    return Logger(use_rfc3339=True)
