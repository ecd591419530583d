import type { AppRoute, RoutePolicy } from "@eca/contract";
import type { Request } from "express";
import type { Actor } from "../audit/actor.js";
import { hashToken } from "../auth/token.js";
import type { Once } from "../handler.js";
import { type IdempotencyService, type KeyedCall, type KeptReply, tooLargeToKeep } from "../idempotency/service.js";
import type { Pages } from "../pages.js";
import type { Store } from "../store/store.js";
import { bearerToken } from "./authenticate.js";
import { type HandlerReply, hashRequest, successOf, toSingleReply } from "./single-reply.js";

/** A call with an `Idempotency-Key`, as the contract has let it through. */
export interface KeyedRequest {
  readonly key: string;
  readonly params: unknown;
  readonly req: Request;
  readonly actor: Actor;
}

/** A reply, and whether it is the first one again. */
export interface OnceReply {
  readonly reply: KeptReply;
  readonly replayed: boolean;
}

/** Carries a route's calls out once. */
export interface AnswerOnce {
  /**
   * @param perform Answers a call of a caller who is known; the store joins its writes to the reply that is kept.
   * @throws What `IdempotencyService.once` throws.
   */
  answer(request: KeyedRequest, perform: (store: Store) => Promise<HandlerReply>): Promise<OnceReply>;
  /**
   * The same for a call that tells only by and by who calls.
   *
   * @param perform Hands what it does for its user to the `Once` that it is given.
   */
  answerStranger(request: KeyedRequest, perform: (once: Once) => Promise<HandlerReply>): Promise<OnceReply>;
  /** What a call was answered that has ended its own session. @throws The request's refusal, where that is not so. */
  answerAgain(request: Omit<KeyedRequest, "key"> & { readonly key: string | undefined }): Promise<OnceReply>;
}

export interface AnswerOnceOptions {
  readonly idempotency: IdempotencyService;
  /** Counts whether a password was right that a repeated call holds; may refuse to tell. */
  readonly weighGuess: (actor: Actor, isRight: boolean) => void;
}

export function createAnswerOnce(
  name: string,
  route: AppRoute,
  policy: RoutePolicy,
  { idempotency, weighGuess }: AnswerOnceOptions,
): AnswerOnce {
  const isSealed = policy.secretBody === true || policy.secretReply === true;

  const callOf = ({ key, params, req }: KeyedRequest, userId: string): KeyedCall => {
    const requestHash = hashRequest(name, params, req.bodyBytes);
    return { userId, route: name, key, requestHash };
  };

  const toReply = async (reply: HandlerReply): Promise<KeptReply> =>
    isPages(reply.body)
      ? {
          status: reply.status,
          headers: { ...reply.headers },
          body: await joinPages(reply.body, idempotency.replyBytes),
        }
      : toSingleReply(route, reply);

  return {
    answer: (request, perform) => {
      const { req, actor } = request;
      const userId = policy.endsSession === true ? sessionOf(req) : (req.principal?.userId ?? "");
      const call: KeyedCall = {
        ...callOf(request, userId),
        ...(isSealed && { sealedBy: bearerToken(req.headers.authorization) }),
        ...(policy.secretBody === true && { judge: (isSame: boolean) => weighGuess(actor, isSame) }),
      };
      return idempotency.once(call, async (store) => toReply(await perform(store)));
    },

    answerStranger: async (request, perform) => {
      let replayed = false;
      const status = successOf(route);
      const once: Once = async (userId, begin, stands) => {
        type Body = Awaited<ReturnType<typeof begin>>;
        const bodyOf = ({ body }: KeptReply) => JSON.parse(body) as Body;
        const outcome = await idempotency.once(
          {
            ...callOf(request, userId),
            sealedBy: idempotency.ownSecret,
            stands: async (reply) => reply !== undefined && stands(bodyOf(reply)),
          },
          async (store) => toSingleReply(route, { status, body: await begin(store) }),
        );
        replayed = outcome.replayed;
        return bodyOf(outcome.reply);
      };
      const reply = toSingleReply(route, await perform(once));
      return { reply, replayed };
    },

    answerAgain: async ({ key, ...request }) => {
      const call = key === undefined ? undefined : callOf({ ...request, key }, sessionOf(request.req));
      const reply = call && (await idempotency.recall(call));
      if (reply === undefined) throw request.req.refusal;
      return { reply, replayed: true };
    },
  };
}

/** Stands in for the user where a call is about the session that it comes with: another session's is another call. */
function sessionOf({ headers }: Request): string {
  return `session ${Buffer.from(hashToken(bearerToken(headers.authorization))).toString("base64url")}`;
}

/** Whether a body is told page by page. */
export function isPages(body: unknown): body is Pages<unknown> {
  return typeof body === "object" && body !== null && Symbol.asyncIterator in body;
}

/** The text of a list, as a stream of it would be. @throws DomainError when it has more bytes than `most`. */
async function joinPages(pages: Pages<unknown>, most: number): Promise<string> {
  const texts: string[] = [];
  let bytes = 2;
  for await (const page of pages) {
    if (page.length === 0) continue;
    const text = JSON.stringify(page).slice(1, -1);
    bytes += Buffer.byteLength(text) + 1;
    if (bytes > most) throw tooLargeToKeep(most);
    texts.push(text);
  }
  return `[${texts.join(",")}]`;
}
