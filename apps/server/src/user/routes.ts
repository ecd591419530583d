import type { contract } from "@eca/contract";
import type { Handlers } from "../handler.js";
import { mapList } from "../lists/list.js";
import { listReply, rowReply } from "../reply.js";
import type { UserService } from "./service.js";
import { toUser } from "./wire.js";

export function userRoutes(users: UserService): Handlers<typeof contract.user> {
  return {
    create: async ({ body, actor }) => rowReply(toUser(await users.create(body, actor))),
    getAll: async () => listReply(mapList(users.list(), toUser)),
    getOne: async ({ params }) => rowReply(toUser(await users.get(params.user_id))),
    update: async ({ params, body, actor }) => rowReply(toUser(await users.update(params.user_id, body, actor))),
  };
}
