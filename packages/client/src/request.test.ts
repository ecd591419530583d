import { type AppRoute, contract } from "@eca/contract";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { EcaArgumentError } from "./errors.js";
import { buildRequest } from "./request.js";

const base = "http://localhost:2580/v1";
const oneRow: AppRoute = { method: "GET", path: "/ess/:module_id/pretty/:id", responses: {} };
const write: AppRoute = contract.ess.create;

function urlFor(module_id: unknown, id: unknown = 1): string {
  return buildRequest(base, "ess.getOnePretty", oneRow, { params: { module_id, id } }).url;
}

describe("path parameters", () => {
  it.each([
    ["air_conditioner", "/ess/air_conditioner/pretty/1"],
    ["a/b", "/ess/a%2Fb/pretty/1"],
    ["ä ü", "/ess/%C3%A4%20%C3%BC/pretty/1"],
    ["100%", "/ess/100%25/pretty/1"],
    ["%2e%2e", "/ess/%252e%252e/pretty/1"],
    ["__proto__", "/ess/__proto__/pretty/1"],
    ["a?b#c", "/ess/a%3Fb%23c/pretty/1"],
    ["$&", "/ess/%24%26/pretty/1"],
    [":id", "/ess/%3Aid/pretty/1"],
  ])("%j is encoded once", (moduleId, path) => {
    expect(urlFor(moduleId)).toBe(`${base}${path}`);
  });

  it("any text survives the way through a URL", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", minLength: 1 }), fc.integer(), (moduleId, id) => {
        fc.pre(moduleId !== "." && moduleId !== "..");
        const segments = new URL(urlFor(moduleId, id)).pathname.split("/");
        expect(segments.map(decodeURIComponent)).toEqual(["", "v1", "ess", moduleId, "pretty", String(id)]);
      }),
    );
  });

  it.each(["", ".", ".."])("%j is refused: it would name another route", (moduleId) => {
    expect(() => urlFor(moduleId)).toThrow(
      new EcaArgumentError(`ess.getOnePretty: params.module_id is "${moduleId}", which cannot be part of a URL`),
    );
  });

  it("a missing parameter and a lone surrogate are refused", () => {
    expect(() => urlFor(undefined)).toThrow("params.module_id is missing");
    expect(() => urlFor("a", null)).toThrow("params.id is missing");
    expect(() => urlFor("\uD800")).toThrow(EcaArgumentError);
  });

  it("-1 and 0 are sent as they are", () => {
    expect(urlFor("a", -1)).toBe(`${base}/ess/a/pretty/-1`);
    expect(urlFor("a", 0)).toBe(`${base}/ess/a/pretty/0`);
  });
});

describe("query", () => {
  const queryOf = (query: Record<string, unknown>): string =>
    buildRequest(base, "x", oneRow, { params: { module_id: "a", id: 1 }, query }).url.slice(
      `${base}/ess/a/pretty/1`.length,
    );

  it("lists become repeated keys, what is not there is left out", () => {
    expect(queryOf({ status: ["n", "e"], limit: 5, after: undefined, from: null, last: false })).toBe(
      "?status=n&status=e&limit=5&last=false",
    );
    expect(queryOf({ after: undefined, status: [] })).toBe("");
    expect(queryOf({ "a b": "c&d=e" })).toBe("?a+b=c%26d%3De");
  });

  it("an object is refused", () => {
    expect(() => queryOf({ where: { a: 1 } })).toThrow("x: query.where must be text");
  });
});

describe("body", () => {
  const bodyOf = (body: unknown) => buildRequest(base, "ess.create", write, { body });

  it("numbers go as they are", () => {
    expect(bodyOf({ state: [25.3, 26469.581684007026, 11, 0.1] }).body).toBe(
      '{"state":[25.3,26469.581684007026,11,0.1]}',
    );
  });

  it("any JSON value arrives as it was", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(JSON.parse(bodyOf(value).body ?? "")).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  it.each([
    [{ state: [1, Number.NaN] }, "body.state.1"],
    [{ state: [1], valence: Number.POSITIVE_INFINITY }, "body.valence"],
    [{ deep: [{ x: [[Number.NEGATIVE_INFINITY]] }] }, "body.deep.0.x.0.0"],
  ])("%j is refused: JSON would make it null", (body, pointer) => {
    expect(() => bodyOf(body)).toThrow(new EcaArgumentError(`ess.create: ${pointer} is not a finite number`));
  });

  it("what JSON cannot hold is refused", () => {
    const loop: Record<string, unknown> = {};
    loop["self"] = loop;
    expect(() => bodyOf(loop)).toThrow(new EcaArgumentError("ess.create: the body cannot be written as JSON"));
    expect(() => bodyOf({ valence: 1n })).toThrow(EcaArgumentError);
  });

  it("only a body has a content type", () => {
    expect(bodyOf({}).headers.get("content-type")).toBe("application/json; charset=utf-8");
    expect(bodyOf(undefined).headers.get("content-type")).toBeNull();
    expect(bodyOf(undefined).body).toBeUndefined();
  });
});

describe("headers", () => {
  it("the caller's are sent, the client's own stay", () => {
    const { headers } = buildRequest(base, "x", write, { body: {}, headers: { "X-Site": "7", Accept: "text/html" } });
    expect(headers.get("x-site")).toBe("7");
    expect(headers.get("accept")).toBe("application/json");
  });

  it("the text about a header that HTTP does not allow keeps its value to itself", () => {
    expect(() => buildRequest(base, "x", write, { headers: { "x-key": "secret\nmore" } })).toThrow(
      new EcaArgumentError('x: HTTP does not allow this value, or this name, for the header "x-key"'),
    );
  });
});
