"""Each kind of failure comes back as an `Error`, or as an `AggregateError`, from every class."""

import math
from dataclasses import fields

from avenieca.api.auth import Auth
from avenieca.api.client import Client
from avenieca.api.eca import ECA
from avenieca.api.model import (
    AggregateError,
    AuthLogin,
    Config,
    DocumentInsert,
    EmbeddingInputHash,
    EmbeddingInputInsert,
    Error,
    ESSInsert,
    NextStateRequest,
    RetrievalRequest,
    Search,
    SequenceInsert,
)

from room import whole_of
from server import PASSWORD, USERNAME

HERE = "log"
GONE = 999_999


def drive(checks, eca, server):
    unknown(checks, eca)
    bad_requests(checks, eca)
    aggregates(checks, eca)
    logins(checks, eca, server.uri)
    transport(checks, server.uri, eca.ess.client.api_token)


def refused(checks, reply, status, what):
    error = checks.typed(reply, Error, status, what)
    texts = getattr(error, "errors", None)
    right = type(texts) is list and len(texts) > 0 and all(type(text) is str and text for text in texts)
    checks.that(right, f"{what}: texts", error)


def unknown(checks, eca):
    """No such row in a module that there is, and no such module."""
    ess = ESSInsert(module_id=HERE, state=[1], valence=0)
    entry = SequenceInsert(HERE, 1)
    embedding = EmbeddingInputInsert(HERE, "a", "b")
    document = DocumentInsert("a", "b")
    calls = {
        "ess.get_all": lambda: eca.ess.get_all("nobody"),
        "ess.get_all_aggregates": lambda: eca.ess.get_all_aggregates(HERE, "room", GONE),
        "ess.get_all_sequence": lambda: eca.ess.get_all_sequence("nobody"),
        "ess.get_one": lambda: eca.ess.get_one(HERE, GONE),
        "ess.get_one of nobody": lambda: eca.ess.get_one("nobody", 1),
        "ess.get_one_with_embedding": lambda: eca.ess.get_one_with_embedding(HERE, GONE),
        "ess.get_one_pretty": lambda: eca.ess.get_one_pretty(HERE, GONE),
        "ess.get_one_sequence": lambda: eca.ess.get_one_sequence(HERE, GONE),
        "ess.update": lambda: eca.ess.update(HERE, GONE, ess),
        "ess.upsert": lambda: eca.ess.upsert(HERE, GONE),
        "sequence.create": lambda: eca.sequence.create(SequenceInsert(HERE, GONE)),
        "sequence.get_all": lambda: eca.sequence.get_all("nobody"),
        "sequence.get_one": lambda: eca.sequence.get_one(HERE, GONE),
        "sequence.update": lambda: eca.sequence.update(HERE, GONE, entry),
        "cortex.predictions": lambda: eca.cortex.predictions(NextStateRequest(HERE, current_state=GONE)),
        "cortex.predictions_raw": lambda: eca.cortex.predictions_raw(NextStateRequest("nobody")),
        "document.create_from_ess": lambda: eca.document.create_from_ess(HERE, GONE),
        "document.create_from_sequence": lambda: eca.document.create_from_sequence(HERE, GONE),
        "document.get_one": lambda: eca.document.get_one(GONE),
        "document.update": lambda: eca.document.update(GONE, document),
        "document.embed": lambda: eca.document.embed(GONE),
        "document.delete": lambda: eca.document.delete(GONE),
        "embedding.get_all": lambda: eca.embedding.get_all("nobody"),
        "embedding.get_one": lambda: eca.embedding.get_one(HERE, GONE),
        "embedding.get_one_with_hash": lambda: eca.embedding.get_one_with_hash(HERE, EmbeddingInputHash("none")),
        "embedding.update": lambda: eca.embedding.update(HERE, GONE, embedding),
        "embedding.delete": lambda: eca.embedding.delete(HERE, GONE),
        "response.get_one": lambda: eca.response.get_one(GONE),
    }
    for name, call in calls.items():
        refused(checks, call(), 404, f"{name}: 404")


