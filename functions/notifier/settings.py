"""The notifier's environment variables."""

from pydantic_settings import BaseSettings


class Settings(BaseSettings):
    """Read once; a missing variable raises pydantic.ValidationError that names it.

    A forge with an empty URL gets no comments. The secret holds JSON: the bot's token for each forge.
    """

    jobs_table: str
    claims_table: str
    notifier_secret_id: str
    github_url: str
    gitea_url: str
    forgejo_url: str
    bot_login: str
