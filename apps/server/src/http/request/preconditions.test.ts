import { type AppRoute, contract, routesOf } from "@eca/contract";
import { describe, expect, it } from "vitest";
import { requireRevision } from "../../caller/preconditions.js";
import { DomainError } from "../../errors/domain-error.js";
import { preconditionsOf } from "./preconditions.js";

const revisionsOf = (header: string | undefined) =>
  preconditionsOf(contract.ess.update)(header === undefined ? {} : { "if-match": header }).expected;

describe("If-Match", () => {
  it.each([
    [undefined, 12],
    ["*", 12],
    ['"12"', 12],
    ['"12-gzip"', 12],
    ['"11", "12"', 12],
    ['W/"12", "12"', 12],
  ])("%s lets revision %i through", (header, revision) => {
    expect(() => requireRevision({ revision }, revisionsOf(header))).not.toThrow();
  });

  it.each([
    ['"11"', 12],
    ['W/"12"', 12],
    ['"012x"', 12],
    ['"abc"', 12],
    ['""', 0],
  ])("%s stops revision %i", (header, revision) => {
    expect(() => requireRevision({ revision }, revisionsOf(header))).toThrow(
      expect.objectContaining({ code: "precondition_failed", message: expect.stringContaining(`"${revision}"`) }),
    );
  });
});

describe("If-None-Match of a create", () => {
  it("asks for the first row where it is *, and for nothing where it is absent", () => {
    const read = preconditionsOf(contract.sequence.create);
    expect([read({ "if-none-match": "*" }), read({})]).toEqual([{ first: true }, { first: false }]);
  });
});

const routes = [...routesOf(contract)];
const writes = routes.filter(([, { method }]) => method !== "GET");

/** Those of two that a call sets one after the other, as it reads them; the code of the refusal where it does not let them through. */
function eachOf(route: AppRoute): (string[] | string)[] {
  const read = preconditionsOf(route);
  return ["if-match", "if-none-match"].map((header) => {
    try {
      return Object.keys(read({ [header]: "*" }));
    } catch (error) {
      return error instanceof DomainError ? error.code : String(error);
    }
  });
}

describe("the conditions of each route", () => {
  it.each(writes)("of %s are those that its contract declares; another one is refused", (_name, route) => {
    const declared = route.headers ?? {};
    const names = [...("if-match" in declared ? ["expected"] : []), ...("if-none-match" in declared ? ["first"] : [])];
    const expected = ["if-match", "if-none-match"].map((header) => (header in declared ? names : "invalid_request"));
    expect(eachOf(route)).toEqual(expected);
  });

  it.each(routes.filter(([, { method }]) => method === "GET"))("of %s are for its reply alone", (_name, route) => {
    expect(eachOf(route)).toEqual([[], []]);
  });
});
