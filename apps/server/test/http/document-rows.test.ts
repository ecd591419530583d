import * as fc from "fast-check";
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { executeBehind } from "../behind-server.fixture.js";
import { type Answer, startTestServer, type TestServer } from "../test-server.fixture.js";

/** Documents that were made of states and entries, once these were changed or deleted. */

let server: TestServer;
let modules = 0;
/** Another one in each test; its name is a word that questions find. */
let module: string;

beforeAll(async () => {
  server = await startTestServer({ ECA_RATE_SEARCH: "off" });
});

beforeEach(() => {
  module = `meter${++modules}`;
});

const make = (path: string): Promise<Answer> => server.call({ method: "POST", path: `/v1/document/${path}` });
const answerTo = async (query: string): Promise<string> =>
  String((await server.post("/v1/retrieval", { query })).json.response);
const documents = async (): Promise<Answer["json"][]> =>
  (await server.get("/v1/document")).json.filter(({ doc_id }: { doc_id: string }) => doc_id.includes(`/${module}/`));
const code = ({ status, headers }: Answer) => [status, headers["x-error-code"]];

const ess = (value: number, more: object = {}) => ({ module_id: module, state: [value], valence: 10, ...more });
const addEss = (value: number, more: object = {}) => server.post("/v1/ess", ess(value, more));
const changeEss = (id: number, value: number, more: object = {}) =>
  server.patch(`/v1/ess/${module}/${id}`, ess(value, more));
const addEntry = (instance_id = 1, more: object = {}) =>
  server.post("/v1/sequence", { module_id: module, instance_id, ...more });

describe("a row of which a document is made again", () => {
  it.each(["ess", "sequence"])("%s: has its place, with what the row says now", async (kind) => {
    await addEss(20.25);
    await addEntry();
    const first = await make(`${kind}/${module}/1`);
    await changeEss(1, 21.5);
    const again = await make(`${kind}/${module}/1`);
    expect([first.status, again.status]).toEqual([201, 201]);
    const { id, doc_id, created_at, status } = first.json;
    expect(again.json).toMatchObject({ id, doc_id, created_at, status });
    expect(again.json.text).toContain(`${module} was 21.5 on`);
    expect(again.headers["etag"]).not.toBe(first.headers["etag"]);
    expect(await documents()).toEqual([again.json]);
    const answer = await answerTo(module);
    expect(answer).toContain("21.5");
    expect(answer).not.toContain("20.25");
  });

  it("is the same by its id and as the latest entry", async () => {
    await addEss(1);
    await addEntry();
    const first = await make(`sequence/${module}/-1`);
    expect((await make(`sequence/${module}/1`)).json.id).toBe(first.json.id);
  });

  it("leaves the document as it is where the row says the same", async () => {
    await addEss(1);
    const first = await make(`ess/${module}/1`);
    const again = await make(`ess/${module}/1`);
    expect([again.status, again.text, again.headers["etag"]]).toEqual([201, first.text, first.headers["etag"]]);
  });

  it("has one document, by however many it is made at the same moment", async () => {
    await addEss(1);
    const made = await Promise.all(Array.from({ length: 16 }, () => make(`ess/${module}/1`)));
    expect(new Set(made.map(({ json }) => json.id)).size).toBe(1);
    expect(await documents()).toHaveLength(1);
  });

  it("has another one once its document was deleted", async () => {
    await addEss(1);
    const first = await make(`ess/${module}/1`);
    await server.delete(`/v1/document/${first.json.id}`);
    expect((await make(`ess/${module}/1`)).json.id).toBeGreaterThan(first.json.id);
    expect(await documents()).toHaveLength(1);
  });

  it("has another one beside a caller's own document of the same name", async () => {
    await addEss(1);
    const own = await server.post("/v1/document", { doc_id: `ess/${module}/1`, text: "My own words." });
    expect((await make(`ess/${module}/1`)).json.id).toBeGreaterThan(own.json.id);
    expect((await server.get(`/v1/document/${own.json.id}`)).json).toEqual(own.json);
  });
});

