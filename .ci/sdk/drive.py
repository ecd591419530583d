"""
Drives every method of every class of avenieca-python that speaks to the REST API against a fresh server:
typed objects must come back everywhere, and `Error` or `AggregateError` objects for each kind of failure.
What the classes of `avenieca.config` write is imported, too.

Run it by a Python that has avenieca-python 0.1.4, once the server is built. Prints `N passed, N failed`.
The classes that stream through Kafka are left out: this server has no Kafka.
"""

import sys

from coverage import Coverage

coverage = Coverage()

from avenieca.api.client import Client
from avenieca.api.eca import ECA
from avenieca.api.model import AuthLogin, AuthResponse, Config, ESSInsert, ESSResponse

import configurations
import documents
import failures
import modules
import predictions
import room
from checks import Checks
from server import PASSWORD, USERNAME, running_server


def main():
    checks = Checks()
    with running_server() as server:
        eca = None
        with checks.part("logging in"):
            eca = log_in(checks, server.uri)
            take_key(checks, server)
        if eca is not None:
            for part in [modules, room, predictions, documents, configurations, failures]:
                with checks.part(part.__name__):
                    part.drive(checks, eca, server)
    for method in sorted(coverage.methods):
        checks.that(method in coverage.called, f"{method} was called")
    print(f"{checks.passed} passed, {checks.failed} failed")
    return 0 if checks.failed == 0 and checks.passed > 0 else 1


def log_in(checks, uri):
    config = Config(uri=uri, username=USERNAME, password=PASSWORD)
    eca = ECA(config)
    auth = checks.typed(eca.auth.login(AuthLogin(USERNAME, PASSWORD)), AuthResponse, 200, "auth.login")
    checks.equal((auth.role, auth.username), ("admin", USERNAME), "auth.login: role and name")
    checks.that(auth.session_id and auth.user_id and auth.session_id != config.api_token, "auth.login: a new session")
    # A configuration with a token does not log in.
    visitor = ECA(Config(uri=uri, api_token=auth.session_id))
    checks.equal(visitor.ess.get_all("nobody")[1], 404, "a token instead of a name is let in")
    client = Client(Config(uri=uri, api_token=auth.session_id))
    checks.equal(client.get_base_url(), uri, "client.get_base_url")
    checks.equal(client.get_authorization(), f"Bearer {auth.session_id}", "client.get_authorization")
    checks.equal(client.build_path("/ess"), f"{uri}/ess", "client.build_path")
    return eca


def take_key(checks, server):
    """What README.md gives to programs: a key in place of a login."""
    command = server.run("key", "create", "--user", USERNAME, "--name", "my twin", "--role", "writer")
    checks.equal(command.returncode, 0, "eca-server key create")
    twin = ECA(Config(uri=server.uri, api_token=command.stdout.strip()))
    checks.that(not hasattr(twin, "auth"), "a key needs no login")
    ess = ESSInsert(module_id="twin of a key", state=[1.0], valence=10)
    created = checks.typed(twin.ess.create(ess), ESSResponse, 201, "ess.create with a key")
    checks.equal(created.id, 1, "ess.create with a key: its id")


if __name__ == "__main__":
    sys.exit(main())
