"""What Google's APIs list, as the portal knows it."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class SeenAccount:
    """An account that Google's API lists for a connection."""

    account_id: str
    name: str
    created_at: datetime | None = None
