"""What comes next, in texts and in numbers, and the responses that are stored of it."""

from avenieca.api.model import (
    ECAResponse,
    EmbeddingInputInsert,
    ESSInsert,
    NextStateRequest,
    NextStateResponse,
    NextStateResponseRaw,
    SequenceInsert,
    Twin,
    TwinRaw,
    Twins,
    TwinsRaw,
)


def drive(checks, eca, _server):
    nearest_chain(checks, eca)
    history(checks, eca)
    defaults(checks, eca)
    aggregates(checks, eca)
    responses(checks, eca)


def states_of(reply):
    return [[twin.state for twin in step.list] for step in reply.next_state]


def nearest_chain(checks, eca):
    """Where history gives nothing: the known answer."""
    module = "chain"
    for value in [25, 24, 23.1, 23, 26]:
        eca.ess.create(ESSInsert(module_id=module, state=[value], valence=0))
    request = NextStateRequest(module_id=module, n=3, current_state=1)
    raw = checks.typed(eca.cortex.predictions_raw(request), NextStateResponseRaw, 200, "cortex.predictions_raw")
    checks.that(
        all(type(step) is TwinsRaw and all(type(twin) is TwinRaw for twin in step.list) for step in raw.next_state),
        "cortex.predictions_raw: typed steps",
        raw,
    )
    checks.equal(states_of(raw), [[[24]], [[23.1]], [[23]]], "cortex.predictions_raw: the nearest other states")
    told = checks.typed(eca.cortex.predictions(request), NextStateResponse, 200, "cortex.predictions")
    checks.that(
        all(type(step) is Twins and all(type(twin) is Twin for twin in step.list) for step in told.next_state),
        "cortex.predictions: typed steps",
        told,
    )
    checks.equal(states_of(told), [["24"], ["23.1"], ["23"]], "cortex.predictions: the same in texts")
    checks.equal(told.current_state, [Twin(0, 1, module, "25")], "cortex.predictions: the current state")


def history(checks, eca):
    module = "habit"
    for value in [1, 2, 3]:
        text = eca.embedding.create(EmbeddingInputInsert(module, f"habit {value}", f"hash {value}"))[0]
        eca.ess.create(ESSInsert(module_id=module, state=[value], valence=0, embedding_input=text.id))
    for instance_id in [3, 1, 2, 3, 1, 2, 3]:
        eca.sequence.create(SequenceInsert(module, instance_id, "e"))
    request = NextStateRequest(module_id=module, range=3, recall=10, n=2, status="e", previous_state=[3, 2, 1])
    told = checks.typed(eca.cortex.predictions(request), NextStateResponse, 200, "cortex.predictions: history")
    checks.equal(told.current_state, [Twin(0, 3, module, "habit 3")], "cortex.predictions: begins with the newest entry")
    checks.equal(states_of(told), [["habit 1"], ["habit 2"]], "cortex.predictions: what followed before")
    request.store_sequence = True
    eca.cortex.predictions(request)
    log = [entry.instance_id for entry in eca.sequence.get_all(module)[0]]
    checks.equal(log, [3, 1, 2, 3, 1, 2, 3, 1, 2], "cortex.predictions: the chain is appended where it is asked for")
    latest = eca.ess.get_one_sequence(module, -1)[0]
    checks.equal(latest.id, 3, "ess.get_one_sequence: -1 is the latest state that was observed")
    told = eca.cortex.predictions(NextStateRequest(module_id=module))[0]
    checks.equal(told.current_state, [Twin(0, 3, module, "habit 3")], "cortex.predictions: begins with what was observed")


def defaults(checks, eca):
    """What the SDK sends where the caller says nothing: range = recall = 2, n = 1."""
    module = "cycle"
    for value in range(1, 6):
        eca.ess.create(ESSInsert(module_id=module, state=[value], valence=0))
    cycle = [1, 4, 2, 5, 3]
    following = []
    for turn in range(5):
        for instance_id in cycle:
            eca.sequence.create(SequenceInsert(module, instance_id, "e"))
            if turn == 4:
                told = eca.cortex.predictions(NextStateRequest(module_id=module))[0]
                following.append(told.next_state[0].list[0].ess_id)
    checks.equal(following, [4, 2, 5, 3, 1], "cortex.predictions: a cycle that was seen five times, with the defaults")


def aggregates(checks, eca):
    request = NextStateRequest(module_id="room", range=3, recall=50, n=1)
    raw = checks.typed(eca.cortex.predictions_raw(request), NextStateResponseRaw, 200, "cortex.predictions_raw: room")
    room = eca.ess.get_one("room", raw.next_state[0].list[0].aggregate_id)[0]
    twins = [(twin.module_id, twin.ess_id, twin.state) for twin in raw.next_state[0].list]
    parts = zip(room.aggregate_module_id, room.aggregate_id, [[number] for number in room.state])
    checks.equal(twins, list(parts), "cortex.predictions_raw: one twin for each part")


def responses(checks, eca):
    checks.equal(eca.response.get_all(), ([], 200), "response.get_all: none before any is stored")
    request = NextStateRequest(module_id="chain", n=2, current_state=1, store_response=True)
    eca.cortex.predictions_raw(request)
    stored = checks.typed_list(eca.response.get_all(), ECAResponse, 2, "response.get_all")
    checks.equal([(step.percept, step.response) for step in stored], [(1, 2), (2, 3)], "response.get_all: each step")
    checks.equal({step.twin_module_id for step in stored}, {"chain"}, "response.get_all: the module")
    one = checks.typed(eca.response.get_one(stored[1].id), ECAResponse, 200, "response.get_one")
    checks.equal(one, stored[1], "response.get_one: the step")
