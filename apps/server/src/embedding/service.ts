import type { NewEmbedding } from "@eca/contract";
import type { Actor } from "../caller/actor.js";
import type { AuditLog } from "../audit/audit-log.js";
import type { Clock } from "../clock.js";
import { DomainError } from "../errors/domain-error.js";
import type { TextOf } from "../ess/parts.js";
import { type List, listById } from "../lists/list.js";
import { openShape, requireModule } from "../module/service.js";
import { type ExpectedRevisions, requireRevision } from "../caller/preconditions.js";
import { requireSameModule } from "../sequence/service.js";
import type { EmbeddingRow } from "../store/port/rows.js";
import type { Reader, Store } from "../store/port/store.js";

/** The texts behind the states of a module. Every look-up throws `module_not_found` on an unknown module. */
export interface EmbeddingService {
  /** Stores a text; the first row of a module creates it. @throws DomainError `embedding_exists` on a known hash. */
  create(input: NewEmbedding): Promise<EmbeddingRow>;
  /** All embeddings of a module, by id. */
  list(moduleId: string): Promise<List<EmbeddingRow>>;
  /** @throws DomainError `embedding_not_found`. */
  get(moduleId: string, id: number): Promise<EmbeddingRow>;
  /** @throws DomainError `embedding_not_found`. */
  getByHash(moduleId: string, hash: string): Promise<EmbeddingRow>;
  /**
   * Replaces text and hash.
   *
   * @throws DomainError `embedding_not_found`, `embedding_exists` when another row has the hash,
   * `invalid_request` on a foreign module, `precondition_failed`.
   */
  update(moduleId: string, id: number, input: NewEmbedding, expected: ExpectedRevisions): Promise<EmbeddingRow>;
  /**
   * Deletes an embedding and answers it; states keep their reference.
   *
   * @throws DomainError `embedding_not_found`, `precondition_failed`.
   */
  delete(moduleId: string, id: number, expected: ExpectedRevisions, actor: Actor): Promise<EmbeddingRow>;
}

export interface EmbeddingServiceDependencies {
  readonly store: Store;
  readonly clock: Clock;
  readonly audit: Pick<AuditLog, "record">;
}

export function createEmbeddingService({ store, clock, audit }: EmbeddingServiceDependencies): EmbeddingService {
  return {
    create: ({ module_id: moduleId, ...content }) =>
      store.transact(async (tx) => {
        const at = clock();
        if ((await tx.module(moduleId)) === undefined) await tx.insertModule(moduleId, openShape, at);
        await requireFreeHash(tx, moduleId, content.hash, undefined);
        return tx.insertEmbedding(moduleId, content, at);
      }),

    list: async (moduleId) => {
      const { revision } = await requireModule(store, moduleId);
      return listById("asc", (page) => store.embeddingPage(moduleId, page), revision);
    },

    get: (moduleId, id) => requireEmbedding(store, moduleId, id),

    getByHash: async (moduleId, hash) => {
      const row = await store.embeddingByHash(moduleId, hash);
      if (row !== undefined) return row;
      await requireModule(store, moduleId);
      throw new DomainError("embedding_not_found", `module "${moduleId}" has no embedding with the hash "${hash}"`);
    },

    update: async (moduleId, id, { module_id: bodyModuleId, ...content }, expected) => {
      requireSameModule(moduleId, bodyModuleId);
      return store.transact(async (tx) => {
        requireRevision(await requireEmbedding(tx, moduleId, id), expected);
        await requireFreeHash(tx, moduleId, content.hash, id);
        return (await tx.updateEmbedding(moduleId, id, content, clock())) ?? embeddingNotFound(moduleId, id);
      });
    },

    delete: (moduleId, id, expected, actor) =>
      store.transact(async (tx) => {
        requireRevision(await requireEmbedding(tx, moduleId, id), expected);
        const row = (await tx.deleteEmbedding(moduleId, id, clock())) ?? embeddingNotFound(moduleId, id);
        await tx.forgetReplies({ kind: "embedding", module_id: moduleId, id });
        await audit.record(tx, actor, { kind: "embedding_deleted", moduleId, rowId: id });
        return row;
      }),
  };
}

/** Looks up the texts behind states. */
export function createTextOf(reader: Pick<Reader, "embedding">): TextOf {
  return async (moduleId, embeddingInput) => (await reader.embedding(moduleId, embeddingInput))?.input;
}

async function requireEmbedding(reader: Reader, moduleId: string, id: number): Promise<EmbeddingRow> {
  const row = await reader.embedding(moduleId, id);
  if (row !== undefined) return row;
  await requireModule(reader, moduleId);
  return embeddingNotFound(moduleId, id);
}

/** @param id The row that may have the hash already; undefined where it is to be a new one. */
async function requireFreeHash(reader: Reader, moduleId: string, hash: string, id: number | undefined): Promise<void> {
  const holder = await reader.embeddingByHash(moduleId, hash);
  if (holder === undefined || holder.id === id) return;
  const detail = `hash is that of embedding ${holder.id}; a hash stands once in module "${moduleId}"`;
  throw new DomainError("embedding_exists", [{ detail, pointer: "/hash" }]);
}

function embeddingNotFound(moduleId: string, id: number): never {
  throw new DomainError("embedding_not_found", `module "${moduleId}" has no embedding ${id}`);
}
