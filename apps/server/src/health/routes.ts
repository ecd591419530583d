import type { rootContract } from "@eca/contract";
import type { Handlers } from "../handler.js";
import { rowReply } from "../reply.js";
import { serverVersion } from "../version.js";
import type { Readiness } from "./readiness.js";

export function healthRoutes(readiness: Pick<Readiness, "require">): Handlers<typeof rootContract.health> {
  return {
    healthz: async () => rowReply({ status: "ok", version: serverVersion }),
    readyz: async () => {
      await readiness.require();
      return rowReply({ status: "ready" });
    },
  };
}
