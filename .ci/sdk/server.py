"""A built server in a process of its own, in a folder that lasts as long as it."""

import os
import re
import subprocess
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MAIN = str(ROOT / "apps/server/dist/main.js")
USERNAME = "admin"
PASSWORD = "the sdk's password"


@dataclass
class Server:
    """`uri` has `/v1` included; the data folder is in `folder`."""

    uri: str
    folder: Path

    def run(self, *words):
        """Runs a subcommand on the server's data, in its folder."""
        return subprocess.run(["node", MAIN, *words], cwd=self.folder, env=inherited(), capture_output=True, text=True)


def inherited():
    return {name: value for name, value in os.environ.items() if not name.startswith("ECA_")}


@contextmanager
def running_server():
    """Yields a fresh server, and stops it afterwards."""
    settings = {"ECA_PORT": "0", "ECA_USERNAME": USERNAME, "ECA_PASSWORD": PASSWORD, "ECA_LOG_LEVEL": "warn"}
    with tempfile.TemporaryDirectory(prefix="eca-sdk-") as folder:
        process = subprocess.Popen(
            ["node", MAIN],
            cwd=folder,
            env={**inherited(), **settings},
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            yield Server(uri_of(process), Path(folder))
        finally:
            process.terminate()
            code = process.wait(timeout=30)
            process.stdout.close()
            if code != 0:
                raise SystemExit(f"the server ended with {code}")


def uri_of(process):
    for line in process.stdout:
        listening = re.search(r"listening on (http:\S+)", line)
        if listening:
            return listening.group(1)
    raise SystemExit(f"the server did not start; it ended with {process.wait()}")
