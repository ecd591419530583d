import {
  type AppRoute,
  type AppRouteResponse,
  isPaged,
  notModifiedStatus,
  rateLimitedStatus,
  requestIdPattern,
  type RoutePolicy,
  unauthenticatedStatus,
  upgradeRequiredStatus,
} from "@eca/contract";
import type { JsonSchema } from "./json-schemas.js";

/** The headers of a reply by their names, as references to the components. */
export type Headers = Readonly<Record<string, { readonly $ref: string }>>;

interface HeaderComponent {
  readonly description: string;
  /** Whether each reply that names the header has it. */
  readonly required: boolean;
  readonly schema: JsonSchema;
}

const text = { type: "string" } as const;

/** The headers that replies have, by the names of their components. @param errorCode The schema of the codes. */
export function headerComponents(errorCode: JsonSchema): Readonly<Record<string, HeaderComponent>> {
  return {
    ErrorCode: { description: "The error's stable name.", required: true, schema: errorCode },
    RequestId: {
      description: "Names the request in the server's log; the caller's own `X-Request-Id` where it sent one.",
      required: true,
      schema: { ...text, minLength: 1, maxLength: 128, pattern: requestIdPattern },
    },
    Challenge: {
      description: "What the call needs: `Bearer`, a token in `Authorization`.",
      required: true,
      schema: { ...text, const: "Bearer" },
    },
    RetryAfter: {
      description: "Seconds after which the call may be repeated.",
      required: true,
      schema: { type: "integer", minimum: 1 },
    },
    RateLimit: {
      description: 'What is left of the limit that was reached, and the seconds until there is more: `"read";r=0;t=2`.',
      required: false,
      schema: text,
    },
    RateLimitPolicy: {
      description: 'The limit that was reached, as calls in so many seconds: `"read";q=10000;w=2`.',
      required: false,
      schema: text,
    },
    Upgrade: {
      description: "The protocol of the route.",
      required: true,
      schema: { ...text, const: "websocket" },
    },
    WebSocketVersion: {
      description: "The version of the protocol.",
      required: true,
      schema: { ...text, const: "13" },
    },
    ETag: {
      description: "Names this version of the row or list; send it as `If-None-Match` or `If-Match`.",
      required: true,
      schema: { ...text, pattern: String.raw`^(?:W/)?"\d+(?:-gzip)?"$` },
    },
    Link: {
      description: 'Of a page that another one follows: `<...>; rel="next"`.',
      required: false,
      schema: text,
    },
    IdempotencyReplayed: {
      description: "`true` on an answer that is the first one again.",
      required: false,
      schema: { ...text, const: "true" },
    },
    IgnoredFields: {
      description:
        "The fields of the body that the server does not know and ignored, as a list of strings (RFC 9651), each with the " +
        'field that it may be meant for: `"colour", "statuss";did-you-mean="status"`. On refusals too. `;and-more` marks a ' +
        "list that was cut.",
      required: false,
      schema: text,
    },
    RetrievalSource: {
      description: "What the answer is made from: `passages`, `model`, or `none` where nothing was found.",
      required: true,
      schema: { ...text, enum: ["passages", "model", "none"] },
    },
  };
}

const to = (component: string) => ({ $ref: `#/components/headers/${component}` });

const requestId: Headers = { "X-Request-Id": to("RequestId") };

const ignoredFields: Headers = { "Ignored-Fields": to("IgnoredFields") };

const ofOneError: Readonly<Record<number, Headers>> = {
  [unauthenticatedStatus]: { "WWW-Authenticate": to("Challenge") },
  [rateLimitedStatus]: {
    "Retry-After": to("RetryAfter"),
    RateLimit: to("RateLimit"),
    "RateLimit-Policy": to("RateLimitPolicy"),
  },
  [upgradeRequiredStatus]: { Upgrade: to("Upgrade"), "Sec-WebSocket-Version": to("WebSocketVersion") },
};

/** What an error tells beside its body. */
export function errorHeaders(status: number): Headers {
  return { "X-Error-Code": to("ErrorCode"), ...requestId, ...ignoredFields, ...ofOneError[status] };
}

/** What routes tell in headers of their own, as their replies' bodies have no room. */
const ofOneRoute: Readonly<Record<string, Headers>> = {
  "retrieval.query": { "X-Retrieval-Source": to("RetrievalSource") },
};

/** What a success tells beside its body; it follows from what the route takes, and from the rows that it answers. */
export function successHeaders(
  operation: string,
  route: AppRoute,
  { status, body, tagged }: { status: number; body: AppRouteResponse; tagged: ReadonlySet<AppRouteResponse> },
): Headers {
  // Another protocol begins, of which HTTP knows nothing more.
  if (status < 200) return requestId;
  const isTagged = notModifiedStatus in route.responses || (tagged.has(body) && route.method !== "DELETE");
  return {
    ...requestId,
    ...(isTagged && { ETag: to("ETag") }),
    ...(isPaged(route) && status !== notModifiedStatus && { Link: to("Link") }),
    ...(takesFields(route) && ignoredFields),
    ...("idempotency-key" in (route.headers ?? {}) && { "Idempotency-Replayed": to("IdempotencyReplayed") }),
    ...ofOneRoute[operation],
  };
}

function takesFields(route: AppRoute): boolean {
  return ("body" in route && typeof route.body === "object") || (route.metadata as RoutePolicy).queryInBody === true;
}

/** The rows that some route reads by their ETag; they tell it wherever they are answered, but where they are deleted. */
export function taggedRows(routes: Iterable<AppRoute>): ReadonlySet<AppRouteResponse> {
  const rows = new Set<AppRouteResponse>();
  for (const { responses } of routes) {
    if (!(notModifiedStatus in responses)) continue;
    for (const [status, body] of Object.entries(responses)) if (Number(status) < notModifiedStatus) rows.add(body);
  }
  return rows;
}
