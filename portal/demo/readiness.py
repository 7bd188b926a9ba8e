"""Whether the portal is ready to be used."""

import http.client
import json
from typing import Any

from portal.demo.ports import HOST


def ask(port: int) -> tuple[bool, str]:
    """Whether `/readyz` says yes, and otherwise what is red."""
    connection = http.client.HTTPConnection(HOST, port, timeout=5)
    try:
        connection.request("GET", "/readyz")
        answer = connection.getresponse()
        body = answer.read(10_000).decode("utf-8", "replace")
    except OSError:
        return False, "the web server does not answer"
    except http.client.HTTPException as error:
        return False, f"the web server answers nonsense ({error!r})"
    finally:
        connection.close()
    return answer.status == 200, reds(answer.status, body)


def reds(status: int, body: str) -> str:
    """The checks that are not green in an answer of `/readyz`."""
    try:
        checks: Any = json.loads(body)["checks"]
    except (ValueError, TypeError, KeyError):
        return f"/readyz answers {status}"
    red = [name for name, is_green in checks.items() if is_green is not True]
    return f"not green: {', '.join(red)}" if red else f"/readyz answers {status}"
