import type { contract } from "@eca/contract";
import type { Handlers } from "../handler.js";
import { mapList } from "../lists/list.js";
import { listReply, rowReply } from "../reply.js";
import type { EmbeddingRow } from "../store/port/rows.js";
import type { EmbeddingService } from "./service.js";
import { toEmbedding } from "./wire.js";

const toReply = (row: EmbeddingRow) => rowReply(toEmbedding(row), { revision: row.revision });

export function embeddingRoutes(embedding: EmbeddingService): Handlers<typeof contract.embedding> {
  return {
    create: async ({ body }) => toReply(await embedding.create(body)),
    getAll: async ({ params }) => listReply(mapList(await embedding.list(params.module_id), toEmbedding)),
    getOneHash: async ({ params, query }) => toReply(await embedding.getByHash(params.module_id, query.hash)),
    getOne: async ({ params }) => toReply(await embedding.get(params.module_id, params.id)),
    update: async ({ params, body, expected }) =>
      toReply(await embedding.update(params.module_id, params.id, body, expected)),
    delete: async ({ params, expected, actor }) =>
      rowReply(toEmbedding(await embedding.delete(params.module_id, params.id, expected, actor))),
  };
}
