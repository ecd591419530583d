import { type AppRoute, type AppRouter, isAppRoute, isOtherResponse, notModifiedStatus, routesOf } from "@eca/contract";
import type { AppRouter as TsRestRouter } from "@ts-rest/core";
import { createExpressEndpoints, type RequestValidationError } from "@ts-rest/express";
import type { Request, RequestHandler, Response, Router } from "express";
import { z } from "zod";
import type { Actor } from "../caller/actor.js";
import { DomainError, type Fault } from "../errors/domain-error.js";
import type { Handlers, Once } from "../handler.js";
import type { List } from "../lists/list.js";
import { hintOf } from "../errors/known-fields.js";
import { isPages, type Pages } from "../lists/pages.js";
import type { Principal } from "../caller/principal.js";
import { similarName } from "../text/similar-name.js";
import type { RowRange } from "../store/rows.js";
import type { Store } from "../store/store.js";
import { tellIssue } from "../errors/format-issue.js";
import { turnWriterFor } from "../text/json-in-turns.js";
import { actorOf } from "./request/actor-of.js";
import { type AnswerOnceOptions, createAnswerOnce } from "./idempotency.js";
import { policyOf, type Readmit } from "./middleware/authenticate.js";
import { createAuthorize } from "./middleware/authorize.js";
import { compressBytes, encodingOf, setEncoding } from "./replies/compression.js";
import { currentTag, listTag, rowTag } from "./replies/entity-tag.js";
import { setCommonHeaders, toListBody } from "./replies/json.js";
import { type ListCall, openList, type Paging } from "./replies/list-page.js";
import { refuseMethod } from "./middleware/refuse-method.js";
import { type Preconditions, preconditionsOf } from "./request/preconditions.js";
import { requestFault, type RequestPart } from "./request/request-fault.js";
import { createRowReplies, type RowReplies } from "./replies/row-replies.js";
import { validateLongBodies } from "./middleware/validate-long-bodies.js";
import { replySchema, sendReply, sendSingle } from "./replies/single-reply.js";

/** What ts-rest hands to the implementation of a route. */
interface ServerRequest {
  readonly params: unknown;
  readonly query: unknown;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: unknown;
  readonly req: Request;
  readonly res: Response;
}

interface ServerReply {
  readonly status: number;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly revision?: number;
  readonly rows?: RowRange | undefined;
}

interface HandlerRequest extends Preconditions {
  readonly params: unknown;
  readonly query: unknown;
  readonly body: unknown;
  readonly principal: Principal | undefined;
  readonly actor: Actor;
  readonly once: Once;
}

type AnyHandler = (request: HandlerRequest) => Promise<ServerReply>;

/** Handlers in the nesting of their contract, without the types that tie each to its route. */
interface HandlerTree {
  readonly [name: string]: AnyHandler | HandlerTree;
}

/** What a contract is mounted with. */
export interface MountOptions<Contract extends AppRouter> extends AnswerOnceOptions {
  /** The handlers upon a store: the server's own, or one that joins the writes of a call that is carried out once. */
  readonly handlersOn: (store: Store) => Handlers<Contract>;
  readonly store: Store;
  /** What each request passes before its route. */
  readonly middlewares: readonly RequestHandler[];
  readonly paging: Paging;
  readonly readmit: Readmit;
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
    requestValidationErrorHandler: (error, req, _res, next) => next(toRefusal(error, req)),
  });
  const methods = new Map<string, Set<string>>();
  for (const [, { path, method }] of routesOf(contract)) {
    const allowed = methods.get(path) ?? new Set();
    methods.set(path, allowed.add(method).add(method === "GET" ? "HEAD" : method));
  }
  for (const path of methods.keys()) {
    const allow = [...methods].filter(([other]) => matches(other, path)).flatMap(([, allowed]) => [...allowed]);
    router.all(path, refuseMethod([...new Set(allow)].sort().join(", ")));
  }
}

