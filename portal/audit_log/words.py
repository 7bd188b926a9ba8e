"""What people read for tags and actors of the audit record. A pure table, joined from all apps."""

from accounts.audit.events import WORDS as ACCOUNTS
from accounts.audit.events import ActorKind
from provisioning.events import WORDS as PROVISIONING
from tokens.events import WORDS as TOKENS

_ROOMS = (
    ("Members and organisation", ACCOUNTS),
    ("Google accounts and keys", TOKENS),
    ("Analytics accounts", PROVISIONING),
)
WORDS: dict[str, str] = {tag.value: words for _, room in _ROOMS for tag, words in room.items()}
# For a field where one is chosen, in groups.
ACTIONS = [
    (group, sorted(((tag.value, words) for tag, words in room.items()), key=lambda one: one[1]))
    for group, room in _ROOMS
]
ACTORS: dict[str, str] = {
    ActorKind.PERSON: "Person",
    ActorKind.STAFF: "Staff of the portal",
    ActorKind.WORKER: "The portal itself",
    ActorKind.GOOGLE: "Google",
}


def words_for(tag: str) -> str:
    """What is read for a tag; one that no room knows any more is shown as it is."""
    return WORDS.get(tag, tag)
