import { type AppRouter, routesOf } from "@eca/contract";
import { createExpressEndpoints, type RequestValidationError } from "@ts-rest/express";
import type { Request, RequestHandler, Response, Router } from "express";
import type { z } from "zod";
import { DomainError, type Fault } from "../errors.js";
import type { Handlers, Pages, Principal } from "../handler.js";
import { toListBody } from "./json.js";

/** What ts-rest hands to the implementation of a route. */
interface ServerRequest {
  readonly params: unknown;
  readonly query: unknown;
  readonly body: unknown;
  readonly req: Request;
  readonly res: Response;
}

interface ServerReply {
  readonly status: number;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

type AnyHandler = (request: {
  params: unknown;
  query: unknown;
  body: unknown;
  principal: Principal | undefined;
}) => Promise<ServerReply>;

/** Handlers in the nesting of their contract, without the types that tie each to its route. */
interface HandlerTree {
  readonly [name: string]: AnyHandler | HandlerTree;
}

/**
 * Mounts every route of a contract on a router: the middlewares, then validation of the request, then
 * the handler, then validation of its reply. Other methods of a known path answer 405.
 */
export function mountContract<Contract extends AppRouter>(
  router: Router,
  contract: Contract,
  handlers: Handlers<Contract>,
  middlewares: readonly RequestHandler[],
): void {
  createExpressEndpoints(contract, implement(contract, handlers as unknown as HandlerTree) as never, router, {
    globalMiddleware: [...middlewares] as never,
    requestValidationErrorHandler: (error, _req, _res, next) => next(toRefusal(error)),
  });
  const methods = new Map<string, Set<string>>();
  for (const [, { path, method }] of routesOf(contract)) {
    const allowed = methods.get(path) ?? new Set();
    methods.set(path, allowed.add(method).add(method === "GET" ? "HEAD" : method));
  }
  for (const path of methods.keys()) {
    const allow = [...methods].filter(([other]) => matches(other, path)).flatMap(([, allowed]) => [...allowed]);
    router.all(path, (req, res, next) => {
      res.setHeader("allow", [...new Set(allow)].sort().join(", "));
      next(new DomainError("method_not_allowed", `${req.method} is not a method of this path; see the Allow header`));
    });
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
function implement(contract: AppRouter, handlers: HandlerTree): object {
  return Object.fromEntries(
    Object.entries(contract).map(([name, entry]) => {
      const handler = handlers[name];
      if ("method" in entry) return [name, implementRoute(entry.responses, handler as AnyHandler)];
      return [name, implement(entry as AppRouter, handler as HandlerTree)];
    }),
  );
}

function implementRoute(responses: object, handler: AnyHandler) {
  return async ({ params, query, body, req, res }: ServerRequest): Promise<ServerReply> => {
    const reply = await handler({ params, query, body, principal: req.principal });
    for (const [name, value] of Object.entries(reply.headers ?? {})) res.setHeader(name, value);
    if (isPages(reply.body)) return { status: reply.status, body: await toListBody(reply.body, res) };
    // Lists are not checked: it would double their cost, and each item has the type of a checked one.
    const schema = (responses as Record<number, z.ZodType>)[reply.status];
    return { status: reply.status, body: schema?.parse(reply.body) };
  };
}

function isPages(body: unknown): body is Pages<unknown> {
  return typeof body === "object" && body !== null && Symbol.asyncIterator in body;
}

function toRefusal(error: RequestValidationError): DomainError {
  const faults: Fault[] = [];
  const parts = [
    ["path", error.pathParams],
    ["header", error.headers],
    ["query", error.query],
    ["body", error.body],
  ] as const;
  for (const [part, issues] of parts) {
    for (const issue of issues?.issues ?? []) faults.push(toFault(part, issue as z.core.$ZodIssue));
  }
  return new DomainError("invalid_request", faults);
}

function toFault(part: "path" | "header" | "query" | "body", issue: z.core.$ZodIssue): Fault {
  const path = issue.path.map(String);
  if (part !== "body") return { detail: `${part} parameter ${path.join(".")}: ${issue.message}` };
  const pointer = path.map((key) => `/${key.replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");
  const where = path.length === 0 ? "the body" : path.join(".").replaceAll(/\.(\d+)(?=\.|$)/g, "[$1]");
  return { detail: `${where}: ${issue.message}`, pointer };
}
