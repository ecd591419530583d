import type { contract } from "@eca/contract";
import type { Handlers } from "../handler.js";
import { mapList } from "../lists/list.js";
import { listReply, rowReply } from "../reply.js";
import type { DocumentRow } from "../store/port/rows.js";
import type { DocumentService } from "./service.js";
import { toDocument } from "./wire.js";

const toReply = (row: DocumentRow) => rowReply(toDocument(row), { revision: row.revision });

export function documentRoutes(documents: DocumentService): Handlers<typeof contract.document> {
  return {
    create: async ({ body }) => toReply(await documents.create(body)),
    createFromEss: async ({ params }) => toReply(await documents.createFromEss(params.module_id, params.id)),
    createFromSequence: async ({ params }) => toReply(await documents.createFromSequence(params.module_id, params.id)),
    getAll: async () => listReply(mapList(documents.list(), toDocument)),
    getOne: async ({ params }) => toReply(await documents.get(params.id)),
    update: async ({ params, body, expected }) => toReply(await documents.update(params.id, body, expected)),
    embed: async ({ params, expected }) => toReply(await documents.embed(params.id, expected)),
    delete: async ({ params, expected, actor }) =>
      rowReply(toDocument(await documents.delete(params.id, expected, actor))),
  };
}
