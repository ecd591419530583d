import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type Answer, credentials, startTestServer, type TestServer } from "../test-server.fixture.js";

const second = 1_000_000;
let now = Date.UTC(2026, 0, 1) * 1000;
const clock = () => now;

/** What the proxy in front, which the server trusts, says of where a call comes from. */
const from = (address: string) => ({ "x-forwarded-for": address });
let lastAddress = 0;
const anotherAddress = (): string => `203.0.113.${(lastAddress += 1)}`;

function expectRefusal({ status, headers, json }: Answer, retryAfter: number): void {
  expect([status, headers["x-error-code"], headers["retry-after"]]).toEqual([429, "rate_limited", String(retryAfter)]);
  expect(json).toEqual({ errors: [expect.stringMatching(new RegExp(`^too many .*; try again in ${retryAfter} s$`))] });
}

describe("failed logins", () => {
  let server: TestServer;
  let address: string;

  beforeAll(async () => {
    server = await startTestServer(
      {
        ECA_LOGIN_FAILURES: "5/5m",
        ECA_LOGIN_FAILURES_ADDRESS: "20/20m",
        ECA_RATE_LOGIN: "off",
        ECA_TRUSTED_PROXIES: "::ffff:7f00:1",
      },
      { clock },
    );
  });

  beforeEach(() => {
    address = anotherAddress();
  });

  const login = (password: string, at = address, username = credentials.username): Promise<Answer> =>
    server.call({
      method: "POST",
      path: "/v1/login",
      body: { username, password },
      token: null,
      headers: from(at),
    });

  async function fail(times: number, at = address, username = credentials.username): Promise<number[]> {
    const statuses = [];
    for (let time = 0; time < times; time++) statuses.push((await login("wrong", at, username)).status);
    return statuses;
  }

  it("of one address count together, however a proxy spells it, and are noted under one spelling", async () => {
    const [, , , last] = address.split(".");
    const mapped = `::ffff:cb00:71${Number(last).toString(16).padStart(2, "0")}`;
    const spellings = [
      address,
      `::ffff:${address}`,
      mapped,
      `[${mapped.toUpperCase()}]:4711`,
      `0:0:0:0:0:ffff:${address}`,
    ];
    for (const spelling of spellings) expect(await fail(1, spelling)).toEqual([401]);
    for (const spelling of spellings) expect(await fail(1, spelling)).toEqual([429]);
    const { json } = await server.get("/v1/audit?limit=5");
    expect(json.map((entry: { address: string }) => entry.address)).toEqual(spellings.map(() => address));
  });

  it("are limited per name and address, and the right password has to wait there, too", async () => {
    expect(await fail(6)).toEqual([401, 401, 401, 401, 401, 429]);
    const refused = await login(credentials.password);
    expectRefusal(refused, 60);
    expect(refused.headers["ratelimit-policy"]).toBe('"login-name";q=5;w=300');
    expect(refused.headers["ratelimit"]).toBe('"login-name";r=0;t=60');
    now += 60 * second;
    expect((await login(credentials.password)).status).toBe(200);
  });

  it("lock nobody out who comes from elsewhere", async () => {
    await fail(6);
    expect((await login(credentials.password, anotherAddress())).status).toBe(200);
    expect((await login(credentials.password)).status).toBe(429);
  });

  it("end no session and stop no key", async () => {
    const { json } = await server.post("/v1/key", { name: "meter", role: "reader" });
    await fail(6);
    for (const token of [server.token, json.token]) {
      expect((await server.call({ path: "/v1/module", token, headers: from(address) })).status).toBe(200);
    }
  });

  it("of unknown names count like those of known ones", async () => {
    expect(await fail(6, address, "nobody")).toEqual([401, 401, 401, 401, 401, 429]);
    expect(await login("wrong", address, "nobody")).toMatchObject({
      text: (await login("wrong", await spent(), "admin")).text,
    });
  });

  async function spent(): Promise<string> {
    const at = anotherAddress();
    await fail(6, at);
    return at;
  }

  it("are limited per address, whatever the names", async () => {
    for (let name = 0; name < 20; name++) expect(await fail(1, address, `name ${name}`)).toEqual([401]);
    expectRefusal(await login(credentials.password), 60);
    expect((await login(credentials.password, anotherAddress())).status).toBe(200);
  });

  it("count per /64 of an IPv6 address", async () => {
    expect(await fail(5, "2001:db8:0:1::1")).not.toContain(429);
    expect(await fail(1, "2001:db8:0:1:ffff::2")).toEqual([429]);
    expect(await fail(1, "2001:db8:0:2::1")).toEqual([401]);
  });

  it("count where the trusted proxy says, not where the caller says before it", async () => {
    const forged = () => `${anotherAddress()}, ${address}`;
    for (let time = 0; time < 5; time++) expect(await fail(1, forged())).toEqual([401]);
    expect(await fail(1, forged())).toEqual([429]);
  });

  it("together do not outrun the limit", async () => {
    const answers = await Promise.all(Array.from({ length: 30 }, () => login("wrong")));
    expect(answers.filter(({ status }) => status === 401)).toHaveLength(5);
    expect(answers.filter(({ status }) => status === 429)).toHaveLength(25);
  });

  it("are none where many log in rightly at the same moment", async () => {
    const answers = await Promise.all(Array.from({ length: 30 }, () => login(credentials.password)));
    expect(answers.every(({ status }) => status === 200)).toBe(true);
  });
});

