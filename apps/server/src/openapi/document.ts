import { STATUS_CODES } from "node:http";
import {
  type AppRoute,
  type AppRouter,
  type AppRouteResponse,
  basePath,
  contract,
  errorBody,
  errorCode,
  isOtherResponse,
  liveContract,
  type NoBody,
  problem,
  requestIdPattern,
  rootContract,
  routesOf,
  type RoutePolicy,
} from "@eca/contract";
import { z } from "zod";
import { type JsonSchema, toJsonSchemas } from "./json-schemas.js";
import { errorHeaders, headerComponents, type Headers, successHeaders, taggedRows } from "./reply-headers.js";
import { type DocumentedSizes, withSizeBounds } from "./size-bounds.js";

type Group = keyof typeof contract | keyof typeof liveContract | keyof typeof rootContract;

const groups: Record<Group, string> = {
  auth: "Sessions: who calls, and what they may do.",
  ess: "States (episodic state space): the distinct states of a module.",
  sequence: "The time-ordered log of a module, one entry for each occurrence of a state.",
  embedding: "The human-readable texts behind states.",
  prediction: "What comes next in a module, learned from its own log.",
  document: "Texts that questions are answered from.",
  response: "Stored steps of predictions.",
  retrieval: "Questions, answered from the embedded documents.",
  module: "Modules: digital twins and aggregates of twins.",
  audit: "Who did what: logins, refusals, changes of users and keys, deletions.",
  user: "Users: who may log in, and as what.",
  key: "Keys: programs that call on behalf of a user, without a login.",
  limits: "What the server takes.",
  live: "A WebSocket that tells the newest row of a module again and again; `docs/guides/live-socket.md` has its frames.",
  metrics: "For those who watch the server.",
  health: "For process supervisors and load balancers.",
};

const description = `The memory of digital twins: states, sequences of states, aggregates and search.

Log in with \`POST /login\` and send the \`session_id\` as \`Authorization: Bearer <session_id>\`.
Success is the one status named for each route. Every error has the body \`{"errors": ["..."]}\` and a stable code in
\`X-Error-Code\`, explained at \`/docs/errors\`; a wrong aggregate is told field by field. Callers that send
\`Accept: application/problem+json\` are told errors as RFC 9457 has them. Lists are bare JSON arrays. Routes that take no body ignore one.
Replies over 1 KiB are compressed with gzip where \`Accept-Encoding\` prefers it. Unknown request fields are ignored, and named in the header \`Ignored-Fields\`; an optional field may be absent or null.`;

/** One operation with what is needed to describe it. */
interface Operation {
  /** `group.name`, as the client calls it. */
  readonly id: string;
  readonly group: string;
  readonly route: AppRoute;
  readonly outsideBasePath: boolean;
}

/**
 * The API as an OpenAPI 3.1 document; it follows from the contract and the limits alone and is the same every time.
 *
 * @param sizes The limits of the server that serves it: they bound what it takes.
 */
export function openApiDocument(sizes: DocumentedSizes): object {
  const operations = [
    ...operationsOf(contract, false),
    ...operationsOf(liveContract, false),
    ...operationsOf(rootContract, true),
  ];
  const schemas = toJsonSchemas(requestSchemas(operations), {
    ...replySchemas(operations),
    errorCode,
    errorBody,
    problem,
  });
  const reply = (key: string): JsonSchema => schemas.replies[key] ?? {};
  const errors = commonErrors(operations);
  const tagged = taggedRows(operations.map(({ route }) => route));

  const paths: Record<string, Record<string, unknown>> = {};
  for (const operation of operations) {
    const path = operation.route.path.replaceAll(/:(\w+)/g, "{$1}");
    const item = (paths[path] ??= operation.outsideBasePath ? { servers: [{ url: ".." }] } : {});
    item[operation.route.method.toLowerCase()] = describe(operation, { requests: schemas.requests, reply, tagged });
  }
  const document = {
    openapi: "3.1.0",
    info: { title: "ECA", version: "1", description, license },
    // Seen from the document itself, wherever a proxy puts it.
    servers: [{ url: `..${basePath}` }],
    security: [{ session: [] }],
    tags: Object.entries(groups).map(([name, text]) => ({ name, description: text })),
    paths,
    components: {
      schemas: schemas.components,
      responses: Object.fromEntries(
        errors.map((status) => [responseName(status), errorResponse(status, reply("errorBody"), reply("problem"))]),
      ),
      parameters: { RequestId: requestIdParameter },
      headers: headerComponents(reply("errorCode")),
      securitySchemes: {
        session: {
          type: "http",
          scheme: "bearer",
          description: "The `session_id` that `POST /login` answers, or the token of a key.",
        },
      },
    },
  };
  return withSizeBounds(document, sizes);
}

