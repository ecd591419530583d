import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { EndpointError } from "./model-endpoint.js";
import { createVectorModel } from "./vector-model.js";

/** A model whose service answers `reply`, and what was posted to it. */
function modelAnswering(reply: unknown) {
  const posted: unknown[] = [];
  const post = async (body: unknown): Promise<unknown> => {
    posted.push(body);
    return reply;
  };
  return { model: createVectorModel({ post, close: () => undefined }, "model-7"), posted };
}

const list = (...embeddings: unknown[]) => ({ data: embeddings.map((each, index) => ({ index, embedding: each })) });

describe("a vector model", () => {
  it("answers vectors of length 1 in the order of the texts, whatever the order of the reply", async () => {
    const { model, posted } = modelAnswering({ data: list([3, 4], [0, -2]).data.toReversed() });
    expect(await model.vectorsOf(["a", "b"], "ada")).toEqual([Float32Array.of(0.6, 0.8), Float32Array.of(0, -1)]);
    expect(posted).toEqual([{ model: "model-7", input: ["a", "b"] }]);
  });

  it("keeps directions", async () => {
    const number = fc.double({ min: -1e6, max: 1e6, noNaN: true }).filter((value) => Math.abs(value) > 1e-6);
    await fc.assert(
      fc.asyncProperty(fc.array(number, { minLength: 1, maxLength: 20 }), async (numbers) => {
        const [vector] = await modelAnswering(list(numbers)).model.vectorsOf(["a"], "ada");
        expect(Math.hypot(...vector!)).toBeCloseTo(1, 5);
        for (const [index, value] of numbers.entries())
          expect(Math.sign(vector![index]!) * Math.sign(value)).not.toBe(-1);
      }),
    );
  });

  it("sends the beginning of a long text, and something for an empty one", async () => {
    const { model, posted } = modelAnswering(list([1], [1]));
    await model.vectorsOf(["x".repeat(100_000), " "], "ada");
    expect(posted).toEqual([{ model: "model-7", input: ["x".repeat(8_000), "-"] }]);
  });

  it.each([
    ["no list", {}],
    ["no list", null],
    ["no list", { data: [{ index: 0, embedding: "base64" }] }],
    ["no list", list([])],
    ["no list", list([1, null])],
    ["too few", list([1])],
    [
      "another index",
      {
        data: [
          { index: 0, embedding: [1] },
          { index: 2, embedding: [1] },
        ],
      },
    ],
    ["several shapes", list([1, 0], [1])],
    ["no direction", list([1, 0], [0, 0])],
    ["no direction that can be told", list([1, 0], [1.7e308, 1.7e308])],
  ])("whose service answers %s has failed: %#", async (_, reply) => {
    await expect(modelAnswering(reply).model.vectorsOf(["a", "b"], "ada")).rejects.toThrow(EndpointError);
  });
});
