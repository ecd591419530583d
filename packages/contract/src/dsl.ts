import { type AppRoute, type AppRouter, initContract } from "@ts-rest/core";
import { errorBody } from "./errors.js";

export type { AppRoute, AppRouter, ServerInferRequest, ServerInferResponses } from "@ts-rest/core";
export { isAppRoute } from "@ts-rest/core";

/** The one place where the contract meets ts-rest. */
export const c: ReturnType<typeof initContract> = initContract();

/** What a caller may do, each including the ones after it: admin, writer, reader. */
export const roles = ["reader", "writer", "admin"] as const;
export type Role = (typeof roles)[number];

/** What a route demands of its caller; middlewares read it, handlers never do. */
export interface RoutePolicy {
  /** The least role that may call the route; `public` needs no login. */
  readonly access: "public" | Role;
  /** The budget that a call draws on. */
  readonly rate: "login" | "read" | "write" | "search" | "exempt";
  /** A JSON body is read as query parameters, where the query itself lacks them. */
  readonly queryInBody?: boolean;
}

export const policy = {
  public: { access: "public", rate: "exempt" },
  login: { access: "public", rate: "login" },
  read: { access: "reader", rate: "read" },
  search: { access: "reader", rate: "search" },
  write: { access: "writer", rate: "write" },
  admin: { access: "admin", rate: "write" },
} as const satisfies Record<string, RoutePolicy>;

/** What any route may answer besides its own replies. */
const commonResponses = {
  400: errorBody,
  401: errorBody,
  403: errorBody,
  404: errorBody,
  408: errorBody,
  409: errorBody,
  413: errorBody,
  415: errorBody,
  431: errorBody,
  500: errorBody,
  503: errorBody,
  507: errorBody,
} as const;

/** How every resource's router is made: exact statuses and the common errors. */
export const routerOptions = { strictStatusCodes: true, commonResponses } as const;

/** Each route below a router with its dotted name, in the order of declaration. */
export function* routesOf(router: AppRouter, prefix = ""): Generator<[name: string, route: AppRoute]> {
  for (const [key, entry] of Object.entries(router)) {
    const name = prefix === "" ? key : `${prefix}.${key}`;
    if ("method" in entry) yield [name, entry as AppRoute];
    else yield* routesOf(entry as AppRouter, name);
  }
}
