"""Tables, a key and a published name. Arguments: project, name, artifact, key."""

import os
import sys

import django

os.environ["DJANGO_SETTINGS_MODULE"] = "benchmarks.naive_service.settings"
django.setup()

from django.core.management import call_command  # noqa: E402

from benchmarks.naive_service.models import Key, Published  # noqa: E402

project, name, artifact, key = sys.argv[1:]
call_command("migrate", run_syncdb=True, verbosity=0)
Published.objects.create(project=project, name=name, artifact=artifact, key=Key.objects.create(key=key))