const license = { name: "Apache-2.0", identifier: "Apache-2.0" };

function* operationsOf(router: AppRouter, outsideBasePath: boolean): Generator<Operation> {
  for (const [id, route] of routesOf(router)) {
    yield { id, group: id.slice(0, id.indexOf(".")), route, outsideBasePath };
  }
}

/** The statuses that answer the plain error body somewhere: described once, referred to everywhere. */
function commonErrors(operations: readonly Operation[]): number[] {
  const statuses = operations.flatMap(({ route }) => Object.entries(route.responses));
  return [...new Set(statuses.filter(([, schema]) => schema === errorBody).map(([status]) => Number(status)))].toSorted(
    (a, b) => a - b,
  );
}

interface Parts {
  readonly requests: Readonly<Record<string, JsonSchema>>;
  readonly reply: (key: string) => JsonSchema;
  readonly tagged: ReadonlySet<AppRouteResponse>;
}

function describe(operation: Operation, parts: Parts) {
  const { requests } = parts;
  const { id, group, route } = operation;
  const { access, rate, modules, effects } = route.metadata as RoutePolicy;
  const parameters = parametersOf(requests, id);
  const body = requests[`${id} body`];
  return {
    operationId: id,
    tags: [group],
    summary: route.summary,
    ...(route.description !== undefined && { description: route.description }),
    ...(access === "public" && { security: [] }),
    "x-eca-access": access,
    "x-eca-rate": rate,
    "x-eca-modules": modules,
    ...(effects !== undefined && { "x-eca-effects": effects }),
    parameters: [...parameters, { $ref: "#/components/parameters/RequestId" }],
    ...(body !== undefined && { requestBody: { required: true, content: contentOf(jsonType, body, bodyOf(route)) } }),
    responses: responsesOf(operation, parts),
  };
}

function responsesOf({ id, route }: Operation, { reply, tagged }: Parts) {
  const responses: Record<string, object> = {};
  for (const [key, schema] of Object.entries(route.responses)) {
    const status = Number(key);
    const body = reply(`${id} ${key}`);
    const success = successHeaders(id, route, { status, body: schema, tagged });
    if (schema === errorBody) responses[key] = { $ref: `#/components/responses/${responseName(status)}` };
    else if (status >= 400) responses[key] = errorResponse(status, body, reply("problem"));
    else if (isNoBody(schema)) responses[key] = bareResponse(status, success);
    else responses[key] = { ...bareResponse(status, success), content: contentOf(contentTypeOf(schema), body, schema) };
  }
  return responses;
}

const parameterPlaces = ["path", "query", "header"] as const;

interface Parameter {
  readonly name: string;
  readonly in: (typeof parameterPlaces)[number];
  readonly required: boolean;
  readonly description?: string;
  readonly schema: JsonSchema;
}

/** Of every operation. Where it does not fit it is passed over, as all that the caller does not get is its own name. */
const requestIdParameter: Parameter = {
  name: "x-request-id",
  in: "header",
  required: false,
  description:
    "Names the request in the server's log, and in the reply's `X-Request-Id`. One that does not fit is passed over: the " +
    "server then chooses another.",
  schema: { type: "string", minLength: 1, maxLength: 128, pattern: requestIdPattern },
};

