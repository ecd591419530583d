import { type IncomingMessage, type Server, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";

/** A request for another protocol that has no reply yet. */
export interface Upgrade {
  readonly socket: Duplex;
  /** What came behind the request. */
  readonly head: Buffer;
}

const upgrades = new WeakMap<IncomingMessage, Upgrade>();

/**
 * Lets requests for a WebSocket pass what every request passes, with a reply like any other until
 * somebody takes the upgrade. Node itself hands all requests for another protocol over without a reply;
 * those for any other protocol, such as the `h2c` that Java's client asks for, are served as if they
 * had not asked.
 */
export function serveUpgrades(server: Server): void {
  server.on("upgrade", (req, socket, head) => {
    if (req.method === "GET" && req.headers.upgrade?.toLowerCase() === "websocket") {
      serve(server, req, { socket, head });
    } else {
      serveWithoutUpgrade(server, req, { socket, head });
    }
  });
}

/** The upgrade that a request asks for; undefined where it asks for none. */
export function upgradeOf(req: IncomingMessage): Upgrade | undefined {
  return upgrades.get(req);
}

/** Signals all who wait for the end of a request's reply that its socket now speaks another protocol. */
export function upgraded(req: IncomingMessage, res: ServerResponse): void {
  const upgrade = upgrades.get(req);
  if (upgrade === undefined) throw new Error("the request asks for no upgrade");
  upgrades.delete(req);
  res.detachSocket(upgrade.socket as Socket);
  res.statusCode = 101;
  res.emit("close");
}

/** How long a caller has to close the connection after an error. Closing at once could cut the reply off. */
const lingerTime = 1000;

function serve(server: Server, req: IncomingMessage, upgrade: Upgrade): void {
  const socket = upgrade.socket as Socket;
  socket.on("error", () => socket.destroy());
  const res = new ServerResponse(req);
  res.assignSocket(socket);
  // The parser has let go of the connection: it takes no other request.
  res.shouldKeepAlive = false;
  res.once("finish", () => {
    const linger = setTimeout(() => socket.destroy(), lingerTime).unref();
    socket.once("close", () => clearTimeout(linger)).end();
  });
  upgrades.set(req, upgrade);
  server.emit("request", req, res);
}

/** Gives the connection back to the server, with the request in front that no longer asks for an upgrade. */
function serveWithoutUpgrade(server: Server, req: IncomingMessage, { socket, head }: Upgrade): void {
  const lines = [`${req.method} ${req.url} HTTP/${req.httpVersion}`];
  for (let index = 0; index < req.rawHeaders.length; index += 2) {
    const [name, value] = req.rawHeaders.slice(index);
    if (name?.toLowerCase() !== "upgrade") lines.push(`${name}: ${value}`);
  }
  socket.unshift(Buffer.concat([Buffer.from(`${lines.join("\r\n")}\r\n\r\n`, "latin1"), head]));
  server.emit("connection", socket);
}
