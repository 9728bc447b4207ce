"""The spool's files, without a database."""

import os
import resource
import threading
from pathlib import Path
from typing import Any

import pytest

import inference.spool
from inference.segments import read_records, record_pieces, taken_segment, waiting_segments
from inference.spool import Spool, SpoolUnavailable


def records_in(folder: Path) -> list[tuple[Any, bytes]]:
    found = []
    for path in waiting_segments(folder):
        with taken_segment(path) as file:
            if file is not None:
                found += [(record.facts, record.image) for record in read_records(file)]
    return found


@pytest.mark.parametrize("is_synced", [False, True])
def test_what_is_appended_is_read(tmp_path: Path, is_synced: bool) -> None:
    spool = Spool(tmp_path / "deep" / "spool", is_synced=is_synced)
    for number in range(5):
        spool.append(b'{"n": %d}' % number, bytes([number]) * number * 1000)
    spool.close()
    assert records_in(tmp_path / "deep" / "spool") == [
        ({"n": number}, bytes([number]) * number * 1000) for number in range(5)
    ]


def test_a_segment_is_its_writers_until_it_is_sealed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spool = Spool(tmp_path)
    spool.append(b"{}", b"a")
    assert len(waiting_segments(tmp_path)) == 1
    assert records_in(tmp_path) == []
    spool.seal_if_due()
    assert records_in(tmp_path) == []
    monkeypatch.setattr(inference.spool, "SEGMENT_SECONDS", 0.0)
    spool.seal_if_due()
    assert records_in(tmp_path) == [({}, b"a")]
    spool.append(b"{}", b"b")
    assert len(waiting_segments(tmp_path)) == 2


def test_full_segments_are_sealed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inference.spool, "SEGMENT_BYTES", 1000)
    spool = Spool(tmp_path)
    for _ in range(5):
        spool.append(b"{}", b"a" * 600)
    assert len(waiting_segments(tmp_path)) == 3
    assert len(records_in(tmp_path)) == 4


def test_two_readers_never_have_the_same_segment(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    spool.append(b"{}", b"a")
    spool.close()
    (path,) = waiting_segments(tmp_path)
    with taken_segment(path) as first, taken_segment(path) as second:
        assert first is not None
        assert second is None
        path.unlink()
    with taken_segment(path) as gone:
        assert gone is None


@pytest.mark.parametrize("kept", range(0, 60, 7))
def test_a_torn_record_ends_the_segment_and_nothing_else_is_lost(tmp_path: Path, kept: int) -> None:
    whole = b"".join(record_pieces(b'{"n": 1}', b"image one"))
    torn = b"".join(record_pieces(b'{"n": 2}', b"image two" * 5))[:kept]
    (tmp_path / "1.segment").write_bytes(whole + torn)
    assert records_in(tmp_path) == [({"n": 1}, b"image one")]


def test_damaged_facts_end_the_segment(tmp_path: Path) -> None:
    damaged = bytearray(b"".join(record_pieces(b'{"n": 1}', b"image")))
    damaged[18] ^= 1
    (tmp_path / "1.segment").write_bytes(damaged)
    assert records_in(tmp_path) == []


def test_a_write_that_fails_is_told_and_what_follows_is_whole(tmp_path: Path) -> None:
    """A file size limit makes the kernel refuse the bytes, as a full disk does: first in part, then all."""
    spool = Spool(tmp_path)
    spool.append(b"{}", b"a" * 1000)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (3000, before[1]))
    try:
        with pytest.raises(SpoolUnavailable, match=r"full|large"):
            spool.append(b"{}", b"b" * 5000)
        spool.append(b"{}", b"c" * 1000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    spool.close()
    assert [image[:1] for _, image in records_in(tmp_path)] == [b"a", b"c"]


def test_a_full_disk_or_an_ingester_that_is_away_refuse(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inference.spool, "SEGMENT_BYTES", 1)
    spool = Spool(tmp_path, most_waiting_bytes=1500)
    spool.append(b"{}", b"a" * 1000)
    spool.append(b"{}", b"a" * 1000)
    with pytest.raises(SpoolUnavailable, match="wait"):
        spool.append(b"{}", b"a")
    monkeypatch.setattr(inference.spool, "LEAST_FREE_BYTES", 1 << 62)
    with pytest.raises(SpoolUnavailable, match="full"):
        spool.append(b"{}", b"a")
    assert len(records_in(tmp_path)) == 2


@pytest.mark.parametrize("is_synced", [False, True])
def test_threads_share_a_spool(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_synced: bool) -> None:
    monkeypatch.setattr(inference.spool, "SEGMENT_BYTES", 20_000)
    spool = Spool(tmp_path, is_synced=is_synced)

    def write(thread: int) -> None:
        for number in range(50):
            spool.append(b'{"id": "%d-%d"}' % (thread, number), os.urandom(500))
            if number % 10 == 0:
                spool.seal_if_due()

    threads = [threading.Thread(target=write, args=(thread,)) for thread in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    spool.close()
    assert {facts["id"] for facts, _ in records_in(tmp_path)} == {f"{a}-{b}" for a in range(8) for b in range(50)}
