"""The bucket of an S3-compatible storage, made where it is missing."""

import time

from django.conf import settings
from django.core.files.storage import default_storage

PATIENCE_SECONDS = 60.0
HOME_REGION = "us-east-1"  # the one that must not be named


def ensure_bucket() -> None:
    """Nothing to do for a folder. A storage beside us may still be starting: raises what boto raises after a minute.

    A storage that lets us use the bucket but not look at it is taken at its word.
    """
    if not settings.SIGHTLINE_STORAGE.startswith("s3://"):
        return
    from botocore.exceptions import ClientError, ConnectionError, HTTPClientError  # boto: 40 MB

    client = default_storage.connection.meta.client  # type: ignore[attr-defined]
    name = settings.STORAGES["default"]["OPTIONS"]["bucket_name"]
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            client.head_bucket(Bucket=name)
            return
        except ClientError as error:
            if error.response["ResponseMetadata"]["HTTPStatusCode"] != 404:
                return
            region = client.meta.region_name or HOME_REGION
            where = {} if region == HOME_REGION else {"CreateBucketConfiguration": {"LocationConstraint": region}}
            client.create_bucket(Bucket=name, **where)
        except (ConnectionError, HTTPClientError):
            if time.monotonic() > deadline:
                raise
            time.sleep(1)