def bad_requests(checks, eca):
    not_a_number = ESSInsert(module_id=HERE, state=[math.nan], valence=0)
    calls = {
        "ess.create, another shape": lambda: eca.ess.create(ESSInsert(module_id=HERE, state=[1, 2], valence=0)),
        "ess.create, NaN": lambda: eca.ess.create(not_a_number),
        "ess.create, no valence": lambda: eca.ess.create(ESSInsert(module_id=HERE, state=[1], valence=None)),
        "ess.create, too large a number": lambda: eca.ess.create(ESSInsert(module_id=HERE, state=[1e39], valence=0)),
        "ess.update, another shape": lambda: eca.ess.update(HERE, 1, ESSInsert(module_id=HERE, state=[], valence=0)),
        "ess.search, another shape": lambda: eca.ess.search(Search(HERE, [1, 2])),
        "ess.search, infinity": lambda: eca.ess.search(Search(HERE, [math.inf])),
        "ess.get_one, no id": lambda: eca.ess.get_one(HERE, "one"),
        "sequence.create, no id": lambda: eca.sequence.create(SequenceInsert(HERE, "one")),
        "sequence.get_one, no id": lambda: eca.sequence.get_one(HERE, "one"),
        "sequence.update, another module": lambda: eca.sequence.update(HERE, 1, SequenceInsert("room", 1)),
        "cortex.predictions, n": lambda: eca.cortex.predictions(NextStateRequest(HERE, n=-1)),
        "cortex.predictions_raw, range": lambda: eca.cortex.predictions_raw(NextStateRequest(HERE, range="far")),
        "document.create, no text": lambda: eca.document.create(DocumentInsert("a", None)),
        "document.update, no text": lambda: eca.document.update(1, DocumentInsert("a", None)),
        "embedding.create, no hash": lambda: eca.embedding.create(EmbeddingInputInsert(HERE, "a", "")),
        "embedding.get_one_with_hash, no hash": lambda: eca.embedding.get_one_with_hash(HERE, EmbeddingInputHash(None)),
        "retrieval.query, no query": lambda: eca.retrieval.query(RetrievalRequest(query="")),
    }
    for name, call in calls.items():
        refused(checks, call(), 400, f"{name}: 400")
    eca.embedding.create(EmbeddingInputInsert(HERE, "once", "twice"))
    again = eca.embedding.create(EmbeddingInputInsert(HERE, "again", "twice"))
    refused(checks, again, 409, "embedding.create, a hash that is there: 409")
    large = eca.document.create(DocumentInsert("large", "a" * (8 * 1024 * 1024)))
    refused(checks, large, 413, "document.create, too large: 413")


def aggregates(checks, eca):
    """Every key of an AggregateError, from create and from update."""

    def broken(**changes):
        parts = [eca.ess.get_one("air_quality_index", 1)[0], eca.ess.get_one("temperature", 1)[0]]
        insert = whole_of(parts)
        insert.module_id = "pair"
        for name, value in changes.items():
            setattr(insert, name, value)
        return insert

    checks.equal(eca.ess.create(broken())[1], 201, "a right pair is taken")
    single = whole_of([eca.ess.get_one("temperature", 1)[0]])
    single.module_id = "pair"
    wrong = {
        "field_length_errors": broken(aggregate_score=[0]),
        "invalid_module_ids": broken(aggregate_module_id=["air_quality_index", "nobody"]),
        "module_id_position": broken(aggregate_module_id=["nobody", "temperature"]),
        "invalid_ess_db_ids": broken(aggregate_id=[1, GONE]),
        "verifying_ess_exists": broken(aggregate_id=[1]),
        "ess_mismatch": broken(aggregate_context=["warm", None]),
        "incorrect_avg_ess_score": broken(avg_ess_score=7),
        "incorrect_avg_ess_valence": broken(avg_ess_valence=7.0),
        "incorrect_valence": broken(valence=7.0),
        "incorrect_total_ess_sore": broken(total_ess_score=7),
        # The parts are right by themselves, and join to another shape than the module's.
        "ess_from_aggregate": single,
    }
    kinds = {field.name: field.type for field in fields(AggregateError)}
    checks.equal(sorted(wrong), sorted(kinds), "every key of an AggregateError is tried")
    for key, insert in wrong.items():
        for name, reply in [("create", eca.ess.create(insert)), ("update", eca.ess.update("pair", 1, insert))]:
            error = checks.typed(reply, AggregateError, 400, f"ess.{name}, {key}")
            told = getattr(error, key, None)
            kind = {"list": list, "str": str}[kinds[key]]
            checks.that(type(told) is kind and len(told) > 0, f"ess.{name}, {key}: its texts", error)
    both = checks.typed(eca.ess.create(broken(valence=7.0, total_ess_score=7)), AggregateError, 400, "two faults")
    checks.that(both.incorrect_valence and both.incorrect_total_ess_sore, "two faults are told together", both)


