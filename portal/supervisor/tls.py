"""Certificate and key for serving HTTPS directly."""

import os
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)


class BadCertificate(Exception):
    """The message says what is wrong with which file."""


@dataclass(frozen=True)
class TlsFiles:
    certificate: Path
    key: Path


def prepare_tls(certificate: Path, key: Path, run_folder: Path) -> TlsFiles:
    """Check that the two belong together, and write the key as PKCS#8, which the web server wants.

    Raises BadCertificate.
    """
    try:
        public = x509.load_pem_x509_certificates(certificate.read_bytes())[0].public_key()
    except (OSError, ValueError, IndexError) as error:
        raise BadCertificate(f"{certificate} is not a PEM certificate that can be read: {error}") from error
    try:
        private = load_pem_private_key(key.read_bytes(), password=None)
    except (OSError, ValueError, TypeError) as error:
        raise BadCertificate(f"{key} is not an unencrypted PEM key that can be read: {error}") from error
    spki = (Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    if private.public_key().public_bytes(*spki) != public.public_bytes(*spki):
        raise BadCertificate(f"{key} is not the key of {certificate}.")
    run_folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    converted = run_folder / "tls.key"
    converted.unlink(missing_ok=True)
    with os.fdopen(os.open(converted, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return TlsFiles(certificate.resolve(), converted)
