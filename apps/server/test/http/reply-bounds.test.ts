import { beforeAll, describe, expect, it } from "vitest";
import { startTestServer, type TestServer } from "../test-server.fixture.js";

const text = "x".repeat(400);
let server: TestServer;

/** States of two numbers in `pair`; of one with a long text in `told`; aggregates that name that often in `sum`. */
beforeAll(async () => {
  server = await startTestServer({
    ECA_MAX_STATE_LENGTH: "8",
    ECA_MAX_PREDICTION_NUMBERS: "20",
    ECA_MAX_REPLY_TEXT_LENGTH: "1000",
  });
  for (let row = 0; row < 3; row++) await server.post("/v1/ess", { module_id: "pair", state: [row, row], valence: 1 });
  for (let row = 0; row < 3; row++)
    await server.post("/v1/ess", { module_id: "eight", state: Array.from({ length: 8 }, () => row), valence: 1 });
  await server.post("/v1/embedding", { module_id: "told", input: text, hash: "h" });
  for (let row = 0; row < 3; row++)
    await server.post("/v1/ess", { module_id: "told", state: [row], valence: 1, embedding_input: 1 });
  for (const count of [2, 3]) {
    const module_id = `sum${count}`;
    const aggregate_id = Array.from({ length: count }, () => 1);
    const aggregate_module_id = aggregate_id.map(() => "told");
    for (let row = 0; row < 2; row++) {
      const answer = await server.post("/v1/ess", {
        module_id,
        state: [],
        valence: 0,
        aggregate_id,
        aggregate_module_id,
      });
      expect(answer.status).toBe(201);
    }
  }
});

const everything = async () => ({
  modules: (await server.get("/v1/module")).json,
  responses: (await server.get("/v1/response")).json,
});

const paths = ["/v1/predictions", "/v1/predictions/raw"];

describe.each(paths)("%s", (path) => {
  it("takes chains up to the numbers of a reply, the current state included", async () => {
    const answer = await server.post(path, { module_id: "pair", current_state: 1, n: 9 });
    expect(answer.status).toBe(200);
    expect(answer.json.next_state).toHaveLength(9);
  });

  it("refuses a chain with more numbers, says what was asked and what fits, and stores nothing", async () => {
    const before = await everything();
    for (const more of [{}, { store_response: true, store_sequence: true }]) {
      const answer = await server.post(path, { module_id: "pair", current_state: 1, n: 10, ...more });
      expect(answer.status).toBe(400);
      expect(answer.headers["x-error-code"]).toBe("reply_too_large");
      const [told] = answer.json.errors as string[];
      for (const part of [
        "n is 10",
        "11 states of 2 numbers",
        "22 together",
        "20",
        "prediction_numbers",
        "n of at most 9",
      ]) {
        expect(told).toContain(part);
      }
    }
    expect(await everything()).toEqual(before);
  });

  it("takes two states of any length", async () => {
    expect((await server.post(path, { module_id: "eight", current_state: 1, n: 1 })).status).toBe(200);
    expect((await server.post(path, { module_id: "eight", current_state: 1, n: 2 })).status).toBe(400);
  });

  it("refuses a chain whose twins alone have too many characters, and stores nothing", async () => {
    // Each state has three twins, each with a name of four characters and 64 more.
    const before = await everything();
    const ask = (n: number) =>
      server.post("/v1/predictions/raw", { module_id: "sum3", current_state: 1, n, store_response: true });
    const answer = await ask(4);
    expect(answer.status).toBe(400);
    expect(answer.headers["x-error-code"]).toBe("reply_too_large");
    expect(answer.json.errors[0]).toContain("reply_text_length");
    expect(await everything()).toEqual(before);
    expect((await server.post("/v1/predictions/raw", { module_id: "sum3", current_state: 1, n: 3 })).status).toBe(200);
  });
});

describe("texts behind states", () => {
  it("are counted each time they are told in a prediction; a refused one stores nothing", async () => {
    const ask = (n: number) =>
      server.post("/v1/predictions", { module_id: "told", current_state: 1, n, store_sequence: true });
    const before = await everything();
    expect((await ask(2)).status).toBe(400);
    expect(await everything()).toEqual(before);
    expect((await server.post("/v1/predictions", { module_id: "told", current_state: 1, n: 1 })).status).toBe(200);
  });

  it("are counted in a pretty state", async () => {
    const told = await server.get("/v1/ess/sum2/pretty/1");
    expect(told.status).toBe(200);
    expect(told.json.state).toEqual([text, text]);
    const refused = await server.get("/v1/ess/sum3/pretty/1");
    expect(refused.status).toBe(400);
    expect(refused.headers["x-error-code"]).toBe("reply_too_large");
    expect(refused.json.errors[0]).toContain("numbers");
  });
});
