import type { contract } from "@eca/contract";
import type { Handlers } from "../handler.js";
import { mapList } from "../lists/list.js";
import type { DocumentRow } from "../store/rows.js";
import type { DocumentService } from "./service.js";
import { toDocument } from "./wire.js";

const told = (row: DocumentRow) => ({ body: toDocument(row), revision: row.revision });

export function documentRoutes(documents: DocumentService): Handlers<typeof contract.document> {
  return {
    create: async ({ body }) => ({ status: 201, ...told(await documents.create(body)) }),
    createFromEss: async ({ params }) => ({
      status: 201,
      ...told(await documents.createFromEss(params.module_id, params.id)),
    }),
    createFromSequence: async ({ params }) => ({
      status: 201,
      ...told(await documents.createFromSequence(params.module_id, params.id)),
    }),
    getAll: async () => ({ status: 200, body: mapList(documents.list(), toDocument) }),
    getOne: async ({ params }) => ({ status: 200, ...told(await documents.get(params.id)) }),
    update: async ({ params, body, expected }) => ({
      status: 200,
      ...told(await documents.update(params.id, body, expected)),
    }),
    embed: async ({ params, expected }) => ({
      status: 200,
      ...told(await documents.embed(params.id, expected)),
    }),
    delete: async ({ params, expected, actor }) => ({
      status: 200,
      body: toDocument(await documents.delete(params.id, expected, actor)),
    }),
  };
}
