"""The webhook function's environment variables."""

from pydantic_settings import BaseSettings


class Settings(BaseSettings):
    """The settings of the function, read once. A missing variable raises pydantic.ValidationError that names it.

    The webhook secret holds JSON: `secret`, and `previous` while it is being replaced; or both for each
    provider, such as `github` and `previousGithub`. It counts only for a `single_tenant` deployment. The callback
    secret holds `callbackToken`, the bearer of the gateway's callbacks, and `callbackKey`, which signs their
    URLs.
    `callback_prefix` begins the names of the secrets with the bearers of named gateways.
    """

    jobs_table: str
    claims_table: str
    access_table: str
    queue_url: str
    urgent_queue_url: str
    webhook_secret_id: str
    callback_secret_id: str
    callback_prefix: str
    single_tenant: bool
    bot_login: str
    event_bus: str
