"""What the form for details needs besides details."""

import pytest

from tests.cast import Cast
from tests.rows import connection_row


@pytest.fixture
def through(cast: Cast) -> str:
    """The id of a connected Google account, as the form sends it."""
    return str(connection_row(cast.tenant).pk)
