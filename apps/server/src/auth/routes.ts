import type { contract } from "@eca/contract";
import type { Handlers } from "../handler.js";
import type { SessionCalls } from "./service.js";

export function authRoutes(auth: SessionCalls): Handlers<typeof contract.auth> {
  return {
    login: async ({ body, actor, once }) => ({
      status: 200,
      body: await auth.login(body.username, body.password, actor, once),
    }),
    session: async ({ principal }) => ({ status: 200, body: await auth.session(principal) }),
    logout: async ({ principal }) => ({ status: 200, body: await auth.logout(principal) }),
    changePassword: async ({ principal, body, actor }) => ({
      status: 200,
      body: await auth.changePassword(principal, body.current_password, body.new_password, actor),
    }),
  };
}
