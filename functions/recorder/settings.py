"""The recorder's environment variables."""

from pydantic_settings import BaseSettings


class Settings(BaseSettings):
    """Read once; a missing variable raises pydantic.ValidationError that names it."""

    jobs_table: str
    jobs_stream_arn: str
    events_table: str
    queue_url: str
    urgent_queue_url: str
    event_bus: str
    dead_letter_queue_url: str
