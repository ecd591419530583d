import type { contract } from "@eca/contract";
import type { Handlers } from "../handler.js";
import type { SequenceService } from "./service.js";

export function sequenceRoutes(sequence: SequenceService): Handlers<typeof contract.sequence> {
  return {
    create: async ({ body }) => ({ status: 201, body: await sequence.create(body) }),
    getAll: async ({ params }) => ({ status: 200, body: await sequence.list(params.module_id) }),
    getOne: async ({ params }) => ({ status: 200, body: await sequence.get(params.module_id, params.id) }),
    update: async ({ params, body }) => ({
      status: 200,
      body: await sequence.update(params.module_id, params.id, body),
    }),
    delete: async ({ params }) => ({ status: 200, body: await sequence.delete(params.module_id, params.id) }),
  };
}
