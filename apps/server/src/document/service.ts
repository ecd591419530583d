import type { NewDocument } from "@eca/contract";
import type { Actor } from "../caller/actor.js";
import type { AuditLog } from "../audit/audit-log.js";
import type { Clock, Micros } from "../clock.js";
import { DomainError } from "../errors/domain-error.js";
import { requireEss } from "../ess/service.js";
import { type List, listById } from "../lists/list.js";
import { type ExpectedRevisions, requireRevision } from "../caller/preconditions.js";
import { requireSequence } from "../sequence/service.js";
import type { DocumentContent, DocumentRow, DocumentSource } from "../store/port/rows.js";
import type { Reader, Store, Transaction } from "../store/port/store.js";
import { digestOf, isUnchanged, rowText, type SourceRow } from "./row-text.js";

/** The texts that questions are answered from. */
export interface DocumentService {
  /** Stores a text, and embeds it where it says so. Equal ones are not merged. */
  create(input: NewDocument): Promise<DocumentRow>;
  /**
   * Stores and embeds what a state says in words, in place of the document that was made of it before. Changes nothing
   * where that says the same.
   *
   * @throws DomainError `module_not_found`, `ess_not_found`.
   */
  createFromEss(moduleId: string, id: number): Promise<DocumentRow>;
  /**
   * The same of a sequence entry; `-1` is the latest.
   *
   * @throws DomainError `module_not_found`, `sequence_not_found`.
   */
  createFromSequence(moduleId: string, id: number): Promise<DocumentRow>;
  /** All documents, by id. */
  list(): List<DocumentRow>;
  /** @throws DomainError `document_not_found`. */
  get(id: number): Promise<DocumentRow>;
  /**
   * Replaces all of it; a text that is not to be embedded is stored alone. A document that was made of a row stays that
   * row's while its name stays the same, and the row is there.
   *
   * @throws DomainError `document_not_found`, `precondition_failed`.
   */
  update(id: number, input: NewDocument, expected: ExpectedRevisions): Promise<DocumentRow>;
  /**
   * Lets questions find it; changes nothing where they do already.
   *
   * @throws DomainError `document_not_found`, `precondition_failed`, `document_withdrawn`.
   */
  embed(id: number, expected: ExpectedRevisions): Promise<DocumentRow>;
  /** Deletes a document and answers it. @throws DomainError `document_not_found`, `precondition_failed`. */
  delete(id: number, expected: ExpectedRevisions, actor: Actor): Promise<DocumentRow>;
}

interface DocumentServiceDependencies {
  readonly store: Store;
  readonly clock: Clock;
  readonly audit: Pick<AuditLog, "record">;
  /** To be called when a document was embedded, or embedded anew; its write may be part of one under way. */
  readonly onEmbedded: (documentId: number) => void;
}

export function createDocumentService(dependencies: DocumentServiceDependencies): DocumentService {
  const { store, clock, audit, onEmbedded } = dependencies;
  const write = async (work: (tx: Transaction) => Promise<DocumentRow>): Promise<DocumentRow> => {
    const row = await store.transact(work);
    if (row.status === "embedded") onEmbedded(row.id);
    return row;
  };
  return {
    create: (input) => write((tx) => tx.insertDocument(toContent(input, null), clock())),

    createFromEss: (moduleId, id) =>
      write(async (tx) => {
        await requireEss(tx, moduleId, id);
        return putFromRow(tx, { kind: "ess", module_id: moduleId, id }, clock());
      }),

    createFromSequence: (moduleId, id) =>
      write(async (tx) => {
        const entry = await requireSequence(tx, moduleId, id);
        return putFromRow(tx, { kind: "sequence", module_id: moduleId, id: entry.id }, clock());
      }),

    list: () => listById("asc", (page) => store.documentPage(page)),

    get: (id) => requireDocument(store, id),

    update: (id, input, expected) =>
      write(async (tx) => {
        const row = await requireDocument(tx, id);
        requireRevision(row, expected);
        const content = toContent(input, await sourceAfter(tx, row, input));
        return (await tx.updateDocument(id, content, clock())) ?? documentNotFound(id);
      }),

    embed: (id, expected) =>
      write(async (tx) => {
        const row = await requireDocument(tx, id);
        requireRevision(row, expected);
        if (row.status === "embedded") return row;
        requireInUse(row);
        return (await tx.updateDocument(id, { ...row, status: "embedded" }, clock())) ?? documentNotFound(id);
      }),

    delete: (id, expected, actor) =>
      store.transact(async (tx) => {
        requireRevision(await requireDocument(tx, id), expected);
        const row = (await tx.deleteDocument(id)) ?? documentNotFound(id);
        await tx.forgetReplies({ kind: "document", module_id: null, id });
        await audit.record(tx, actor, { kind: "document_deleted", rowId: id });
        return row;
      }),
  };
}

async function requireDocument(reader: Pick<Reader, "document">, id: number): Promise<DocumentRow> {
  return (await reader.document(id)) ?? documentNotFound(id);
}

function toContent({ embed, ...content }: NewDocument, source: DocumentSource | null): DocumentContent {
  return { ...content, status: embed ? "embedded" : "stored", source };
}

/** The document of a row that is there, with what the row says now. */
async function putFromRow(tx: Transaction, row: SourceRow, at: Micros): Promise<DocumentRow> {
  const { kind, module_id: moduleId, id } = row;
  const text = (await rowText(tx, row)) ?? "";
  const source = { ...row, digest: digestOf(text) };
  const content: DocumentContent = { doc_id: `${kind}/${moduleId}/${id}`, text, status: "embedded", source };
  const [before] = await tx.documentsOf(row, 1);
  if (before === undefined) return tx.insertDocument(content, at);
  if (before.status === "embedded" && before.text === text && isUnchanged(before, text)) return before;
  return (await tx.updateDocument(before.id, content, at)) ?? documentNotFound(before.id);
}

/**
 * Which row a document is of once it was replaced; null for a text of the caller's own. Who writes another text has
 * seen what the row says now.
 */
async function sourceAfter(
  reader: Reader,
  { source, doc_id, text }: DocumentRow,
  input: NewDocument,
): Promise<DocumentSource | null> {
  if (source === null || input.doc_id !== doc_id) return null;
  const now = await rowText(reader, source);
  if (now === undefined) return null;
  return input.text === text ? source : { ...source, digest: digestOf(now) };
}

/** @throws DomainError `document_withdrawn`. */
function requireInUse({ id, status }: DocumentRow): void {
  if (status !== "orphaned") return;
  const detail = `document ${id} is orphaned: the row was deleted that it was made of; PATCH it with a text of your own to use it`;
  throw new DomainError("document_withdrawn", detail);
}

function documentNotFound(id: number): never {
  throw new DomainError("document_not_found", `no document ${id}`);
}