describe("a row that is changed", () => {
  it("has its document say so at once, found by the new words", async () => {
    await addEss(20.25, { context: "window open" });
    const { json: before } = await make(`ess/${module}/1`);
    await changeEss(1, 21.5, { context: "curtain drawn" });
    const { json: now } = await server.get(`/v1/document/${before.id}`);
    expect(now).toMatchObject({ id: before.id, status: "embedded", created_at: before.created_at });
    expect(now.text).toContain("21.5");
    expect(now.text).toContain("curtain drawn");
    expect(await answerTo(`${module} curtain`)).toContain("21.5");
    expect(await answerTo(`${module} window`)).not.toContain("20.25");
  });

  it("as an entry, too", async () => {
    await addEss(20.25);
    await addEss(33.75);
    await addEntry(1, { context: "sensor dirty" });
    const { json: before } = await make(`sequence/${module}/1`);
    const change = { module_id: module, instance_id: 2, context: "sensor clean", status: "e" };
    expect((await server.patch(`/v1/sequence/${module}/1`, change)).status).toBe(200);
    const { json: now } = await server.get(`/v1/document/${before.id}`);
    expect(now.text).toContain("33.75");
    expect(now.text).toContain("sensor clean");
    expect(await answerTo(`${module} clean`)).toContain("33.75");
  });

  it("in nothing that a document says leaves it as it is", async () => {
    await addEss(1);
    const { json } = await make(`ess/${module}/1`);
    const before = await server.get(`/v1/document/${json.id}`);
    await changeEss(1, 1, { score: 7 });
    const now = await server.get(`/v1/document/${json.id}`);
    expect([now.text, now.headers["etag"]]).toEqual([before.text, before.headers["etag"]]);
  });

  it("does not embed a document that was taken back", async () => {
    await addEss(20.25);
    const { json } = await make(`ess/${module}/1`);
    await server.patch(`/v1/document/${json.id}`, { doc_id: json.doc_id, text: json.text, embed: false });
    await changeEss(1, 21.5);
    expect((await server.get(`/v1/document/${json.id}`)).json.status).toBe("stored");
    expect(await answerTo(module)).toMatch(/^Nothing was found/);
  });
});

describe("what a document says of other rows than its own", () => {
  it("the state of an entry: is answered as it is now", async () => {
    await addEss(20.25);
    await addEntry();
    await make(`sequence/${module}/1`);
    await changeEss(1, 21.5);
    const answer = await answerTo(module);
    expect(answer).toContain(`[sequence/${module}/1]\n${module} was 21.5 on`);
    expect(answer).not.toContain("20.25");
  });

  it("the text behind a state: is answered as it is now, changed or deleted", async () => {
    await server.post("/v1/embedding", { module_id: module, input: "everybody is tired", hash: "h" });
    await addEss(20.25, { embedding_input: 1 });
    await make(`ess/${module}/1`);
    expect(await answerTo(module)).toContain("everybody is tired");
    await server.patch(`/v1/embedding/${module}/1`, { module_id: module, input: "everybody is awake", hash: "h" });
    expect(await answerTo(module)).toContain(`${module} was everybody is awake on`);
    await server.delete(`/v1/embedding/${module}/1`);
    expect(await answerTo(module)).toContain(`${module} was 20.25 on`);
  });

  it("the text behind a component: is answered as it is now", async () => {
    const part = `${module}part`;
    await server.post("/v1/embedding", { module_id: part, input: "everybody is tired", hash: "h" });
    await server.post("/v1/ess", { module_id: part, state: [1], valence: 1, embedding_input: 1 });
    const sum = { state: [], valence: 0, aggregate_id: [1], aggregate_module_id: [part] };
    await server.post("/v1/ess", { ...sum, module_id: module });
    await make(`ess/${module}/1`);
    await server.patch(`/v1/embedding/${part}/1`, { module_id: part, input: "everybody is awake", hash: "h" });
    const answer = await answerTo(module);
    expect(answer).toContain("everybody is awake");
    expect(answer).not.toContain("tired");
  });
});

