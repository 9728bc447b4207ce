"""Which network addresses may be fetched from."""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

from portal.fetching.failures import FetchFailed
from portal.fetching.names import look_up

IpAddress = IPv4Address | IPv6Address

# Where clouds tell machines their secrets, beside link-local addresses: Alibaba, Azure, Oracle, AWS, Google.
_METADATA = frozenset(
    ip_address(text) for text in ("100.100.100.200", "168.63.129.16", "192.0.0.192", "fd00:ec2::254", "fd20:ce::254")
)
# The translator of a network of its own: where packets end up is known to that network alone.
_LOCAL_NAT64 = IPv6Network("64:ff9b:1::/48")
_NAT64 = IPv6Network("64:ff9b::/96")
_IPV4_COMPATIBLE = IPv6Network("::/96")
_ISATAP = (0x00005EFE, 0x02005EFE)
# Set apart for protocols and for documents; Python's own tables differ by version.
_NOT_PUBLIC = (IPv4Network("192.0.0.0/24"), IPv4Network("192.88.99.0/24"), IPv6Network("3fff::/20"))


def resolve_checked(host: str, port: int, *, allow_private: bool, seconds: float) -> list[str]:
    """All addresses of `host`, each of them allowed.

    Raises FetchFailed `address` when any of them is not: a name with a public and a private address is a trap.
    """
    addresses = look_up(host, port, seconds)
    for address in addresses:
        if not is_allowed(ip_address(address), allow_private=allow_private):
            raise FetchFailed(
                "address",
                f"The host {host} is not on the public internet."
                " An operator can allow private addresses with SIGHTLINE_ALLOW_PRIVATE_URLS=1.",
            )
    return addresses


def is_allowed(address: IpAddress, *, allow_private: bool) -> bool:
    """Whether to connect there. Link-local and other addresses of cloud metadata, multicast and the like never are."""
    if isinstance(address, IPv6Address):
        address = IPv6Address(int(address))  # without a zone
        inner = _carried_ipv4(address)
        if inner is not None:
            return is_allowed(inner, allow_private=allow_private)
        if address.is_site_local:
            return allow_private
    if address in _METADATA or address in _LOCAL_NAT64:
        return False
    if address.is_loopback:
        return allow_private
    if address.is_link_local or address.is_multicast or address.is_unspecified or address.is_reserved:
        return False
    if isinstance(address, IPv4Address) and address.packed[0] == 0:
        return False
    return allow_private or (address.is_global and not any(address in network for network in _NOT_PUBLIC))


def _carried_ipv4(address: IPv6Address) -> IPv4Address | None:
    """The IPv4 address that packets to this IPv6 address end up at, in any of the known ways to write one."""
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address.sixtofour is not None:
        return address.sixtofour
    if address.teredo is not None:
        return address.teredo[1]
    is_isatap = int(address) >> 32 & 0xFFFFFFFF in _ISATAP
    if is_isatap or address in _NAT64 or (address in _IPV4_COMPATIBLE and int(address) > 1):
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return None
