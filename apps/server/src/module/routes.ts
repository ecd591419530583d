import type { contract } from "@eca/contract";
import type { Handlers } from "../handler.js";
import type { ModuleService } from "./service.js";

export function moduleRoutes(modules: ModuleService): Handlers<typeof contract.module> {
  return {
    getAll: async () => ({ status: 200, body: modules.list() }),
    getOne: async ({ params }) => ({ status: 200, body: await modules.get(params.module_id) }),
  };
}
