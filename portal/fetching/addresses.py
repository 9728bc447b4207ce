"""Which network addresses may be fetched from."""

import socket
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

from portal.fetching.failures import FetchFailed

IpAddress = IPv4Address | IPv6Address

_NAT64 = (IPv6Network("64:ff9b::/96"), IPv6Network("64:ff9b:1::/48"))
_IPV4_COMPATIBLE = IPv6Network("::/96")


def resolve_checked(host: str, port: int, *, allow_private: bool) -> list[str]:
    """All addresses of `host`, each of them allowed.

    Raises FetchFailed `address` when any of them is not: a name with a public and a private address is a trap.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise FetchFailed("connection", f"The host {host} cannot be found.") from error
    addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
    if not addresses:
        raise FetchFailed("connection", f"The host {host} has no address.")
    for address in addresses:
        if not is_allowed(ip_address(address), allow_private=allow_private):
            raise FetchFailed(
                "address",
                f"The host {host} is not on the public internet."
                " An operator can allow private addresses with SIGHTLINE_ALLOW_PRIVATE_URLS=1.",
            )
    return addresses


def is_allowed(address: IpAddress, *, allow_private: bool) -> bool:
    """Whether to connect there. Link-local (cloud metadata lives there), multicast and the like never are."""
    if isinstance(address, IPv6Address):
        inner = _carried_ipv4(address)
        if inner is not None:
            return is_allowed(inner, allow_private=allow_private)
        if address.is_site_local:
            return allow_private
    if address.is_loopback:
        return allow_private
    if address.is_link_local or address.is_multicast or address.is_unspecified or address.is_reserved:
        return False
    if isinstance(address, IPv4Address) and address.packed[0] == 0:
        return False
    return address.is_global or allow_private


def _carried_ipv4(address: IPv6Address) -> IPv4Address | None:
    """The IPv4 address that packets to this IPv6 address end up at, in any of the known ways to write one."""
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address.sixtofour is not None:
        return address.sixtofour
    if address.teredo is not None:
        return address.teredo[1]
    if any(address in network for network in _NAT64):
        return IPv4Address(int(address) & 0xFFFFFFFF)
    if address in _IPV4_COMPATIBLE and int(address) > 1:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return None
