"""The supervisor's parts, each by itself."""

import io
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from portal.supervisor import log_files, orphans, valkey
from portal.supervisor.address import Address, is_port_free
from portal.supervisor.child import Child, ProcessPlan
from portal.supervisor.install_lock import AlreadyRunning, InstallLock
from portal.supervisor.log_files import LogFile
from portal.supervisor.plans import broker_plan
from portal.supervisor.supervisor import Supervisor
from portal.supervisor.tls import BadCertificate, prepare_tls


def child_of(folder: Path, program: str, **options: object) -> Child:
    plan = ProcessPlan(
        name="part",
        command=[sys.executable, "-c", program],
        environment=dict(os.environ),
        is_healthy=lambda pid: True,
        **options,  # type: ignore[arg-type]
    )
    return Child(plan, LogFile(folder, "part", is_shown=False))


def wait_for(condition: Callable[[], object], within_seconds: float = 20.0) -> None:
    deadline = time.monotonic() + within_seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_death_is_told_once_and_followed_by_a_restart_that_waits_longer_each_time(tmp_path: Path) -> None:
    child = child_of(tmp_path, "import sys; print('words'); sys.exit(3)")
    delays = []
    for _ in range(3):
        child.start() if child.pid is None else wait_for(child.restart_if_due)
        told: list[str] = []
        wait_for(lambda told=told: told.append(child.death() or "") or told[-1])  # type: ignore[misc]
        assert told[-1] == "exit code 3"
        assert child.death() is None
        delays.append(child._delay_seconds)
    assert delays == [1.0, 2.0, 4.0]
    assert child.restarts == 2
    assert child.wait_stopped(time.monotonic() + 5)
    assert (tmp_path / "part.log").read_text() == "words\n" * 3


def test_a_process_that_cannot_be_logged_is_not_held_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_files, "MAXIMUM_BYTES", 1000)
    program = "for number in range(20_000): print('many words', number)"
    (tmp_path / "part.log").symlink_to("/dev/full")
    child = child_of(tmp_path, program)
    child.start()
    wait_for(lambda: not child.is_running())
    assert child.death() == "exit code 0"

    (tmp_path / "part.log").unlink()
    (tmp_path / "part.log.1").mkdir()  # nothing can be rotated
    other = child_of(tmp_path, program)
    other.start()
    wait_for(lambda: not other.is_running())
    assert other.death() == "exit code 0"
    assert 0 < (tmp_path / "part.log").stat().st_size <= 1000


def test_a_broker_comes_back_though_its_folder_was_removed(tmp_path: Path) -> None:
    supervisor = Supervisor(tmp_path / "logs", lambda words: None, shows_logs=False)
    socket_path = valkey.choose_socket_path(tmp_path)
    supervisor.start([broker_plan(valkey.find_binary(), socket_path, tmp_path / "valkey", os.environ)])
    supervisor.wait_until_healthy()
    (child,) = supervisor._children
    assert child.pid is not None
    os.kill(child.pid, signal.SIGKILL)
    shutil.rmtree(tmp_path / "valkey")
    wait_for(lambda: not child.is_running())
    supervisor.wait_until_healthy()
    assert supervisor.stop() == []


def test_the_leases_of_a_dead_worker_are_ended_before_the_next_one_starts(tmp_path: Path) -> None:
    events: list[str] = []
    supervisor = Supervisor(tmp_path, events.append, shows_logs=False)
    plan = ProcessPlan(
        name="training",
        command=[sys.executable, "-c", "import time; time.sleep(60)"],
        environment=dict(os.environ),
        is_healthy=lambda pid: True,
        when_gone=lambda: events.append("leases ended"),
    )
    supervisor.start([plan])
    supervisor.wait_until_healthy()
    assert events == ["leases ended"]  # an earlier run may have left some
    child = supervisor._children[0]
    first_pid = child.pid
    assert first_pid is not None
    os.kill(first_pid, signal.SIGKILL)
    wait_for(lambda: supervisor._restart_the_dead() or child.pid != first_pid)
    assert events == ["leases ended", "training ended (signal SIGKILL); starting it again.", "leases ended"]
    assert supervisor.stop() == []


def test_what_a_dead_process_leaves_in_its_group_is_ended(tmp_path: Path) -> None:
    program = "import subprocess, sys; p = subprocess.Popen(['sleep', '60']); print(p.pid, flush=True); sys.exit(1)"
    child = child_of(tmp_path, program)
    child.start()
    wait_for(child.death)
    log = tmp_path / "part.log"  # written by a thread of the supervisor, maybe after the death
    wait_for(lambda: log.exists() and log.read_text().endswith("\n"))
    grandchild = int(log.read_text())
    wait_for(lambda: not _is_running(grandchild))


