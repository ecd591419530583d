import type { contract } from "@eca/contract";
import type { Handlers } from "../handler.js";
import { rowReply } from "../reply.js";
import type { Limits } from "./limits.js";
import { toWireLimits } from "./wire.js";

export function limitsRoutes(limits: Limits): Handlers<typeof contract.limits> {
  return {
    get: async () => rowReply(toWireLimits(limits)),
  };
}
