"""What the API is told by its environment."""

from mosaic.access.issuer import IssuerSettings


class Settings(IssuerSettings):
    """Read once; a missing variable raises pydantic.ValidationError that names it."""

    jobs_table: str
    events_table: str
    claims_table: str
    access_table: str
    queue_url: str
    urgent_queue_url: str
    repair_queue_url: str
    dead_letter_queue_url: str
