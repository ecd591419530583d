import type { contract } from "@eca/contract";
import type { Handlers } from "../handler.js";
import { mapList } from "../lists/list.js";
import type { ModuleService } from "./service.js";
import { toModule } from "./wire.js";

export function moduleRoutes(modules: ModuleService): Handlers<typeof contract.module> {
  return {
    getAll: async ({ principal }) => ({ status: 200, body: mapList(modules.list(principal.modules), toModule) }),
    getOne: async ({ params }) => {
      const row = await modules.get(params.module_id);
      return { status: 200, body: toModule(row), revision: row.revision };
    },
  };
}
