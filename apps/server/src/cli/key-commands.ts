import { keyInsert, readInstant } from "@eca/contract";
import { commandLine } from "../caller/actor.js";
import { duration } from "../config/setting-values.js";
import type { OwnedKey, TokenOfKey } from "../api-key/service.js";
import { toKey } from "../api-key/wire.js";
import { withArticle } from "../text/with-article.js";
import { withAccounts } from "./accounts.js";
import {
  addCommand,
  type AddCommands,
  repeated,
  requireValid,
  roleOption,
  type Terminal,
  UsageError,
} from "./command.js";
import { printable, textTable } from "./text-table.js";

/** Subcommands about keys. */
export const addKeyCommands: AddCommands = (program, terminal) => {
  const key = addCommand(program, "key", "Create, list and revoke keys.");

  addCommand(key, "create", "Create a key, and print its token this once.")
    .requiredOption("--user <name>", "whose key it is")
    .requiredOption("--name <name>", "what it is for")
    .addOption(roleOption())
    .option(
      "--module <module id>",
      "limit it to a module; repeat it for more. Without it the key may touch all",
      repeated,
    )
    .option(
      "--expires <time>",
      "a duration such as 90d, or an instant such as 2027-01-31T12:00:00Z. Without it the key never ends",
    )
    .action(async ({ user: username, name, role, module: modules = null, expires }) => {
      const key = requireValid(keyInsert, { name, role, modules, expires_at: toInstant(expires) });
      const made = await withAccounts(terminal, "write", async ({ users, keys }) => {
        const { user_id } = await users.getByName(username);
        return keys.create({ ...key, user_id }, user_id, commandLine);
      });
      showToken(made, terminal);
    });

  addCommand(key, "list", "List the keys, oldest first.", "With --json it is what GET /v1/key returns.")
    .option("--user <name>", "those of one user")
    .option("--json", "print JSON")
    .action(async ({ user: username, json }) => {
      const owned = await withAccounts(terminal, "read", async ({ users, keys }) => {
        const owner = username === undefined ? undefined : await users.getByName(username);
        const owned: OwnedKey[] = [];
        for await (const page of keys.list().all()) {
          owned.push(...page.filter(({ user }) => owner === undefined || user.user_id === owner.user_id));
        }
        return owned;
      });
      const keys = owned.map(toKey);
      terminal.writeOut(json === true ? `${JSON.stringify(keys, undefined, 2)}\n` : tableOf(keys));
    });

  addCommand(key, "rotate", "Give a key a new token, and print it this once; the old one no longer works.")
    .argument("<key id>")
    .action(async (keyId) => {
      showToken(await withAccounts(terminal, "write", ({ keys }) => keys.rotate(keyId, commandLine)), terminal);
    });

  addCommand(key, "revoke", "Revoke a key; it stops working at once.")
    .argument("<key id>")
    .action(async (keyId) => {
      const { key } = await withAccounts(terminal, "write", ({ keys }) => keys.revoke(keyId, commandLine));
      terminal.writeErr(`The key "${printable(key.name)}" is revoked.\n`);
    });
};

function tableOf(keys: readonly ReturnType<typeof toKey>[]): string {
  return textTable(
    ["KEY ID", "TOKEN", "NAME", "USER", "ROLE", "MODULES", "EXPIRES", "LAST USED"],
    keys.map((key) => [
      key.key_id,
      `${key.hint}...`,
      key.name,
      key.username,
      key.role,
      key.modules === null ? "all" : key.modules.join(", "),
      key.expires_at ?? "never",
      key.last_used_at ?? "never",
    ]),
  );
}

function showToken({ token, key, user }: TokenOfKey, terminal: Terminal): void {
  terminal.writeOut(`${token}\n`);
  const limits = key.modules === null ? "all modules" : key.modules.map(printable).join(", ");
  terminal.writeErr(
    `The key "${printable(key.name)}" of "${printable(user.username)}" is ${withArticle(key.role)}'s, for ${limits}.\n` +
      `Its id is ${key.key_id}. The token is shown this once; keep it.\n`,
  );
}

function toInstant(given: string | undefined): string | null {
  if (given === undefined) return null;
  const span = duration.safeParse(given);
  if (span.success) return new Date(Date.now() + span.data).toISOString();
  // Other forms that a Date reads would depend on the machine's own time zone.
  if (readInstant(given) !== undefined) return given;
  throw new UsageError(
    `--expires: "${given}" is neither a duration such as 90d nor an instant such as 2027-01-31T12:00:00Z`,
  );
}
