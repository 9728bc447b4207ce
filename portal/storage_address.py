"""Where files are stored, told by one address. Plain data: the settings import it."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit


def storage_record(address: str, environment: Mapping[str, str]) -> dict[str, Any]:
    """Django's storage record for a folder or for s3://bucket/prefix (credentials and endpoint from AWS_*)."""
    parts = urlsplit(address)
    if parts.scheme == "s3":
        return {
            "BACKEND": "storages.backends.s3.S3Storage",
            "OPTIONS": {
                "bucket_name": parts.netloc,
                "location": parts.path.strip("/"),
                "default_acl": None,
                "file_overwrite": False,
                "endpoint_url": environment.get("AWS_ENDPOINT_URL_S3") or None,
                "addressing_style": environment.get("AWS_S3_ADDRESSING_STYLE", "auto"),
            },
        }
    return {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {
            "location": parts.path if parts.scheme == "file" else address,
            "file_permissions_mode": 0o600,
            "directory_permissions_mode": 0o700,
        },
    }
