import { once } from "node:events";
import { connect, type Socket } from "node:net";

/** One answer on a connection, as its bytes came. */
export interface RawAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

/** A bare connection to a server, for what no HTTP client would send. */
export interface RawConnection {
  readonly socket: Socket;
  /** All bytes that came so far, as Latin-1. */
  readonly received: string;
  write(bytes: string | Buffer): void;
  /** Ends this side; the server may still answer. */
  end(): void;
  /** Resolves when the server has closed the connection, with all answers on it. */
  closed(): Promise<RawAnswer[]>;
  /** Resolves when that many answers are there whole. */
  answers(count: number): Promise<RawAnswer[]>;
}

/** @param url Where the server listens. */
export async function openRawConnection(url: string): Promise<RawConnection> {
  const { hostname, port } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port), allowHalfOpen: true });
  await once(socket, "connect");
  let received = "";
  socket.setEncoding("latin1");
  socket.on("data", (chunk: string) => (received += chunk));
  // A server that cuts a connection off resets it; what came before counts.
  socket.on("error", () => {});
  const ended = new Promise<void>((resolve) => {
    socket.on("end", resolve).on("close", () => resolve());
  });
  return {
    socket,
    get received() {
      return received;
    },
    write: (bytes) => void socket.write(bytes),
    end: () => void socket.end(),
    closed: async () => {
      await ended;
      socket.destroy();
      return parseAnswers(received);
    },
    answers: async (count) => {
      while (parseAnswers(received).length < count) {
        await Promise.race([
          once(socket, "data"),
          ended.then(() => {
            throw new Error(`closed after ${received}`);
          }),
        ]);
      }
      return parseAnswers(received);
    },
  };
}

/**
 * Sends bytes on a connection of their own, and answers what came until the server closed it.
 *
 * @param options `end` ends this side behind the bytes.
 */
export async function sendRaw(
  url: string,
  bytes: string | Buffer,
  options: { readonly end?: boolean } = {},
): Promise<RawAnswer[]> {
  const connection = await openRawConnection(url);
  connection.write(bytes);
  if (options.end === true) connection.end();
  return connection.closed();
}

/** The answers that are whole, by their `Content-Length`. */
function parseAnswers(received: string): RawAnswer[] {
  const answers: RawAnswer[] = [];
  let rest = received;
  for (;;) {
    const end = rest.indexOf("\r\n\r\n");
    if (end === -1) return answers;
    const [first = "", ...lines] = rest.slice(0, end).split("\r\n");
    const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(first)?.[1] ?? Number.NaN);
    const headers = Object.fromEntries(
      lines.map((line) => {
        const colon = line.indexOf(":");
        return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
      }),
    );
    const length = status < 200 ? 0 : Number(headers["content-length"] ?? 0);
    const body = rest.slice(end + 4, end + 4 + length);
    if (body.length < length) return answers;
    rest = rest.slice(end + 4 + length);
    answers.push({ status, headers, text: Buffer.from(body, "latin1").toString() });
  }
}
