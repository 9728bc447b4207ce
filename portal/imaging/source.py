"""The bytes of a file, for parsers that read them in small pieces."""

import io

# A photo's header takes some dozens; a file cut into millions of empty pieces would keep Python busy for seconds.
MOST_READS = 200_000


class SourceBytes(io.BytesIO):
    """Bytes that may be read from so many times and no more, header and pixels together."""

    def __init__(self, data: bytes) -> None:
        super().__init__(data)
        self._reads_left = MOST_READS

    def read(self, size: int | None = -1, /) -> bytes:
        """As BytesIO does. Raises OSError when the file is read piece by piece for too long."""
        self._reads_left -= 1
        if self._reads_left < 0:
            raise OSError("The file is in too many pieces.")
        return super().read(size)
