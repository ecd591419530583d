import { initContract } from "@ts-rest/core";
import type { z } from "zod";
import { errorBody } from "./errors.js";
import type { AppRouter, NoBody, OtherResponse, Responses, WithCommon } from "./route.js";

interface Dsl {
  router<Router extends AppRouter>(routes: Router): Router;
  router<Router extends AppRouter, Common extends Responses>(
    routes: Router,
    options: { readonly strictStatusCodes: true; readonly commonResponses: Common },
  ): WithCommon<Router, Common>;
  otherResponse<Body extends z.ZodType>(response: OtherResponse<Body>): OtherResponse<Body>;
  noBody(): NoBody;
}

/**
 * The one place where the contract meets ts-rest. The types are our own: ts-rest's declarations do not compile with
 * zod 4, so programs that use ours must not come upon them.
 */
export const c: Dsl = initContract();

/** What a caller may do, each including the ones after it: admin, writer, reader. */
export const roles = ["reader", "writer", "admin"] as const;
export type Role = (typeof roles)[number];

/**
 * Which modules a route touches. It decides what callers that are limited to some modules may do.
 * - `none`: nothing of any module; open to them.
 * - `named`: the modules that its path, query or body name, see `moduleKey`; each must be one of theirs.
 * - `visible`: all modules that the caller may touch; a list leaves the others out.
 * - `beyond`: what belongs to no single module; closed to them.
 */
export const moduleScopes = ["none", "named", "visible", "beyond"] as const;
export type ModuleScope = (typeof moduleScopes)[number];

/** What a field of a body does beside what its route does. */
export interface FieldEffect {
  /** The minimum role that may cause it. */
  readonly access: Role;
  /** Where it writes: in the modules that the call names, or `beyond` all modules. */
  readonly modules: Extract<ModuleScope, "named" | "beyond">;
}

/**
 * The rows that creates return, each named for its resource; `getOne` of the resource returns the row by the fields
 * that its path names.
 */
export const rowKinds = ["ess", "sequence", "embedding", "document", "user", "key"] as const;
export type RowKind = (typeof rowKinds)[number];

/** The budgets that calls draw on. */
export const rateClasses = ["login", "read", "write", "search", "exempt"] as const;
export type RateClass = (typeof rateClasses)[number];

/** What a route requires of its caller. Middlewares read it, handlers never do. */
export interface RoutePolicy {
  /** The minimum role that may call the route; `public` needs no login. */
  readonly access: "public" | Role;
  /** The budget that a call draws on. */
  readonly rate: RateClass;
  /** What it touches of the modules. */
  readonly modules: ModuleScope;
  /** Set where the route is about the caller's own session. A key has none. */
  readonly credential?: "session";
  /** The fields of the body that make the call a write when they are true, by their names. */
  readonly effects?: Readonly<Record<string, FieldEffect>>;
  /** The fields of the body that are true or false and change nothing but the reply. */
  readonly replySwitches?: readonly string[];
  /** The reply is one row of this kind: repeated under its `Idempotency-Key`, the call returns the row as it is by then. */
  readonly row?: RowKind;
  /**
   * The fields of the reply that are a secret, shown once, or part of one: what is kept of the reply for a replay is
   * sealed, and in a replay they are as they were.
   */
  readonly secretReply?: readonly string[];
  /** The body of a call that takes a key holds a password: what is kept to recognise it must not let anybody test guesses. */
  readonly secretBody?: true;
  /** A JSON body is read as query parameters, where the query itself lacks them. */
  readonly queryInBody?: boolean;
}

export const policy = {
  public: { access: "public", rate: "exempt", modules: "none" },
  login: { access: "public", rate: "login", modules: "none", secretReply: ["session_id"] },
  session: { access: "reader", rate: "read", modules: "none", credential: "session" },
  read: { access: "reader", rate: "read", modules: "named" },
  search: { access: "reader", rate: "search", modules: "named" },
  write: { access: "writer", rate: "write", modules: "named" },
  admin: { access: "admin", rate: "write", modules: "beyond" },
} as const satisfies Record<string, RoutePolicy>;

/** The reply to calls, or failed logins, beyond a limit; `Retry-After` says how long to wait. */
export const rateLimitedStatus = 429;

/** The reply to a caller without a login. */
export const unauthenticatedStatus = 401;

/** What any route may return besides its own replies. */
const commonResponses = {
  400: errorBody,
  [unauthenticatedStatus]: errorBody,
  403: errorBody,
  404: errorBody,
  408: errorBody,
  409: errorBody,
  413: errorBody,
  415: errorBody,
  [rateLimitedStatus]: errorBody,
  431: errorBody,
  500: errorBody,
  503: errorBody,
  507: errorBody,
} as const;

/** How every resource's router is made: exact statuses and the common errors. */
export const routerOptions = { strictStatusCodes: true, commonResponses } as const;
