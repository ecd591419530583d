import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";

/** A request as its bytes said it. */
interface ReceivedRequest {
  readonly method: string;
  /** Path and query, as sent. */
  readonly path: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

export type Responder = (request: ReceivedRequest, response: ServerResponse) => void;

export interface TestServer {
  /** With `/v1`, as a client takes it. */
  readonly baseUrl: string;
  /** All that came, in order. */
  readonly received: ReceivedRequest[];
  close(): Promise<void>;
}

/** A bare HTTP server on a free loopback port. */
export async function startTestServer(respond: Responder): Promise<TestServer> {
  const received: ReceivedRequest[] = [];
  const receive = async (incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { method = "", url = "", headers } = incoming;
    const request = { method, path: url, headers, body: await text(incoming) };
    received.push(request);
    respond(request, response);
  };
  const server = createServer((incoming, response) => {
    void receive(incoming, response);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    received,
    close: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
}

/** Answers with JSON. */
export function reply(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(body));
}

/** A loopback address where nothing listens. */
export async function unusedBaseUrl(): Promise<string> {
  const server = await startTestServer(() => undefined);
  await server.close();
  return server.baseUrl;
}

export interface FakeApi extends TestServer {
  /** How many log-ins came. */
  readonly logins: () => number;
  /** Makes every token given so far worthless. */
  readonly endSessions: () => void;
}

/** A server with log-ins by "ada" and "secret", and sessions named t1, t2...; `respond` handles all other calls. */
export async function startFakeApi(respond: Responder): Promise<FakeApi> {
  let logins = 0;
  const live = new Set<string>();
  const server = await startTestServer((request, response) => {
    if (request.path === "/v1/login") {
      logins += 1;
      if (request.body === JSON.stringify({ username: "ada", password: "secret" })) {
        const token = `t${logins}`;
        live.add(`Bearer ${token}`);
        reply(response, 200, { role: "admin", session_id: token, user_id: "1", username: "ada" });
      } else {
        const errors = ["username or password is wrong"];
        reply(response, 401, { errors }, { "x-error-code": "invalid_credentials" });
      }
    } else if (live.has(request.headers.authorization ?? "")) {
      respond(request, response);
    } else {
      reply(response, 401, { errors: ["log in first"] }, { "x-error-code": "unauthenticated" });
    }
  });
  return { ...server, logins: () => logins, endSessions: () => live.clear() };
}
