"""`manage.py retrain_from_manifest FILE`: train again what a manifest says, and compare the weights."""

import tempfile
from argparse import ArgumentParser
from pathlib import Path
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError

from portal.jobs.handlers import JobFailed
from training.engine_process import Event
from training.manifest_record import Manifest, UnreadableManifest, read_manifest
from training.retraining import CannotRetrain, Retrained, retrain


class Command(BaseCommand):
    help = "Train again what a manifest says, on the project's stored images, and compare the weights."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="the manifest")
        parser.add_argument("--project", type=UUID, help="whose images to take; the manifest's own when left out")
        parser.add_argument("--keep", type=Path, help="an empty folder for the model and its result; else none is kept")
        parser.add_argument("--data", help="folder for everything the install keeps (var/)")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            manifest = read_manifest(options["file"].read_bytes())
            project_id = options["project"] or UUID(manifest.project.id)
            if options["keep"] is not None:
                self._run(manifest, project_id, options["keep"])
            else:
                with tempfile.TemporaryDirectory(prefix="sightline-retrain-") as folder:
                    self._run(manifest, project_id, Path(folder))
        except (OSError, UnreadableManifest, CannotRetrain) as error:
            raise CommandError(str(error)) from error
        except JobFailed as error:
            raise CommandError(f"{error.cause} {error.next_step}".strip()) from error

    def _run(self, manifest: Manifest, project_id: UUID, folder: Path) -> None:
        shown: list[str] = []

        def tell(event: Event) -> None:
            stage = str(event.get("stage", ""))
            if stage and stage not in shown:
                shown.append(stage)
                self.stdout.write(stage)

        self._report(manifest, retrain(manifest, project_id, folder, tell))

    def _report(self, manifest: Manifest, done: Retrained) -> None:
        for line in done.surroundings:
            self.stdout.write(f"Unlike the first training: {line}")
        name = manifest.iteration.name
        if done.is_same_file:
            self.stdout.write(f"The same model as {name}: SHA-256 {done.sha256}")
            return
        if done.is_same:
            self.stdout.write(f"The same weights as {name}; only what stands around them in the file differs.")
            return
        if done.difference is None:
            raise CommandError(
                f"Another file than {name}: SHA-256 {done.sha256}, not {manifest.artifact.sha256}."
                " Its model is not here any more, so the weights cannot be compared."
            )
        raise CommandError(
            f"Other weights than {name}: {len(done.difference.unlike)} of {done.difference.weights} differ,"
            f" by {done.difference.largest:.3g} at most."
        )
