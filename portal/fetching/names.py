"""Addresses of host names, in time."""

import socket
import threading
from queue import Empty, SimpleQueue

from portal.fetching.failures import FetchFailed

# A look-up cannot be broken off: one whose server says nothing holds its thread for half a minute.
MOST_LOOK_UPS = 32

_places = threading.BoundedSemaphore(MOST_LOOK_UPS)
_Found = list[str] | Exception


def look_up(host: str, port: int, seconds: float) -> list[str]:
    """All addresses of the host, each once. Raises FetchFailed `connection`, `timeout`, `busy`."""
    try:
        found: _Found = _addresses(host, port, socket.AI_NUMERICHOST)
    except (OSError, UnicodeError):  # a name: somebody else has to be asked
        found = _ask(host, port, seconds)
    if isinstance(found, Exception):
        raise FetchFailed("connection", f"The host {host} cannot be found.") from found
    if not found:
        raise FetchFailed("connection", f"The host {host} has no address.")
    return found


def _ask(host: str, port: int, seconds: float) -> _Found:
    if not _places.acquire(blocking=False):
        raise FetchFailed("busy", "Too many host names are being looked up; try again.")
    answers: SimpleQueue[_Found] = SimpleQueue()

    def ask() -> None:
        try:
            answers.put(_addresses(host, port))
        except Exception as error:  # told in the thread that asked
            answers.put(error)
        finally:
            _places.release()

    threading.Thread(target=ask, name="look-up", daemon=True).start()
    try:
        return answers.get(timeout=max(seconds, 0))
    except Empty:
        raise FetchFailed("timeout", f"The address of {host} was not found in time.") from None


def _addresses(host: str, port: int, flags: int = 0) -> list[str]:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=flags)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))
