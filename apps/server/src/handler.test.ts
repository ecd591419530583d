import type { contract, Ess, rootContract, SearchResult, Sequence } from "@eca/contract";
import { describe, expectTypeOf, it } from "vitest";
import type { Handlers } from "./handler.js";
import type { ListReply, RowReply, RowsReply, TextReply } from "./reply.js";

/*
 * What the contract makes of the types of handlers. It holds when the type checker passes over this file; at run time
 * nothing here can fail. A type that has become `any` fails too.
 */
type Ours = Handlers<typeof contract> & Handlers<typeof rootContract>;
type Request<Handler extends (request: never) => unknown> = Parameters<Handler>[0];
type Reply<Handler extends (request: never) => unknown> = Awaited<ReturnType<Handler>>;

describe("the request of a handler", () => {
  it("has the conditions that its route declares, and no others", () => {
    expectTypeOf<Request<Ours["ess"]["update"]>>().toHaveProperty("expected");
    expectTypeOf<Request<Ours["ess"]["update"]>>().not.toHaveProperty("first");
    expectTypeOf<Request<Ours["ess"]["create"]>["first"]>().toEqualTypeOf<boolean>();
    expectTypeOf<Request<Ours["ess"]["create"]>>().not.toHaveProperty("expected");
    expectTypeOf<Request<Ours["document"]["create"]>>().not.toHaveProperty("first");
    expectTypeOf<Request<Ours["ess"]["getOne"]>>().not.toHaveProperty("first");
    expectTypeOf<Request<Ours["ess"]["getOne"]>>().not.toHaveProperty("expected");
  });
});

describe("the reply of a handler", () => {
  it("is of the one kind that its route declares", () => {
    expectTypeOf<Reply<Ours["ess"]["getOne"]>>().toEqualTypeOf<RowReply<Ess>>();
    expectTypeOf<Reply<Ours["sequence"]["getAll"]>>().toEqualTypeOf<ListReply<Sequence>>();
    expectTypeOf<Reply<Ours["ess"]["search"]>>().toEqualTypeOf<RowsReply<SearchResult>>();
    expectTypeOf<Reply<Ours["metrics"]["get"]>>().toEqualTypeOf<TextReply>();
  });

  it("cannot be of another kind, or have the body of another route", () => {
    type GetOne = Reply<Ours["ess"]["getOne"]>;
    type GetAll = Reply<Ours["ess"]["getAll"]>;
    expectTypeOf<ListReply<Ess>>().not.toExtend<GetOne>();
    expectTypeOf<TextReply>().not.toExtend<GetOne>();
    expectTypeOf<RowReply<{ id: number }>>().not.toExtend<GetOne>();
    expectTypeOf<RowReply<Ess[]>>().not.toExtend<GetAll>();
    expectTypeOf<RowsReply<Ess>>().not.toExtend<GetAll>();
    expectTypeOf<ListReply<{ id: number }>>().not.toExtend<GetAll>();
    expectTypeOf<ListReply<SearchResult>>().not.toExtend<Reply<Ours["ess"]["search"]>>();
  });
});
