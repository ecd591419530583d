import { expect, it } from "vitest";
import { StoreBusyError, StoreClosedError, StoreFullError } from "../../store/port/store.js";
import { toErrorReply } from "./error-reply.js";

it.each([
  [new StoreBusyError("inside"), 503, "unavailable", /another program .* nothing was changed/],
  [new StoreClosedError("inside"), 503, "unavailable", /stopping/],
  [new StoreFullError("inside"), 507, "storage_full", /is full/],
  [new TypeError("inside"), 500, "internal", /request id 7$/],
])("%s is told in words for callers", (error, status, code, words) => {
  const reply = toErrorReply(error, { id: "7", accept: undefined });
  expect(reply).toMatchObject({ status, code });
  const { errors } = JSON.parse(reply.body.text) as { errors: string[] };
  expect(errors).toEqual([expect.stringMatching(words)]);
  expect(errors[0]).not.toContain("inside");
});
