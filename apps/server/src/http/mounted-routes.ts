import { type AppRoute, type AppRouter, isAppRoute } from "@eca/contract";
import type { RequestHandler } from "express";
import { headersSchemaOf, querySchemaOf } from "./request/head-schemas.js";
import "./request/context.js";
import type { StandardSchema } from "./request/standard-schema.js";

/** A contract as ts-rest is to mount it, and what goes with it. */
interface MountedRoutes {
  readonly contract: AppRouter;
  /** Puts the contract's own entry for the route in place; to be called before all that goes by it. */
  readonly restoreRoute: RequestHandler;
}

/**
 * The routes of a contract with schemas that find the same as the contract's and cost less of each request.
 *
 * @param bodySchemaOf The schema that takes the place of the contract's for the body of a route, where one does.
 */
export function toMountedRoutes(
  contract: AppRouter,
  bodySchemaOf: (route: AppRoute) => StandardSchema | undefined,
): MountedRoutes {
  const originals = new Map<AppRoute | undefined, AppRoute>();
  const mount = (route: AppRoute): AppRoute => {
    const body = bodySchemaOf(route);
    const mounted = {
      ...route,
      headers: headersSchemaOf(route),
      ...(route.query !== undefined && { query: querySchemaOf(route.query) }),
      ...(body !== undefined && { body }),
    } as unknown as AppRoute;
    originals.set(mounted, route);
    return mounted;
  };
  const nest = (router: AppRouter): AppRouter =>
    Object.fromEntries<AppRoute | AppRouter>(
      Object.entries(router).map(([key, entry]) => [key, isAppRoute(entry) ? mount(entry) : nest(entry)]),
    );
  return {
    contract: nest(contract),
    restoreRoute: (req, _res, next) => {
      req.tsRestRoute = originals.get(req.tsRestRoute) as AppRoute;
      next();
    },
  };
}
