import { type AppRoute, type AppRouter, isAppRoute } from "@eca/contract";
import type { AppRouter as TsRestRouter } from "@ts-rest/core";
import { createExpressEndpoints } from "@ts-rest/express";
import type { Request, RequestHandler, Response, Router } from "express";
import type { Actor } from "../caller/actor.js";
import type { Handlers, Once } from "../handler.js";
import type { Principal } from "../caller/principal.js";
import type { Store } from "../store/store.js";
import { actorOf } from "./request/actor-of.js";
import { type AnswerOnceOptions, createAnswerOnce } from "./idempotency.js";
import { policyOf } from "./middleware/authenticate.js";
import { createAuthorize } from "./middleware/authorize.js";
import type { ListWriterOptions } from "./replies/list-writer.js";
import type { SentReply } from "./replies/reply-writer.js";
import { sendKept } from "./replies/row-writer.js";
import { createReplyWriter } from "./replies/writers.js";
import { toInvalidRequest } from "./request/invalid-request.js";
import type { Reply, RowReply } from "../reply.js";
import { allowedMethods, refuseMethod } from "./middleware/refuse-method.js";
import { type Preconditions, preconditionsOf } from "./request/preconditions.js";
import { createRowReplies, type RowReplies } from "./replies/row-replies.js";
import { validateLongBodies } from "./middleware/validate-long-bodies.js";

/** What ts-rest hands to the implementation of a route. */
interface ServerRequest {
  readonly params: unknown;
  readonly query: unknown;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: unknown;
  readonly req: Request;
  readonly res: Response;
}

interface HandlerRequest extends Preconditions {
  readonly params: unknown;
  readonly query: unknown;
  readonly body: unknown;
  readonly principal: Principal | undefined;
  readonly actor: Actor;
  readonly once: Once;
}

type AnyHandler = (request: HandlerRequest) => Promise<Reply>;

/** Handlers in the nesting of their contract, without the types that tie each to its route. */
interface HandlerTree {
  readonly [name: string]: AnyHandler | HandlerTree;
}

/** What a contract is mounted with. */
export interface MountOptions<Contract extends AppRouter> extends AnswerOnceOptions, ListWriterOptions {
  /** The handlers upon a store: the server's own, or one that joins the writes of a call that is carried out once. */
  readonly handlersOn: (store: Store) => Handlers<Contract>;
  readonly store: Store;
  /** What each request passes before its route. */
  readonly middlewares: readonly RequestHandler[];
}

/**
 * Mounts every route of a contract on a router: the middlewares, then validation of the request, then
 * the handler, then validation of its reply. Other methods of a known path answer 405.
 */
export function mountContract<Contract extends AppRouter>(
  router: Router,
  contract: Contract,
  options: MountOptions<Contract>,
): void {
  const validated = validateLongBodies(contract, options.timeSlice);
  createExpressEndpoints(validated.contract as unknown as TsRestRouter, implement(contract, options) as never, router, {
    globalMiddleware: [validated.restoreRoute, ...options.middlewares, validated.validate] as never,
    requestValidationErrorHandler: (error, req, _res, next) => next(toInvalidRequest(error, req)),
  });
  for (const [path, allow] of allowedMethods(contract)) router.all(path, refuseMethod(allow));
}

/** The handlers as ts-rest takes them, in the same nesting as the contract. */
function implement<Contract extends AppRouter>(contract: Contract, options: MountOptions<Contract>): object {
  const handlersOn = (store: Store) => options.handlersOn(store) as unknown as HandlerTree;
  const own = handlersOn(options.store);
  const nest = (router: AppRouter, prefix: string): object =>
    Object.fromEntries(
      Object.entries(router).map(([key, entry]) => {
        const name = prefix + key;
        if (!isAppRoute(entry)) return [key, nest(entry, `${name}.`)];
        const on = (store: Store) => find(store === options.store ? own : handlersOn(store), name);
        const rows = createRowReplies(contract, entry, policyOf(entry), options.timeSlice);
        const showRow = rows && find(own, rows.shownBy);
        return [key, implementRoute(name, entry, { ...options, handlerOn: on, rows, showRow })];
      }),
    );
  return nest(contract, "");
}

function find(handlers: HandlerTree, name: string): AnyHandler {
  let entry: AnyHandler | HandlerTree | undefined = handlers;
  for (const key of name.split(".")) entry = (entry as HandlerTree)[key];
  return entry as AnyHandler;
}

interface RouteOptions extends AnswerOnceOptions, ListWriterOptions {
  readonly store: Store;
  readonly handlerOn: (store: Store) => AnyHandler;
  /** Where the route returns one row: of its replies, and the handler that shows the row. */
  readonly rows: RowReplies | undefined;
  readonly showRow: AnyHandler | undefined;
}

function implementRoute(name: string, route: AppRoute, options: RouteOptions) {
  const { store, handlerOn, showRow } = options;
  const handler = handlerOn(store);
  const policy = policyOf(route);
  const authorize = createAuthorize(route, policy);
  const readPreconditions = preconditionsOf(route);
  const answerOnce =
    "idempotency-key" in (route.headers ?? {}) ? createAnswerOnce(name, route, policy, options) : undefined;
  const write = createReplyWriter(route, options);
  const carryOut: Once = (_userId, perform) => perform(store);
  return async ({ params, query, headers, body, req, res }: ServerRequest): Promise<SentReply> => {
    const actor = actorOf(req);
    authorize(req.principal, { params, query, body });
    const conditions = readPreconditions(req.headers);
    const request = { params, query, body, principal: req.principal, actor, once: carryOut, ...conditions };
    const key = headers["idempotency-key"];
    if (answerOnce !== undefined && key !== undefined) {
      const keyed = { key, params, req, actor };
      const outcome = await answerOnce(keyed, {
        answer: (joined) => handlerOn(joined)(request),
        answerStranger: (own) => handler({ ...request, once: own }) as Promise<RowReply>,
        showRow: showRow && ((fields) => showRow({ ...request, params: fields }) as Promise<RowReply>),
      });
      if (outcome.replayed) res.setHeader("idempotency-replayed", "true");
      return sendKept(outcome.reply);
    }
    if (req.refusal !== undefined) throw req.refusal;
    return write(await handler(request), { params, query, req, res });
  };
}
