"""States, their log and the texts behind them: every method of ESS, Sequence and Embedding."""

from avenieca.api.model import (
    EmbeddingInputHash,
    EmbeddingInputInsert,
    EmbeddingInputResponse,
    ESSInsert,
    ESSResponse,
    PrettyESS,
    Search,
    SearchResult,
    SequenceInsert,
    SequenceResponse,
)
from avenieca.utils import encode, get_hash_function


def drive(checks, eca, _server):
    tour(checks, eca)
    states(checks, eca)
    log(checks, eca)
    embeddings(checks, eca)
    pretty(checks, eca)


def tour(checks, eca):
    """The SDK's own tour."""
    data = ESSInsert(module_id="aggregate001", state=[25.0, 70.0, 10.0], valence=10, score=5)
    ess = checks.typed(eca.ess.create(data), ESSResponse, 201, "tour: ess.create")
    checks.equal((ess.id, ess.state, ess.valence, ess.score), (1, [25, 70, 10], 10, 5), "tour: the state")
    entry = eca.sequence.create(SequenceInsert(module_id="aggregate001", instance_id=ess.id, status="e"))
    entry = checks.typed(entry, SequenceResponse, 201, "tour: sequence.create")
    checks.equal((entry.id, entry.instance_id, entry.status), (1, 1, "e"), "tour: the entry")
    entries = checks.typed_list(eca.sequence.get_all("aggregate001"), SequenceResponse, 1, "tour: sequence.get_all")
    checks.equal(entries, [entry], "tour: the log")


def states(checks, eca):
    # A space in a name is percent-encoded on the way, whole numbers stand for floats.
    module = "air conditioner"
    created = [
        checks.typed(eca.ess.create(ESSInsert(module_id=module, state=[value], valence=10)), ESSResponse, 201, "ess.create")
        for value in [11, 28, 26469.581684007026]
    ]
    checks.equal([ess.id for ess in created], [1, 2, 3], "ess.create: ids count")
    checks.equal(created[2].state, [26469.582], "ess.create: 32-bit floats in their shortest form")
    checks.that(created[0].created_at.endswith("Z") and len(created[0].created_at) == 27, "ess.create: microseconds")
    rows = checks.typed_list(eca.ess.get_all(module), ESSResponse, 3, "ess.get_all")
    checks.equal(rows, created, "ess.get_all: what was created")
    checks.equal(eca.ess.get_one(module, 2), (created[1], 200), "ess.get_one")

    data = ESSInsert(module_id=module, state=[12], valence=-3.5, score=2, embedding_input=7, context="cold")
    updated = checks.typed(eca.ess.update(module, 1, data), ESSResponse, 200, "ess.update")
    checks.equal((updated.id, updated.state, updated.context), (1, [12], "cold"), "ess.update: the state")
    checks.equal(updated.created_at, created[0].created_at, "ess.update: created_at stays")
    found = checks.typed(eca.ess.get_one_with_embedding(module, 7), ESSResponse, 200, "ess.get_one_with_embedding")
    checks.equal(found, updated, "ess.get_one_with_embedding: the state")
    body, status = eca.ess.upsert(module, 1)
    checks.equal((body["id"], status), (1, 200), "ess.upsert")

    results = checks.typed_list(eca.ess.search(Search(module, [29], limit=2)), SearchResult, 2, "ess.search")
    checks.that(all(type(result.ess) is ESSResponse for result in results), "ess.search: states", results)
    checks.equal([(result.score, result.ess.id) for result in results], [(1.0, 2), (17.0, 1)], "ess.search: nearest first")
    checks.equal(eca.ess.search(Search("nobody", [1.0])), ([], 200), "ess.search: none in an unknown module")
    eca.ess.create(ESSInsert(module_id="five", state=[18, 70, 15, 1, 25], valence=0))
    [five] = eca.ess.search(Search("five", [20, 70, 10, 2, 29]))[0]
    checks.that(abs(five.score - 6.78233) < 1e-5, "ess.search: the Euclidean distance", five.score)


