// Sends requests over connections that stay open, the next one of each as soon as the last is answered.
import { connect } from "node:net";

/** A request as it goes over the wire. */
export function toBytes({ method = "GET", path, token, body }) {
  const text = body === undefined ? "" : JSON.stringify(body);
  const head = [
    `${method} ${path} HTTP/1.1`,
    "host: 127.0.0.1",
    "content-type: application/json; charset=utf-8",
    ...(token === undefined ? [] : [`authorization: Bearer ${token}`]),
    ...(body === undefined ? [] : [`content-length: ${Buffer.byteLength(text)}`]),
  ];
  return Buffer.from(`${head.join("\r\n")}\r\n\r\n${text}`);
}

/**
 * Sends `count` requests over some connections; resolves with the milliseconds that all took, and each.
 *
 * @param requests Their bytes, sent in turn.
 * @param options.status What each answer must have.
 * @param options.awake Whether the caller never sleeps. Over loopback, one that sleeps is woken at the
 * expense of the server; one that does not takes a processor whole. Awake where the server's processor
 * time is measured; asleep where its rate is, and it has a second thread that needs that processor.
 */
export async function load(port, requests, { connections, count, status, awake = false }) {
  const times = [];
  let begun = 0;
  let spinning;
  function spin() {
    spinning = setImmediate(spin);
  }
  if (awake) spin();
  const begin = performance.now();
  await Promise.all(
    Array.from({ length: connections }, async () => {
      const connection = await open(port, status);
      while (begun < count) {
        const bytes = requests[begun % requests.length];
        begun += 1;
        const sent = performance.now();
        await connection.ask(bytes);
        times.push(performance.now() - sent);
      }
      connection.close();
    }),
  );
  clearImmediate(spinning);
  return { elapsed: performance.now() - begin, times };
}

/** Ends an answer in chunks; JSON holds no line break as such. */
const lastChunk = Buffer.from("\r\n0\r\n\r\n");

/** A connection that takes one request at a time. */
async function open(port, status) {
  const socket = connect({ port, host: "127.0.0.1", noDelay: true });
  const begins = Buffer.from(`HTTP/1.1 ${status} `);
  let answered;
  let failed;
  /** Bytes that the answer still lacks; undefined before its head has come. */
  let missing;
  /** The last bytes of an answer that comes in chunks, of no length told before; undefined for any other. */
  let tail;
  let head = Buffer.alloc(0);
  socket.on("data", (chunk) => {
    let length = chunk.length;
    if (missing === undefined) {
      head = head.length === 0 ? chunk : Buffer.concat([head, chunk]);
      const end = head.indexOf("\r\n\r\n");
      if (end < 0) return;
      if (!head.subarray(0, begins.length).equals(begins)) {
        failed(new Error(`an answer that is no ${status}: ${head.toString("latin1", 0, 600)}`));
        return;
      }
      const fields = head.toString("latin1", 0, end);
      if (/transfer-encoding: chunked/i.test(fields)) {
        missing = Number.POSITIVE_INFINITY;
        tail = head.subarray(-lastChunk.length);
      } else {
        missing = end + 4 + Number(/content-length: (\d+)/i.exec(fields)?.[1]);
        if (Number.isNaN(missing)) throw new Error("an answer without its length");
      }
      length = head.length;
      head = Buffer.alloc(0);
    } else if (tail !== undefined) {
      tail = Buffer.concat([tail, chunk.subarray(-lastChunk.length)]).subarray(-lastChunk.length);
    }
    missing -= length;
    if (tail === undefined ? missing > 0 : !tail.equals(lastChunk)) return;
    missing = undefined;
    tail = undefined;
    answered();
  });
  await new Promise((resolve, reject) => socket.once("connect", resolve).once("error", reject));
  socket.on("error", (error) => failed(error));
  socket.on("close", () => failed?.(new Error("the connection was closed")));
  return {
    ask: (bytes) =>
      new Promise((resolve, reject) => {
        answered = resolve;
        failed = reject;
        socket.write(bytes);
      }),
    close: () => socket.destroy(),
  };
}
