import type { contract } from "@eca/contract";
import type { Handlers } from "../handler.js";
import { mapList } from "../lists/list.js";
import { mapBatches } from "../lists/row-batches.js";
import { listReply, rowReply, rowsReply } from "../reply.js";
import type { EssRow } from "../store/port/rows.js";
import type { TimeSlice } from "../event-loop/time-slice.js";
import type { EssService } from "./service.js";
import { toEssInTurns, toSearchResult } from "./wire.js";

export function essRoutes(ess: EssService, timeSlice: TimeSlice): Handlers<typeof contract.ess> {
  const toItem = (row: EssRow) => toEssInTurns(row, timeSlice);
  const toReply = async (row: EssRow) => rowReply(await toItem(row), { revision: row.revision });
  return {
    create: async ({ body, first }) => toReply(await ess.create(body, { first })),
    search: async ({ body }) => {
      const matches = await ess.search(body.module_id, body.state, body.limit);
      return rowsReply(mapBatches(matches, (match) => toSearchResult(match, timeSlice)));
    },
    getAll: async ({ params }) => listReply(mapList(await ess.list(params.module_id), toItem)),
    getAllSequence: async ({ params, query: { predicted } }) =>
      listReply(mapList(await ess.listBySequence(params.module_id, predicted), toItem)),
    getOneSequence: async ({ params }) => toReply(await ess.getBySequence(params.module_id, params.id)),
    getOneEmbedding: async ({ params }) => toReply(await ess.getByEmbedding(params.module_id, params.id)),
    getOnePretty: async ({ params }) => rowReply(await ess.getPretty(params.module_id, params.id)),
    upsert: async ({ params, principal }) => toReply(await ess.refresh(params.module_id, params.id, principal.modules)),
    getAllAggregates: async ({ params }) =>
      listReply(mapList(await ess.listAggregates(params.module_id, params.id, params.aggregate_module_id), toItem)),
    getOne: async ({ params }) => toReply(await ess.get(params.module_id, params.id)),
    update: async ({ params, body, expected }) =>
      toReply(await ess.update(params.module_id, params.id, body, expected)),
  };
}
