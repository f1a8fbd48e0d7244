"""The sweeper's environment variables."""

from pydantic_settings import BaseSettings


class Settings(BaseSettings):
    """Read once; a missing variable raises pydantic.ValidationError that names it."""

    jobs_table: str
    queue_url: str
    urgent_queue_url: str
