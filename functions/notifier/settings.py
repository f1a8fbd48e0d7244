"""What the notifier is told by its environment."""

from pydantic_settings import BaseSettings


class Settings(BaseSettings):
    """Read once; a missing variable raises pydantic.ValidationError that names it.

    A URL that is empty is a forge that is not told. The secret holds JSON: the bot's token by forge.
    """

    jobs_table: str
    claims_table: str
    notifier_secret_id: str
    github_url: str
    gitea_url: str
    bot_login: str
