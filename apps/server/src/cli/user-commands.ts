import { Argument } from "@commander-js/extra-typings";
import { role, userInsert } from "@eca/contract";
import { commandLine } from "../caller/actor.js";
import type { UserRow } from "../store/port/rows.js";
import { toUser } from "../user/wire.js";
import { withArticle } from "../text/with-article.js";
import { type Accounts, withAccounts } from "./accounts.js";
import { addCommand, type AddCommands, requireValid, roleOption, type Terminal } from "./command.js";
import { generatePassword, readPassword } from "./read-password.js";
import { printable, textTable } from "./text-table.js";

const passwordDetails =
  "The password is asked for, or read from the standard input as its first line. With --generate one is made, and " +
  "printed this once.";
const generate = ["--generate", "make a password and print it"] as const;

/** Subcommands about users. */
export const addUserCommands: AddCommands = (program, terminal) => {
  const user = addCommand(program, "user", "Add, list and change users.");

  addCommand(user, "add", "Add a user.", passwordDetails)
    .argument("<name>")
    .addOption(roleOption())
    .option(...generate)
    .action(async (username, { role, generate }) => {
      // Checked before the password is asked for.
      requireValid(userInsert, { username, role, password: "x".repeat(8) });
      await withPassword(terminal, generate, async (password) => {
        const user = requireValid(userInsert, { username, role, password });
        await withAccounts(terminal, "write", ({ users }) => users.create(user, commandLine));
        terminal.writeErr(`The user "${username}" is ${withArticle(user.role)}.\n`);
      });
    });

  addCommand(user, "list", "List the users.", "With --json it is what GET /v1/user returns.")
    .option("--json", "print JSON")
    .action(async ({ json }) => {
      const rows = await withAccounts(terminal, "read", async ({ users }) => {
        const rows: UserRow[] = [];
        for await (const page of users.list().all()) rows.push(...page);
        return rows;
      });
      const users = rows.map(toUser);
      terminal.writeOut(json === true ? `${JSON.stringify(users, undefined, 2)}\n` : tableOf(users));
    });

  addCommand(user, "disable", "Keep a user out: their sessions end, their keys stop working.")
    .argument("<name>")
    .action((username) =>
      change(username, terminal, async ({ users }, user) => {
        await users.update(user.user_id, { disabled: true }, commandLine);
        return "is disabled, their sessions have ended, their keys do not work";
      }),
    );

  addCommand(user, "enable", "Let a user in again; their keys work again.")
    .argument("<name>")
    .action((username) =>
      change(username, terminal, async ({ users }, user) => {
        await users.update(user.user_id, { disabled: false }, commandLine);
        return "is enabled";
      }),
    );

  addCommand(user, "role", "Change what a user may do; it holds for their next call.")
    .argument("<name>")
    .addArgument(new Argument("<reader|writer|admin>").choices(role.options))
    .action((username, role) =>
      change(username, terminal, async ({ users }, user) => {
        await users.update(user.user_id, { role }, commandLine);
        return `is ${withArticle(role)}`;
      }),
    );

  addCommand(user, "password", "Give a user a new password; their sessions end.", passwordDetails)
    .argument("<name>")
    .option(...generate)
    .action(async (username, { generate }) => {
      await withAccounts(terminal, "write", ({ users }) => users.getByName(username));
      await withPassword(terminal, generate, async (password) => {
        const { password: valid } = requireValid(userInsert, { username: "x", role: "reader", password });
        await change(username, terminal, async ({ users }, user) => {
          await users.update(user.user_id, { password: valid }, commandLine);
          return "has a new password, their sessions have ended";
        });
      });
    });
};

function tableOf(users: readonly ReturnType<typeof toUser>[]): string {
  return textTable(
    ["NAME", "ROLE", "STATE", "CREATED", "USER ID"],
    users.map((user) => [
      user.username,
      user.role,
      user.disabled ? "disabled" : "enabled",
      user.created_at,
      user.user_id,
    ]),
  );
}

/** Prints a generated password only once it is the user's. */
async function withPassword(
  terminal: Terminal,
  generate: true | undefined,
  use: (password: string) => Promise<void>,
): Promise<void> {
  if (generate !== true) {
    await use(await readPassword(terminal));
    return;
  }
  const password = generatePassword();
  await use(password);
  terminal.writeOut(`${password}\n`);
  terminal.writeErr("The password is shown this once; keep it.\n");
}

async function change(
  username: string,
  terminal: Terminal,
  work: (accounts: Accounts, user: UserRow) => Promise<string>,
): Promise<void> {
  const done = await withAccounts(terminal, "write", async (accounts) =>
    work(accounts, await accounts.users.getByName(username)),
  );
  terminal.writeErr(`The user "${printable(username)}" ${done}.\n`);
}
