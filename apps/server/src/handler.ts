import type { AppRoute, AppRouter, ReplyOf, RequestOf, SuccessStatus } from "@eca/contract";
import type { Actor } from "./caller/actor.js";
import type { CreateCondition, ExpectedRevisions } from "./caller/preconditions.js";
import type { Principal } from "./caller/principal.js";
import type { ListReply, RowReply, RowsReply, TextReply } from "./reply.js";
import type { Store } from "./store/port/store.js";

type SuccessOf<Route extends AppRoute> = Route["responses"][keyof Route["responses"] & SuccessStatus];

type BodyOf<Route extends AppRoute> = ReplyOf<Route, "input", SuccessStatus>["body"];

/**
 * What a handler returns, of the kind that its route declares; refusals are thrown. Lists that callers may ask for page by
 * page are returned as lists, other arrays as rows.
 */
type HandlerReply<Route extends AppRoute> =
  SuccessOf<Route> extends { readonly contentType: string }
    ? TextReply
    : BodyOf<Route> extends readonly (infer Item)[]
      ? IsPaged<Route> extends true
        ? ListReply<Item>
        : RowsReply<Item>
      : RowReply<BodyOf<Route>>;

type IsPaged<Route extends AppRoute> =
  RequestOf<Route, "output"> extends { query: infer Query } ? ("after" extends keyof Query ? true : false) : false;

type CallerOf<Route extends AppRoute> = (Route extends { metadata: { access: "public" } }
  ? { readonly principal?: undefined }
  : { readonly principal: Principal }) & {
  /** The caller, as the audit log names them. */
  readonly actor: Actor;
};

/** What the conditions that a route's headers declare have come to. Of a read they are about its reply, not for its handler. */
type ConditionsOf<Route extends AppRoute> = (Route extends { headers: { "if-match": unknown } }
  ? { readonly expected: ExpectedRevisions }
  : unknown) &
  (Route extends { method: "POST"; headers: { "if-none-match": unknown } } ? CreateCondition : unknown);

/** Binds one route of the contract to the service behind it. */
type Handler<Route extends AppRoute> = (
  request: RequestOf<Route, "output"> & ConditionsOf<Route> & CallerOf<Route>,
) => Promise<HandlerReply<Route>>;

/** A handler for every route of a router: a missing one does not compile. */
export type Handlers<Router extends AppRouter> = {
  readonly [Name in keyof Router]: Router[Name] extends AppRoute
    ? Handler<Router[Name]>
    : Router[Name] extends AppRouter
      ? Handlers<Router[Name]>
      : never;
};

/**
 * Puts the handlers of each resource together upon a store: the server's own, or one that joins the writes of a call to the
 * reply that is kept of it.
 */
export type Composition<Contract extends AppRouter> = {
  readonly [Resource in keyof Contract]: (
    store: Store,
  ) => Contract[Resource] extends AppRouter ? Handlers<Contract[Resource]> : never;
};
