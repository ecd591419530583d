import { beforeAll, describe, expect, it } from "vitest";
import { type Answer, startTestServer, type TestServer } from "../test-server.fixture.js";

let server: TestServer;
let now = Date.parse("2023-05-01T00:00:00Z");

const ask = (query: string): Promise<Answer> => server.post("/v1/retrieval", { query });

/** The first line of an answer's first passage, which follows its document's name. */
async function first(query: string): Promise<string> {
  const { json } = await ask(query);
  return String(json.response.split("\n")[1]);
}

const twins = ["temperature", "humidity", "occupancy"];
const days = ["1 May", "2 May", "3 May", "4 May", "5 May"];

/** A number that no other hour of the same twin has. */
const valueOf = (twin: string, day: number, hour: number): number => twins.indexOf(twin) * 1000 + day * 24 + hour + 0.5;

/** Tells every hour of five days of three twins, five minutes past the hour: 360 documents. */
async function fillRoom(): Promise<void> {
  for (const [day] of days.entries()) {
    for (let hour = 0; hour < 24; hour++) {
      now = Date.UTC(2023, 4, 1 + day, hour, 5);
      await Promise.all(
        twins.map(async (module_id) => {
          const state = [valueOf(module_id, day, hour)];
          const { json: ess } = await server.post("/v1/ess", { module_id, state, valence: 50 });
          const { json: entry } = await server.post("/v1/sequence", { module_id, instance_id: ess.id });
          const told = await server.call({ method: "POST", path: `/v1/document/sequence/${module_id}/${entry.id}` });
          expect(told.status).toBe(201);
        }),
      );
    }
  }
}

beforeAll(async () => {
  server = await startTestServer({ ECA_RATE_WRITE: "off", ECA_RATE_SEARCH: "off" }, { clock: () => now * 1000 });
  await fillRoom();
  now = Date.parse("2023-05-05T23:30:00Z");
});

describe("a question for a time", () => {
  it.each([
    "what is the temperature on 3rd of may at around 1pm?",
    "What was the temperature on May 3rd, around 1 pm?",
    "temperature 3 May 13:00",
    "Temperatures on 2023-05-03 at 13:00 UTC",
    "tell me the temperature for the 3rd day of May 2023 at one o'clock in the afternoon",
    "how was the temperature last Wednesday at 1 in the afternoon",
    "temperature the day before yesterday at 13:05",
    "Which TEMPERATURE did we have on 3/5/2023, 1:05 p.m.?",
    "at about 13:10 on 3.5.2023, what was the temperature?",
    "temperature on May the 3rd at 1300 hours",
    "around quarter past 1pm on the third of May: the température?",
  ])("%s", async (question) => {
    const answer = await ask(question);
    expect(answer.status).toBe(200);
    expect(Object.keys(answer.json)).toEqual(["response"]);
    expect(answer.headers["x-retrieval-source"]).toBe("passages");
    expect(answer.json.response).toMatch(
      /^\[sequence\/temperature\/62\]\ntemperature was 61\.5 on Wednesday, 3 May 2023 at 13:05 UTC \(1:05 pm\)\.\n/,
    );
  });

  it.each([
    ["the humidity on 3rd of may at around 1pm", "humidity", 2, 13],
    ["what is the temperature on 3rd of may at around 1am?", "temperature", 2, 1],
    ["what is the temperature on 4th of may at around 1pm?", "temperature", 3, 13],
    ["what was the occupancy on May 1 at noon?", "occupancy", 0, 12],
    ["occupancy at midnight on May 2", "occupancy", 1, 0],
    ["humidity at 23:00 on the fifth of May", "humidity", 4, 23],
    ["humidity at half past ten pm yesterday", "humidity", 3, 22],
    ["temperature two hours ago", "temperature", 4, 21],
    ["temperature Monday 8 in the evening", "temperature", 0, 20],
  ])("%s", async (question, twin, day, hour) => {
    expect(await first(question)).toMatch(
      new RegExp(`^${twin} was ${valueOf(twin, day, hour)} on \\w+, ${days[day]} 2023`),
    );
  });

  it("is answered by every hour that fits, and by no other twin or day", async () => {
    const { json } = await ask("temperature on May 3 in the afternoon");
    const told = String(json.response).match(/^temperature was [\d.]+ on Wednesday, 3 May 2023 at 1[2-6]:05/gm);
    expect(told).toHaveLength(5);
    expect(json.response).not.toMatch(/humidity|occupancy|[1245] May/);
  });

  it("is answered by the same day where the hour was never told", async () => {
    await server.post("/v1/document", {
      doc_id: "fan",
      text: "On 20 April 2023 at 9:00 the fan stood still.",
      embed: true,
    });
    expect(await first("what did the fan do on April 20 at 3pm?")).toBe(
      "On 20 April 2023 at 9:00 the fan stood still.",
    );
  });
});

