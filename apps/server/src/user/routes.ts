import type { contract } from "@eca/contract";
import type { Handlers } from "../handler.js";
import { mapList } from "../lists/list.js";
import type { UserService } from "./service.js";
import { toUser } from "./wire.js";

export function userRoutes(users: UserService): Handlers<typeof contract.user> {
  return {
    create: async ({ body, actor }) => ({ status: 201, body: toUser(await users.create(body, actor)) }),
    getAll: async () => ({ status: 200, body: mapList(users.list(), toUser) }),
    getOne: async ({ params }) => ({ status: 200, body: toUser(await users.get(params.user_id)) }),
    update: async ({ params, body, actor }) => ({
      status: 200,
      body: toUser(await users.update(params.user_id, body, actor)),
    }),
  };
}
