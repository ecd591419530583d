import type { Micros } from "../../clock.js";
import type { EmbeddingContent, EmbeddingRow } from "./rows.js";
import type { Page, PageRows } from "./page.js";

/** What can be read of embeddings. */
export interface EmbeddingReads {
  embedding(moduleId: string, id: number): Promise<EmbeddingRow | undefined>;
  embeddingByHash(moduleId: string, hash: string): Promise<EmbeddingRow | undefined>;
  embeddingPage(moduleId: string, page: Page): Promise<PageRows<EmbeddingRow>>;
}

/** What can be written of embeddings. */
export interface EmbeddingWrites {
  /** Adds an embedding to an existing module that does not have its hash. */
  insertEmbedding(moduleId: string, content: EmbeddingContent, at: Micros): Promise<EmbeddingRow>;
  /** Replaces all but `created_at`; undefined where there is no such row. */
  updateEmbedding(
    moduleId: string,
    id: number,
    content: EmbeddingContent,
    at: Micros,
  ): Promise<EmbeddingRow | undefined>;
  /** Returns the row that was deleted; undefined where there was none. */
  deleteEmbedding(moduleId: string, id: number, at: Micros): Promise<EmbeddingRow | undefined>;
}
