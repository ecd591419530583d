import { kernelFor, loadKernels } from "../search/distance-kernel.js";
import { streamSearch } from "../search/stream-search.js";
import type { TimeSlice } from "../event-loop/time-slice.js";
import type { DocumentRow } from "../store/port/rows.js";
import type { Store } from "../store/port/store.js";
import { Semaphore } from "../throttling/semaphore.js";
import { maxWaitingQuestions } from "./max-waiting-questions.js";
import { VectorFiller } from "./vector-filler.js";
import type { VectorModel } from "./vector-model.js";

/** The embedded documents by meaning. */
export interface DocumentVectors {
  /** Begins to make the vectors that documents lack. */
  start(): void;
  /** To be called when a document was embedded, or embedded anew. */
  follow(documentId: number): void;
  /**
   * The documents whose vectors are nearest to the question's, nearest first; those without a vector are left out.
   *
   * @param user Who asks; users have their turns one after the other.
   * @throws EndpointError where the question's own vector is not to be had.
   */
  search(question: string, limit: number, user: string): Promise<DocumentRow[]>;
  close(): Promise<void>;
}

interface DocumentVectorsDependencies {
  readonly store: Store;
  readonly model: VectorModel;
  readonly timeSlice: TimeSlice;
  /** Receives the reason why vectors of documents are late. */
  readonly onError: (error: unknown) => void;
}

/** Exact search over the vectors in the store, which pass by page by page. */
export function createDocumentVectors({
  store,
  model,
  timeSlice,
  onError,
}: DocumentVectorsDependencies): DocumentVectors {
  const filler = new VectorFiller({ store, model, onError });
  const kernels = loadKernels();
  // They would share the thread: one by one they take as long, and nobody gets more of it by asking more.
  const scans = new Semaphore({ permits: 1, maxWaiting: maxWaitingQuestions });

  const nearest = async (vector: Float32Array, limit: number): Promise<number[]> => {
    const shape = vector.length;
    const states = async (_: string, page: { limit: number; after?: number }) =>
      (await store.documentVectors(model.name, shape, page)).map((each) => ({
        id: each.document_id,
        state: each.vector,
      }));
    const space = { module_id: model.name, shape };
    const means = { kernel: kernelFor(await kernels, shape), timeSlice };
    const matches = await streamSearch({ states }, space, vector, limit, means);
    return matches.map(({ id }) => id);
  };

  return {
    start: () => filler.wake(),
    follow: (documentId) => filler.follow(documentId),
    search: async (question, limit, user) => {
      const [vector] = await model.vectorsOf([question], user);
      // It answers, so that what it owes from before may be had now.
      filler.wake();
      const ids = vector === undefined ? [] : await scans.run({ line: user }, () => nearest(vector, limit));
      const rows = await Promise.all(ids.map((id) => store.document(id)));
      // Between the two reads a document may have gone.
      return rows.filter((row) => row?.status === "embedded") as DocumentRow[];
    },
    close: async () => {
      model.close();
      await filler.close();
    },
  };
}
