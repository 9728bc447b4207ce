#!/usr/bin/env python
"""Django's command line. `manage.py up` runs a whole install."""

import os
import sys


def take_data_folder(arguments: list[str]) -> None:
    """`--data DIR` has to be known before the settings are read."""
    for position, argument in enumerate(arguments):
        if argument == "--data" and position + 1 < len(arguments):
            os.environ["SIGHTLINE_DATA"] = os.path.abspath(arguments[position + 1])
        elif argument.startswith("--data="):
            os.environ["SIGHTLINE_DATA"] = os.path.abspath(argument.removeprefix("--data="))


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
    take_data_folder(sys.argv)
    from django.core.management import execute_from_command_line

    try:
        execute_from_command_line(sys.argv)
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
