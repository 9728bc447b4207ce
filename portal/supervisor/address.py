"""Where the web process listens, and under which address the world knows it."""

import ipaddress
import socket
from dataclasses import dataclass


@dataclass(frozen=True)
class Address:
    """Host and port to listen on; `is_tls` when we hold the certificate ourselves."""

    host: str
    port: int
    is_tls: bool = False

    @property
    def scheme(self) -> str:
        return "https" if self.is_tls else "http"

    @property
    def reachable_host(self) -> str:
        """A host name or address for this machine's own use."""
        if self.host in ("0.0.0.0", ""):
            return "127.0.0.1"
        return "::1" if self.host == "::" else self.host

    @property
    def local_url(self) -> str:
        return f"{self.scheme}://{bracketed(self.reachable_host)}:{self.port}"

    @property
    def public_url(self) -> str:
        """The address for clients, where nobody set SIGHTLINE_PUBLIC_URL."""
        host = self.host
        if host in ("0.0.0.0", "::", ""):
            host = _outward_address() or self.reachable_host
        return f"{self.scheme}://{bracketed(host)}:{self.port}"


def bracketed(host: str) -> str:
    """IPv6 addresses in brackets, as URLs want them."""
    try:
        return f"[{host}]" if ipaddress.ip_address(host).version == 6 else host
    except ValueError:
        return host


def _outward_address() -> str | None:
    """The address that this machine would use towards others; connecting a UDP socket sends nothing."""
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.connect(("192.0.2.1", 9))
            return str(probe.getsockname()[0])
    except OSError:
        return None


def is_port_free(address: Address) -> bool:
    """Tried without SO_REUSEPORT: the web server sets it, and two installs would silently share a port."""
    family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address.host, address.port))
        except OSError:
            return False
    return True
