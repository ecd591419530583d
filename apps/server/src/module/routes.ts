import type { contract } from "@eca/contract";
import type { Handlers } from "../handler.js";
import { mapPages } from "../pages.js";
import type { ModuleService } from "./service.js";
import { toModule } from "./wire.js";

export function moduleRoutes(modules: ModuleService): Handlers<typeof contract.module> {
  return {
    getAll: async () => ({ status: 200, body: mapPages(modules.list(), toModule) }),
    getOne: async ({ params }) => ({ status: 200, body: toModule(await modules.get(params.module_id)) }),
  };
}
