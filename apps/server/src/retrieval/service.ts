import type { Clock } from "../clock.js";
import { RateLimited } from "../throttling/rate-limited.js";
import type { DocumentRow } from "../store/port/rows.js";
import { type DocumentMatch, type Store, StoreDamagedError } from "../store/port/store.js";
import type { TimeSlice } from "../event-loop/time-slice.js";
import type { ChatModel } from "./chat-model.js";
import type { DocumentVectors } from "./document-vectors.js";
import { fuse } from "./fusion.js";
import { maxPassages, type Passage, formatPassages, toPassage } from "./passages.js";
import { type Question, readQuestion } from "./question.js";
import { Semaphore, TooManyWaitingError } from "../throttling/semaphore.js";
import { maxWaitingQuestions } from "./max-waiting-questions.js";

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
   *
   * @param user Who asks. Of users who ask at the same moment each is answered in turn, however much another asks.
   * @throws DomainError `rate_limited` where too many questions of the user wait.
   */
  ask(query: string, user: string): Promise<Answer>;
}

interface RetrievalServiceDependencies {
  readonly store: Pick<Store, "searchDocuments">;
  /** What a document is to be quoted with; undefined where it is to be quoted no more. */
  readonly currentText: (document: DocumentRow) => Promise<string | undefined>;
  readonly clock: Clock;
  readonly vectors: Pick<DocumentVectors, "search"> | undefined;
  readonly model: Pick<ChatModel, "answer"> | undefined;
  readonly timeSlice: TimeSlice;
  /** Receives what a question had to do without. */
  readonly onError: (error: unknown, lost: "vectors" | "model" | "document") => void;
}

/** How many documents each search brings along. */
const maxCandidates = 50;

/** What a document must weigh, as a part of what the best one weighs, to be in the same answer. */
const minShare = 0.75;

/** How long those are asked to wait whose questions are too many, in microseconds. */
const busyWait = 2_000_000;

const nothingFound = "Nothing was found: no embedded document has the words or the times of the question.";

export function createRetrievalService(dependencies: RetrievalServiceDependencies): RetrievalService {
  const { store, currentText, clock, vectors, model, timeSlice, onError } = dependencies;

  // The store makes one search after the other, and would make them in the order they come.
  const searches = new Semaphore({ permits: 1, maxWaiting: maxWaitingQuestions });

  const byTerms = async ({ terms }: Question, user: string): Promise<DocumentRow[]> => {
    if (terms.length === 0) return [];
    const matches = await inTurn(searches, user, () => store.searchDocuments(terms, maxCandidates));
    return best(matches).map(({ document }) => document);
  };

  const byMeaning = async ({ text }: Question, user: string): Promise<DocumentRow[]> => {
    try {
      return (await vectors?.search(text, maxCandidates, user)) ?? [];
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
      if (quoted.size === maxPassages) break;
    }
    return [...quoted.values()];
  };

  const written = async (
    { text }: Question,
    passages: readonly Passage[],
    user: string,
  ): Promise<string | undefined> => {
    try {
      return await model?.answer(text, passages, user);
    } catch (error) {
      onError(error, "model");
      return undefined;
    }
  };

  return {
    ask: async (query, user) => {
      const question = readQuestion(query, new Date(Math.floor(clock() / 1000)));
      const rankings = await Promise.all([byTerms(question, user), byMeaning(question, user)]);
      const documents = await toQuote(fuse(rankings, ({ id }) => id));
      if (documents.length === 0) return { text: nothingFound, source: "none" };
      const passages = await Promise.all(documents.map((document) => toPassage(document, question, timeSlice)));
      const answer = await written(question, passages, user);
      return answer === undefined
        ? { text: formatPassages(passages), source: "passages" }
        : { text: answer, source: "model" };
    },
  };
}

async function inTurn<T>(turns: Semaphore, user: string, work: () => Promise<T>): Promise<T> {
  try {
    return await turns.run({ line: user }, work);
  } catch (error) {
    if (!(error instanceof TooManyWaitingError)) throw error;
    throw new RateLimited(`${maxWaitingQuestions} questions of the user wait already`, busyWait);
  }
}

/** Without those that are far from the best: the right hour of another day would only stand in the way. */
function best(matches: readonly DocumentMatch[]): DocumentMatch[] {
  const most = matches[0]?.weight ?? 0;
  return matches.filter(({ weight }) => weight >= minShare * most);
}
