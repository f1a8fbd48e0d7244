"""The notifier's environment variables."""

from pydantic_settings import BaseSettings

from mosaic.safe_urls import SafeUrl


class Settings(BaseSettings):
    """Read once; a missing variable raises pydantic.ValidationError that names it.

    A forge with an empty URL gets no comments. The secret holds JSON: the bot's token for each forge.
    """

    jobs_table: str
    claims_table: str
    notifier_secret_id: str
    github_url: SafeUrl
    gitea_url: SafeUrl
    forgejo_url: SafeUrl
    bot_login: str
