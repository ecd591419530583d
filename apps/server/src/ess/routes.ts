import type { contract } from "@eca/contract";
import type { Handlers } from "../handler.js";
import { mapList } from "../lists/list.js";
import { mapPages } from "../lists/pages.js";
import type { EssRow } from "../store/rows.js";
import type { TimeSlice } from "../event-loop/time-slice.js";
import type { EssService } from "./service.js";
import { toEssInTurns, toSearchResult } from "./wire.js";

export function essRoutes(ess: EssService, timeSlice: TimeSlice): Handlers<typeof contract.ess> {
  const toItem = (row: EssRow) => toEssInTurns(row, timeSlice);
  const told = async (row: EssRow) => ({ body: await toItem(row), revision: row.revision });
  return {
    create: async ({ body, first }) => ({
      status: 201,
      ...(await told(await ess.create(body, { first }))),
    }),
    search: async ({ body }) => ({
      status: 200,
      body: mapPages(await ess.search(body.module_id, body.state, body.limit), (match) =>
        toSearchResult(match, timeSlice),
      ),
    }),
    getAll: async ({ params }) => ({ status: 200, body: mapList(await ess.list(params.module_id), toItem) }),
    getAllSequence: async ({ params, query: { predicted } }) => ({
      status: 200,
      body: mapList(await ess.listBySequence(params.module_id, predicted), toItem),
    }),
    getOneSequence: async ({ params }) => ({
      status: 200,
      ...(await told(await ess.getBySequence(params.module_id, params.id))),
    }),
    getOneEmbedding: async ({ params }) => ({
      status: 200,
      ...(await told(await ess.getByEmbedding(params.module_id, params.id))),
    }),
    getOnePretty: async ({ params }) => ({ status: 200, body: await ess.getPretty(params.module_id, params.id) }),
    upsert: async ({ params, principal }) => ({
      status: 200,
      ...(await told(await ess.refresh(params.module_id, params.id, principal.modules))),
    }),
    getAllAggregates: async ({ params }) => ({
      status: 200,
      body: mapList(await ess.listAggregates(params.module_id, params.id, params.aggregate_module_id), toItem),
    }),
    getOne: async ({ params }) => ({ status: 200, ...(await told(await ess.get(params.module_id, params.id))) }),
    update: async ({ params, body, expected }) => ({
      status: 200,
      ...(await told(await ess.update(params.module_id, params.id, body, expected))),
    }),
  };
}