describe("documents", () => {
  const create = async (doc_id: string, text: string, embed = true): Promise<number> =>
    (await server.post("/v1/document", { doc_id, text, embed })).json.id;

  it("are found by their words once they are embedded, and until they are not", async () => {
    const id = await create("note", "The purifier hums like a zeppelin.", false);
    const question = "what hums like zeppelins?";
    expect((await ask(question)).headers["x-retrieval-source"]).toBe("none");
    await server.call({ method: "PUT", path: `/v1/document/embed/${id}` });
    expect(await first(question)).toBe("The purifier hums like a zeppelin.");
    await server.patch(`/v1/document/${id}`, { doc_id: "note", text: "The purifier is silent.", embed: true });
    expect((await ask(question)).headers["x-retrieval-source"]).toBe("none");
    await server.delete(`/v1/document/${id}`);
    expect((await ask("purifier silent")).headers["x-retrieval-source"]).toBe("none");
  });

  it("that say the same are told once", async () => {
    for (let time = 0; time < 3; time++) await create("twice", "A quokka sat on the sensor.");
    expect((await ask("quokka")).json.response).toBe("[twice]\nA quokka sat on the sensor.");
  });

  it("of any length are answered by the part that fits", async () => {
    const filler = "Nothing happened here, for a long while. ".repeat(400);
    await create("log", `${filler}On 7 March 2023 at noon the xylophone fell. ${filler}`);
    const { json } = await ask("what fell on March 7?");
    expect(json.response).toContain("the xylophone fell");
    expect(json.response.length).toBeLessThan(1_200);
  });

  it("are told at most five at a time, whatever their number", async () => {
    for (let index = 0; index < 12; index++) await create(`gecko ${index}`, `Gecko number ${index} is green.`);
    const { json } = await ask("gecko");
    expect(json.response.match(/^\[gecko \d+\]$/gm)).toHaveLength(5);
  });

  it("without a name, or with one of many lines, are named in one", async () => {
    await create("", "A nameless narwhal.");
    await create("two\nlines", "A walrus.");
    expect((await ask("narwhal")).json.response).toMatch(/^\[document \d+\]\nA nameless narwhal\.$/);
    expect((await ask("walrus")).json.response).toBe("[two lines]\nA walrus.");
  });

  it("outlive a restart", async () => {
    await create("kept", "The ibis is asleep.");
    await server.restart();
    expect(await first("ibis")).toBe("The ibis is asleep.");
  });
});

describe("an answer", () => {
  const honest = "Nothing was found: no embedded document has the words or the times of the question.";

  it.each(["who is the queen of Sheba?", "what is it?", "?!", "on 3rd of July 1999"])(
    "to %j is honest",
    async (question) => {
      const answer = await ask(question);
      expect(answer.status).toBe(200);
      expect(answer.json).toEqual({ response: honest });
      expect(answer.headers["x-retrieval-source"]).toBe("none");
    },
  );

  it("comes to whatever a query language would take for its own", async () => {
    const questions = [
      '"',
      'temperature" OR "humidity',
      "NEAR(temperature humidity, 2)",
      "text: temperature* ^ -humidity",
      "'; DROP TABLE document; --",
      "(".repeat(500),
      "word ".repeat(30_000),
      Array.from({ length: 5_000 }, (_, index) => `word${index}`).join(" "),
      "\u{1f600} \u200f",
    ];
    for (const question of questions) expect((await ask(question)).status).toBe(200);
    expect(await first("temperature on 3 May at 1pm")).toContain("61.5");
  });

  it("comes to a reader, and to nobody else", async () => {
    const call = { method: "POST", path: "/v1/retrieval", body: { query: "ibis" } };
    expect((await server.call({ ...call, token: null })).status).toBe(401);
    const { json: key } = await server.post("/v1/key", { name: "r", role: "reader" });
    expect((await server.call({ ...call, token: key.token })).status).toBe(200);
  });

  it.each([{}, { query: "" }, { query: null }, { query: 7 }, { query: ["a"] }, null])("refuses %j", async (body) => {
    const answer = await server.post("/v1/retrieval", body);
    expect(answer.status).toBe(400);
    expect(answer.json.errors[0]).toMatch(/query|body/);
  });
});