def test_a_process_that_ignores_sigterm_is_killed(tmp_path: Path) -> None:
    program = "import signal, time; signal.signal(15, signal.SIG_IGN); print('deaf', flush=True); time.sleep(60)"
    child = child_of(tmp_path, program)
    child.start()
    wait_for(lambda: (tmp_path / "part.log").exists() and (tmp_path / "part.log").read_text())
    child.ask_to_stop()
    assert child.wait_stopped(time.monotonic() + 0.5) is False
    assert not child.is_running()


def test_a_process_ends_with_its_parent(tmp_path: Path) -> None:
    tied = Path(log_files.__file__).with_name("tied_to_parent.py")
    program = (
        "import os, subprocess, sys, time;"
        f"p = subprocess.Popen([sys.executable, {str(tied)!r}, str(os.getpid()), 'sleep', '60']);"
        "print(p.pid, flush=True); time.sleep(60)"
    )
    parent = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
    with parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        time.sleep(0.5)
        assert _is_running(pid)
        parent.kill()
    wait_for(lambda: not _is_running(pid))


def test_logs_are_rotated_and_five_old_ones_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_files, "MAXIMUM_BYTES", 100)
    LogFile(tmp_path, "web", is_shown=False).copy_from(io.BytesIO(b"".join(b"%049d\n" % n for n in range(20))))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["web.log"] + [f"web.log.{n}" for n in range(1, 6)]
    assert (tmp_path / "web.log").read_bytes() == b"%049d\n%049d\n" % (18, 19)
    assert (tmp_path / "web.log.5").read_bytes() == b"%049d\n%049d\n" % (8, 9)


def test_a_folder_has_one_supervisor(tmp_path: Path) -> None:
    first, other_roles = InstallLock(tmp_path, "all"), InstallLock(tmp_path, "web")
    first.take()
    other_roles.take()
    with pytest.raises(AlreadyRunning) as caught:
        InstallLock(tmp_path, "all").take()
    assert caught.value.pid == os.getpid()
    first.release()
    other_roles.release()
    first.take()
    first.release()


def test_marked_processes_are_ended_and_no_others() -> None:
    environments = [{**os.environ, orphans.MARK: mark} for mark in ("all:/mine", "all:/other")]
    mine, other = (subprocess.Popen(["sleep", "60"], env=environment) for environment in environments)
    try:
        assert orphans.end_orphans("all:/mine") == 1
        assert not _is_running(mine.pid)
        assert other.poll() is None
    finally:
        mine.wait()
        other.kill()
        other.wait()


def test_a_taken_port_is_seen_even_when_it_is_shared() -> None:
    with socket.socket() as server:
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        server.bind(("127.0.0.1", 0))
        server.listen()
        taken = Address("127.0.0.1", server.getsockname()[1])
        assert not is_port_free(taken)
    assert is_port_free(taken)


@pytest.mark.parametrize(
    ("address", "public", "local"),
    [
        (Address("127.0.0.1", 8000), "http://127.0.0.1:8000", "http://127.0.0.1:8000"),
        (Address("vision.example", 443, is_tls=True), "https://vision.example:443", "https://vision.example:443"),
        (Address("::1", 8000), "http://[::1]:8000", "http://[::1]:8000"),
    ],
)
def test_addresses(address: Address, public: str, local: str) -> None:
    assert (address.public_url, address.local_url) == (public, local)


def test_listening_everywhere_is_reached_on_loopback_and_told_by_the_outward_address() -> None:
    address = Address("0.0.0.0", 8000)
    assert address.local_url == "http://127.0.0.1:8000"
    assert "0.0.0.0" not in address.public_url


def test_the_socket_goes_elsewhere_when_the_data_folder_is_too_deep(tmp_path: Path) -> None:
    assert valkey.choose_socket_path(Path("/tmp/short")) == Path("/tmp/short/valkey.sock")
    deep = valkey.choose_socket_path(tmp_path / ("x" * 100))
    assert len(str(deep)) < 100
    assert deep.parent.stat().st_mode & 0o777 == 0o700
    deep.parent.rmdir()


def test_a_certificate_with_its_key_is_taken_and_the_key_converted(tmp_path: Path) -> None:
    certificate, key = _certificate(tmp_path, "one")
    files = prepare_tls(certificate, key, tmp_path / "run")
    assert files.key.read_text().startswith("-----BEGIN PRIVATE KEY-----")
    assert files.key.stat().st_mode & 0o777 == 0o600


def test_a_certificate_with_another_key_is_refused_by_name(tmp_path: Path) -> None:
    certificate, _ = _certificate(tmp_path, "one")
    _, other_key = _certificate(tmp_path, "two")
    with pytest.raises(BadCertificate, match=r"two-key\.pem is not the key of .*one\.pem"):
        prepare_tls(certificate, other_key, tmp_path / "run")


def _certificate(folder: Path, name: str) -> tuple[Path, Path]:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now)
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    certificate_path, key_path = folder / f"{name}.pem", folder / f"{name}-key.pem"
    certificate_path.write_bytes(certificate.public_bytes(Encoding.PEM))
    key_path.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()))
    return certificate_path, key_path


def _is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False
