"""`manage.py bench`: lists the benchmarks, or runs one."""

import ast
import json
import subprocess
import sys
from argparse import REMAINDER, ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError


class Command(BaseCommand):
    help = "List what is in benchmarks/, or run one of them; its last line is one JSON object."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", nargs="?", help="which one; without it, list them")
        parser.add_argument("arguments", nargs=REMAINDER, help="for the benchmark itself")

    def handle(self, *args: Any, **options: Any) -> None:
        folder: Path = settings.BASE_DIR / "benchmarks"
        benchmarks = {path.stem: path for path in sorted(folder.glob("[!_]*.py"))}
        name = options["name"]
        if name is None:
            for stem, path in benchmarks.items():
                self.stdout.write(f"{stem:28} {_first_line(path)}")
            return
        if name not in benchmarks:
            raise CommandError(f"There is no benchmark {name}. There are: {', '.join(benchmarks) or 'none'}.")
        last = self._run([sys.executable, str(benchmarks[name]), *options["arguments"]])
        try:
            is_object = isinstance(json.loads(last), dict)
        except json.JSONDecodeError:
            is_object = False
        if not is_object:
            raise CommandError(f"The last line of {name} is not a JSON object.")

    def _run(self, command: list[str]) -> str:
        """Run it, passing its output on as it comes; gives the last line."""
        last = ""
        with subprocess.Popen(command, cwd=settings.BASE_DIR, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            for line in process.stdout:
                self.stdout.write(line, ending="")
                self.stdout.flush()
                last = line.strip() or last
        if process.returncode:
            raise CommandError(f"It ended with exit code {process.returncode}.")
        return last


def _first_line(path: Path) -> str:
    docstring = ast.get_docstring(ast.parse(path.read_text())) or ""
    return docstring.partition("\n")[0]
