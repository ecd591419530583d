import type { Clock } from "../clock.js";
import type { Config } from "../config/config.js";
import { currentText } from "../document/row-text.js";
import type { TimeSlice } from "../event-loop/time-slice.js";
import type { Store } from "../store/port/store.js";
import { type ChatModel, createChatModel } from "./chat-model.js";
import { createDocumentVectors, type DocumentVectors } from "./document-vectors.js";
import { createModelEndpoint } from "./model-endpoint.js";
import { createRetrievalService, type RetrievalService } from "./service.js";
import { createVectorModel } from "./vector-model.js";

/** The answering of questions with all that the configuration gives it. */
export interface Retrieval extends RetrievalService {
  /** Begins to make the vectors that documents lack. */
  start(): void;
  /** To be called when a document was embedded, or embedded anew. */
  readonly follow: (documentId: number) => void;
  /** Gives up the calls to outside services, and waits until nothing is under way. */
  close(): Promise<void>;
}

export interface RetrievalDependencies {
  readonly store: Store;
  readonly clock: Clock;
  readonly timeSlice: TimeSlice;
  readonly config: Pick<
    Config,
    | "llmUrl"
    | "llmKey"
    | "llmModel"
    | "llmTimeout"
    | "embeddingUrl"
    | "embeddingKey"
    | "embeddingModel"
    | "embeddingTimeout"
  >;
  /** Receives the failures of outside services, and in words what they cost. */
  readonly onError: (error: unknown, cost: string) => void;
}

const maxChatBytes = 1024 * 1024;
/** A batch of the longest vectors, as JSON. */
const maxVectorBytes = 32 * 1024 * 1024;

/** What an outside failure costs. */
const costs = {
  model: "a question was answered by passages: the model failed",
  vectors: "a question was answered without vectors: the embedding service failed",
  document: "a question was answered without a document: the row that it was made of cannot be read",
  later: "vectors of documents are late: the embedding service failed",
} as const;

export function createRetrieval({ store, clock, timeSlice, config, onError }: RetrievalDependencies): Retrieval {
  const model = chatModel(config);
  const vectors = documentVectors({ store, timeSlice }, config, (error) => onError(error, costs.later));
  const service = createRetrievalService({
    store,
    currentText: (document) => currentText(store, document),
    clock,
    vectors,
    model,
    timeSlice,
    onError: (error, lost) => onError(error, costs[lost]),
  });
  return {
    ...service,
    start: () => vectors?.start(),
    follow: (documentId) => vectors?.follow(documentId),
    close: async () => {
      model?.close();
      await vectors?.close();
    },
  };
}

function chatModel({
  llmUrl: url,
  llmKey: key,
  llmModel,
  llmTimeout: timeout,
}: RetrievalDependencies["config"]): ChatModel | undefined {
  if (url === undefined || llmModel === undefined) return undefined;
  const endpoint = createModelEndpoint({ url, path: "/chat/completions", key, timeout, maxBytes: maxChatBytes });
  return createChatModel(endpoint, llmModel);
}

function documentVectors(
  { store, timeSlice }: Pick<RetrievalDependencies, "store" | "timeSlice">,
  { embeddingUrl: url, embeddingKey: key, embeddingModel, embeddingTimeout: timeout }: RetrievalDependencies["config"],
  onError: (error: unknown) => void,
): DocumentVectors | undefined {
  if (url === undefined || embeddingModel === undefined) return undefined;
  const endpoint = createModelEndpoint({ url, path: "/embeddings", key, timeout, maxBytes: maxVectorBytes });
  return createDocumentVectors({ store, model: createVectorModel(endpoint, embeddingModel), timeSlice, onError });
}
