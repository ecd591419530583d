import { createHash } from "node:crypto";
import type { AppRoute, RoutePolicy } from "@eca/contract";
import type { Request } from "express";
import type { Principal } from "../caller/principal.js";
import type { TimeSlice } from "../event-loop/time-slice.js";
import { tooLargeToKeep } from "../idempotency/key-errors.js";
import type { KeptReply, KeyedCall } from "../idempotency/keyed-call.js";
import type { IdempotencyService } from "../idempotency/service.js";
import type { RowBatches } from "../lists/row-batches.js";
import type { Reply } from "../reply.js";
import type { Store } from "../store/port/store.js";
import { type TurnWriter, turnWriterFor } from "../text/json-in-turns.js";
import { bearerToken } from "./middleware/authenticate.js";
import { successOf } from "./replies/reply-writer.js";
import type { RowReplies, ShowRow } from "./replies/row-replies.js";
import { toKeptReply } from "./replies/row-writer.js";

/** A call with an `Idempotency-Key`, as the contract has let it through. */
interface KeyedRequest {
  readonly key: string;
  readonly params: unknown;
  readonly principal: Principal;
  readonly req: Request;
}

/** A reply, and whether it is a replay of the first one. */
interface IdempotentReply {
  readonly reply: KeptReply;
  readonly replayed: boolean;
}

/** The handler of a route, as it is given what it needs for a call that is carried out once. */
interface KeyedHandler {
  /** Carries out the call; the store joins its writes to the reply that is kept. */
  readonly perform: (store: Store) => Promise<Reply>;
  /** Shows the row that the route returns, where that is one row. */
  readonly showRow: ShowRow | undefined;
}

/** Carries out a route's call once, or replays its reply. @throws What `IdempotencyService.run` throws. */
export type CallIdempotently = (request: KeyedRequest, handler: KeyedHandler) => Promise<IdempotentReply>;

export interface IdempotentCallOptions {
  readonly idempotency: IdempotencyService;
  /** What long work waits for between its parts. */
  readonly timeSlice: TimeSlice;
}

export function createCallIdempotently(
  name: string,
  route: AppRoute,
  { secretBody, secretReply }: RoutePolicy,
  { idempotency, timeSlice, rows }: IdempotentCallOptions & { readonly rows: RowReplies | undefined },
): CallIdempotently {
  const success = successOf(route);
  const isSealed = secretBody === true || secretReply !== undefined;

  const toReply = async (reply: Reply): Promise<KeptReply> => {
    if (reply.kind === "row") {
      const written = rows?.rangeOf(reply.body) ?? reply.written;
      return toKeptReply(success, { ...reply, written }, timeSlice);
    }
    if (reply.kind !== "rows") throw new Error(`${name} takes a key, and returns a ${reply.kind}, which is not kept`);
    const write = turnWriterFor(success.schema, timeSlice);
    const body = await joinBatches(reply.batches, { write, maxBytes: idempotency.replyBytes });
    return { status: success.status, headers: {}, body };
  };

  return ({ key, params, principal, req }, { perform, showRow }) => {
    const call: KeyedCall = {
      userId: principal.userId,
      route: name,
      key,
      requestHash: hashRequest(name, params, req.bodyBytes),
      ...(isSealed && { sealedBy: bearerToken(req.headers.authorization) }),
      ...(rows && showRow && { replay: (reply: KeptReply) => rows.now(reply, showRow) }),
    };
    return idempotency.run(call, async (store) => toReply(await perform(store)));
  };
}

/** The text of a list, as a stream of it would be. @throws DomainError when it has more bytes than `maxBytes`. */
async function joinBatches(
  batches: RowBatches<unknown>,
  { write, maxBytes }: { write: TurnWriter; maxBytes: number },
): Promise<string> {
  const texts: string[] = [];
  let bytes = 2;
  for await (const batch of batches) {
    if (batch.length === 0) continue;
    const text = (await write(batch)).slice(1, -1);
    bytes += Buffer.byteLength(text) + 1;
    if (bytes > maxBytes) throw tooLargeToKeep(maxBytes);
    texts.push(text);
  }
  return `[${texts.join(",")}]`;
}

/** SHA-256 of the call: the route, its path parameters and the bytes of the body. */
function hashRequest(route: string, params: unknown, bytes: Uint8Array | undefined): Uint8Array {
  const hash = createHash("sha256").update(JSON.stringify([route, params]));
  // JSON holds no NUL, so that the parts cannot run into one another.
  return hash
    .update("\0")
    .update(bytes ?? "")
    .digest();
}
