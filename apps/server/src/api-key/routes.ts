import type { contract } from "@eca/contract";
import type { Handlers } from "../handler.js";
import { mapList } from "../lists/list.js";
import type { KeyService } from "./service.js";
import { toIssuedKey, toKey } from "./wire.js";

export function keyRoutes(keys: KeyService): Handlers<typeof contract.key> {
  return {
    create: async ({ body, principal, actor }) => ({
      status: 201,
      body: toIssuedKey(await keys.create(body, principal.userId, actor)),
    }),
    getAll: async () => ({ status: 200, body: mapList(keys.list(), toKey) }),
    getOne: async ({ params }) => ({ status: 200, body: toKey(await keys.get(params.key_id)) }),
    rotate: async ({ params, actor }) => ({ status: 200, body: toIssuedKey(await keys.rotate(params.key_id, actor)) }),
    revoke: async ({ params, actor }) => ({ status: 200, body: toKey(await keys.revoke(params.key_id, actor)) }),
  };
}
