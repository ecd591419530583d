"""A find-or-insert loop over the rows of a smart room: five twins, and the aggregate of them."""

import csv

from avenieca.api.model import ESSInsert, ESSResponse, Search, SequenceInsert, SequenceResponse

from server import ROOT

DATA = ROOT.parent / "shared/data/iot/iot_data.csv"
TWINS = ["air_quality_index", "temperature", "occupancy", "air_conditioner", "purifier"]
BUILT_IN = [
    [30, 28.0, 4, 20, 1],
    [40, 24.0, 5, 20, 1],
    [45, 23.1, 6, 20, 1],
    [50, 24.0, 9, 18, 1],
    [30, 28.0, 4, 20, 1],
    [40, 24.0, 5, 20, 1],
]


def rows():
    if not DATA.exists():
        return BUILT_IN
    with DATA.open(newline="") as file:
        reader = csv.reader(file, skipinitialspace=True)
        names = [name.strip().lower().replace(" ", "_") for name in next(reader)]
        return [[float(row[names.index(twin)]) for twin in TWINS] for row in reader if any(row)]


def drive(checks, eca, _server):
    seen = rows()
    print(f"{len(seen)} rows of a room, {'built in' if seen is BUILT_IN else DATA.name}")
    for number, row in enumerate(seen):
        replies = [find_or_insert(eca, twin, [value]) for twin, value in zip(TWINS, row)]
        parts = [ess for ess, _ in replies]
        whole, entry = find_or_insert(eca, "room", row, whole_of(parts))
        right = all(type(ess) is ESSResponse and type(entry) is SequenceResponse for ess, entry in replies)
        checks.that(right, f"row {number}: a state and an entry for each twin", replies)
        right = type(whole) is ESSResponse and type(entry) is SequenceResponse
        checks.that(right and whole.state == row, f"row {number}: the aggregate of them", whole, entry)
        checks.equal(whole.aggregate_id, [part.id for part in parts], f"row {number}: its parts")

    for index, twin in enumerate(TWINS):
        distinct = list(dict.fromkeys(row[index] for row in seen))
        stored = checks.typed_list(eca.ess.get_all(twin), ESSResponse, len(distinct), f"{twin}: distinct states")
        checks.equal([ess.state[0] for ess in stored], distinct, f"{twin}: each state once, in order")
        occurred = checks.typed_list(eca.ess.get_all_sequence(twin), ESSResponse, len(seen), f"{twin}: occurrences")
        checks.equal([ess.state[0] for ess in occurred], [row[index] for row in reversed(seen)], f"{twin}: its log")
    distinct = list(dict.fromkeys(map(tuple, seen)))
    stored = checks.typed_list(eca.ess.get_all("room"), ESSResponse, len(distinct), "room: distinct states")
    checks.equal([tuple(ess.state) for ess in stored], distinct, "room: each state once, in order")
    warm = [ess.id for ess in stored if ess.aggregate_id[1] == 1]
    found = eca.ess.get_all_aggregates("temperature", "room", 1)
    found = checks.typed_list(found, ESSResponse, len(warm), "ess.get_all_aggregates")
    checks.equal([ess.id for ess in found], warm[::-1], "ess.get_all_aggregates: newest first")


def find_or_insert(eca, module, state, insert=None):
    """Reuses the state that is there already, as programs of the SDK do, and notes that it occurred."""
    found, _ = eca.ess.search(Search(module, state))
    known = len(found) > 0 and found[0].score == 0.0
    ess = found[0].ess if known else eca.ess.create(insert or ESSInsert(module_id=module, state=state, valence=50))[0]
    return ess, eca.sequence.create(SequenceInsert(module, ess.id, "e" if known else "n"))[0]


def whole_of(parts):
    """A full aggregate of these states, as the SDK's documentation puts it together."""
    total_score = sum(part.score for part in parts)
    valence = sum(part.valence for part in parts)
    return ESSInsert(
        module_id="room",
        state=[number for part in parts for number in part.state],
        valence=valence,
        avg_ess_valence=valence / len(parts),
        total_ess_score=total_score,
        avg_ess_score=int(total_score / len(parts)),
        aggregate_id=[part.id for part in parts],
        aggregate_module_id=[part.module_id for part in parts],
        aggregate_shape=[len(part.state) for part in parts],
        aggregate_valence=[part.valence for part in parts],
        aggregate_score=[part.score for part in parts],
        aggregate_context=[part.context for part in parts],
        aggregate_emb_inp=[part.embedding_input for part in parts],
    )
