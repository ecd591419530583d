import type { Request } from "express";
import type { Actor } from "../../caller/actor.js";
import "./context.js";

/** Who sends a request and from where, as the audit log records it. */
export function actorOf(req: Request): Actor {
  return { principal: req.principal, address: req.address ?? null, requestId: req.id };
}
