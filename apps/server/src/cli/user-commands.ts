import { role, userInsert } from "@eca/contract";
import { commandLine } from "../caller/actor.js";
import type { UserRow } from "../store/rows.js";
import { toUser } from "../user/wire.js";
import { withArticle } from "../text/with-article.js";
import { type Accounts, withAccounts } from "./accounts.js";
import {
  type Arguments,
  type Command,
  isSet,
  requireText,
  requireValid,
  type Terminal,
  UsageError,
} from "./command.js";
import { generatePassword, readPassword } from "./read-password.js";
import { printable, textTable } from "./text-table.js";

const passwordDetails = [
  "The password is asked for, or read from the standard input as its first line.",
  "With --generate one is made, and printed this once.",
];
const generate = { generate: { type: "boolean" } } as const;

/** Subcommands about users. */
export const userCommands: readonly Command[] = [
  {
    name: "user add",
    usage: "<name> --role <reader|writer|admin> [--generate]",
    summary: "Add a user.",
    details: passwordDetails,
    options: { role: { type: "string" }, ...generate },
    positionals: 1,
    run: async (given, terminal) => {
      const [username = ""] = given.positionals;
      const wanted = requireText(given, "role");
      // Before the password is asked for, what is wrong already is told.
      requireValid(userInsert, { username, role: wanted, password: "x".repeat(8) });
      await withPassword(given, terminal, async (password) => {
        const user = requireValid(userInsert, { username, role: wanted, password });
        await withAccounts(terminal, "write", ({ users }) => users.create(user, commandLine));
        terminal.tell(`The user "${username}" is ${withArticle(user.role)}.\n`);
      });
    },
  },
  {
    name: "user list",
    usage: "[--json]",
    summary: "List the users.",
    details: ["With --json it is what GET /v1/user answers."],
    options: { json: { type: "boolean" } },
    positionals: 0,
    run: async (given, terminal) => {
      const rows = await withAccounts(terminal, "read", async ({ users }) => {
        const rows: UserRow[] = [];
        for await (const page of users.list().all()) rows.push(...page);
        return rows;
      });
      const users = rows.map(toUser);
      if (isSet(given, "json")) terminal.print(`${JSON.stringify(users, undefined, 2)}\n`);
      else {
        terminal.print(
          textTable(
            ["NAME", "ROLE", "STATE", "CREATED", "USER ID"],
            users.map((user) => [
              user.username,
              user.role,
              user.disabled ? "disabled" : "enabled",
              user.created_at,
              user.user_id,
            ]),
          ),
        );
      }
    },
  },
  {
    name: "user disable",
    usage: "<name>",
    summary: "Keep a user out: their sessions end, their keys stop working.",
    options: {},
    positionals: 1,
    run: (given, terminal) =>
      change(given, terminal, async ({ users }, user) => {
        await users.update(user.user_id, { disabled: true }, commandLine);
        return "is disabled, their sessions have ended, their keys do not work";
      }),
  },
  {
    name: "user enable",
    usage: "<name>",
    summary: "Let a user in again; their keys work again.",
    options: {},
    positionals: 1,
    run: (given, terminal) =>
      change(given, terminal, async ({ users }, user) => {
        await users.update(user.user_id, { disabled: false }, commandLine);
        return "is enabled";
      }),
  },
  {
    name: "user role",
    usage: "<name> <reader|writer|admin>",
    summary: "Change what a user may do; it holds for their next call.",
    options: {},
    positionals: 2,
    run: (given, terminal) => {
      const wanted = role.safeParse(given.positionals[1]);
      if (!wanted.success) throw new UsageError(`"${given.positionals[1]}" is no role; take reader, writer or admin`);
      return change(given, terminal, async ({ users }, user) => {
        await users.update(user.user_id, { role: wanted.data }, commandLine);
        return `is ${withArticle(wanted.data)}`;
      });
    },
  },
  {
    name: "user password",
    usage: "<name> [--generate]",
    summary: "Give a user a new password; their sessions end.",
    details: passwordDetails,
    options: generate,
    positionals: 1,
    run: async (given, terminal) => {
      await withAccounts(terminal, "write", ({ users }) => users.getByName(given.positionals[0] ?? ""));
      await withPassword(given, terminal, async (password) => {
        const { password: valid } = requireValid(userInsert, { username: "x", role: "reader", password });
        await change(given, terminal, async ({ users }, user) => {
          await users.update(user.user_id, { password: valid }, commandLine);
          return "has a new password, their sessions have ended";
        });
      });
    },
  },
];

/** Prints a generated password only once it is the user's. */
async function withPassword(
  given: Arguments,
  terminal: Terminal,
  use: (password: string) => Promise<void>,
): Promise<void> {
  if (!isSet(given, "generate")) {
    await use(await readPassword(terminal));
    return;
  }
  const password = generatePassword();
  await use(password);
  terminal.print(`${password}\n`);
  terminal.tell("The password is shown this once; keep it.\n");
}

async function change(
  { positionals: [username = ""] }: Arguments,
  terminal: Terminal,
  work: (accounts: Accounts, user: UserRow) => Promise<string>,
): Promise<void> {
  const done = await withAccounts(terminal, "write", async (accounts) =>
    work(accounts, await accounts.users.getByName(username)),
  );
  terminal.tell(`The user "${printable(username)}" ${done}.\n`);
}
