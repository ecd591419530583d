import type { contract } from "@eca/contract";
import type { Handlers } from "../handler.js";
import { mapList } from "../lists/list.js";
import { listReply, rowReply } from "../reply.js";
import type { ModuleRow } from "../store/port/rows.js";
import type { ModuleService } from "./service.js";
import { toModule } from "./wire.js";

const toReply = (row: ModuleRow) => rowReply(toModule(row), { revision: row.revision });

export function moduleRoutes(modules: ModuleService): Handlers<typeof contract.module> {
  return {
    getAll: async ({ principal }) => listReply(mapList(modules.list(principal.modules), toModule)),
    getOne: async ({ params }) => toReply(await modules.get(params.module_id)),
  };
}
