import type { rootContract } from "@eca/contract";
import type { Handlers } from "../handler.js";

export function healthRoutes(): Handlers<typeof rootContract.health> {
  return {
    healthz: async () => ({ status: 200, body: { status: "ok" } }),
  };
}
