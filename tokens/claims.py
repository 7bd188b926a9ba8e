"""The unscoped reads of this room: each finds whose a row is, and nothing else."""

from uuid import UUID

from tokens.models import Authorization


def trip_of_state(state_hash: str) -> tuple[UUID, UUID] | None:
    """(trip, tenant) that a callback's state belongs to, before any tenant is known."""
    return (
        Authorization._base_manager.filter(state_hash=state_hash)
        .values_list("pk", "tenant_id")
        .first()
    )
