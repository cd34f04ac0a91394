"""Commands as a user types them, in a process of their own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path


def referralsim(*words: str, cwd: Path, code: int = 0) -> subprocess.CompletedProcess[str]:
    """Run a command in a folder of its own and check how it ends; no traceback in any case."""
    command = [sys.executable, "-m", "referralsim", *words]
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=600)
    assert "Traceback" not in done.stderr, done.stderr
    assert done.returncode == code, done.stderr
    return done


def files(folder: Path) -> dict[str, bytes]:
    """Return the content of all files below a folder."""
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}
