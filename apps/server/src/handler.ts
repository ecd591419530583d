import type { AppRoute, AppRouter, Role, ServerInferRequest, ServerInferResponses } from "@eca/contract";

/** Who calls. */
export interface Principal {
  readonly userId: string;
  readonly username: string;
  readonly role: Role;
  /** SHA-256 of the token that the call came with. */
  readonly tokenHash: Uint8Array;
}

/** A list told page by page, so that memory stays flat however long it is. */
export type Pages<Item> = AsyncIterable<readonly Item[]>;

type Streamable<Reply> = Reply extends { status: infer Status; body: (infer Item)[] }
  ? { status: Status; body: Pages<Item> }
  : Reply;

type SuccessStatus = 200 | 201;

/** What a handler answers; refusals are thrown. Lists are told page by page. */
type Reply<Route extends AppRoute> = Streamable<Extract<ServerInferResponses<Route>, { status: SuccessStatus }>> & {
  /** What the wire's bodies have no key for. */
  readonly headers?: Readonly<Record<string, string>>;
};

type CallerOf<Route extends AppRoute> = Route extends { metadata: { access: "public" } }
  ? { readonly principal?: undefined }
  : { readonly principal: Principal };

/** Binds one route of the contract to the service behind it. */
export type Handler<Route extends AppRoute> = (
  request: Pick<ServerInferRequest<Route>, keyof ServerInferRequest<Route> & ("params" | "body" | "query")> &
    CallerOf<Route>,
) => Promise<Reply<Route>>;

/** A handler for every route of a router: a missing one does not compile. */
export type Handlers<Router extends AppRouter> = {
  readonly [Name in keyof Router]: Router[Name] extends AppRoute
    ? Handler<Router[Name]>
    : Router[Name] extends AppRouter
      ? Handlers<Router[Name]>
      : never;
};
