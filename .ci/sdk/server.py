"""A built server in a process of its own, with a data folder that lasts as long as it."""

import os
import re
import subprocess
import tempfile
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
USERNAME = "admin"
PASSWORD = "the sdk's password"


@contextmanager
def running_server():
    """Yields the base URI of a fresh server, `/v1` included, and stops it afterwards."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("ECA_")}
    settings = {"ECA_PORT": "0", "ECA_USERNAME": USERNAME, "ECA_PASSWORD": PASSWORD, "ECA_LOG_LEVEL": "warn"}
    with tempfile.TemporaryDirectory(prefix="eca-sdk-") as folder:
        process = subprocess.Popen(
            ["node", str(ROOT / "apps/server/dist/main.js")],
            cwd=folder,
            env={**inherited, **settings},
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            yield base_uri_of(process)
        finally:
            process.terminate()
            code = process.wait(timeout=30)
            process.stdout.close()
            if code != 0:
                raise SystemExit(f"the server ended with {code}")


def base_uri_of(process):
    for line in process.stdout:
        listening = re.search(r"listening on (http:\S+)", line)
        if listening:
            return listening.group(1)
    raise SystemExit(f"the server did not start; it ended with {process.wait()}")
