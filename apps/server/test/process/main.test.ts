import { once } from "node:events";
import { chmod, readdir } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { cheapPasswords, main, usePrograms } from "./program.fixture.js";

const programs = usePrograms("eca-main-");

/** A built server in a process of its own. */
function run(environment: Readonly<Record<string, string>> = {}, launcher: readonly string[] = []) {
  const [command, ...parameters] = [...launcher, process.execPath, ...cheapPasswords, main];
  return programs.start([command, ...parameters], environment);
}

/** The same as it is shipped. */
const runAsShipped = (environment: Readonly<Record<string, string>>, words: readonly string[] = [], input = "") =>
  programs.start([process.execPath, main, ...words], environment, input);

describe("the process", () => {
  it("starts without any variable but a port, and tells URL, folder and a login once", async () => {
    const first = runAsShipped({ ECA_PORT: "0" });
    const url = await first.listening;
    expect(first.output.out).toContain(join(programs.folder(), "eca-data"));
    const password = /Password +(\S+)/.exec(first.output.out)?.[1] ?? "";
    expect(password).toMatch(/^[\w-]{20}$/);
    const login = await fetch(`${url}/v1/login`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ username: "admin", password }),
    });
    expect(login.status).toBe(200);
    first.child.kill("SIGTERM");
    expect(await first.exited).toBe(0);
    expect(first.output.err).not.toContain(password);

    const second = run({ ECA_PORT: "0" });
    await second.listening;
    expect(second.output.out).not.toContain("Password");
  });

  it("refuses data that it may only read, instead of failing at each write", async () => {
    const first = run({ ECA_PORT: "0" });
    await first.listening;
    first.child.kill("SIGTERM");
    await first.exited;
    const data = join(programs.folder(), "eca-data");
    for (const file of await readdir(data)) await chmod(join(data, file), 0o444);
    await chmod(data, 0o555);
    // Permissions hold nobody who may override them.
    const launcher = process.getuid?.() === 0 ? ["setpriv", "--bounding-set=-dac_override"] : [];
    const second = run({ ECA_PORT: "0" }, launcher);
    await expect(second.listening).rejects.toThrow(`the data folder ${data} cannot be used: EACCES: permission denied`);
    await chmod(data, 0o755);
    expect(await second.exited).toBe(69);
  });

  it("takes a changed ECA_PASSWORD, which ends the old sessions", async () => {
    const login = (url: string, password: string): Promise<Response> =>
      fetch(`${url}/v1/login`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ username: "ada", password }),
      });
    const first = run({ ECA_PORT: "0", ECA_USERNAME: "ada", ECA_PASSWORD: "first-password" });
    const { session_id } = (await (await login(await first.listening, "first-password")).json()) as {
      session_id: string;
    };
    first.child.kill("SIGTERM");
    await first.exited;
    const second = run({ ECA_PORT: "0", ECA_USERNAME: "ada", ECA_PASSWORD: "second-password" });
    const url = await second.listening;
    expect((await login(url, "first-password")).status).toBe(401);
    expect((await login(url, "second-password")).status).toBe(200);
    const old = await fetch(`${url}/v1/session`, { headers: { authorization: `Bearer ${session_id}` } });
    expect(old.status).toBe(401);
  });

  it("refuses an ECA_PASSWORD that others would guess first, in one line, and makes nobody of it", async () => {
    const first = run({ ECA_PORT: "0", ECA_PASSWORD: "Password123" });
    expect(await first.exited).toBe(78);
    expect(first.output.err).toMatch(/^eca-server: ECA_PASSWORD: is one of the most common passwords; take .*\n$/m);
    expect(first.output.err).not.toContain("Password123");
    const second = run({ ECA_PORT: "0" });
    await second.listening;
    expect(second.output.out).toMatch(/^Password +\S{20} /m);
  });

  it.each(["SIGINT", "SIGTERM"] as const)("answers what is under way on %s, then exits 0", async (signal) => {
    const { child, exited, listening } = run({ ECA_PORT: "0", ECA_PASSWORD: "a-password" });
    const url = await listening;
    const { request } = await import("node:http");
    const slow = request(`${url}/v1/login`, {
      method: "POST",
      headers: { "content-type": "application/json", "content-length": "47" },
    });
    const answered = once(slow, "response");
    slow.write('{"username": "admin", ');
    // The server has the head once it answers another request on the same listener.
    await fetch(`${url}/healthz`);
    child.kill(signal);
    slow.end('"password": "a-password"}');
    const [response] = (await answered) as [{ statusCode: number; resume(): void }];
    response.resume();
    expect(response.statusCode).toBe(200);
    expect(await exited).toBe(0);
  });

  it("refuses an unknown variable and names it", async () => {
    const { exited, output } = run({ ECA_PROT: "2580" });
    expect(await exited).toBe(78);
    expect(output.err).toMatch(/^eca-server: ECA_PROT is not a setting/);
  });

  it("starts where the variables of programs that call a server are set, with a warning", async () => {
    const { child, exited, listening, output } = run({
      ECA_PORT: "0",
      ECA_SERVER: "http://x",
      ECA_SECRET: "s3cret-of-mine",
    });
    await listening;
    child.kill("SIGTERM");
    expect(await exited).toBe(0);
    for (const variable of ["ECA_SERVER", "ECA_SECRET"])
      expect(output.err).toMatch(new RegExp(`"level":40.*"${variable}"`));
    expect(output.err).not.toContain("s3cret-of-mine");
  });

  it("refuses a data folder that another process holds", async () => {
    await run({ ECA_PORT: "0" }).listening;
    const second = run({ ECA_PORT: "0" });
    expect(await second.exited).toBe(69);
    expect(second.output.err).toContain(join(programs.folder(), "eca-data"));
    expect(second.output.err).not.toContain("    at ");
  });

  it("refuses a port that is taken, in one line", async () => {
    const url = await run({ ECA_PORT: "0" }).listening;
    const second = run({ ECA_PORT: new URL(url).port, ECA_DATA: join(programs.folder(), "other") });
    expect(await second.exited).toBe(69);
    const { port } = new URL(url);
    expect(second.output.err).toMatch(/^eca-server: .*EADDRINUSE.*; choose another port by ECA_PORT, or .*\n$/);
    expect(second.output.err).toContain(`"ss -ltnp 'sport = :${port}'" or "lsof -nP -iTCP:${port}" shows`);

    const elsewhere = run({ ECA_PORT: "0", ECA_HOST: "192.0.2.1", ECA_DATA: join(programs.folder(), "other") });
    expect(await elsewhere.exited).toBe(69);
    expect(elsewhere.output.err).toMatch(/^eca-server: .*EADDRNOTAVAIL.* this machine's own by ECA_HOST\n$/);

    // The failed start must not have made a login that nobody was told.
    const third = run({ ECA_PORT: "0", ECA_DATA: join(programs.folder(), "other") });
    await third.listening;
    expect(third.output.out).toMatch(/^Password +\S{20} /m);
  });

  it("ends with the exit code of its command, which reads the standard input", async () => {
    const data = join(programs.folder(), "data");
    const server = run({ ECA_PORT: "0", ECA_DATA: data });
    await server.listening;
    const added = runAsShipped({ ECA_DATA: data }, ["user", "add", "ada", "--role", "reader"], "a-users-password\n");
    expect([await added.exited, added.output]).toEqual([0, { out: "", err: 'The user "ada" is a reader.\n' }]);
    const again = runAsShipped({ ECA_DATA: data }, ["user", "role", "bob", "reader"]);
    expect([await again.exited, again.output]).toEqual([
      65,
      { out: "", err: expect.stringMatching(/^eca-server: .*bob.*\n$/) },
    ]);
  });
});
