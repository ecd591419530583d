import type { DocumentRow } from "../store/port/rows.js";
import type { Store } from "../store/port/store.js";
import { EndpointError } from "./model-endpoint.js";
import type { VectorModel } from "./vector-model.js";

/** How many texts go into one call. */
const batchSize = 32;

/** Documents have turns of their own, as one user has. */
const nobody = "";

/** The pause after a failure, in milliseconds, unless something wakes it before. */
const retryPause = 60_000;

/** Statuses by which a service refuses a text, and not the caller or the moment. */
const refusals: ReadonlySet<number | undefined> = new Set([400, 413, 422]);

interface VectorFillerDependencies {
  readonly store: Store;
  readonly model: VectorModel;
  /** Receives each failure; what failed is tried again later. */
  readonly onError: (error: unknown) => void;
}

/**
 * Makes the vectors of embedded documents, behind the writes: no write waits for an outside service or
 * fails with it. After a start it goes through all documents once, then through those it is told of;
 * after a failure it pauses and goes on where it was.
 */
export class VectorFiller {
  readonly #store: Store;
  readonly #model: VectorModel;
  readonly #onError: (error: unknown) => void;
  /** Documents that it was told of, or failed with. */
  readonly #told = new Set<number>();
  /** The last document that it has gone through; undefined once it has been through all. */
  #after: number | undefined = 0;
  #isRunning = false;
  #run: Promise<void> = Promise.resolve();
  #retry: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor({ store, model, onError }: VectorFillerDependencies) {
    this.#store = store;
    this.#model = model;
    this.#onError = onError;
  }

  /** To be called when a document was embedded, or embedded anew; the write may be under way still. */
  follow(documentId: number): void {
    this.#told.add(documentId);
    // During an outage each write would bring a call that fails.
    if (this.#retry === undefined) this.wake();
  }

  /** Goes on, even in a pause. */
  wake(): void {
    clearTimeout(this.#retry);
    this.#retry = undefined;
    if (this.#isRunning || this.#isClosed) return;
    this.#isRunning = true;
    this.#run = this.#fillAll();
  }

  /** Waits for the call under way unless its model is closed. */
  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#retry);
    await this.#run;
  }

  async #fillAll(): Promise<void> {
    let batch: readonly number[] = [];
    try {
      while (!this.#isClosed && (this.#told.size > 0 || this.#after !== undefined)) {
        batch = this.#told.size > 0 ? this.#takeTold() : await this.#nextPage();
        await this.#fill(batch);
      }
    } catch (error) {
      for (const id of batch) this.#told.add(id);
      if (this.#isClosed) return;
      this.#retry = setTimeout(() => this.wake(), retryPause).unref();
      this.#onError(error);
    } finally {
      this.#isRunning = false;
    }
  }

  #takeTold(): number[] {
    const ids = [...this.#told].slice(0, batchSize);
    for (const id of ids) this.#told.delete(id);
    return ids;
  }

  async #nextPage(): Promise<number[]> {
    const page = { order: "asc", limit: batchSize, after: this.#after ?? 0 } as const;
    const rows = await this.#store.documentsWithoutVector(this.#model.name, page);
    this.#after = rows.length < batchSize ? undefined : rows.at(-1)?.id;
    return rows.map(({ id }) => id);
  }

  async #fill(ids: readonly number[]): Promise<void> {
    if (ids.length === 0) return;
    // Read in a transaction, which comes after the writes under way that told of these documents.
    const rows = await this.#store.transact((tx) => Promise.all(ids.map((id) => tx.document(id))));
    const vectors = await this.#vectorsOf(rows.filter((row) => row?.status === "embedded") as DocumentRow[]);
    if (vectors.length === 0) return;
    await this.#store.transact(async (tx) => {
      for (const { row, vector } of vectors) {
        const current = await tx.document(row.id);
        if (current?.revision === row.revision) await tx.putDocumentVector(row.id, this.#model.name, vector);
      }
    });
  }

  /** A text that is refused must not keep the others of its batch from their vectors: it is found by halves. */
  async #vectorsOf(rows: readonly DocumentRow[]): Promise<{ row: DocumentRow; vector: Float32Array }[]> {
    if (rows.length === 0) return [];
    try {
      const vectors = await this.#model.vectorsOf(
        rows.map(({ text }) => text),
        nobody,
      );
      return rows.map((row, index) => ({ row, vector: vectors[index] as Float32Array }));
    } catch (error) {
      if (!(error instanceof EndpointError && refusals.has(error.status))) throw error;
      if (rows.length === 1) {
        this.#onError(new EndpointError(`refused document ${rows[0]?.id}: ${error.message}`, error.status));
        return [];
      }
      const middle = Math.ceil(rows.length / 2);
      return [...(await this.#vectorsOf(rows.slice(0, middle))), ...(await this.#vectorsOf(rows.slice(middle)))];
    }
  }
}
