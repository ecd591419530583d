import { once } from "node:events";
import { WebSocket } from "ws";

/** A live socket as a program would hold it. */
export interface LiveClient {
  readonly socket: WebSocket;
  /** Asks for a module's rows. */
  model(command: object): void;
  /** The next frame that has not been looked at, as JSON. */
  // Frames of every shape; what a test expects is in its assertions.
  // oxlint-disable-next-line typescript/no-explicit-any
  next(): Promise<any>;
  /** The next frame with this row, those before it passed over. */
  // oxlint-disable-next-line typescript/no-explicit-any
  nextOf(id: number): Promise<any>;
  /** The text of the next frame that has not been looked at. */
  nextText(): Promise<string>;
  /** How many frames have come that were not looked at. */
  readonly waiting: number;
  /** Resolves when the connection has ended, with its close code and reason. */
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>;
}

/** Connects to `/v1/ws`. Rejects where the server refuses. */
export async function connectLive(url: string, token: string): Promise<LiveClient> {
  const headers = { authorization: `Bearer ${token}` };
  const socket = new WebSocket(`${url.replace("http", "ws")}/v1/ws`, { headers });
  const frames: string[] = [];
  socket.on("message", (data) => {
    frames.push((data as Buffer).toString());
    socket.emit("frame");
  });
  const closed = once(socket, "close").then(([code, reason]) => ({
    code: code as number,
    reason: (reason as Buffer).toString(),
  }));
  await once(socket, "open");
  const nextText = async (): Promise<string> => {
    while (frames.length === 0) await once(socket, "frame");
    return frames.shift() as string;
  };
  const next = async () => JSON.parse(await nextText()) as { readonly id?: number };
  return {
    socket,
    model: (command) => socket.send(`/model ${JSON.stringify({ object: "ess", sync_rate: "100ms", ...command })}`),
    next,
    nextText,
    nextOf: async (id) => {
      for (;;) {
        const frame = await next();
        if (frame.id === id) return frame;
      }
    },
    get waiting() {
      return frames.length;
    },
    closed,
  };
}
