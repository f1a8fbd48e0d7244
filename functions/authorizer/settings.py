"""What the authorizer is told by its environment."""

from pydantic_settings import BaseSettings


class Settings(BaseSettings):
    """Read once; a missing variable raises pydantic.ValidationError that names it."""

    access_table: str
