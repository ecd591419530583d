import type { contract } from "@eca/contract";
import type { Handlers } from "../handler.js";
import { mapList } from "../lists/list.js";
import type { EmbeddingRow } from "../store/rows.js";
import type { EmbeddingService } from "./service.js";
import { toEmbedding } from "./wire.js";

const told = (row: EmbeddingRow) => ({ body: toEmbedding(row), revision: row.revision });

export function embeddingRoutes(embedding: EmbeddingService): Handlers<typeof contract.embedding> {
  return {
    create: async ({ body }) => ({ status: 201, ...told(await embedding.create(body)) }),
    getAll: async ({ params }) => ({
      status: 200,
      body: mapList(await embedding.list(params.module_id), toEmbedding),
    }),
    getOneHash: async ({ params, query }) => ({
      status: 200,
      ...told(await embedding.getByHash(params.module_id, query.hash)),
    }),
    getOne: async ({ params }) => ({ status: 200, ...told(await embedding.get(params.module_id, params.id)) }),
    update: async ({ params, body, expected }) => ({
      status: 200,
      ...told(await embedding.update(params.module_id, params.id, body, expected)),
    }),
    delete: async ({ params, expected, actor }) => ({
      status: 200,
      body: toEmbedding(await embedding.delete(params.module_id, params.id, expected, actor)),
    }),
  };
}
