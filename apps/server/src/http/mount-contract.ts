import { type AppRoute, type AppRouter, isAppRoute } from "@eca/contract";
import type { AppRouter as TsRestRouter } from "@ts-rest/core";
import { createExpressEndpoints } from "@ts-rest/express";
import type { Request, RequestHandler, Response, Router } from "express";
import type { Actor } from "../caller/actor.js";
import type { Composition } from "../handler.js";
import type { Principal } from "../caller/principal.js";
import type { Store } from "../store/port/store.js";
import { actorOf } from "./request/actor-of.js";
import { type IdempotentCallOptions, createCallIdempotently } from "./idempotency.js";
import { policyOf } from "./middleware/authenticate.js";
import { createAuthorize } from "./middleware/authorize.js";
import type { ListWriterOptions } from "./replies/list-writer.js";
import type { SentReply } from "./replies/reply-writer.js";
import { sendKept } from "./replies/row-writer.js";
import { createReplyWriter } from "./replies/writers.js";
import { toInvalidRequest } from "./request/invalid-request.js";
import type { Reply, RowReply } from "../reply.js";
import { allowedMethods, methodNotAllowed } from "./middleware/method-not-allowed.js";
import { type Preconditions, preconditionsOf } from "./request/preconditions.js";
import { createRowReplies, type RowReplies } from "./replies/row-replies.js";
import { validateLongBodies } from "./middleware/validate-long-bodies.js";
import { toMountedRoutes } from "./mounted-routes.js";
import { bySegment } from "./segment-router.js";

/** What ts-rest hands to the implementation of a route. */
interface ServerRequest {
  readonly params: unknown;
  readonly query: unknown;
  /** Undefined where none was sent that the route has. */
  readonly headers: Readonly<Record<string, string | undefined>> | undefined;
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
}

type AnyHandler = (request: HandlerRequest) => Promise<Reply>;

/** Handlers in the nesting of their contract, without the types that tie each to its route. */
interface HandlerTree {
  readonly [name: string]: AnyHandler | HandlerTree;
}

/** What a contract is mounted with. */
export interface MountOptions<Contract extends AppRouter> extends IdempotentCallOptions, ListWriterOptions {
  readonly composition: Composition<Contract>;
  readonly store: Store;
  /** What each request passes before its route. */
  readonly middlewares: readonly RequestHandler[];
}

/**
 * Mounts every route of a contract on a router: the middlewares, then validation of the request, then
 * the handler, then validation of its reply. Other methods of a known path get 405.
 */
export function mountContract<Contract extends AppRouter>(
  router: Router,
  contract: Contract,
  options: MountOptions<Contract>,
): void {
  const longBodies = validateLongBodies(contract, options.timeSlice);
  const routes = toMountedRoutes(contract, longBodies.schemaOf);
  const target = bySegment(router);
  createExpressEndpoints(
    routes.contract as unknown as TsRestRouter,
    implement(contract, options) as never,
    target as unknown as Router,
    {
      globalMiddleware: [routes.restoreRoute, ...options.middlewares, longBodies.validate] as never,
      requestValidationErrorHandler: (error, req, _res, next) => next(toInvalidRequest(error, req)),
    },
  );
  for (const [path, allow] of allowedMethods(contract)) target.all(path, methodNotAllowed(allow));
}

/** The handlers as ts-rest takes them, in the same nesting as the contract. */
function implement<Contract extends AppRouter>(contract: Contract, options: MountOptions<Contract>): object {
  const composition = options.composition as unknown as Readonly<Record<string, (store: Store) => HandlerTree>>;
  const own = Object.fromEntries(Object.entries(composition).map(([resource, on]) => [resource, on(options.store)]));
  const nest = (router: AppRouter, path: readonly string[]): object =>
    Object.fromEntries(
      Object.entries(router).map(([key, entry]) => {
        const whole = [...path, key];
        if (!isAppRoute(entry)) return [key, nest(entry, whole)];
        const [resource = key, ...rest] = whole;
        const rows = createRowReplies(contract, entry, policyOf(entry), options.timeSlice);
        const handlers = {
          handler: find(own, whole),
          // The others are not put together for a call that needs one.
          handlerOn: (joined: Store) => find(composition[resource]?.(joined), rest),
          rows,
          showRow: rows && find(own, rows.shownBy.split(".")),
        };
        return [key, implementRoute(whole.join("."), entry, { ...options, ...handlers })];
      }),
    );
  return nest(contract, []);
}

function find(handlers: HandlerTree | undefined, path: readonly string[]): AnyHandler {
  let entry: AnyHandler | HandlerTree | undefined = handlers;
  for (const key of path) entry = (entry as HandlerTree)[key];
  return entry as AnyHandler;
}

interface RouteOptions extends IdempotentCallOptions, ListWriterOptions {
  readonly handler: AnyHandler;
  /** The handler upon a store that joins the writes of a call to the reply that is kept of it. */
  readonly handlerOn: (joined: Store) => AnyHandler;
  /** Where the route returns one row: of its replies, and the handler that shows the row. */
  readonly rows: RowReplies | undefined;
  readonly showRow: AnyHandler | undefined;
}

function implementRoute(name: string, route: AppRoute, options: RouteOptions) {
  const { handler, handlerOn, showRow } = options;
  const policy = policyOf(route);
  const authorize = createAuthorize(route, policy);
  const readPreconditions = preconditionsOf(route);
  const callIdempotently =
    "idempotency-key" in (route.headers ?? {}) ? createCallIdempotently(name, route, policy, options) : undefined;
  const write = createReplyWriter(route, options);
  return async ({ params, query, headers, body, req, res }: ServerRequest): Promise<SentReply> => {
    const { principal } = req;
    authorize(principal, { params, query, body });
    const request = { params, query, body, principal, actor: actorOf(req), ...readPreconditions(req.headers) };
    const key = headers?.["idempotency-key"];
    if (callIdempotently === undefined || key === undefined || principal === undefined) {
      return write(await handler(request), { params, query, req, res });
    }
    const { reply, replayed } = await callIdempotently(
      { key, params, principal, req },
      {
        perform: (joined) => handlerOn(joined)(request),
        showRow: showRow && ((fields) => showRow({ ...request, params: fields }) as Promise<RowReply>),
      },
    );
    if (replayed) res.setHeader("idempotency-replayed", "true");
    return sendKept(reply);
  };
}
