#!/usr/bin/env python
"""Django's command line for the Analytics Provisioning Portal."""

import os
import sys

from django.core.management import execute_from_command_line

from portal.demo.begin import begin
from portal.demo.errors import DemoError


def main() -> None:
    """Run one management command with the portal's settings."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
    if sys.argv[1:] == ["demo"]:
        try:
            begin()
        except DemoError as error:
            sys.exit(str(error))
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
