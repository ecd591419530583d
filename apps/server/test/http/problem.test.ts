import { errorCode, problem } from "@eca/contract";
import { beforeAll, describe, expect, it } from "vitest";
import { sendRaw } from "../raw-connection.fixture.js";
import { startTestServer, type TestServer } from "../test-server.fixture.js";

const problemJson = { accept: "application/problem+json" };
let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
  await server.post("/v1/ess", { module_id: "ac", state: [25.3], valence: 10 });
});

describe("Accept: application/problem+json", () => {
  it("gets problem details with pointers to the fields", async () => {
    const body = { module_id: "", state: [1, "2"], valence: 1 };
    const answer = await server.call({ method: "POST", path: "/v1/ess", body, headers: problemJson });
    expect(answer.status).toBe(400);
    expect(answer.headers).toMatchObject({
      "content-type": "application/problem+json",
      "x-error-code": "invalid_request",
      vary: "Accept",
    });
    expect(answer.json).toEqual({
      type: "/docs/errors#invalid_request",
      title: "The request is not valid",
      status: 400,
      detail: "module_id: must not be empty (and 1 more)",
      instance: `/docs/errors?request=${String(answer.headers["x-request-id"])}`,
      code: "invalid_request",
      errors: [
        { detail: "module_id: must not be empty", pointer: "#/module_id" },
        { detail: expect.stringContaining("state[1]: "), pointer: "#/state/1" },
      ],
    });
    expect(problem.strict().safeParse(answer.json).success).toBe(true);
  });

  it("gets the fields of a wrong aggregate beside them", async () => {
    const body = {
      module_id: "room",
      state: [],
      valence: 0,
      aggregate_id: [1, 9],
      aggregate_module_id: ["nobody", "ac"],
    };
    const plain = await server.post("/v1/ess", body);
    const answer = await server.call({ method: "POST", path: "/v1/ess", body, headers: problemJson });
    expect(answer.json).toMatchObject({ code: "invalid_aggregate", status: 400, ...plain.json });
    expect(Object.keys(plain.json)).toEqual(["invalid_module_ids", "module_id_position", "invalid_ess_db_ids"]);
    const texts = answer.json.errors.map((error: { detail: string }) => error.detail);
    expect(texts).toEqual(
      Object.entries(plain.json).flatMap(([key, list]) => (list as string[]).map((text) => `${key}: ${text}`)),
    );
  });

  it("has no pointer where no field of the body is wrong", async () => {
    const answer = await server.call({ path: "/v1/ess/nobody", headers: problemJson });
    expect(answer.json.errors).toEqual([{ detail: expect.stringContaining('"nobody"') }]);
  });

  it("keeps what a success looks like", async () => {
    const answer = await server.call({ path: "/v1/ess/ac/1", headers: problemJson });
    expect(answer.status).toBe(200);
    expect(answer.headers["content-type"]).toBe("application/json; charset=utf-8");
  });

  it("keeps the other headers of an error", async () => {
    const answer = await server.call({ method: "PUT", path: "/v1/sequence/ac/1", headers: problemJson });
    expect(answer.json.code).toBe("method_not_allowed");
    expect(answer.headers["allow"]).toBe("DELETE, GET, HEAD, PATCH");
  });

  it("reaches what never becomes a request", async () => {
    const unfinished = `GET /v1/ess/ac HTTP/1.1\r\nhost: x\r\naccept: application/problem+json\r\nno header\r\n\r\n`;
    const [answer] = await sendRaw(server.url, unfinished);
    expect(answer?.status).toBe(400);
    expect(answer?.headers["content-type"]).toBe("application/problem+json");
    expect(JSON.parse(answer?.text ?? "")).toMatchObject({
      code: "invalid_request",
      errors: [{ detail: "the request is not HTTP/1.1" }],
    });
  });
});

describe("other Accept headers", () => {
  it.each([undefined, "*/*", "application/*", "application/json", "application/problem+json;q=0.1, application/json"])(
    "%s keeps the wire's own shape",
    async (accept) => {
      const answer = await server.call({ path: "/v1/ess/nobody", headers: accept === undefined ? {} : { accept } });
      expect(answer.headers["content-type"]).toBe("application/json; charset=utf-8");
      expect(Object.keys(answer.json)).toEqual(["errors"]);
    },
  );
});

describe("/docs/errors", () => {
  it("explains every code under its own fragment, to anybody", async () => {
    const page = await server.call({ path: "/docs/errors", token: null });
    expect(page.status).toBe(200);
    expect(page.headers["content-type"]).toBe("text/html; charset=utf-8");
    const sections = [...page.text.matchAll(/<section id="(\w+)">/g)].map(([, id]) => id);
    expect(sections).toEqual(errorCode.options);
    expect(page.text).not.toContain("`");
  });

  it("is where type and instance lead", async () => {
    const { json } = await server.call({ path: "/v1/ess/nobody", headers: problemJson });
    for (const reference of [json.type, json.instance]) {
      const { pathname, search } = new URL(reference, `${server.url}/v1/ess/nobody`);
      expect((await server.get(pathname + search)).status).toBe(200);
    }
  });
});
