import type { contract } from "@eca/contract";
import type { Handlers } from "../handler.js";
import { mapList } from "../lists/list.js";
import { listReply, rowReply } from "../reply.js";
import type { KeyService } from "./service.js";
import { toIssuedKey, toKey } from "./wire.js";

export function keyRoutes(keys: KeyService): Handlers<typeof contract.key> {
  return {
    create: async ({ body, principal, actor }) =>
      rowReply(toIssuedKey(await keys.create(body, principal.userId, actor))),
    getAll: async () => listReply(mapList(keys.list(), toKey)),
    getOne: async ({ params }) => rowReply(toKey(await keys.get(params.key_id))),
    rotate: async ({ params, actor }) => rowReply(toIssuedKey(await keys.rotate(params.key_id, actor))),
    revoke: async ({ params, actor }) => rowReply(toKey(await keys.revoke(params.key_id, actor))),
  };
}
