import type { contract } from "@eca/contract";
import type { Handlers } from "../handler.js";
import { rowReply } from "../reply.js";
import type { SessionCalls } from "./sessions.js";

export function authRoutes(auth: SessionCalls): Handlers<typeof contract.auth> {
  return {
    login: async ({ body, actor }) => rowReply(await auth.login(body.username, body.password, actor)),
    session: async ({ principal }) => rowReply(await auth.session(principal)),
    logout: async ({ principal }) => rowReply(await auth.logout(principal)),
    changePassword: async ({ principal, body, actor }) =>
      rowReply(await auth.changePassword(principal, body.current_password, body.new_password, actor)),
  };
}
