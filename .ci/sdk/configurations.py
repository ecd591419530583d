"""What the classes of `avenieca.config` write is read by `eca-server import-config`."""

import json

from avenieca.api.model import ESSInsert, ESSResponse
from avenieca.config.broker import Broker
from avenieca.config.cortex import Cortex, CortexConfig
from avenieca.config.db import DB
from avenieca.config.document import Document, DocumentConfig
from avenieca.config.embedding import Embedding
from avenieca.config.log import Log
from avenieca.config.ras import ESI, RAS, EmotifiedInstances, EmotifiedInstancesConfig
from avenieca.config.retrieval import OAIConfig, Retrieval
from avenieca.config.server import ServerConfig, User, WebAPI
from avenieca.config.twin import Twin, TwinConfig
from avenieca.config.vse import HNSW, VSE, WAL, Optimizer


def twin(module_id, shape, **more):
    vse = VSE(hnsw_config=HNSW(), wal_config=WAL(), optimizer_config=Optimizer(), shard_number=2)
    return Twin(DB("t", "u"), vse, Log(), "sensor", shape=shape, module_id=module_id, **more)


def document(of):
    return Document("docs", "1s", True, of, DB(), of.vse_config, Log(), Embedding("openai", "u", "k", "m", 1536))


def drive(checks, eca, server):
    instances = EmotifiedInstances([ESI(1, [20.0], 90.0), ESI(2, [30.0], -90.0)])
    felt = twin("set.temperature", 1, display_name="Temperature", ras_config=RAS("db", "ras.json"))
    whole = twin("set.room", 1, in_twins=[felt], broker_config=Broker("u", "s", "p", "g"))
    cortex = Cortex("set.room", "1s", "1s", [whole], DB(), Log())
    web = WebAPI(
        User("u", "p", "k", DB()), cortex, Log(),
        document_config=document(twin("set.log", 3)),
        retrieval_config=Retrieval("openai", document(twin("set.log", 3)), OAIConfig("u", "k", "m")),
    )
    EmotifiedInstancesConfig(instances).to_json_file(server.folder / "ras.json")
    files = {
        "server.json": (ServerConfig(web), 3),
        "twin.json": (TwinConfig(twin("set.twin", 2)), 1),
        "cortex.json": (CortexConfig(cortex), 2),
        "document.json": (DocumentConfig(document(twin("set.documents", 4))), 1),
    }
    for name, (config, modules) in files.items():
        config.to_json_file(server.folder / name)
        done = server.run("import-config", name)
        checks.that(done.returncode == 0, f"import-config {name}", done.stdout, done.stderr)
        checks.equal(len(done.stdout.splitlines()), modules + 1, f"import-config {name}: its modules")
        checks.equal(server.run("import-config", name).stderr[:4], "0 of", f"import-config {name}: twice is once")

    module, status = eca.ess.client.http_get("/module/set.temperature", None)
    checks.equal((status, module["display_name"], module["shape"]), (200, "Temperature", 1), "the module that was imported")
    for state, valence in [([24.0], 90.0), ([26.0], -90.0)]:
        ess = eca.ess.create(ESSInsert(module_id="set.temperature", state=state, valence=None))
        ess = checks.typed(ess, ESSResponse, 201, "ess.create: without a valence")
        checks.equal(ess.valence, valence, "ess.create: the valence of the nearest emotified state instance")

    strange = json.loads((server.folder / "twin.json").read_text())
    strange["twin"]["colour"] = "red"
    (server.folder / "strange.json").write_text(json.dumps(strange))
    done = server.run("import-config", "strange.json")
    named = done.returncode == 0 and "$.twin.colour" in done.stderr
    checks.that(named, "a key that is not used is named", done.stdout, done.stderr)
