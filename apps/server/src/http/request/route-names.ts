import { type AppRoute, type AppRouter, routesOf } from "@eca/contract";

/** The name of the route that took a request, for logs and metrics. */
export type RouteName = (route: AppRoute | undefined) => string;

/** The name for requests that no route of a contract takes. */
const noRoute = "other";

/** The names of all routes of some contracts, as the client calls them: `ess.getOne`. */
export function routeNames(...contracts: readonly AppRouter[]): RouteName {
  const names = new Map<AppRoute | undefined, string>();
  for (const contract of contracts) for (const [name, route] of routesOf(contract)) names.set(route, name);
  return (route) => names.get(route) ?? noRoute;
}
