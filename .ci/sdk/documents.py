"""Documents, written and told from rows, and questions to them."""

from avenieca.api.model import DocumentInsert, DocumentResponse, ESSInsert, RetrievalRequest, RetrievalResponse


def drive(checks, eca, _server):
    rows(checks, eca)
    questions(checks, eca)


def rows(checks, eca):
    checks.equal(eca.document.get_all(), ([], 200), "document.get_all: none before any is stored")
    data = DocumentInsert(doc_id="001", text="testing 123")
    created = checks.typed(eca.document.create(data), DocumentResponse, 201, "document.create")
    checks.equal((created.doc_id, created.text), ("001", "testing 123"), "document.create: the text")
    checks.equal(eca.document.get_one(created.id), (created, 200), "document.get_one")
    embedded = checks.typed(eca.document.embed(created.id), DocumentResponse, 200, "document.embed")
    checks.that(embedded.status != created.status, "document.embed: the status tells", embedded, created)
    at_once = eca.document.create(DocumentInsert(doc_id="002", text="testing 456", embed=True))
    at_once = checks.typed(at_once, DocumentResponse, 201, "document.create: embedded")
    checks.equal(at_once.status, embedded.status, "document.create: embedded at once")
    data.text = "another text"
    updated = checks.typed(eca.document.update(created.id, data), DocumentResponse, 200, "document.update")
    checks.equal(updated.text, "another text", "document.update: the text")
    checks.typed_list(eca.document.get_all(), DocumentResponse, 2, "document.get_all")
    for document in [created, at_once]:
        checks.equal(eca.document.delete(document.id)[1], 200, "document.delete")
    checks.equal(eca.document.get_all(), ([], 200), "document.delete: none is left")

    of_ess = checks.typed(eca.document.create_from_ess("room", 1), DocumentResponse, 201, "document.create_from_ess")
    checks.that("temperature" in of_ess.text, "document.create_from_ess: the text tells the twins", of_ess.text)
    of_entry = eca.document.create_from_sequence("temperature", 1)
    of_entry = checks.typed(of_entry, DocumentResponse, 201, "document.create_from_sequence")
    checks.that("temperature" in of_entry.text, "document.create_from_sequence: the text tells the twin", of_entry.text)


def questions(checks, eca):
    for text in ["The heating of the greenhouse was serviced in March.", "The orchids are watered every Tuesday."]:
        eca.document.create(DocumentInsert(doc_id=text[:10], text=text, embed=True))
    eca.ess.create(ESSInsert(module_id="greenhouse", state=[17.25], valence=20))
    eca.document.create_from_ess("greenhouse", 1)
    for query, known in [("When are the orchids watered?", "Tuesday"), ("What is the state of the greenhouse?", "17.25")]:
        answer = eca.retrieval.query(RetrievalRequest(query=query))
        answer = checks.typed(answer, RetrievalResponse, 200, "retrieval.query")
        checks.that(known in answer.response, f"retrieval.query: {query}", answer.response)