describe("calls", () => {
  let server: TestServer;
  let address: string;

  beforeAll(async () => {
    server = await startTestServer(
      {
        ECA_RATE_READ: "5/10s",
        ECA_RATE_WRITE: "3/3s",
        ECA_RATE_SEARCH: "2/2s",
        ECA_RATE_LOGIN: "4/4m",
        ECA_RATE_ADDRESS: "12/12m",
        ECA_TRUSTED_PROXIES: "127.0.0.1",
      },
      { clock },
    );
    const body = { module_id: "m", state: [1], valence: 1 };
    expect((await server.post("/v1/ess", body)).status).toBe(201);
  });

  beforeEach(() => {
    address = anotherAddress();
  });

  /** A session of its own, got where no limit holds. */
  async function newSession(): Promise<string> {
    return (await server.post("/v1/login", credentials)).json.session_id;
  }

  const calls = {
    read: { path: "/v1/module" },
    write: { method: "PATCH", path: "/v1/ess/m/1", body: { module_id: "m", state: [1], valence: 1 } },
    search: { method: "POST", path: "/v1/ess/search", body: { module_id: "m", state: [1] } },
  } as const;
  const call = (kind: keyof typeof calls, token: string | null, at = address): Promise<Answer> =>
    server.call({ ...calls[kind], token, headers: from(at) });

  async function callUntilRefused(kind: keyof typeof calls, token: string, at = address): Promise<number> {
    for (let answered = 0; answered < 100; answered++) {
      const { status } = await call(kind, token, at);
      if (status === 429) return answered;
      expect(status).toBe(200);
    }
    return 100;
  }

  it.each([
    ["read", 5, 2],
    ["write", 3, 1],
    ["search", 2, 1],
  ] as const)("that %s are limited per session, and go on after a while", async (kind, count, wait) => {
    const token = await newSession();
    expect(await callUntilRefused(kind, token)).toBe(count);
    const refused = await call(kind, token);
    expectRefusal(refused, wait);
    expect(refused.headers["ratelimit"]).toBe(`"${kind}";r=0;t=${wait}`);
    now += wait * second;
    expect((await call(kind, token)).status).toBe(200);
    expect((await call(kind, token)).status).toBe(429);
  });

  it("of one session leave those of another and of a key alone, and each kind has its own limit", async () => {
    const [one, other] = [await newSession(), await newSession()];
    const { json: key } = await server.post("/v1/key", { name: "meter", role: "writer" });
    expect(await callUntilRefused("search", one)).toBe(2);
    expect(await callUntilRefused("write", one)).toBe(3);
    expect(await callUntilRefused("search", other, anotherAddress())).toBe(2);
    expect(await callUntilRefused("write", key.token, anotherAddress())).toBe(3);
  });

  it("of a key count for it wherever they come from", async () => {
    const { json: key } = await server.post("/v1/key", { name: "meter", role: "writer" });
    expect(await callUntilRefused("write", key.token)).toBe(3);
    expect((await call("write", key.token, anotherAddress())).status).toBe(429);
  });

  it("are limited per address, with whatever tokens, before anything is looked up", async () => {
    for (let time = 0; time < 12; time++) expect((await call("read", `ecas_${time}`)).status).toBe(401);
    expectRefusal(await call("read", await newSession()), 60);
    expectRefusal(await call("read", null), 60);
    expect((await call("read", await newSession(), anotherAddress())).status).toBe(200);
  });

  it("to log in are limited per address, right ones too", async () => {
    const login = { method: "POST", path: "/v1/login", body: credentials, token: null, headers: from(address) };
    for (let time = 0; time < 4; time++) expect((await server.call(login)).status).toBe(200);
    const refused = await server.call(login);
    expectRefusal(refused, 60);
    expect(refused.headers["ratelimit-policy"]).toBe('"login";q=4;w=240');
  });

  it("of supervisors are not limited", async () => {
    for (let time = 0; time < 30; time++) {
      expect((await server.call({ path: "/healthz", token: null, headers: from(address) })).status).toBe(200);
    }
  });

  it("from the machine itself are not limited", async () => {
    for (let time = 0; time < 30; time++) expect((await server.call(calls.search)).status).toBe(200);
  });
});

describe("X-Forwarded-For of a caller who is no trusted proxy", () => {
  let server: TestServer;

  beforeAll(async () => {
    server = await startTestServer({ ECA_RATE_READ: "5/10s", ECA_RATE_EXEMPT: "203.0.113.0/24" }, { clock });
  });

  it("says nothing: it is neither exempt nor another caller", async () => {
    const statuses = [];
    for (let time = 0; time < 6; time++) {
      statuses.push((await server.call({ path: "/v1/module", headers: from(anotherAddress()) })).status);
    }
    expect(statuses).toEqual([200, 200, 200, 200, 200, 429]);
  });
});

describe("by default", () => {
  let server: TestServer;

  beforeAll(async () => {
    server = await startTestServer({ ECA_TRUSTED_PROXIES: "127.0.0.1" }, { clock });
  });

  it("limits are on, and generous", async () => {
    const headers = from(anotherAddress());
    const { json } = await server.call({ path: "/v1/session", headers });
    expect(json.username).toBe("admin");
    const statuses = new Set<number>();
    for (let time = 0; time < 400; time++) statuses.add((await server.call({ path: "/v1/session", headers })).status);
    expect([...statuses]).toEqual([200]);
  });
});
