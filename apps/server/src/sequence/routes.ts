import type { contract } from "@eca/contract";
import type { Handlers } from "../handler.js";
import { mapPages } from "../pages.js";
import type { SequenceService } from "./service.js";
import { toSequence } from "./wire.js";

export function sequenceRoutes(sequence: SequenceService): Handlers<typeof contract.sequence> {
  return {
    create: async ({ body }) => ({ status: 201, body: toSequence(await sequence.create(body)) }),
    getAll: async ({ params }) => ({
      status: 200,
      body: mapPages(await sequence.list(params.module_id), toSequence),
    }),
    getOne: async ({ params }) => ({
      status: 200,
      body: toSequence(await sequence.get(params.module_id, params.id)),
    }),
    update: async ({ params, body }) => ({
      status: 200,
      body: toSequence(await sequence.update(params.module_id, params.id, body)),
    }),
    delete: async ({ params }) => ({
      status: 200,
      body: toSequence(await sequence.delete(params.module_id, params.id)),
    }),
  };
}
