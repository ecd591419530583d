import type { contract } from "@eca/contract";
import type { Handlers } from "../handler.js";
import { mapList } from "../lists/list.js";
import { listReply, rowReply } from "../reply.js";
import type { ResponseRow } from "../store/port/rows.js";
import type { ResponseService } from "./service.js";
import { toResponse } from "./wire.js";

const toReply = (row: ResponseRow) => rowReply(toResponse(row), { revision: row.revision });

export function responseRoutes(responses: ResponseService): Handlers<typeof contract.response> {
  return {
    getAll: async () => listReply(mapList(responses.list(), toResponse)),
    getOne: async ({ params }) => toReply(await responses.get(params.id)),
  };
}
