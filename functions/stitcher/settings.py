"""What the stitcher is told by its environment."""

from typing import Literal

from pydantic_settings import BaseSettings


class Settings(BaseSettings):
    """Read once; a missing variable raises pydantic.ValidationError that names it.

    `openclaw_url` and `public_url` come without a slash at the end. The secret holds JSON: `token` of the gateway, or
    its `hookToken` where it offers hooks only, and `callbackKey` that signs the callback URLs.
    `openclaw_hooks_tools` says, as JSON, what each profile's agent may use at most: {"runner": ["read"]}.
    """

    jobs_table: str
    access_table: str
    claims_table: str
    queue_url: str
    urgent_queue_url: str
    openclaw_url: str
    openclaw_secret_id: str
    openclaw_mode: Literal["rpc", "hooks"] = "rpc"
    openclaw_hooks_tools: dict[str, tuple[str, ...]] = {}
    public_url: str
