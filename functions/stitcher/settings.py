"""What the stitcher is told by its environment."""

from pydantic_settings import BaseSettings


class Settings(BaseSettings):
    """Read once; a missing variable raises pydantic.ValidationError that names it.

    `openclaw_url` and `public_url` come without a slash at the end. The secret holds JSON: `token` of the gateway,
    `callbackKey` that signs the callback URLs.
    """

    jobs_table: str
    access_table: str
    claims_table: str
    queue_url: str
    urgent_queue_url: str
    openclaw_url: str
    openclaw_secret_id: str
    public_url: str
