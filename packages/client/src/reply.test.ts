import type { ErrorCode } from "@eca/contract";
import { afterEach, describe, expect, it } from "vitest";
import { type Client, createClient } from "./client.js";
import { EcaError, EcaProtocolError, EcaResponseError } from "./errors.js";
import { type Responder, reply, startTestServer, type TestServer } from "../test/test-server.fixture.js";

const closing: TestServer[] = [];
afterEach(async () => {
  await Promise.all(closing.splice(0).map((server) => server.close()));
});

/** A client of a server that responds so; `basePath` is where the client expects the API. */
async function clientFor(respond: Responder, basePath = "/v1"): Promise<Client> {
  const server = await startTestServer(respond);
  closing.push(server);
  const baseUrl = server.baseUrl.replace("/v1", basePath);
  return createClient({ baseUrl, token: "t", retry: false });
}

async function failureOf(call: Promise<unknown>): Promise<unknown> {
  return call.then(
    () => expect.unreachable("the call was to fail"),
    (error: unknown) => error,
  );
}

const params = { module_id: "a" };
const row = { module_id: "a", id: 7 };
const html = "<!doctype html><title>Welcome to nginx</title>";

describe("success", () => {
  it("resolves to status, body and headers", async () => {
    const client = await clientFor((_, response) => reply(response, 201, { id: 1 }, { etag: '"5"' }));
    const { status, body, headers } = await client.sequence.create({ body: { module_id: "a", instance_id: 1 } });
    expect(status).toBe(201);
    expect(body).toEqual({ id: 1 });
    expect(headers.get("etag")).toBe('"5"');
  });

  it.each([200, 202, 203])(
    "a success %i that the contract does not know for the call is a protocol error",
    async (status) => {
      const client = await clientFor((_, response) => reply(response, status, { id: 1 }));
      await expect(client.sequence.create({ body: { module_id: "a", instance_id: 1 } })).rejects.toMatchObject({
        name: "EcaProtocolError",
        status,
        message: expect.stringContaining(
          `answered ${status}, which this version of the client does not know`,
        ) as unknown,
      });
    },
  );
});

describe("error replies", () => {
  it("carry status, code, texts, request id and wait", async () => {
    const client = await clientFor((_, response) =>
      reply(
        response,
        404,
        { errors: ['no state 7 in module "a"', "two"] },
        { "x-error-code": "ess_not_found", "x-request-id": "r-1", "retry-after": "3" },
      ),
    );
    const error = await failureOf(client.ess.getOne({ params: row }));
    expect(error).toBeInstanceOf(EcaResponseError);
    expect(error).toBeInstanceOf(EcaError);
    expect(error).toMatchObject({
      name: "EcaResponseError",
      message: 'ess.getOne: 404 ess_not_found: no state 7 in module "a"; two (request r-1)',
      status: 404,
      code: "ess_not_found" satisfies ErrorCode,
      errors: ['no state 7 in module "a"', "two"],
      aggregateErrors: undefined,
      requestId: "r-1",
      retryAfterMs: 3_000,
    });
  });

  it("of a server that sends no code have no code", async () => {
    const client = await clientFor((_, response) => reply(response, 404, { errors: ["not there"] }));
    const error = await failureOf(client.ess.getOneEmbedding({ params: row }));
    expect(error).toBeInstanceOf(EcaResponseError);
    expect(error).toMatchObject({
      message: "ess.getOneEmbedding: 404: not there",
      code: undefined,
      requestId: undefined,
    });
  });

  it("of an aggregate keep their kinds", async () => {
    const issues = {
      ess_mismatch: ["component 0 has valence 90, not 80", "component 1 has score 1, not 2"],
      incorrect_total_ess_sore: "total_ess_score is 26, not 28",
    };
    const client = await clientFor((_, response) =>
      reply(response, 400, issues, { "x-error-code": "invalid_aggregate" }),
    );
    const error = await failureOf(client.ess.create({ body: { module_id: "a", state: [], valence: 0 } }));
    expect(error).toBeInstanceOf(EcaResponseError);
    expect(error).toMatchObject({
      status: 400,
      code: "invalid_aggregate",
      aggregateErrors: issues,
      errors: [
        "ess_mismatch: component 0 has valence 90, not 80",
        "ess_mismatch: component 1 has score 1, not 2",
        "incorrect_total_ess_sore: total_ess_score is 26, not 28",
      ],
    });
  });
});

describe("something else than an ECA server", () => {
  it.each([
    [200, html, "text/html"],
    [404, html, "text/html"],
    [502, html, "text/html"],
    [200, "", undefined],
    [503, "", "application/json"],
    [200, '{"id": 1', "application/json"],
    [404, '{"message": "not found"}', "application/json"],
    [500, '{"errors": "not a list"}', "application/json"],
    [400, "{}", "application/json"],
    [404, "null", "application/json"],
  ])("%i %j %s says what came and what to check", async (status, text, type) => {
    const client = await clientFor((_, response) =>
      response.writeHead(status, type === undefined ? {} : { "content-type": type }).end(text),
    );
    const error = await failureOf(client.ess.getOne({ params: row }));
    expect(error).toBeInstanceOf(EcaProtocolError);
    expect(error).toMatchObject({ status });
    const { message } = error as EcaProtocolError;
    expect(message).toContain(`ess.getOne: GET http://127.0.0.1:`);
    expect(message).toContain(`answered ${status} with ${text === "" ? "an empty body" : JSON.stringify(text)}`);
    expect(message).toContain("check baseUrl");
  });

  it("a long page is cut short", async () => {
    const client = await clientFor((_, response) => response.writeHead(200).end(html.repeat(1000)));
    const { message } = (await failureOf(client.ess.getAll({ params }))) as EcaProtocolError;
    expect(message.length).toBeLessThan(500);
  });

  it.each([
    [
      "in the server's own words",
      (_, response) => reply(response, 404, { errors: ["no route"] }, { "x-error-code": "route_not_found" }),
    ],
    [
      "in a framework's",
      (_, response) => response.writeHead(404, { "content-type": "text/html" }).end("Cannot GET /ess/a/7"),
    ],
  ] satisfies [string, Responder][])("a base path without /v1 is guessed from a 404 %s", async (_, respond) => {
    const client = await clientFor(respond, "");
    const error = await failureOf(client.ess.getOne({ params: row }));
    expect(error).toBeInstanceOf(EcaProtocolError);
    expect((error as EcaProtocolError).message).toMatch(
      /is the \/v1 missing\? baseUrl is (http:\/\/127\.0\.0\.1:\d+), the API is usually at \1\/v1$/,
    );
  });

  it("an unknown route never passes for a row that is not there", async () => {
    const client = await clientFor((_, response) =>
      reply(response, 404, { errors: ["no route GET /v1/ess/a/7"] }, { "x-error-code": "route_not_found" }),
    );
    const error = await failureOf(client.ess.getOne({ params: row }));
    expect(error).toBeInstanceOf(EcaProtocolError);
    expect((error as EcaProtocolError).message).toContain("is no route of the server");
  });
});
