"""The environment variables of the API."""

from mosaic.access.issuer import IssuerSettings


class Settings(IssuerSettings):
    """The environment variables, read once. Raises pydantic.ValidationError for a missing one."""

    jobs_table: str
    events_table: str
    claims_table: str
    access_table: str
    queue_url: str
    urgent_queue_url: str
    repair_queue_url: str
    dead_letter_queue_url: str
    connection_prefix: str = ""
    single_tenant: bool = False
