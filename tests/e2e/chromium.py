"""Chromium as this machine has it, and the flags it needs without a network of its own."""

import os
import shutil

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def chromium_path() -> str | None:
    """SIGHTLINE_CHROMIUM, or the first on PATH; None where there is none."""
    told = os.environ.get("SIGHTLINE_CHROMIUM")
    return told or next((path for path in map(shutil.which, NAMES) if path), None)
