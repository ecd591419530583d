import { describe, expect, it } from "vitest";
import { toReplyHeaders } from "./reply-headers.js";

describe("the headers of a reply", () => {
  const headers = toReplyHeaders(new Headers({ ETag: '"5"', "X-Request-Id": "r-1", Vary: "Accept" }));

  it("are properties by their names in lower case, and nothing else is", () => {
    expect({ ...headers }).toEqual({ etag: '"5"', "x-request-id": "r-1", vary: "Accept" });
    expect(Object.keys(headers)).toEqual(["etag", "vary", "x-request-id"]);
  });

  it("are found by their names in any case, as in the platform's own", () => {
    expect(headers.get("ETAG")).toBe('"5"');
    expect(headers.has("X-Request-ID")).toBe(true);
    for (const name of ["link", "get", "constructor", "__proto__", ""]) {
      expect([name, headers.get(name), headers.has(name)]).toEqual([name, null, false]);
    }
  });

  it("may have any name", () => {
    const odd = toReplyHeaders(
      new Headers([
        ["__proto__", "a"],
        ["constructor", "b"],
        ["x-many", "1"],
        ["x-many", "2"],
      ]),
    );
    expect(Object.entries(odd).toSorted()).toEqual([
      ["__proto__", "a"],
      ["constructor", "b"],
      ["x-many", "1, 2"],
    ]);
    expect(odd.get("__proto__")).toBe("a");
    expect(Object.getPrototypeOf(odd)).toBe(Object.prototype);
  });
});
