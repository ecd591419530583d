import type {
  AuthResponse,
  contract,
  Ess,
  EssInsert,
  ListQuery,
  Login,
  Module,
  PrettyEss,
  Search,
  SearchResult,
  Sequence,
  SequenceInsert,
  SequenceQuery,
  Session,
} from "@eca/contract";
import { describe, expect, expectTypeOf, it } from "vitest";
import type { Client } from "./client.js";
import { type ReplyHeaders, toReplyHeaders } from "./reply-headers.js";
import { bindCalls, type CallArguments, type CallReply, type NotModified } from "./transport.js";

type Ask<Call extends (args: never) => unknown> = NonNullable<Parameters<Call>[0]>;
type Get<Call extends (args: never) => Promise<unknown>> = Awaited<ReturnType<Call>>;

// What follows on types is held by `tsc`, which the package's test command runs first.
describe("the types of the calls are the contract's", () => {
  it("bodies that are sent", () => {
    expectTypeOf<Ask<Client["auth"]["login"]>["body"]>().toEqualTypeOf<Login>();
    expectTypeOf<Ask<Client["ess"]["create"]>["body"]>().toEqualTypeOf<EssInsert>();
    expectTypeOf<Ask<Client["ess"]["update"]>["body"]>().toEqualTypeOf<EssInsert>();
    expectTypeOf<Ask<Client["ess"]["search"]>["body"]>().toEqualTypeOf<Search>();
    expectTypeOf<Ask<Client["sequence"]["create"]>["body"]>().toEqualTypeOf<SequenceInsert>();
    expectTypeOf<Ask<Client["sequence"]["update"]>["body"]>().toEqualTypeOf<SequenceInsert>();
  });

  it("bodies that come back", () => {
    expectTypeOf<Get<Client["auth"]["login"]>["body"]>().toEqualTypeOf<AuthResponse>();
    expectTypeOf<Get<Client["auth"]["session"]>["body"]>().toEqualTypeOf<Session>();
    expectTypeOf<Get<Client["ess"]["create"]>["body"]>().toEqualTypeOf<Ess>();
    expectTypeOf<Get<Client["ess"]["getAll"]>["body"]>().toEqualTypeOf<Ess[]>();
    expectTypeOf<Get<Client["ess"]["getOnePretty"]>["body"]>().toEqualTypeOf<PrettyEss>();
    expectTypeOf<Get<Client["ess"]["search"]>["body"]>().toEqualTypeOf<SearchResult[]>();
    expectTypeOf<Get<Client["sequence"]["getAll"]>["body"]>().toEqualTypeOf<Sequence[]>();
    expectTypeOf<Get<Client["module"]["getOne"]>["body"]>().toEqualTypeOf<Module>();
  });

  it("statuses: only those of success, each route its own", () => {
    expectTypeOf<Get<Client["sequence"]["create"]>["status"]>().toEqualTypeOf<201>();
    expectTypeOf<Get<Client["sequence"]["delete"]>["status"]>().toEqualTypeOf<200>();
    expectTypeOf<Get<Client["sequence"]["create"]>["headers"]>().toEqualTypeOf<ReplyHeaders>();
    expectTypeOf<Get<Client["sequence"]["create"]>["headers"]["x-request-id"]>().toEqualTypeOf<string | undefined>();
    expectTypeOf<keyof Get<Client["sequence"]["create"]>>().toEqualTypeOf<"status" | "body" | "headers">();
  });

  it("parameters", () => {
    expectTypeOf<Ask<Client["ess"]["getAll"]>["params"]>().toEqualTypeOf<{ module_id: string }>();
    expectTypeOf<Ask<Client["ess"]["getAllAggregates"]>["params"]>().toEqualTypeOf<{
      module_id: string;
      aggregate_module_id: string;
      id: number | string;
    }>();
  });

  it("a call takes what its route asks for and the options, nothing else", () => {
    type Options = "signal" | "timeoutMs" | "headers";
    expectTypeOf<keyof Ask<Client["ess"]["create"]>>().toEqualTypeOf<
      Options | "body" | "idempotencyKey" | "ifNoneMatch"
    >();
    expectTypeOf<keyof Ask<Client["ess"]["update"]>>().toEqualTypeOf<Options | "body" | "params" | "ifMatch">();
    expectTypeOf<keyof Ask<Client["ess"]["getOne"]>>().toEqualTypeOf<Options | "params">();
    expectTypeOf<keyof Ask<Client["ess"]["getAll"]>>().toEqualTypeOf<Options | "params" | "query">();
    expectTypeOf<keyof Ask<Client["auth"]["logout"]>>().toEqualTypeOf<Options>();
    expectTypeOf<Client["module"]["getAll"]>().toBeCallableWith();
    expectTypeOf<keyof Client>().toEqualTypeOf<keyof typeof contract>();
    expectTypeOf<keyof Client["sequence"]>().toEqualTypeOf<keyof typeof contract.sequence>();
    expectTypeOf<CallReply<typeof contract.ess.getOne>["body"]>().not.toBeAny();
    expectTypeOf<CallArguments<typeof contract.ess.getOne>>().not.toBeAny();
  });

  it("a read with an ETag may find nothing new, one without may not", () => {
    const read = (client: Client) => client.ess.getOne({ params: { module_id: "a", id: 1 }, ifNoneMatch: null });
    expectTypeOf<Awaited<ReturnType<typeof read>>["status"]>().toEqualTypeOf<200 | 304>();
    expectTypeOf<Extract<Awaited<ReturnType<typeof read>>, { status: 304 }>>().toEqualTypeOf<NotModified>();
    expectTypeOf<Get<Client["ess"]["getOne"]>["status"]>().toEqualTypeOf<200>();
  });

  it("every list can be read row by row, with its own filters, and nothing else can", () => {
    type Rows<Each extends (args: never) => AsyncIterable<unknown>> =
      ReturnType<Each> extends AsyncIterable<infer Row> ? Row : never;
    expectTypeOf<Rows<Client["ess"]["getAll"]["each"]>>().toEqualTypeOf<Ess>();
    expectTypeOf<Rows<Client["sequence"]["getAll"]["each"]>>().toEqualTypeOf<Sequence>();
    expectTypeOf<Rows<Client["module"]["getAll"]["each"]>>().toEqualTypeOf<Module>();
    expectTypeOf<NonNullable<Ask<Client["sequence"]["getAll"]["each"]>["query"]>>().toEqualTypeOf<SequenceQuery>();
    expectTypeOf<NonNullable<Ask<Client["ess"]["getAll"]["each"]>["query"]>>().toEqualTypeOf<ListQuery>();
    expectTypeOf<Client["module"]["getAll"]["each"]>().toBeCallableWith();
    expectTypeOf<Client["ess"]["getOne"]>().not.toHaveProperty("each");
    expectTypeOf<Client["ess"]["search"]>().not.toHaveProperty("each");
  });

  it("what does not fit does not compile", () => {
    const calls = (client: Client): unknown[] => [
      // @ts-expect-error a field that the contract does not have
      client.ess.create({ body: { module_id: "a", state: [1], valence: 1, mood: 7 } }),
      // @ts-expect-error a field of another type
      client.ess.create({ body: { module_id: "a", state: ["1"], valence: 1 } }),
      // @ts-expect-error a field that is missing
      client.ess.create({ body: { module_id: "a", state: [1] } }),
      // @ts-expect-error a body that is missing
      client.ess.create({}),
      // @ts-expect-error arguments that are missing
      client.ess.getAll(),
      // @ts-expect-error a parameter that the route does not have
      client.ess.getAll({ params: { module_id: "a", id: 1 } }),
      // @ts-expect-error a parameter that is missing
      client.ess.getOne({ params: { module_id: "a" } }),
      // @ts-expect-error a body for a route that takes none
      client.auth.logout({ body: {} }),
      // @ts-expect-error a condition that the call does not check
      client.sequence.create({ body: { module_id: "a", instance_id: 1 }, ifMatch: '"1"' }),
      // @ts-expect-error a condition that makes no sense on a create
      client.ess.create({ body: { module_id: "a", state: [1], valence: 1 }, ifNoneMatch: '"1"' }),
      // @ts-expect-error a key on a call that needs none
      client.ess.upsert({ params: { module_id: "a", id: 1 }, idempotencyKey: "k" }),
      // @ts-expect-error a filter that the list does not have
      client.ess.getAll.each({ params: { module_id: "a" }, query: { status: "n" } }),
      // @ts-expect-error an option that no call has
      client.module.getAll({ timeout: 5 }),
    ];
    expect(calls).toBeTypeOf("function");
  });
});

describe("bindCalls", () => {
  it("hands over the dotted name, the route and the arguments", async () => {
    const route = { method: "GET", path: "/x", responses: {} } as const;
    const asked: unknown[] = [];
    const calls = bindCalls({ top: route, group: { inner: { call: route } } }, (...call) => {
      asked.push(call);
      return Promise.resolve({ status: 200, body: null, headers: toReplyHeaders(new Headers()) });
    });
    await calls.top();
    await calls.group.inner.call({ timeoutMs: 5 });
    expect(asked).toEqual([
      ["top", route, {}],
      ["group.inner.call", route, { timeoutMs: 5 }],
    ]);
  });
});
