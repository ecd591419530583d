import { createHash } from "node:crypto";
import type { AppRoute, RoutePolicy } from "@eca/contract";
import type { Request } from "express";
import type { Actor } from "../caller/actor.js";
import type { AuthService } from "../auth/service.js";
import { hashToken } from "../auth/token.js";
import type { DomainError } from "../errors/domain-error.js";
import type { Once } from "../handler.js";
import { type IdempotencyService, type KeyedCall, type KeptReply, tooLargeToKeep } from "../idempotency/service.js";
import type { Pages } from "../lists/pages.js";
import type { Principal } from "../caller/principal.js";
import { type Reply, type RowReply, rowReply } from "../reply.js";
import type { Store } from "../store/store.js";
import type { TimeSlice } from "../event-loop/time-slice.js";
import { type TurnWriter, turnWriterFor } from "../text/json-in-turns.js";
import { bearerToken } from "./middleware/authenticate.js";
import type { RowReplies, ShowRow } from "./replies/row-replies.js";
import { successOf } from "./replies/reply-writer.js";
import { toKeptReply } from "./replies/row-writer.js";

/** A call with an `Idempotency-Key`, as the contract has let it through. */
interface KeyedRequest {
  readonly key: string;
  readonly params: unknown;
  readonly req: Request;
  readonly actor: Actor;
}

/** A reply, and whether it is the first one again. */
interface OnceReply {
  readonly reply: KeptReply;
  readonly replayed: boolean;
}

/** The handler of a route, as it is given what it needs for a call that is carried out once. */
interface KeyedHandler {
  /** Answers a caller who is known; the store joins its writes to the reply that is kept. */
  readonly answer: (store: Store) => Promise<Reply>;
  /** Answers a caller who is not known yet, with the `Once` that it hands over what it does for them. */
  readonly answerStranger: (once: Once) => Promise<RowReply>;
  /** Shows the row that the route returns, where that is one row. */
  readonly showRow: ShowRow | undefined;
}

/**
 * Carries a route's call out once, or answers it again.
 *
 * @throws What `IdempotencyService.once` throws; the request's refusal, where its session has ended and not by it.
 */
export type AnswerOnce = (request: KeyedRequest, handler: KeyedHandler) => Promise<OnceReply>;

export interface AnswerOnceOptions {
  readonly idempotency: IdempotencyService;
  /** Counts whether a password was right that a repeated call holds; may refuse to tell. */
  readonly auth: Pick<AuthService, "weighGuess">;
  /** What long work waits for between its parts. */
  readonly timeSlice: TimeSlice;
}

export function createAnswerOnce(
  name: string,
  route: AppRoute,
  policy: RoutePolicy,
  { idempotency, auth, timeSlice, rows }: AnswerOnceOptions & { readonly rows: RowReplies | undefined },
): AnswerOnce {
  const success = successOf(route);
  const isSealed = policy.secretBody === true || policy.secretReply !== undefined;

  const callOf = ({ key, params, req }: KeyedRequest, userId: string): KeyedCall => {
    const requestHash = hashRequest(name, params, req.bodyBytes);
    return { userId, route: name, key, requestHash };
  };

  const toReply = async (reply: Reply): Promise<KeptReply> => {
    if (reply.kind === "row") {
      const written = rows?.rangeOf(reply.body) ?? reply.written;
      return toKeptReply(success, { ...reply, written }, timeSlice);
    }
    if (reply.kind !== "rows") throw new Error(`${name} takes a key, and returns a ${reply.kind}, which is not kept`);
    const write = turnWriterFor(success.schema, timeSlice);
    const body = await joinPages(reply.pages, { write, most: idempotency.replyBytes });
    return { status: success.status, headers: {}, body };
  };

  const answerKnown = (
    request: KeyedRequest,
    { userId }: Principal,
    { answer, showRow }: KeyedHandler,
  ): Promise<OnceReply> => {
    const { req, actor } = request;
    const call: KeyedCall = {
      ...callOf(request, policy.endsSession === true ? sessionOf(req) : userId),
      ...(isSealed && { sealedBy: bearerToken(req.headers.authorization) }),
      ...(policy.secretBody === true && { judge: (isSame: boolean) => auth.weighGuess(actor, isSame) }),
      ...(rows && showRow && { replay: (reply: KeptReply) => rows.now(reply, showRow) }),
    };
    return idempotency.once(call, async (store) => toReply(await answer(store)));
  };

  const answerStranger = async (request: KeyedRequest, answer: KeyedHandler["answerStranger"]): Promise<OnceReply> => {
    let replayed = false;
    const once: Once = async (userId, perform, stands) => {
      type Body = Awaited<ReturnType<typeof perform>>;
      const bodyOf = ({ body }: KeptReply) => JSON.parse(body) as Body;
      const call: KeyedCall = {
        ...callOf(request, userId),
        sealedBy: idempotency.ownSecret,
        replay: async (reply) => ((await stands(bodyOf(reply))) ? reply : undefined),
        renewsUnreadable: true,
      };
      const outcome = await idempotency.once(call, async (store) =>
        toKeptReply(success, rowReply(await perform(store)), timeSlice),
      );
      replayed = outcome.replayed;
      return bodyOf(outcome.reply);
    };
    const reply = await toKeptReply(success, await answer(once), timeSlice);
    return { reply, replayed };
  };

  /** Answers a session that is dead what it was answered when it was ended. */
  const answerEnded = async (request: KeyedRequest, refusal: DomainError): Promise<OnceReply> => {
    const reply = await idempotency.recall(callOf(request, sessionOf(request.req)));
    if (reply === undefined) throw refusal;
    return { reply, replayed: true };
  };

  return (request, handler) => {
    const { principal, refusal } = request.req;
    if (refusal !== undefined) return answerEnded(request, refusal);
    if (principal !== undefined) return answerKnown(request, principal, handler);
    return answerStranger(request, handler.answerStranger);
  };
}

/** Stands in for the user where a call is about the session that it comes with: another session's is another call. */
function sessionOf({ headers }: Request): string {
  return `session ${Buffer.from(hashToken(bearerToken(headers.authorization))).toString("base64url")}`;
}

/** The text of a list, as a stream of it would be. @throws DomainError when it has more bytes than `most`. */
async function joinPages(pages: Pages<unknown>, { write, most }: { write: TurnWriter; most: number }): Promise<string> {
  const texts: string[] = [];
  let bytes = 2;
  for await (const page of pages) {
    if (page.length === 0) continue;
    const text = (await write(page)).slice(1, -1);
    bytes += Buffer.byteLength(text) + 1;
    if (bytes > most) throw tooLargeToKeep(most);
    texts.push(text);
  }
  return `[${texts.join(",")}]`;
}

/** SHA-256 of what is asked: the route, its path parameters and the bytes of the body. */
function hashRequest(route: string, params: unknown, bytes: Uint8Array | undefined): Uint8Array {
  const hash = createHash("sha256").update(JSON.stringify([route, params]));
  // JSON holds no NUL, so that the parts cannot run into one another.
  return hash
    .update("\0")
    .update(bytes ?? "")
    .digest();
}
