import { PassThrough } from "node:stream";
import { describe, expect, it } from "vitest";
import { DomainError } from "../errors/domain-error.js";
import { useFolder } from "../store/sqlite/use-folder.fixture.js";
import { UsageError } from "./command.js";
import { runCommand } from "./run-command.js";

const folder = useFolder();

/** What a command wrote to standard output and standard error, and what it threw. */
async function run(words: readonly string[], typed = "") {
  const input = new PassThrough();
  input.end(typed);
  const seen = { out: "", err: "" };
  const error: unknown = await runCommand(words, {
    environment: { ECA_DATA: folder.path },
    input,
    writeOut: (text) => void (seen.out += text),
    writeErr: (text) => void (seen.err += text),
  }).catch((error: unknown) => error);
  return { ...seen, error };
}

describe("a command line that cannot be understood", () => {
  it.each([
    [["usr"], "unknown command 'usr'; did you mean user? See eca-server help"],
    [["bakup", "file"], "unknown command 'bakup'; did you mean backup? See eca-server help"],
    [["nothing"], "unknown command 'nothing'; see eca-server help"],
    [["user", "lst"], "unknown command 'lst'; did you mean list?"],
    [["user", "remove", "ada"], "unknown command 'remove'"],
    [["user"], "user what? There are user add, user list, "],
    [["--port", "2581"], "'--port'; settings of the server are environment variables such as ECA_PORT"],
    [["--data", "folder"], "no command is given; settings of the server are environment variables"],
    [["help", "nothing"], 'there is no command "nothing"; see eca-server help'],
    [["help", "key", "crate"], 'there is no command "key crate"; did you mean create? See eca-server help'],
    [["user", "add"], "Usage: eca-server user add <name>"],
    [["user", "add", "--role", "reader"], "missing required argument 'name'"],
    [["user", "role", "ada"], "missing required argument 'reader|writer|admin'"],
    [["backup"], "missing required argument 'file'\nUsage: eca-server backup <file>"],
    [["user", "add", "ada"], "required option '--role <reader|writer|admin>' not specified"],
    [["user", "add", "ada", "--role"], "option '--role <reader|writer|admin>' argument missing"],
    [["user", "add", "ada", "bob", "--role", "reader"], '"bob" is one word too many\nUsage: eca-server user add'],
    [
      ["user", "add", "ada", "--role", "king", "--generate"],
      "'king' is invalid. Allowed choices are reader, writer, admin",
    ],
    [["user", "list", "--jsn"], "unknown option '--jsn'; did you mean --json?"],
    [["user", "list", "--dta", "x"], "unknown option '--dta'; did you mean --data?"],
    [["user", "add", "a\u0007b", "--role", "reader", "--generate"], "username: must not hold control characters"],
    [["user", "add", "ada", "--role", "reader", "--password", "secret"], "unknown option '--password'"],
    [["user", "add", "ada", "--role", "reader"], "no password"],
    [["user", "role", "ada", "king"], "'king' is invalid for argument 'reader|writer|admin'. Allowed choices are"],
    [["key", "create", "--name", "x", "--role", "reader"], "required option '--user <name>' not specified"],
    [["key", "create", "--user", "a", "--name", "", "--role", "reader"], "name: must not be empty"],
    [["key", "create", "--user", "a", "--name", "x", "--role", "reader", "--expires", "soon"], "neither a duration"],
    [["key", "create", "--user", "a", "--name", "x", "--role", "reader", "--module", ""], "modules.0: must not be"],
  ])("%j fails with the reason, and changes nothing", async (words, text) => {
    const { error, out, err } = await run(words);
    expect(error).toBeInstanceOf(UsageError);
    expect((error as Error).message).toContain(text);
    expect([out, err]).toEqual(["", ""]);
  });

  it("never repeats the value of an option that there is not", async () => {
    const { error } = await run(["user", "add", "ada", "--role", "reader", "--password", "my-secret"]);
    expect((error as Error).message).not.toContain("my-secret");
  });

  it("is one with a password too short", async () => {
    const { error } = await run(["user", "add", "ada", "--role", "reader"], "1234567\n");
    expect((error as Error).message).toBe("password: must have at least 8 characters");
  });
});

it("--data names the folder, whatever the environment says", async () => {
  const other = { folder: `${folder.path}/other` };
  const server = await folder.open(other);
  await folder.open();
  const { error, out } = await run(["user", "add", "ada", "--role", "reader", "--data", other.folder, "--generate"]);
  expect(error).toBeUndefined();
  expect(out).toMatch(/^[\w-]{20}\n$/);
  expect(await server.userByName("ada")).toMatchObject({
    role: "reader",
    password_hash: expect.stringMatching(/^\$scrypt/),
  });
});

describe("a command that cannot be carried out", () => {
  it.each([
    [["user", "add", "admin", "--role", "reader", "--generate"], 'there is a user "admin" already'],
    [["user", "disable", "admin"], '"admin" is the last administrator'],
    [["user", "role", "nobody", "reader"], 'no user has the name "nobody"'],
    [["user", "password", "nobody", "--generate"], 'no user has the name "nobody"'],
    [["key", "create", "--user", "nobody", "--name", "x", "--role", "reader"], 'no user has the name "nobody"'],
    [["key", "list", "--user", "nobody"], 'no user has the name "nobody"'],
    [["key", "rotate", "unknown"], 'no key has the id "unknown"'],
  ])("%j is refused, and prints no secret", async (words, text) => {
    const server = await folder.open();
    await server.transact((tx) =>
      tx.insertUser({
        user_id: "1",
        username: "admin",
        role: "admin",
        password_hash: "none",
        disabled: false,
        created_at: 1,
      }),
    );
    const { error, out, err } = await run(words);
    expect(error).toBeInstanceOf(DomainError);
    expect((error as Error).message).toContain(text);
    expect([out, err]).toEqual(["", ""]);
  });
});

describe("texts that somebody else has written", () => {
  it("cannot steer the terminal", async () => {
    const server = await folder.open();
    const module = "\u001B[2Jm";
    await server.transact(async (tx) => {
      await tx.insertUser({
        user_id: "1",
        username: "old \u001B[31m name",
        role: "admin",
        password_hash: "none",
        disabled: false,
        created_at: 1,
      });
      await tx.insertKey({
        key_id: "k",
        token_hash: new Uint8Array(32),
        user_id: "1",
        name: "key",
        hint: "ecak_",
        role: "reader",
        modules: [module],
        created_at: 1,
        expires_at: null,
        last_used_at: null,
      });
    });
    const users = await run(["user", "list"]);
    const keys = await run(["key", "list"]);
    expect(users.out).toContain("old \\u{1b}[31m name");
    expect(keys.out).toContain("\\u{1b}[2Jm");
    expect(users.out + keys.out).not.toContain("\u001B");
  });
});
