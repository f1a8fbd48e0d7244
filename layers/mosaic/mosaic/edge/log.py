"""The logger of a function."""

from __future__ import annotations

from aws_lambda_powertools import Logger


def function_logger() -> Logger:
    """Return the function's logger, whose lines Lambda files under their own level.

    The lowest level is Lambda's: `ApplicationLogLevel` in the template, AWS_LAMBDA_LOG_LEVEL in the environment. From a
    line without an RFC 3339 time, Powertools' default, Lambda does not take the level: it drops an ERROR where WARN is
    asked for. https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-log-level.html
    """
    return Logger(use_rfc3339=True)