def logins(checks, eca, uri):
    refused(checks, Auth(Config(uri=uri)).login(AuthLogin(USERNAME, "wrong")), 401, "auth.login, a wrong password: 401")
    refused(checks, Auth(Config(uri=uri)).login(AuthLogin("nobody", PASSWORD)), 401, "auth.login, an unknown name: 401")
    try:
        ECA(Config(uri=uri, username=USERNAME, password="wrong"))
        checks.that(False, "ECA() with a wrong password raises")
    except Exception as error:
        checks.that("login failed" in str(error), "ECA() with a wrong password raises", error)
    stranger = ECA(Config(uri=uri, api_token="no token of this server"))
    calls = {
        "ess": lambda: stranger.ess.get_all(HERE),
        "sequence": lambda: stranger.sequence.get_all(HERE),
        "cortex": lambda: stranger.cortex.predictions(NextStateRequest(HERE)),
        "document": lambda: stranger.document.get_all(),
        "embedding": lambda: stranger.embedding.get_all(HERE),
        "retrieval": lambda: stranger.retrieval.query(RetrievalRequest(query="a")),
        "response": lambda: stranger.response.get_all(),
    }
    for name, call in calls.items():
        refused(checks, call(), 401, f"{name} with a bad token: 401")

    reader = {"username": "reader", "password": "a reader's password", "role": "reader"}
    _, status = eca.ess.client.http_post("/user", None, reader)
    checks.equal(status, 201, "a reader is created")
    watcher = ECA(Config(uri=uri, username=reader["username"], password=reader["password"]))
    checks.equal(watcher.ess.get_all(HERE)[1], 200, "a reader reads")
    refused(checks, watcher.ess.create(ESSInsert(module_id=HERE, state=[1], valence=0)), 403, "a reader writes: 403")
    refused(checks, watcher.sequence.create(SequenceInsert(HERE, 1)), 403, "a reader writes the log: 403")


def transport(checks, uri, token):
    """What the SDK's classes never send, by the client below them."""
    client = Client(Config(uri=uri, api_token=token))
    replies = {
        "no such route": (404, client.http_get("/nothing", None)),
        "another method, put": (405, client.http_put("/sequence", None, None)),
        "another method, patch": (405, client.http_patch("/sequence", None, {})),
        "another method, delete": (405, client.http_delete("/login", None, None)),
        "an unknown query": (400, client.http_get(f"/ess/{HERE}", {"limit": "many"})),
        "a body that is no object": (400, client.http_post("/ess", None, [])),
        "a wrong type in a field": (400, client.http_patch(f"/ess/{HERE}/1", None, {"module_id": HERE, "state": "1"})),
    }
    client.headers = {**client.headers, "Content-Type": "text/plain"}
    replies["another content type"] = (415, client.http_post("/ess", None, {}))
    for what, (status, (body, seen)) in replies.items():
        checks.equal(seen, status, f"{what}: {status}")
        checks.that(list(body) == ["errors"], f"{what}: nothing beside the errors", body)
        checks.that(type(Error(**body)) is Error, f"{what}: an Error")
