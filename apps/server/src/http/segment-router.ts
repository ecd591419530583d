import express, { type RequestHandler, type Router } from "express";

/** A path is one path alone: neither its case nor a slash at its end is left open. */
export const exactPaths: express.RouterOptions = { caseSensitive: true, strict: true };

const methods = ["get", "post", "put", "patch", "delete", "all"] as const;

/** What routes are added to. */
export type RouteTarget = Readonly<
  Record<(typeof methods)[number], (path: string, ...handlers: RequestHandler[]) => void>
> &
  Pick<Router, "use">;

/**
 * Adds routes to a router so that each request passes by those alone whose paths have its first segment: a router asks
 * its routes one after the other whether a path is theirs, and would ask those of all resources.
 *
 * The first segment of no path may be a parameter.
 */
export function bySegment(router: Router): RouteTarget {
  const routers = new Map<string, Router>();
  const routerOf = (path: string): Router => {
    const segment = firstSegment(path);
    const own = routers.get(segment) ?? express.Router(exactPaths);
    routers.set(segment, own);
    return own;
  };
  router.use((req, res, next) => {
    const own = routers.get(firstSegment(req.path));
    if (own === undefined) next();
    else own(req, res, next);
  });
  const add = (method: (typeof methods)[number]) => [
    method,
    (path: string, ...handlers: RequestHandler[]) => void routerOf(path)[method](path, ...handlers),
  ];
  return { ...Object.fromEntries(methods.map(add)), use: router.use.bind(router) } as RouteTarget;
}

function firstSegment(path: string): string {
  const end = path.indexOf("/", 1);
  return path.slice(1, end < 0 ? undefined : end);
}
