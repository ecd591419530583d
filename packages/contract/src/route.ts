import type { z } from "zod";

/** Declares that a request or a reply has no body; `c.noBody()` makes one. */
export type NoBody = symbol;

/** A reply that is not JSON; `c.otherResponse()` makes one. */
export interface OtherResponse<Body extends z.ZodType = z.ZodType> {
  readonly contentType: string;
  readonly body: Body;
}

export type AppRouteResponse = z.ZodType | NoBody | OtherResponse;

/** By status. */
export type Responses = Readonly<Record<number, AppRouteResponse>>;

interface AnyRoute {
  /** Names its parameters after colons: `/ess/:module_id/:id`. */
  readonly path: `/${string}`;
  readonly pathParams?: z.ZodType;
  readonly query?: z.ZodType;
  /** By their lower-case names. */
  readonly headers?: Readonly<Record<string, z.ZodType>>;
  readonly summary?: string;
  readonly description?: string;
  readonly responses: Responses;
  readonly strictStatusCodes?: boolean;
  /** A `RoutePolicy`. */
  readonly metadata?: unknown;
}

interface ReadRoute extends AnyRoute {
  readonly method: "GET";
}

interface DeleteRoute extends AnyRoute {
  readonly method: "DELETE";
}

interface WriteRoute extends AnyRoute {
  readonly method: "POST" | "PUT" | "PATCH" | "DELETE";
  readonly body: z.ZodType | NoBody;
}

/** One route, as plain data. */
export type AppRoute = ReadRoute | DeleteRoute | WriteRoute;

/** Routes under names, in groups as deep as one likes. */
export interface AppRouter {
  readonly [name: string]: AppRoute | AppRouter;
}

/** A router whose routes have common responses besides their own. */
export type WithCommon<Router, Common extends Responses> = {
  [Name in keyof Router]: Router[Name] extends AppRoute
    ? {
        [Key in keyof Router[Name]]: Key extends "responses"
          ? Router[Name][Key] & Omit<Common, keyof Router[Name][Key]>
          : Router[Name][Key];
      }
    : WithCommon<Router[Name], Common>;
};

export function isAppRoute(entry: AppRoute | AppRouter): entry is AppRoute {
  return typeof entry["method"] === "string";
}

/** Whether a reply goes out as it is, in a type of its own. */
export function isOtherResponse(declared: AppRouteResponse | undefined): declared is OtherResponse {
  return typeof declared === "object" && "contentType" in declared;
}

/** Each route below a router with its dotted name, in the order of declaration. */
export function* routesOf(router: AppRouter, prefix = ""): Generator<[name: string, route: AppRoute]> {
  for (const [key, entry] of Object.entries(router)) {
    const name = prefix === "" ? key : `${prefix}.${key}`;
    if (isAppRoute(entry)) yield [name, entry];
    else yield* routesOf(entry, name);
  }
}

/** A schema has two sides: `input` is what it is given, `output` what it makes of that. */
type Side = "input" | "output";

type ValueOf<Declared, Of extends Side> = Declared extends z.ZodType
  ? { input: z.input<Declared>; output: z.output<Declared> }[Of]
  : Declared extends OtherResponse<infer Body>
    ? ValueOf<Body, Of>
    : Declared extends NoBody
      ? undefined
      : never;

type ParameterOf<Path extends string> = Path extends `${string}:${infer Name}/${infer Rest}`
  ? Name | ParameterOf<`/${Rest}`>
  : Path extends `${string}:${infer Name}`
    ? Name
    : never;

type ParamsOf<Route extends AppRoute, Declared> = {
  [Name in ParameterOf<Route["path"]>]: Name extends keyof Declared ? Declared[Name] : string;
};

/** `never` for the parts that the route does not have. */
interface PartsOf<Route extends AppRoute, Of extends Side> {
  params: ParameterOf<Route["path"]> extends never
    ? never
    : ParamsOf<Route, Route extends { pathParams: infer Declared } ? ValueOf<Declared, Of> : unknown>;
  query: Route extends { query: infer Declared } ? ValueOf<Declared, Of> : never;
  body: Route extends { body: infer Declared extends z.ZodType } ? ValueOf<Declared, Of> : never;
}

/**
 * What is asked of a route: those of `params`, `query` and `body` that it has. On the `input` side as callers send
 * it, on the `output` side as handlers get it.
 */
export type RequestOf<Route extends AppRoute, Of extends Side> = {
  [Part in keyof PartsOf<Route, Of> as PartsOf<Route, Of>[Part] extends never ? never : Part]: PartsOf<Route, Of>[Part];
};

/** The statuses of success. */
export type SuccessStatus = 200 | 201;

/**
 * What a route returns, with one of the statuses: a union of `{ status, body }`. On the `input` side as handlers
 * give it, on the `output` side as callers get it.
 */
export type ReplyOf<Route extends AppRoute, Of extends Side, Status extends number = number> = {
  [Declared in keyof Route["responses"] & Status]: {
    status: Declared;
    body: ValueOf<Route["responses"][Declared], Of>;
  };
}[keyof Route["responses"] & Status];