def log(checks, eca):
    module = "log"
    for value in [1, 2]:
        eca.ess.create(ESSInsert(module_id=module, state=[value], valence=0))
    for instance_id in [1, 2, 1]:
        entry = eca.sequence.create(SequenceInsert(module_id=module, instance_id=instance_id))
        checks.typed(entry, SequenceResponse, 201, "sequence.create")
    entries = checks.typed_list(eca.sequence.get_all(module), SequenceResponse, 3, "sequence.get_all")
    checks.equal([(entry.id, entry.instance_id) for entry in entries], [(1, 1), (2, 2), (3, 1)], "sequence.get_all: oldest first")
    checks.equal(eca.sequence.get_one(module, 2), (entries[1], 200), "sequence.get_one")
    checks.equal(eca.sequence.get_one(module, -1), (entries[2], 200), "sequence.get_one: -1 is the latest")
    data = SequenceInsert(module_id=module, instance_id=2, status="sk", context="late")
    updated = checks.typed(eca.sequence.update(module, 3, data), SequenceResponse, 200, "sequence.update")
    checks.equal((updated.instance_id, updated.status, updated.context), (2, "sk", "late"), "sequence.update: the entry")
    occurred = checks.typed_list(eca.ess.get_all_sequence(module), ESSResponse, 3, "ess.get_all_sequence")
    checks.equal([ess.id for ess in occurred], [2, 2, 1], "ess.get_all_sequence: newest first, repeats kept")
    for entry_id, ess_id in [(1, 1), (-1, 2)]:
        ess = checks.typed(eca.ess.get_one_sequence(module, entry_id), ESSResponse, 200, "ess.get_one_sequence")
        checks.equal(ess.id, ess_id, f"ess.get_one_sequence: the state of entry {entry_id}")
    # The call that the SDK's documentation shows and its release lacks.
    deleted, status = eca.sequence.client.http_delete(f"/sequence/{module}/3", None, None)
    checks.equal((deleted["id"], status), (3, 200), "DELETE /sequence: the entry that was deleted")
    checks.equal(len(eca.sequence.get_all(module)[0]), 2, "DELETE /sequence: the entry is gone")


def embeddings(checks, eca):
    module = "said"
    digest = encode("the inputs", "my_secret")
    data = EmbeddingInputInsert(module_id=module, input="the inputs", hash=digest)
    created = checks.typed(eca.embedding.create(data), EmbeddingInputResponse, 201, "embedding.create")
    checks.equal((created.id, created.input, created.hash), (1, "the inputs", digest), "embedding.create: the text")
    found = eca.embedding.get_one_with_hash(module, EmbeddingInputHash(digest))
    checks.equal(found, (created, 200), "embedding.get_one_with_hash")
    checks.typed(found, EmbeddingInputResponse, 200, "embedding.get_one_with_hash")
    checks.equal(eca.embedding.get_one(module, 1), (created, 200), "embedding.get_one")
    for algorithm in ["sha256", "md5", "sha384", "sha224", "sha512", "sha1", "sha3_256", "sha3_224", "sha3_512"]:
        checks.equal(get_hash_function(algorithm)().name, algorithm, f"utils.get_hash_function: {algorithm}")
        hashed = EmbeddingInputInsert(module, f"by {algorithm}", encode("the inputs", "other", algorithm))
        stored = checks.typed(eca.embedding.create(hashed), EmbeddingInputResponse, 201, f"embedding.create: {algorithm}")
        found = eca.embedding.get_one_with_hash(module, EmbeddingInputHash(hashed.hash))
        checks.equal(found, (stored, 200), f"embedding.get_one_with_hash: {algorithm}")
    checks.typed_list(eca.embedding.get_all(module), EmbeddingInputResponse, 10, "embedding.get_all")
    changed = EmbeddingInputInsert(module_id=module, input="other inputs", hash=encode("other inputs", "my_secret"))
    updated = checks.typed(eca.embedding.update(module, 1, changed), EmbeddingInputResponse, 200, "embedding.update")
    checks.equal((updated.input, updated.hash), (changed.input, changed.hash), "embedding.update: the text")
    _, status = eca.embedding.delete(module, 1)
    checks.equal(status, 200, "embedding.delete")
    checks.equal(len(eca.embedding.get_all(module)[0]), 9, "embedding.delete: the text is gone")


def pretty(checks, eca):
    said = eca.embedding.create(EmbeddingInputInsert("mood", "quite content", encode("quite content", "s")))[0]
    eca.ess.create(ESSInsert(module_id="mood", state=[0.1, 0.2], valence=1, embedding_input=said.id))
    eca.ess.create(ESSInsert(module_id="mood", state=[0.3, 0.4], valence=1))
    eca.ess.create(ESSInsert(module_id="meter", state=[30.48], valence=1))
    eca.ess.create(
        ESSInsert(
            module_id="both", state=[], valence=0, aggregate_id=[1, 1], aggregate_module_id=["mood", "meter"]
        )
    )
    known = [
        ("mood", 1, (None, "quite content", None)),
        ("mood", 2, (["0.3", "0.4"], None, None)),
        ("meter", 1, (None, None, 30.48)),
        ("both", 1, (["quite content", "30.48"], None, None)),
    ]
    for module, ess_id, told in known:
        ess = checks.typed(eca.ess.get_one_pretty(module, ess_id), PrettyESS, 200, "ess.get_one_pretty")
        checks.equal((ess.state, ess.state_str, ess.state_float), told, f"ess.get_one_pretty: {module} {ess_id}")
    checks.that(ess.created_at.endswith(" UTC"), "ess.get_one_pretty: the time in words", ess.created_at)
