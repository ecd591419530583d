import { once } from "node:events";
import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** When the connection to the caller breaks: before the server has answered, once it has, or not at all. */
export type Loss = "early" | "late" | undefined;

export interface LossyProxy {
  readonly baseUrl: string;
  close(): Promise<void>;
}

/**
 * A proxy that hands every request on and loses answers.
 *
 * @param lossOf what becomes of the answer to the nth request, from 0
 */
export async function startLossyProxy(baseUrl: string, lossOf: (index: number) => Loss): Promise<LossyProxy> {
  const target = new URL(baseUrl);
  let count = 0;
  const proxy = createServer((incoming, response) => {
    const loss = lossOf(count++);
    const { method, url, headers } = incoming;
    const outgoing = request({ host: target.hostname, port: target.port, method, path: url, headers, agent: false });
    outgoing.on("error", () => response.destroy());
    outgoing.on("finish", () => {
      if (loss === "early") response.destroy();
    });
    outgoing.on("response", (upstream) => {
      if (loss === "late") response.destroy();
      if (response.destroyed) upstream.resume();
      else passOn(upstream.statusCode ?? 500, upstream, response);
    });
    incoming.pipe(outgoing);
  });
  proxy.listen(0, "127.0.0.1");
  await once(proxy, "listening");
  return {
    baseUrl: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}${target.pathname}`,
    close: async () => {
      proxy.close();
      proxy.closeAllConnections();
      await once(proxy, "close");
    },
  };
}

function passOn(status: number, upstream: IncomingMessage, response: ServerResponse): void {
  response.writeHead(status, upstream.headers);
  upstream.pipe(response);
}
