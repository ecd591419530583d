import type { contract } from "@eca/contract";
import type { Handlers } from "../handler.js";
import type { EssService } from "./service.js";

export function essRoutes(ess: EssService): Handlers<typeof contract.ess> {
  return {
    create: async ({ body }) => ({ status: 201, body: await ess.create(body) }),
    search: async ({ body }) => ({ status: 200, body: await ess.search(body.module_id, body.state, body.limit) }),
    getAll: async ({ params }) => ({ status: 200, body: await ess.list(params.module_id) }),
    getAllSequence: async ({ params }) => ({ status: 200, body: await ess.listBySequence(params.module_id) }),
    getOneSequence: async ({ params }) => ({
      status: 200,
      body: await ess.getBySequence(params.module_id, params.id),
    }),
    getOneEmbedding: async ({ params }) => ({
      status: 200,
      body: await ess.getByEmbedding(params.module_id, params.id),
    }),
    getOnePretty: async ({ params }) => ({ status: 200, body: await ess.getPretty(params.module_id, params.id) }),
    // The index follows the change log before every query, so there is nothing to be done but to show the row.
    upsert: async ({ params }) => ({ status: 200, body: await ess.get(params.module_id, params.id) }),
    getAllAggregates: async ({ params }) => ({
      status: 200,
      body: await ess.listAggregates(params.module_id, params.id, params.aggregate_module_id),
    }),
    getOne: async ({ params }) => ({ status: 200, body: await ess.get(params.module_id, params.id) }),
    update: async ({ params, body }) => ({ status: 200, body: await ess.update(params.module_id, params.id, body) }),
  };
}
