"""`python -m portal.demo.reset`: throw away what the demo in DEMO_DIR has kept."""

import os
import sys

from portal.demo.errors import DemoError
from portal.demo.folder import Folder


def main() -> str:
    """Remove the folder and say so.

    Raises:
        DemoError: when it is not a demo's, or in use.
    """
    folder = Folder.at(os.environ.get("DEMO_DIR"))
    if not folder.path.exists():
        return f"There is no {folder.path}; nothing to remove."
    folder.remove()
    return f"Removed {folder.path}."


if __name__ == "__main__":
    try:
        sys.stdout.write(main() + "\n")
    except DemoError as error:
        sys.exit(str(error))
