import type { contract } from "@eca/contract";
import { parseInstant } from "../clock.js";
import type { Handlers } from "../handler.js";
import { mapList } from "../lists/list.js";
import { listReply, rowReply } from "../reply.js";
import type { SequenceRow } from "../store/port/rows.js";
import type { SequenceService } from "./service.js";
import { toSequence } from "./wire.js";

const toReply = (row: SequenceRow) => rowReply(toSequence(row), { revision: row.revision });

export function sequenceRoutes(sequence: SequenceService): Handlers<typeof contract.sequence> {
  return {
    create: async ({ body, first }) => toReply(await sequence.create(body, { first })),
    getAll: async ({ params, query: { status, from, to, predicted } }) => {
      const filter = {
        ...(status !== undefined && { status }),
        ...(from !== undefined && { from: parseInstant(from) }),
        ...(to !== undefined && { to: parseInstant(to) }),
        ...(predicted !== undefined && { predicted }),
      };
      return listReply(mapList(await sequence.list(params.module_id, filter), toSequence));
    },
    getOne: async ({ params }) => toReply(await sequence.get(params.module_id, params.id)),
    update: async ({ params, body, expected }) =>
      toReply(await sequence.update(params.module_id, params.id, body, expected)),
    delete: async ({ params, expected, actor }) =>
      rowReply(toSequence(await sequence.delete(params.module_id, params.id, expected, actor))),
  };
}