describe("an entry that is deleted", () => {
  it("has its document marked, and used for no answer", async () => {
    await addEss(20.25);
    await addEntry(1, { context: "a false alarm" });
    const { json: before } = await make(`sequence/${module}/1`);
    const tag = (await server.get(`/v1/document/${before.id}`)).headers["etag"];
    await server.delete(`/v1/sequence/${module}/1`);
    const now = await server.get(`/v1/document/${before.id}`);
    expect(now.json).toMatchObject({ id: before.id, text: before.text, status: "orphaned" });
    expect(now.headers["etag"]).not.toBe(tag);
    expect(await answerTo(`${module} false alarm`)).toMatch(/^Nothing was found/);
    await server.restart();
    expect(await answerTo(`${module} false alarm`)).toMatch(/^Nothing was found/);
  });

  it("leaves a document that cannot be embedded again, but for a caller's own words", async () => {
    await addEss(20.25);
    await addEntry();
    const { json } = await make(`sequence/${module}/1`);
    await server.delete(`/v1/sequence/${module}/1`);
    const embed = () => server.call({ method: "PUT", path: `/v1/document/embed/${json.id}` });
    expect(code(await embed())).toEqual([409, "document_withdrawn"]);
    expect(await answerTo(module)).toMatch(/^Nothing was found/);
    const own = { doc_id: json.doc_id, text: `The reading of ${module} was a false alarm.`, embed: true };
    expect((await server.patch(`/v1/document/${json.id}`, own)).json).toMatchObject({ status: "embedded" });
    expect((await embed()).status).toBe(200);
    expect(await answerTo(module)).toContain("was a false alarm");
  });

  it("has no document made of it any more", async () => {
    await addEss(1);
    await addEntry();
    await server.delete(`/v1/sequence/${module}/1`);
    expect(code(await make(`sequence/${module}/1`))).toEqual([404, "sequence_not_found"]);
    expect(await documents()).toEqual([]);
  });
});

describe("a document that a caller has rewritten", () => {
  const rewrite = (document: Answer["json"], text: string, doc_id = document.doc_id) =>
    server.patch(`/v1/document/${document.id}`, { doc_id, text, embed: true });

  it("keeps their words while the row says the same", async () => {
    await addEss(20.25);
    const { json } = await make(`ess/${module}/1`);
    await rewrite(json, `${json.text}\nChecked by hand.`);
    await changeEss(1, 20.25, { score: 3 });
    expect(await answerTo(module)).toContain("Checked by hand.");
  });

  it("is answered by the row once that says something else, and keeps their words to itself", async () => {
    await addEss(20.25);
    const { json } = await make(`ess/${module}/1`);
    const { json: own } = await rewrite(json, `${json.text}\nChecked by hand.`);
    await changeEss(1, 21.5);
    expect((await server.get(`/v1/document/${json.id}`)).json).toEqual(own);
    const answer = await answerTo(module);
    expect(answer).toContain("21.5");
    expect(answer).not.toContain("20.25");
    // Written anew by somebody who has seen the row as it is.
    await rewrite(json, `${module} was 21.5. Checked once more.`);
    expect(await answerTo(module)).toContain("Checked once more.");
  });

  it("gives way where a document is made of the row again", async () => {
    await addEss(20.25);
    const { json } = await make(`ess/${module}/1`);
    await rewrite(json, "Rewritten.");
    const again = await make(`ess/${module}/1`);
    expect(again.json).toMatchObject({ id: json.id, text: json.text });
    expect(await documents()).toHaveLength(1);
  });

  it("is their own under another name", async () => {
    await addEss(20.25);
    await addEntry();
    const { json } = await make(`sequence/${module}/1`);
    await rewrite(json, `A note on ${module}.`, `note/${module}/1`);
    const again = await make(`sequence/${module}/1`);
    expect(again.json.id).toBeGreaterThan(json.id);
    await server.delete(`/v1/sequence/${module}/1`);
    expect(await answerTo(module)).toBe(`[note/${module}/1]\nA note on ${module}.`);
  });
});

describe("a document that an older server made", () => {
  /** As the migration leaves it: it knows the row, and not what that said. */
  const forget = () => executeBehind(server, "UPDATE document SET source_digest = X'' WHERE source_kind IS NOT NULL");

  it("is quoted as it is while its row says the same, and follows the row", async () => {
    await addEss(20.25);
    const { json } = await make(`ess/${module}/1`);
    forget();
    expect(await answerTo(module)).toContain(json.text);
    expect((await make(`ess/${module}/1`)).json).toEqual(json);
    await changeEss(1, 21.5);
    expect(await answerTo(module)).not.toContain("20.25");
    expect((await server.get(`/v1/document/${json.id}`)).json.text).toContain("21.5");
  });

  it("that was behind its row is answered by the row", async () => {
    await addEss(20.25);
    await addEntry();
    await make(`sequence/${module}/1`);
    await changeEss(1, 21.5);
    forget();
    const answer = await answerTo(module);
    expect(answer).toContain("21.5");
    expect(answer).not.toContain("20.25");
  });
});

