import type { Clock } from "../clock.js";
import type { DocumentRow } from "../store/rows.js";
import { type DocumentMatch, type Store, StoreDamagedError } from "../store/store.js";
import type { ChatModel } from "./chat-model.js";
import type { DocumentVectors } from "./document-vectors.js";
import { fuse } from "./fusion.js";
import { mostPassages, type Passage, tellPassages, toPassage } from "./passages.js";
import { type Question, readQuestion } from "./question.js";

/** Who wrote an answer: a model, or the documents themselves; `none` where nothing was found. */
type AnswerSource = "model" | "passages" | "none";

interface Answer {
  readonly text: string;
  readonly source: AnswerSource;
}

/** Answers questions from the embedded documents. */
export interface RetrievalService {
  /**
   * Answers with what a model makes of the passages that fit best, or with the passages themselves where there
   * is no model or it fails. Where nothing fits the answer says so, and no model is asked.
   */
  ask(query: string): Promise<Answer>;
}

interface RetrievalServiceDependencies {
  readonly store: Pick<Store, "searchDocuments">;
  /** What a document is to be quoted with; undefined where it is to be quoted no more. */
  readonly currentText: (document: DocumentRow) => Promise<string | undefined>;
  readonly clock: Clock;
  readonly vectors: Pick<DocumentVectors, "search"> | undefined;
  readonly model: Pick<ChatModel, "answer"> | undefined;
  /** Hears what a question had to do without. */
  readonly onError: (error: unknown, lost: "vectors" | "model" | "document") => void;
}

/** How many documents each search brings along. */
const mostCandidates = 50;

/** What a document must weigh, as a part of what the best one weighs, to be in the same answer. */
const leastShare = 0.75;

const nothingFound = "Nothing was found: no embedded document has the words or the times of the question.";

export function createRetrievalService(dependencies: RetrievalServiceDependencies): RetrievalService {
  const { store, currentText, clock, vectors, model, onError } = dependencies;

  const byTerms = async ({ terms }: Question): Promise<DocumentRow[]> =>
    terms.length === 0 ? [] : best(await store.searchDocuments(terms, mostCandidates)).map(({ document }) => document);

  const byMeaning = async ({ text }: Question): Promise<DocumentRow[]> => {
    try {
      return (await vectors?.search(text, mostCandidates)) ?? [];
    } catch (error) {
      onError(error, "vectors");
      return [];
    }
  };

  /** Undefined too where a row is damaged: it must not keep the others from being quoted. */
  const textToQuote = async (document: DocumentRow): Promise<string | undefined> => {
    try {
      return await currentText(document);
    } catch (error) {
      if (!(error instanceof StoreDamagedError)) throw error;
      onError(error, "document");
      return undefined;
    }
  };

  /** The best documents, as they are to be quoted. What was found may be older than the row that it was made of. */
  const toQuote = async (documents: readonly DocumentRow[]): Promise<DocumentRow[]> => {
    const quoted = new Map<string, DocumentRow>();
    for (const document of documents) {
      const text = await textToQuote(document);
      // Documents made of like rows may say the same.
      if (text !== undefined && !quoted.has(text)) quoted.set(text, { ...document, text });
      if (quoted.size === mostPassages) break;
    }
    return [...quoted.values()];
  };

  const written = async ({ text }: Question, passages: readonly Passage[]): Promise<string | undefined> => {
    try {
      return await model?.answer(text, passages);
    } catch (error) {
      onError(error, "model");
      return undefined;
    }
  };

  return {
    ask: async (query) => {
      const question = readQuestion(query, new Date(Math.floor(clock() / 1000)));
      const rankings = await Promise.all([byTerms(question), byMeaning(question)]);
      const documents = await toQuote(fuse(rankings, ({ id }) => id));
      if (documents.length === 0) return { text: nothingFound, source: "none" };
      const passages = documents.map((document) => toPassage(document, question));
      const answer = await written(question, passages);
      return answer === undefined
        ? { text: tellPassages(passages), source: "passages" }
        : { text: answer, source: "model" };
    },
  };
}

/** Without those that are far from the best: the right hour of another day would only stand in the way. */
function best(matches: readonly DocumentMatch[]): DocumentMatch[] {
  const most = matches[0]?.weight ?? 0;
  return matches.filter(({ weight }) => weight >= leastShare * most);
}
