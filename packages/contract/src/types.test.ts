import { describe, expectTypeOf, it } from "vitest";
import type { z } from "zod";
import type {
  AggregateErrorBody,
  AuthResponse,
  contract,
  ErrorBody,
  Ess,
  EssInsert,
  Login,
  NewEss,
  NewSequence,
  PrettyEss,
  ReplyOf,
  RequestOf,
  rootContract,
  Search,
  SearchResult,
  Sequence,
  SequenceInsert,
  SuccessStatus,
} from "./index.js";

/*
 * The types that programs build on. They hold when the type checker passes over this file; at run time
 * nothing here can fail. A type that has become `any` fails too.
 */
interface EveryEss {
  id: number;
  module_id: string;
  state: number[];
  valence: number;
  score: number;
  avg_ess_valence: number;
  avg_ess_score: number;
  total_ess_score: number;
  embedding_input: number | null;
  context: string | null;
  aggregate_id: number[];
  aggregate_module_id: string[];
  aggregate_shape: number[];
  aggregate_valence: number[];
  aggregate_score: number[];
  aggregate_context: (string | null)[];
  aggregate_emb_inp: (number | null)[];
  created_at: string;
  updated_at: string;
}

interface EveryPrettyEss extends Omit<EveryEss, "state"> {
  state: string[] | null;
  state_str: string | null;
  state_float: number | null;
}

interface EverySequence {
  id: number;
  module_id: string;
  instance_id: number;
  status: string;
  context: string | null;
  created_at: string;
  updated_at: string;
}

describe("types of the replies", () => {
  it("are those of the wire, key for key", () => {
    expectTypeOf<Ess>().toEqualTypeOf<EveryEss>();
    expectTypeOf<PrettyEss>().toEqualTypeOf<EveryPrettyEss>();
    expectTypeOf<Sequence>().toEqualTypeOf<EverySequence>();
    expectTypeOf<SearchResult>().toEqualTypeOf<{ score: number; ess: EveryEss }>();
    expectTypeOf<AuthResponse>().toEqualTypeOf<{
      role: "reader" | "writer" | "admin";
      session_id: string;
      user_id: string;
      username: string;
    }>();
    expectTypeOf<ErrorBody>().toEqualTypeOf<{ errors: string[] }>();
    expectTypeOf<keyof AggregateErrorBody>().toEqualTypeOf<
      | "field_length_errors"
      | "invalid_module_ids"
      | "module_id_position"
      | "invalid_ess_db_ids"
      | "verifying_ess_exists"
      | "ess_mismatch"
      | "incorrect_avg_ess_score"
      | "incorrect_avg_ess_valence"
      | "incorrect_valence"
      | "incorrect_total_ess_sore"
      | "ess_from_aggregate"
    >();
  });
});

describe("types of the requests", () => {
  it("leave out what is optional, or null it", () => {
    expectTypeOf<Login>().toEqualTypeOf<{ username: string; password: string }>();
    expectTypeOf<{ module_id: string; state: number[]; valence: number }>().toExtend<EssInsert>();
    expectTypeOf<{ module_id: string; state: number[] }>().not.toExtend<EssInsert>();
    expectTypeOf<EssInsert["valence"]>().toEqualTypeOf<number | null>();
    expectTypeOf<EssInsert["score"]>().toEqualTypeOf<number | null | undefined>();
    expectTypeOf<EssInsert["context"]>().toEqualTypeOf<string | null | undefined>();
    expectTypeOf<EssInsert["aggregate_emb_inp"]>().toEqualTypeOf<(number | null)[] | null | undefined>();
    expectTypeOf<Search["limit"]>().toEqualTypeOf<number | null | undefined>();
    expectTypeOf<SequenceInsert["status"]>().toEqualTypeOf<string | null | undefined>();
  });

  it("are whole once they are parsed", () => {
    type Sent = Omit<EveryEss, "id" | "created_at" | "updated_at" | "valence">;
    expectTypeOf<Omit<NewEss, "valence">>().toEqualTypeOf<Sent>();
    expectTypeOf<NewEss["valence"]>().toEqualTypeOf<number | null | undefined>();
    expectTypeOf<NewSequence>().toEqualTypeOf<Omit<EverySequence, "id" | "created_at" | "updated_at">>();
  });
});

describe("types of the routes", () => {
  it("reach the server's handlers", () => {
    type Routes = typeof contract;
    expectTypeOf<RequestOf<Routes["ess"]["create"], "output">["body"]>().toEqualTypeOf<NewEss>();
    expectTypeOf<RequestOf<Routes["ess"]["getOne"], "output">["params"]>().toEqualTypeOf<{
      module_id: string;
      id: number;
    }>();
    type Created = Extract<ReplyOf<Routes["ess"]["create"], "input">, { status: 201 }>;
    expectTypeOf<Created["body"]>().toEqualTypeOf<EveryEss>();
    type Found = Extract<ReplyOf<Routes["ess"]["getOne"], "input">, { status: 200 }>;
    expectTypeOf<Found["body"]>().toEqualTypeOf<EveryEss>();
    expectTypeOf<Extract<ReplyOf<Routes["ess"]["getOne"], "input">, { status: 201 }>>().toBeNever();
    expectTypeOf<
      Extract<ReplyOf<Routes["ess"]["getOne"], "input">, { status: 404 }>["body"]
    >().toEqualTypeOf<ErrorBody>();
  });

  it("have two sides: what callers send and get, what handlers get and give", () => {
    type Routes = typeof contract;
    type GetOne = Routes["ess"]["getOne"];
    expectTypeOf<RequestOf<GetOne, "input">["params"]>().toEqualTypeOf<{ module_id: string; id: number | string }>();
    expectTypeOf<RequestOf<Routes["ess"]["create"], "input">["body"]>().toEqualTypeOf<EssInsert>();
    expectTypeOf<ReplyOf<GetOne, "output", SuccessStatus>>().toEqualTypeOf<{ status: 200; body: EveryEss }>();
    expectTypeOf<Extract<ReplyOf<GetOne, "input">, { status: 304 }>["body"]>().toEqualTypeOf<undefined>();
    expectTypeOf<ReplyOf<(typeof rootContract)["metrics"]["get"], "output", 200>["body"]>().toEqualTypeOf<string>();
  });

  it("ask for the parts that a route has, and no others", () => {
    type Routes = typeof contract;
    expectTypeOf<keyof RequestOf<Routes["ess"]["create"], "input">>().toEqualTypeOf<"body">();
    expectTypeOf<keyof RequestOf<Routes["ess"]["getAll"], "input">>().toEqualTypeOf<"params" | "query">();
    expectTypeOf<keyof RequestOf<Routes["ess"]["upsert"], "output">>().toEqualTypeOf<"params">();
  });

  it("take the parameters of the path, of which a schema may say more", () => {
    interface Route {
      method: "GET";
      path: "/a/:first/b/:second";
      pathParams: z.ZodObject<{ second: z.ZodNumber; third: z.ZodNumber }>;
      responses: { 200: z.ZodString };
    }
    expectTypeOf<RequestOf<Route, "input">>().toEqualTypeOf<{ params: { first: string; second: number } }>();
  });
});
