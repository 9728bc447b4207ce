"""`manage.py keys`: endpoint, keys and prediction resource id of this install."""

import json
from argparse import ArgumentParser
from typing import Any

from cryptography.fernet import InvalidToken
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError

from portal.install_facts import NoInstall, install_facts


class Command(BaseCommand):
    help = "Print the endpoint, both keys and the prediction resource id, whether Sightline runs or not."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="as one JSON object")
        parser.add_argument("--data", help="folder for everything the install keeps (var/)")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            facts = install_facts()
        except (NoInstall, DatabaseError) as error:
            raise CommandError(
                f"No install in {settings.DATA_DIR} yet: `./sightline up` makes one, or give --data."
            ) from error
        except InvalidToken as error:
            raise CommandError(
                "The keys were kept with another SIGHTLINE_SECRET_KEY: set it, or add it to"
                " SIGHTLINE_SECRET_KEY_FALLBACKS."
            ) from error
        answer = {
            "endpoint": facts.endpoint,
            "trainingKey": facts.training_key,
            "predictionKey": facts.prediction_key,
            "predictionResourceId": facts.prediction_resource_id,
        }
        if options["json"]:
            self.stdout.write(json.dumps(answer))
            return
        for name, value in answer.items():
            self.stdout.write(f"{name:22} {value}")
