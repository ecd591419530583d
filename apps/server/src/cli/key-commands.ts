import { keyInsert, type NewKey, readInstant } from "@eca/contract";
import { commandLine } from "../caller/actor.js";
import { duration } from "../config/setting-values.js";
import type { OwnedKey, TokenOfKey } from "../api-key/service.js";
import { toKey } from "../api-key/wire.js";
import { withArticle } from "../text/with-article.js";
import { withAccounts } from "./accounts.js";
import {
  type Arguments,
  type Command,
  isSet,
  requireText,
  requireValid,
  type Terminal,
  textOf,
  textsOf,
  UsageError,
} from "./command.js";
import { printable, textTable } from "./text-table.js";

/** Subcommands about keys. */
export const keyCommands: readonly Command[] = [
  {
    name: "key create",
    usage: "--user <name> --name <name> --role <reader|writer|admin> [--module <module id>]... [--expires <time>]",
    summary: "Create a key, and print its token this once.",
    details: [
      "--module limits the key to a module; repeat it for more. Without it the key may touch all.",
      "--expires takes a duration such as 90d, or an instant such as 2027-01-31T12:00:00Z. Without it the key never ends.",
    ],
    options: {
      user: { type: "string" },
      name: { type: "string" },
      role: { type: "string" },
      module: { type: "string", multiple: true },
      expires: { type: "string" },
    },
    positionals: 0,
    run: async (given, terminal) => {
      const username = requireText(given, "user");
      const key = readKey(given);
      const made = await withAccounts(terminal, "write", async ({ users, keys }) => {
        const { user_id } = await users.getByName(username);
        return keys.create({ ...key, user_id }, user_id, commandLine);
      });
      showToken(made, terminal);
    },
  },
  {
    name: "key list",
    usage: "[--user <name>] [--json]",
    summary: "List the keys, oldest first.",
    details: ["With --json it is what GET /v1/key answers."],
    options: { user: { type: "string" }, json: { type: "boolean" } },
    positionals: 0,
    run: async (given, terminal) => {
      const username = textOf(given, "user");
      const owned = await withAccounts(terminal, "read", async ({ users, keys }) => {
        const owner = username === undefined ? undefined : await users.getByName(username);
        const owned: OwnedKey[] = [];
        for await (const page of keys.list().all()) {
          owned.push(...page.filter(({ user }) => owner === undefined || user.user_id === owner.user_id));
        }
        return owned;
      });
      const keys = owned.map(toKey);
      if (isSet(given, "json")) terminal.print(`${JSON.stringify(keys, undefined, 2)}\n`);
      else {
        terminal.print(
          textTable(
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
          ),
        );
      }
    },
  },
  {
    name: "key rotate",
    usage: "<key id>",
    summary: "Give a key a new token, and print it this once; the old one is dead.",
    options: {},
    positionals: 1,
    run: async ({ positionals: [keyId = ""] }, terminal) => {
      showToken(await withAccounts(terminal, "write", ({ keys }) => keys.rotate(keyId, commandLine)), terminal);
    },
  },
  {
    name: "key revoke",
    usage: "<key id>",
    summary: "Revoke a key; it is dead at once.",
    options: {},
    positionals: 1,
    run: async ({ positionals: [keyId = ""] }, terminal) => {
      const { key } = await withAccounts(terminal, "write", ({ keys }) => keys.revoke(keyId, commandLine));
      terminal.tell(`The key "${printable(key.name)}" is revoked.\n`);
    },
  },
];

function showToken({ token, key, user }: TokenOfKey, terminal: Terminal): void {
  terminal.print(`${token}\n`);
  const limits = key.modules === null ? "all modules" : key.modules.map(printable).join(", ");
  terminal.tell(
    `The key "${printable(key.name)}" of "${printable(user.username)}" is ${withArticle(key.role)}'s, for ${limits}.\n` +
      `Its id is ${key.key_id}. The token is shown this once; keep it.\n`,
  );
}

/** What the contract demands of a new key. */
function readKey(given: Arguments): NewKey {
  const modules = textsOf(given, "module");
  return requireValid(keyInsert, {
    name: requireText(given, "name"),
    role: requireText(given, "role"),
    modules: modules.length === 0 ? null : modules,
    expires_at: toInstant(textOf(given, "expires")),
  });
}

function toInstant(given: string | undefined): string | null {
  if (given === undefined) return null;
  const span = duration.safeParse(given);
  if (span.success) return new Date(Date.now() + span.data).toISOString();
  // What a Date reads beside it would depend on the machine's own zone.
  if (readInstant(given) !== undefined) return given;
  throw new UsageError(
    `--expires: "${given}" is neither a duration such as 90d nor an instant such as 2027-01-31T12:00:00Z`,
  );
}
