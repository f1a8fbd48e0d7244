"""The dead-letter function's environment variables."""

from pydantic_settings import BaseSettings


class Settings(BaseSettings):
    """Read once; a missing variable raises pydantic.ValidationError that names it.

    `max_tries` is how often the stitcher tried a message before it came here.
    """

    jobs_table: str
    queue_url: str
    urgent_queue_url: str
    dead_letter_queue_url: str
    max_tries: int
