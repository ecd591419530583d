import { beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import {
  embedding,
  misbehaviours,
  type ModelService,
  replying,
  silent,
  startModelService,
} from "../../src/retrieval/model-service.fixture.js";
import { type Answer, startTestServer, type TestServer } from "../test-server.fixture.js";

const key = "sk-not-to-be-told-0123456789";

/** Meanings, each a direction: what the service takes two texts to be about. */
const meanings = [/warm|heat|temperature|degrees/i, /wet|humid|moist|rain/i, /people|crowd|occupan/i, /heron|bird/i];

/** Texts that mean the same lie near each other, whatever their words. */
const toMeaning = (text: string): number[] => [...meanings.map((meaning) => (meaning.test(text) ? 1 : 0)), 0.1];

let service: ModelService;
let server: TestServer;
/** One that waits for the service no longer than a test can. */
let hasty: TestServer;
let now = Date.parse("2023-05-03T00:00:00Z");

const ask = (query: string, of = server): Promise<Answer> => of.post("/v1/retrieval", { query });
const tell = (text: string, to = server): Promise<Answer> =>
  to.post("/v1/document", { doc_id: "note", text, embed: true });
const answerOf = async (query: string): Promise<string> => (await ask(query)).json.response;

/** What is found by its vector alone is not found before it has one. */
const untilFound = (query: string, text: string) =>
  vi.waitFor(async () => expect(await answerOf(query)).toContain(text), 10_000);

beforeAll(async () => {
  service = await startModelService();
  service.behave(embedding(toMeaning));
  const environment = {
    ECA_EMBEDDING_URL: service.url,
    ECA_EMBEDDING_KEY: key,
    ECA_EMBEDDING_MODEL: "vectors-7",
    ECA_RATE_SEARCH: "off",
  };
  server = await startTestServer(environment, { clock: () => now * 1000 });
  hasty = await startTestServer({ ...environment, ECA_EMBEDDING_TIMEOUT: "200ms" });
});

beforeEach(() => {
  service.calls.length = 0;
  service.behave(embedding(toMeaning));
});

describe("with vectors", () => {
  it("documents are found by what they mean, whatever their words", async () => {
    await tell("The yard was moist.");
    await tell("A crowd came in.");
    await untilFound("did it rain?", "The yard was moist.");
    const answer = await ask("did it rain?");
    expect(answer.json.response.split("\n")[1]).toBe("The yard was moist.");
    expect(answer.headers["x-retrieval-source"]).toBe("passages");
    expect(service.calls.at(-1)).toMatchObject({
      path: "/v1/embeddings",
      headers: { authorization: `Bearer ${key}` },
      body: { model: "vectors-7", input: ["did it rain?"] },
    });
  });

  it("those of the time asked for still come first", async () => {
    for (let hour = 0; hour < 24; hour++) {
      now = Date.UTC(2023, 4, 3, hour, 5);
      for (const module_id of ["temperature", "humidity"]) {
        const { json: ess } = await server.post("/v1/ess", { module_id, state: [hour + 0.5], valence: 0 });
        const { json: entry } = await server.post("/v1/sequence", { module_id, instance_id: ess.id });
        await server.call({ method: "POST", path: `/v1/document/sequence/${module_id}/${entry.id}` });
      }
    }
    await untilFound("any heat?", "temperature was");
    expect(await answerOf("what is the temperature on 3rd of may at around 1pm?")).toMatch(
      /^\[sequence\/temperature\/14\]\ntemperature was 13\.5 on Wednesday, 3 May 2023 at 13:05/,
    );
  });

  it("the documents of rows are found by what these mean now, and of deleted ones by nothing", async () => {
    const state = { module_id: "garden", state: [1], valence: 0 };
    await server.post("/v1/ess", { ...state, context: "visited by a bird" });
    await server.call({ method: "POST", path: "/v1/document/ess/garden/1" });
    await untilFound("any herons?", "visited by a bird");
    await server.patch("/v1/ess/garden/1", { ...state, context: "visited by a crowd" });
    expect(await answerOf("any herons?")).not.toContain("by a bird");
    await untilFound("how many people?", "visited by a crowd");

    const entry = { module_id: "garden", instance_id: 1, context: "the heron was a false alarm" };
    const { json } = await server.post("/v1/sequence", entry);
    await server.call({ method: "POST", path: `/v1/document/sequence/garden/${json.id}` });
    await untilFound("any birds?", "false alarm");
    await server.delete(`/v1/sequence/garden/${json.id}`);
    expect(await answerOf("any birds?")).not.toContain("false alarm");
  });

  it("outlive a restart, and are not made again", async () => {
    await server.restart();
    await untilFound("did it rain?", "The yard was moist.");
    expect(service.calls.flatMap(({ body }) => body.input)).not.toContain("The yard was moist.");
  });
});

describe("without the service", () => {
  it.each(Object.entries(misbehaviours(key, "http://127.0.0.1:1/v1")))(
    "documents are written at once and found by words: %s",
    async (name, behaviour) => {
      service.behave(behaviour);
      const text = `The ibis of ${name} sleeps.`;
      const written = await tell(text, hasty);
      expect(written.status).toBe(201);
      expect(written.json.status).toBe("embedded");
      const answer = await ask(`ibis of ${name}`, hasty);
      expect(answer.status).toBe(200);
      expect(answer.json.response).toContain(text);
    },
  );

  it("its return is enough for what was missed", async () => {
    service.behave(replying("", 503));
    await tell("The heron.");
    expect(await answerOf("any birds?")).toMatch(/^Nothing was found/);
    service.behave(embedding(toMeaning));
    await untilFound("any birds?", "The heron.");
  });

  it("the server stops as soon as ever", async () => {
    service.behave(silent);
    await tell("The lynx.");
    await server.restart();
    service.behave(replying("", 503));
    expect(await answerOf("lynx")).toContain("The lynx.");
  });

  it("the key is never logged", () => {
    const logs = [...server.logs, ...hasty.logs].join("\n");
    expect(logs).toContain("vectors of documents are late: the embedding service failed");
    expect(logs).toContain("a question was answered without vectors: the embedding service failed");
    expect(logs).not.toContain("not-to-be-told");
  });
});
