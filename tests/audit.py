"""pip-audit over the lock, where its vulnerability service answers: known holes in what we depend on.

    python tests/audit.py

Exits 1 for a known hole; where there is no network, or no answer within half a minute, it says so and exits 0.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

SERVICES = ("osv", "pypi")
"""pip-audit's own names for where it asks; where that is, it knows itself."""
PATIENCE = 15


def main() -> int:
    """Ask the first service that answers."""
    lock = Path(__file__).resolve().parent.parent / "requirements.lock"
    for service in SERVICES:
        found = _asked(lock, service)
        if found is not None:
            return found
    print("pip-audit: skipped, no vulnerability service answers from here")
    return 0


def _asked(lock: Path, service: str) -> int | None:
    """0 for no known hole, 1 for one; None where there is no usable answer."""
    command = [sys.executable, "-m", "pip_audit", "--require-hashes", "--disable-pip", "-r", str(lock), "-s", service]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=False)
    except subprocess.TimeoutExpired:
        return None
    told = done.stdout + done.stderr
    if done.returncode == 1 and "Found" in told and "vulnerab" in told:
        print(told)
        return 1
    if done.returncode == 0:
        print("pip-audit: no known holes")
        return 0
    return None


if __name__ == "__main__":
    sys.exit(main())