describe("documents of one row that an older server made", () => {
  /** As the migration leaves two of them: an older one beside the newest, each with what its row said then. */
  async function makeTwo(path: string, value: number): Promise<Answer["json"][]> {
    const { json: older } = await make(path);
    const own = { doc_id: "for a while", text: older.text, embed: true };
    await server.patch(`/v1/document/${older.id}`, own);
    await changeEss(1, value);
    const { json: newer } = await make(path);
    const [kind, moduleId, id] = path.split("/");
    executeBehind(
      server,
      `
      UPDATE document SET doc_id = '${older.doc_id}', source_kind = '${kind}', source_module_id = '${moduleId}', source_id = ${id}
      WHERE id = ${older.id};
      UPDATE document SET source_digest = X'' WHERE id IN (${older.id}, ${newer.id})`,
    );
    return [older, newer];
  }

  it("are answered by what the row says, once", async () => {
    await addEss(20.25);
    const [older, newer] = await makeTwo(`ess/${module}/1`, 21.5);
    expect(await answerTo(module)).toBe(`[ess/${module}/1]\n${newer.text}`);
    expect(await documents()).toMatchObject([{ id: older.id }, { id: newer.id }]);
    await changeEss(1, 22.75);
    const answer = await answerTo(module);
    expect(answer.match(/ was \S+/g)).toEqual([" was 22.75"]);
    expect((await make(`ess/${module}/1`)).json.id).toBe(newer.id);
  });

  it("are all marked, and none is used, once the row is deleted", async () => {
    await addEss(20.25);
    await addEntry();
    await makeTwo(`sequence/${module}/1`, 21.5);
    await server.delete(`/v1/sequence/${module}/1`);
    expect((await documents()).map(({ status }) => status)).toEqual(["orphaned", "orphaned"]);
    expect(await answerTo(module)).toMatch(/^Nothing was found/);
  });

  it("are not used where the row was deleted before the upgrade", async () => {
    await addEss(20.25);
    await addEntry();
    const { json } = await make(`sequence/${module}/1`);
    executeBehind(server, `DELETE FROM sequence WHERE module_id = '${module}'`);
    expect((await server.get(`/v1/document/${json.id}`)).json.status).toBe("embedded");
    expect(await answerTo(module)).toMatch(/^Nothing was found/);
  });
});

describe("whatever is done to rows and their documents", () => {
  const kinds = ["add", "change", "append", "move", "delete", "make of a state", "make of an entry", "embed"] as const;
  const step = fc.record({ kind: fc.constantFrom(...kinds), which: fc.nat({ max: 2 }) });

  it("no answer says what no row says, and no row has two documents", async () => {
    let compared = 0;
    const passage = /^\[(\w+)\/\w+\/(\d+)\]\n\w+ was (\S+) on/gm;
    let values = 0;
    const value = () => 1000 + ++values + 0.5;
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 25 }), async (steps) => {
        module = `meter${++modules}`;
        /** What each state is, by its id, and which state each entry is of. */
        const states = [value()];
        const entries: (number | undefined)[] = [];
        await addEss(states[0]!);
        const perform: Record<(typeof kinds)[number], (which: number) => Promise<unknown>> = {
          add: () => addEss(states[states.push(value()) - 1]!),
          change: (which) => changeEss((which % states.length) + 1, (states[which % states.length] = value())),
          append: (which) => addEntry(entries[entries.push((which % states.length) + 1) - 1]),
          move: async (which) => {
            if (entries[which] === undefined) return;
            entries[which] = (entries[which] % states.length) + 1;
            await server.patch(`/v1/sequence/${module}/${which + 1}`, {
              module_id: module,
              instance_id: entries[which],
            });
          },
          delete: async (which) => {
            if (entries[which] === undefined) return;
            entries[which] = undefined;
            await server.delete(`/v1/sequence/${module}/${which + 1}`);
          },
          "make of a state": (which) => make(`ess/${module}/${(which % states.length) + 1}`),
          "make of an entry": (which) => make(`sequence/${module}/${which + 1}`),
          embed: async (which) => {
            const id = (await documents())[which]?.id;
            if (id !== undefined) await server.call({ method: "PUT", path: `/v1/document/embed/${id}` });
          },
        };
        for (const { kind, which } of steps) {
          await perform[kind](which);
          for (const [, row, id, number] of (await answerTo(module)).matchAll(passage)) {
            const state = row === "ess" ? Number(id) : entries[Number(id) - 1];
            expect([row, id, Number(number)]).toEqual([row, id, states[(state ?? 0) - 1]]);
            compared += 1;
          }
        }
        const names = (await documents()).map(({ doc_id }) => doc_id as string);
        expect(new Set(names).size).toBe(names.length);
      }),
      { numRuns: 30 },
    );
    expect(compared).toBeGreaterThan(0);
  }, 60_000);
});
