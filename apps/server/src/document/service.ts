import type { NewDocument } from "@eca/contract";
import type { Actor } from "../audit/actor.js";
import type { AuditLog } from "../audit/audit-log.js";
import type { Clock } from "../clock.js";
import { DomainError } from "../errors.js";
import type { TextOf } from "../ess/parts.js";
import { requireEss } from "../ess/service.js";
import { type List, listById } from "../list.js";
import { type ExpectedRevisions, requireRevision } from "../revision.js";
import { requireSequence } from "../sequence/service.js";
import type { DocumentContent, DocumentRow } from "../store/rows.js";
import type { Reader, Store, Transaction } from "../store/store.js";
import { tellEss, tellSequence } from "./tell.js";

/** The texts that questions are answered from. */
export interface DocumentService {
  /** Stores a text, and embeds it where it says so. Equal ones are not merged. */
  create(input: NewDocument): Promise<DocumentRow>;
  /** Stores and embeds a text that tells a state. @throws DomainError `module_not_found`, `ess_not_found`. */
  createFromEss(moduleId: string, id: number): Promise<DocumentRow>;
  /**
   * Stores and embeds a text that tells a sequence entry; `-1` is the latest.
   *
   * @throws DomainError `module_not_found`, `sequence_not_found`.
   */
  createFromSequence(moduleId: string, id: number): Promise<DocumentRow>;
  /** All documents, by id. */
  list(): List<DocumentRow>;
  /** @throws DomainError `document_not_found`. */
  get(id: number): Promise<DocumentRow>;
  /**
   * Replaces all of it; a text that is not to be embedded is stored alone.
   *
   * @throws DomainError `document_not_found`, `precondition_failed`.
   */
  update(id: number, input: NewDocument, expected: ExpectedRevisions): Promise<DocumentRow>;
  /**
   * Lets questions find it; changes nothing where they do already.
   *
   * @throws DomainError `document_not_found`, `precondition_failed`.
   */
  embed(id: number, expected: ExpectedRevisions): Promise<DocumentRow>;
  /** Deletes a document and answers it. @throws DomainError `document_not_found`, `precondition_failed`. */
  delete(id: number, expected: ExpectedRevisions, actor: Actor): Promise<DocumentRow>;
}

interface DocumentServiceDependencies {
  readonly store: Store;
  readonly clock: Clock;
  readonly audit: Pick<AuditLog, "record">;
  readonly textOf: TextOf;
  /** Hears that a document was embedded, or embedded anew; its write may be part of one under way. */
  readonly onEmbedded: (documentId: number) => void;
}

export function createDocumentService(dependencies: DocumentServiceDependencies): DocumentService {
  const { store, clock, audit, textOf, onEmbedded } = dependencies;
  const write = async (work: (tx: Transaction) => Promise<DocumentRow>): Promise<DocumentRow> => {
    const row = await store.transact(work);
    if (row.status === "embedded") onEmbedded(row.id);
    return row;
  };
  const insert = (content: DocumentContent): Promise<DocumentRow> => write((tx) => tx.insertDocument(content, clock()));
  return {
    create: (input) => insert(toContent(input)),

    createFromEss: async (moduleId, id) => {
      const row = await requireEss(store, moduleId, id);
      return insert({ doc_id: `ess/${moduleId}/${id}`, text: await tellEss(row, textOf), status: "embedded" });
    },

    createFromSequence: async (moduleId, id) => {
      const entry = await requireSequence(store, moduleId, id);
      const row = await requireEss(store, moduleId, entry.instance_id);
      const text = await tellSequence(entry, row, textOf);
      return insert({ doc_id: `sequence/${moduleId}/${entry.id}`, text, status: "embedded" });
    },

    list: () => listById("asc", (page) => store.documentPage(page)),

    get: (id) => requireDocument(store, id),

    update: (id, input, expected) =>
      write(async (tx) => {
        requireRevision(await requireDocument(tx, id), expected);
        return (await tx.updateDocument(id, toContent(input), clock())) ?? documentNotFound(id);
      }),

    embed: (id, expected) =>
      write(async (tx) => {
        const row = await requireDocument(tx, id);
        requireRevision(row, expected);
        if (row.status === "embedded") return row;
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

function toContent({ embed, ...content }: NewDocument): DocumentContent {
  return { ...content, status: embed ? "embedded" : "stored" };
}

function documentNotFound(id: number): never {
  throw new DomainError("document_not_found", `no document ${id}`);
}