function parametersOf(requests: Record<string, JsonSchema>, id: string): Parameter[] {
  return parameterPlaces.flatMap((place) => {
    const { properties = {}, required = [] } = requests[`${id} ${place}`] ?? {};
    return Object.entries(properties as Record<string, JsonSchema>).map(([name, { description, ...schema }]) => ({
      name,
      in: place,
      required: place === "path" || required.includes(name),
      ...(description !== undefined && { description }),
      schema,
    }));
  });
}

function bareResponse(status: number, headers: Headers) {
  return {
    description: STATUS_CODES[status] ?? String(status),
    ...(Object.keys(headers).length > 0 && { headers }),
  };
}

/** @param bodies The schema of the body by its content type. */
function response(status: number, headers: Headers, bodies: Readonly<Record<string, JsonSchema>>) {
  const content = Object.fromEntries(Object.entries(bodies).map(([type, schema]) => [type, { schema }]));
  return { ...bareResponse(status, headers), content };
}

/** An error in the wire's own shape, and as problem details for those who ask for them. */
function errorResponse(status: number, own: JsonSchema, details: JsonSchema) {
  return response(status, errorHeaders(status), { [jsonType]: own, "application/problem+json": details });
}

function bodyOf(route: AppRoute): AppRouteResponse {
  return "body" in route ? route.body : Symbol("none");
}

/** A status that comes alone, such as that of what has not changed. */
function isNoBody(schema: AppRouteResponse): schema is NoBody {
  return typeof schema === "symbol";
}

const jsonType = "application/json";

/** A body in its one type, with an example of it. */
function contentOf(type: string, schema: JsonSchema, declared: AppRouteResponse) {
  const example = exampleOf(isOtherResponse(declared) ? declared.body : declared);
  return { [type]: { schema, ...(example !== undefined && { example }) } };
}

/** The first example of a schema, as its metadata has them; of a list, one row. */
function exampleOf(schema: unknown): unknown {
  if (!(schema instanceof z.ZodType)) return undefined;
  if (schema instanceof z.ZodArray) return [exampleOf(schema.element)];
  return (schema.meta()?.["examples"] as unknown[] | undefined)?.[0];
}

/** A reply that is no JSON says what it is. */
function contentTypeOf(schema: AppRouteResponse): string {
  return isOtherResponse(schema) ? schema.contentType : jsonType;
}

/** `Not Found` as `NotFound`. */
function responseName(status: number): string {
  return (STATUS_CODES[status] ?? `Status ${status}`).replaceAll(/\W/g, "");
}

/** Keyed by operation and place, so that all are turned into JSON Schemas at once and share their parts. */
function requestSchemas(operations: readonly Operation[]): Record<string, z.ZodType> {
  const schemas: Record<string, z.ZodType> = {};
  for (const { id, route } of operations) {
    const parts = {
      path: route.pathParams,
      query: route.query,
      // Headers come as a record of schemas, by their lower-case names.
      header: route.headers && z.object(route.headers),
      body: "body" in route ? route.body : undefined,
    };
    for (const [part, schema] of Object.entries(parts)) {
      // What is neither absent nor a marker, such as that of no body at all, is a schema.
      if (typeof schema === "object") schemas[`${id} ${part}`] = schema;
    }
  }
  return schemas;
}

function replySchemas(operations: readonly Operation[]): Record<string, z.ZodType> {
  return Object.fromEntries(
    operations.flatMap(({ id, route }) =>
      Object.entries(route.responses)
        .filter(([, schema]) => !isNoBody(schema))
        .map(([status, schema]) => [`${id} ${status}`, (isOtherResponse(schema) ? schema.body : schema) as z.ZodType]),
    ),
  );
}
