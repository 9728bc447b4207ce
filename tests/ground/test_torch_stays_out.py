"""torch is imported in the training child alone: neither web nor Celery maps its library."""

from pathlib import Path

from tests.live_install import LiveInstall


def test_no_process_of_a_running_install_has_torch(live_install: LiveInstall) -> None:
    assert live_install.readyz().status_code == 200, live_install.log("web")[-4000:]
    checked = set()
    for process in live_install.processes():
        maps = Path(f"/proc/{process.pid}/maps").read_text()
        assert "libtorch" not in maps, process.cmdline()
        checked.add(" ".join(process.cmdline()))
    for part in ("granian", "--queues short", "--queues training", "--queues reaper", "manage.py ingest"):
        assert any(part in command for command in checked), part
