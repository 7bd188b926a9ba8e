"""The last line of defence for logs: whatever looks like a secret is blotted out."""

import logging
import re

# Google's tokens, codes and secrets, private keys, sealed values (contract §1.2, §14.50).
_SECRETS = re.compile(
    r"(?:ya29\.|1//|4/0|GOCSPX-|AIza|v1\.[0-9a-f]{12}\.)[A-Za-z0-9._~/+-]+"
    r"|-----BEGIN[^-]+-----[\s\S]*?-----END[^-]+-----"
    r"|(?<=code=)[^&\s\"']+|(?<=state=)[^&\s\"']+"
)
BLOT = "[redacted]"


def redact(text: str) -> str:
    """`text` with everything that looks like a secret blotted out."""
    return _SECRETS.sub(BLOT, text)


class RedactingFilter(logging.Filter):
    """Redacts a record's message, arguments and exception text before any handler sees them."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Redact in place, and let the record pass."""
        if isinstance(record.msg, dict):
            record.msg = {name: _redacted(value) for name, value in record.msg.items()}
        else:
            record.msg = redact(record.getMessage())
            record.args = None
        if record.exc_info and not record.exc_text:
            record.exc_text = redact(logging.Formatter().formatException(record.exc_info))
        return True


def _redacted(value: object) -> object:
    return redact(value) if isinstance(value, str) else value
