import { liveContract } from "@eca/contract";
import type { Request, RequestHandler, Response, Router } from "express";
import type { Logger } from "pino";
import { type WebSocket, WebSocketServer } from "ws";
import type { AuditLog } from "../../audit/audit-log.js";
import type { AuthService } from "../../auth/service.js";
import { DomainError } from "../../errors/domain-error.js";
import { methodNotAllowed } from "../middleware/method-not-allowed.js";
import type { Principal } from "../../caller/principal.js";
import type { LiveSocket } from "../../live/live-socket.js";
import type { LiveSockets } from "../../live/live-sockets.js";
import type { LiveService } from "../../live/service.js";
import type { TimeSlice } from "../../event-loop/time-slice.js";
import { actorOf } from "../request/actor-of.js";
import { bearerToken, policyOf } from "../middleware/authenticate.js";
import { requireModules } from "../middleware/authorize.js";
import { toErrorReply } from "../errors/error-reply.js";
import type { RequestLimits } from "../middleware/request-limits.js";
import type { RouteName } from "../request/route-names.js";
import { type Upgrade, upgraded, upgradeOf } from "./upgrades.js";

export interface LiveRouteOptions {
  /** What each request passes before its route. */
  readonly middlewares: readonly RequestHandler[];
  readonly live: LiveSockets;
  readonly service: LiveService;
  readonly timeSlice: TimeSlice;
  readonly auth: Pick<AuthService, "authenticate">;
  readonly limits: Pick<RequestLimits, "admitCaller">;
  readonly audit: Pick<AuditLog, "denied">;
  readonly nameOf: RouteName;
  readonly logger: Logger;
}

/** Maximum size of a frame, in bytes. */
const maxFrame = 65_536;

const route = liveContract.live.connect;

/** Mounts the live socket: a request for an upgrade passes the middlewares, and then becomes a socket. */
export function mountLive(router: Router, { middlewares, ...options }: LiveRouteOptions): void {
  const webSockets = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: maxFrame,
    autoPong: false,
  });
  webSockets.on("headers", (headers, req) => headers.push(`X-Request-Id: ${(req as Request).id}`));
  const connect: RequestHandler = (req, res, next) => {
    try {
      options.live.admit(req.principal as Principal);
      accept(webSockets, req, res, (socket) => open(options, req, socket));
    } catch (error) {
      next(error);
    }
  };
  router.get(route.path, requireUpgrade, ...middlewares, connect);
  router.all(route.path, methodNotAllowed("GET"));
}

/** Rejects a request that is not for a WebSocket of the version that there is (RFC 6455, section 4.4). */
const requireUpgrade: RequestHandler = (req, res, next) => {
  req.tsRestRoute = route;
  const missing = missingHeaders(req);
  if (upgradeOf(req) !== undefined && missing.length === 0) {
    next();
    return;
  }
  res.setHeader("upgrade", "websocket");
  res.setHeader("sec-websocket-version", "13");
  const lack = missing.length === 0 ? "" : `; the request came without ${missing.join(" and ")}`;
  next(new DomainError("upgrade_required", `connect to this path with a WebSocket of version 13${lack}${proxyAdvice}`));
};

const proxyAdvice =
  "; a proxy in between must speak HTTP/1.1 to the server and pass on the headers Connection, Upgrade, Sec-WebSocket-Key, " +
  "Sec-WebSocket-Version and Authorization";

/** The headers of a handshake that a request does not have. */
function missingHeaders({ headers }: Request): string[] {
  const isThere: Readonly<Record<string, boolean>> = {
    "Connection: Upgrade": /(?:^|,)[ \t]*upgrade[ \t]*(?:,|$)/i.test(headers.connection ?? ""),
    "Upgrade: websocket": headers.upgrade?.toLowerCase() === "websocket",
    "Sec-WebSocket-Version: 13": headers["sec-websocket-version"] === "13",
  };
  return Object.keys(isThere).filter((header) => isThere[header] === false);
}

/** Completes the handshake. @throws DomainError `invalid_request`. */
function accept(
  webSockets: WebSocketServer,
  req: Request,
  res: Response,
  onOpen: (webSocket: WebSocket) => void,
): void {
  const { socket, head } = upgradeOf(req) as Upgrade;
  let issue: Error | undefined;
  const onIssue = (error: Error): void => {
    issue = error;
  };
  webSockets.once("wsClientError", onIssue);
  // All of it happens within the call.
  webSockets.handleUpgrade(req, socket, head, (webSocket) => {
    upgraded(req, res);
    onOpen(webSocket);
  });
  webSockets.off("wsClientError", onIssue);
  if (issue !== undefined) throw new DomainError("invalid_request", `no WebSocket handshake: ${issue.message}`);
}

function open(
  { live, service, timeSlice, auth, limits, audit, nameOf, logger }: Omit<LiveRouteOptions, "middlewares">,
  req: Request,
  webSocket: WebSocket,
) {
  const token = bearerToken(req.headers.authorization);
  const socket: LiveSocket = live.open({
    peer: {
      get bufferedAmount() {
        return webSocket.bufferedAmount;
      },
      send: (text) => webSocket.send(text),
      ping: () => webSocket.ping(),
      pong: (payload) => webSocket.pong(payload),
      close: (code, reason) => webSocket.close(code, reason),
      terminate: () => webSocket.terminate(),
    },
    principal: req.principal as Principal,
    service,
    timeSlice,
    authenticate: () => auth.authenticate(token),
    admitRead: (principal) => limits.admitCaller(principal, req.address ?? "", policyOf(route).rate),
    authorize: (principal, moduleId) => requireModules(principal.modules, [{ moduleId }]),
    formatError: (error) => {
      const { code, body } = toErrorReply(error, { id: req.id, accept: undefined });
      if (code === "internal") logger.error({ err: error, request_id: req.id }, "live socket failed");
      if (code === "forbidden") audit.denied(actorOf(req), nameOf(route));
      return body.text;
    },
  });
  webSocket
    .on("message", (data, isBinary) => socket.receive(isBinary ? undefined : (data as Buffer).toString()))
    .on("ping", (payload) => socket.pinged(payload))
    .on("pong", () => socket.pong())
    .on("close", () => live.closed(socket))
    // What breaks the protocol has closed the socket already.
    .on("error", (error) => logger.debug({ err: error, request_id: req.id }, "live socket broke off"));
}
