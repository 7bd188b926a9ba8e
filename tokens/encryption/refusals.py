"""Why a credential is not taken."""


class Refused(Exception):
    """A credential is not taken. `str()` says why, in words for people; nothing was stored."""
