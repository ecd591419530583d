import type { contract } from "@eca/contract";
import type { Handlers } from "../handler.js";
import { mapList } from "../list.js";
import { mapPages } from "../pages.js";
import { parseIfMatch } from "../revision.js";
import type { EssRow } from "../store/rows.js";
import type { EssService } from "./service.js";
import { toEss, toSearchResult } from "./wire.js";

const told = (row: EssRow) => ({ body: toEss(row), revision: row.revision });

export function essRoutes(ess: EssService): Handlers<typeof contract.ess> {
  return {
    create: async ({ body, headers }) => ({
      status: 201,
      ...told(await ess.create(body, { first: headers["if-none-match"] === "*" })),
    }),
    search: async ({ body }) => ({
      status: 200,
      body: mapPages(await ess.search(body.module_id, body.state, body.limit), toSearchResult),
    }),
    getAll: async ({ params }) => ({ status: 200, body: mapList(await ess.list(params.module_id), toEss) }),
    getAllSequence: async ({ params, query: { predicted } }) => ({
      status: 200,
      body: mapList(await ess.listBySequence(params.module_id, predicted), toEss),
    }),
    getOneSequence: async ({ params }) => ({
      status: 200,
      ...told(await ess.getBySequence(params.module_id, params.id)),
    }),
    getOneEmbedding: async ({ params }) => ({
      status: 200,
      ...told(await ess.getByEmbedding(params.module_id, params.id)),
    }),
    getOnePretty: async ({ params }) => ({ status: 200, body: await ess.getPretty(params.module_id, params.id) }),
    upsert: async ({ params, principal }) => ({
      status: 200,
      ...told(await ess.refresh(params.module_id, params.id, principal.modules)),
    }),
    getAllAggregates: async ({ params }) => ({
      status: 200,
      body: mapList(await ess.listAggregates(params.module_id, params.id, params.aggregate_module_id), toEss),
    }),
    getOne: async ({ params }) => ({ status: 200, ...told(await ess.get(params.module_id, params.id)) }),
    update: async ({ params, body, headers }) => ({
      status: 200,
      ...told(await ess.update(params.module_id, params.id, body, parseIfMatch(headers["if-match"]))),
    }),
  };
}
