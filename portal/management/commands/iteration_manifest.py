"""`manage.py iteration_manifest ITERATION`: what it takes to train an iteration again, as JSON."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError

from portal.actors import SYSTEM
from portal.errors import Refusal
from training.manifest import iteration_manifest
from training.models import Iteration


class Command(BaseCommand):
    help = "Write an iteration's manifest: images by hash, labels, split, seed, recipe, steps, weights, versions."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("iteration", type=UUID, help="the iteration's id")
        parser.add_argument("file", type=Path, nargs="?", help="where to; standard output when left out")
        parser.add_argument("--data", help="folder for everything the install keeps (var/)")

    def handle(self, *args: Any, **options: Any) -> None:
        iterations = Iteration.objects.filter(pk=options["iteration"], deleted__isnull=True)
        iteration = iterations.select_related("project", "base_iteration", "snapshot").first()
        if iteration is None:
            raise CommandError("There is no such iteration: its page shows its id under Ids and details.")
        try:
            content = iteration_manifest(SYSTEM, iteration).as_json()
        except Refusal as refusal:
            raise CommandError(refusal.message) from refusal
        if options["file"] is None:
            self.stdout.write(content.decode(), ending="")
        else:
            options["file"].write_bytes(content)
