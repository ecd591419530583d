import type { contract } from "@eca/contract";
import type { Handlers } from "../handler.js";
import { mapList } from "../lists/list.js";
import type { ResponseService } from "./service.js";
import { toResponse } from "./wire.js";

export function responseRoutes(responses: ResponseService): Handlers<typeof contract.response> {
  return {
    getAll: async () => ({ status: 200, body: mapList(responses.list(), toResponse) }),
    getOne: async ({ params }) => {
      const row = await responses.get(params.id);
      return { status: 200, body: toResponse(row), revision: row.revision };
    },
  };
}
