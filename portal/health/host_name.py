"""What this host is called in heartbeats, leases and the names of its workers."""

import os
import socket


def hostname() -> str:
    """SIGHTLINE_HOST_NAME, for two of a kind on one machine; else the machine's own name."""
    return os.environ.get("SIGHTLINE_HOST_NAME") or socket.gethostname()
