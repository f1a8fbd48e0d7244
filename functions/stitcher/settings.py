"""The stitcher's environment variables."""

from typing import Literal

from pydantic_settings import BaseSettings

from mosaic.safe_urls import SafeUrl


class Settings(BaseSettings):
    """Read once; a missing variable raises pydantic.ValidationError that names it.

    `openclaw_url` and `public_url` have no slash at the end. The OpenClaw secret holds the gateway's
    `token`, or its `hookToken` when it offers hooks only. The callback secret holds `callbackKey`, which signs
    the callback URLs, and the run-token secret `runTokenKey`, which signs the tokens of runs.
    `gateway_prefix` begins the names of the secrets of further gateways, each with its `url` and token.
    `openclaw_hooks_tools` is JSON with the tools that each profile's agent may use at most, such as
    {"runner": ["read"]}.
    """

    jobs_table: str
    access_table: str
    claims_table: str
    queue_url: str
    urgent_queue_url: str
    openclaw_url: SafeUrl
    openclaw_secret_id: str
    callback_secret_id: str
    run_token_secret_id: str
    gateway_prefix: str
    openclaw_mode: Literal["rpc", "hooks"] = "rpc"
    openclaw_hooks_tools: dict[str, tuple[str, ...]] = {}
    public_url: SafeUrl
