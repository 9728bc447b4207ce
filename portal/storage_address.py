"""Where files are stored, told by one address. Plain data: the settings import it."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

CONNECT_SECONDS = 3
READ_SECONDS = 10
ATTEMPTS = 2


def storage_record(address: str, environment: Mapping[str, str]) -> dict[str, Any]:
    """Django's storage record for a folder or for s3://bucket/prefix (credentials and endpoint from AWS_*)."""
    parts = urlsplit(address)
    if parts.scheme == "s3":
        from botocore.config import Config  # 0.2 s that no other storage needs

        addressing_style = environment.get("AWS_S3_ADDRESSING_STYLE", "auto")
        return {
            "BACKEND": "storages.backends.s3.S3Storage",
            "OPTIONS": {
                "bucket_name": parts.netloc,
                "location": parts.path.strip("/"),
                "default_acl": None,
                "file_overwrite": False,
                "endpoint_url": environment.get("AWS_ENDPOINT_URL_S3") or None,
                # The library's own patience with a storage that hangs is five minutes, with a caller waiting.
                "client_config": Config(
                    connect_timeout=CONNECT_SECONDS,
                    read_timeout=READ_SECONDS,
                    retries={"mode": "standard", "total_max_attempts": ATTEMPTS},
                    s3={"addressing_style": addressing_style},
                ),
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