/** Whether a route's path covers another one: `/ess/:module_id/:id` covers `/ess/:module_id/sequence`... */
function matches(pattern: string, path: string): boolean {
  const patterns = pattern.split("/");
  const segments = path.split("/");
  return (
    patterns.length === segments.length &&
    patterns.every((part, index) => part.startsWith(":") || part === segments[index])
  );
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

interface RouteOptions extends Pick<MountOptions<AppRouter>, "store" | "paging" | "readmit">, AnswerOnceOptions {
  readonly handlerOn: (store: Store) => AnyHandler;
  /** Where the route returns one row: of its replies, and the handler that shows the row. */
  readonly rows: RowReplies | undefined;
  readonly showRow: AnyHandler | undefined;
}

function implementRoute(name: string, route: AppRoute, options: RouteOptions) {
  const { store, handlerOn, showRow, paging, readmit, timeSlice } = options;
  const handler = handlerOn(store);
  const policy = policyOf(route);
  const authorize = createAuthorize(route, policy);
  const declared = route.headers ?? {};
  const answerOnce = "idempotency-key" in declared ? createAnswerOnce(name, route, policy, options) : undefined;
  const carryOut: Once = (_userId, perform) => perform(store);
  const isConditional = route.method === "GET" && "if-none-match" in declared;
  const readPreconditions = preconditionsOf(route);
  return async ({ params, query, headers, body, req, res }: ServerRequest): Promise<ServerReply> => {
    const actor = actorOf(req);
    authorize(req.principal, { params, query, body });
    const conditions = readPreconditions(req.headers);
    const request = { params, query, body, principal: req.principal, actor, once: carryOut, ...conditions };
    const key = headers["idempotency-key"];
    if (answerOnce !== undefined && key !== undefined) {
      const keyed = { key, params, req, actor };
      const outcome = await answerOnce(keyed, {
        answer: (joined) => handlerOn(joined)(request),
        answerStranger: (own) => handler({ ...request, once: own }),
        showRow: showRow && ((fields) => showRow({ ...request, params: fields })),
      });
      if (outcome.replayed) res.setHeader("idempotency-replayed", "true");
      return sendSingle(outcome.reply);
    }
    if (req.refusal !== undefined) throw req.refusal;
    const reply = await handler(request);
    const tell = isList(reply.body)
      ? openList(reply.body, toListCall(route, { params, query, req }), paging)
      : undefined;
    const tag = tagOf(reply);
    const sendPages = async (pages: Pages<unknown>): Promise<ServerReply> => {
      const write = turnWriterFor(replySchema(route, reply.status), timeSlice);
      return { status: reply.status, body: await toListBody(pages, res, { write, readmit: () => readmit(req) }) };
    };
    const known = isConditional ? req.headers["if-none-match"] : undefined;
    const current = known !== undefined && tag !== undefined ? currentTag(known, tag) : undefined;
    if (current !== undefined) return sendNotModified(res, current);
    // Only a single row has a revision beside it: most replies end here.
    if (reply.revision !== undefined) return sendReply(route, reply, res, timeSlice);
    if (tell !== undefined) {
      const { pages, link } = await tell();
      if (tag !== undefined) res.setHeader("etag", tag);
      if (link !== undefined) res.setHeader("link", link);
      return sendPages(pages);
    }
    if (isOtherResponse(route.responses[reply.status])) {
      setCommonHeaders(res);
      const bytes = Buffer.from(reply.body as string);
      const encoding = encodingOf(res, bytes.length);
      setEncoding(res, encoding);
      return { ...reply, body: encoding === "gzip" ? await compressBytes(bytes) : bytes };
    }
    // Lists are not checked: it would double their cost, and each item has the type of a checked one.
    if (isPages(reply.body)) return sendPages(reply.body);
    return sendReply(route, reply, res, timeSlice);
  };
}

function tagOf({ body, revision }: ServerReply): string | undefined {
  if (revision !== undefined) return rowTag(revision);
  return isList(body) && body.revision !== undefined ? listTag(body.revision) : undefined;
}

function sendNotModified(res: Response, tag: string): ServerReply {
  setCommonHeaders(res);
  res.setHeader("etag", tag);
  res.vary("Accept-Encoding");
  return { status: notModifiedStatus, body: undefined };
}

/** The call as the contract has let it through. */
function toListCall(route: AppRoute, { params, query, req }: Pick<ServerRequest, "params" | "query" | "req">) {
  return { path: req.baseUrl + route.path, pathPrefix: req.pathPrefix, params, query } as ListCall;
}

function isList(body: unknown): body is List<unknown> {
  return typeof body === "object" && body !== null && "all" in body && "page" in body;
}

function toRefusal(
  error: RequestValidationError,
  req: Pick<Request, "query" | "tsRestRoute" | "unknownFields">,
): DomainError {
  const faults: Fault[] = [];
  const parts = [
    ["path", error.pathParams],
    ["header", error.headers],
    ["query", error.query],
    ["body", error.body],
  ] as const;
  for (const [part, issues] of parts) {
    for (const issue of issues?.issues ?? []) faults.push(toFault(part, issue as z.core.$ZodIssue, req));
  }
  return new DomainError("invalid_request", faults);
}

function toFault(
  part: RequestPart,
  issue: z.core.$ZodIssue,
  { query, tsRestRoute, unknownFields = [] }: Parameters<typeof toRefusal>[1],
): Fault {
  if (part === "query" && issue.code === "unrecognized_keys") return unknownParameters(issue.keys, tsRestRoute);
  if (part !== "query") return requestFault(part, issue.path, tellIssue(issue));
  const isInstant = issue.code === "invalid_format" && issue.format === "date-time";
  const hint = isInstant ? "; in a query, write + as %2B" : hintOf(unknownFields, query, issue.path);
  return requestFault(part, issue.path, tellIssue(issue) + hint);
}

function unknownParameters(names: readonly string[], route: AppRoute | undefined): Fault {
  const known = route?.query instanceof z.ZodObject ? Object.keys(route.query.shape) : [];
  const similar = names.length === 1 && names[0] !== undefined ? similarName(names[0], known) : undefined;
  const hint = similar === undefined ? "" : `; did you mean ${similar}?`;
  return { detail: `query parameter ${names.join(", ")}: is none of this path${hint}` };
}
