import { describe, expect, it } from "vitest";
import { ConfigError, readConfig, variablesOfPrograms } from "./config.js";
import { settings } from "./settings.js";

describe("readConfig", () => {
  it("needs no variable at all", () => {
    const config = readConfig({ PATH: "/bin" });
    expect(config).toMatchObject({ host: "127.0.0.1", port: 2580, bodyLimit: 8 * 1024 * 1024, corsOrigins: [] });
    expect(config.password).toBeUndefined();
  });

  it("reads units of time and size", () => {
    const config = readConfig({ ECA_SESSION_IDLE: "15m", ECA_BODY_LIMIT: "512KiB", ECA_SEARCH_MEMORY: "4000" });
    expect(config).toMatchObject({ sessionIdle: 900_000, bodyLimit: 524_288, searchMemory: 4000 });
  });

  it("takes an empty variable as absent", () => {
    expect(readConfig({ ECA_PORT: "", ECA_PASSWORD: "" }).port).toBe(2580);
  });

  it("refuses an unknown variable and names it", () => {
    expect(() => readConfig({ ECA_PROT: "1" })).toThrow(ConfigError);
    expect(() => readConfig({ ECA_PROT: "1" })).toThrow(/ECA_PROT is not a setting/);
  });

  it("lets the variables of the original's programs be, and names them", () => {
    const environment = { ECA_SERVER: "http://localhost:2580/v1", ECA_SECRET: "s3cret", ECA_PORT: "3000" };
    expect(readConfig(environment).port).toBe(3000);
    expect(variablesOfPrograms(environment)).toEqual(["ECA_SERVER", "ECA_SECRET"]);
    expect(variablesOfPrograms({ ECA_PORT: "1", ECA_SECRET: "" })).toEqual([]);
    expect(() => readConfig({ ECA_SECRETS: "1" })).toThrow(/ECA_SECRETS is not a setting/);
  });

  it.each([
    ["ECA_PROT", "ECA_PORT"],
    ["ECA_PORT_", "ECA_PORT"],
    ["ECA_CORS_ORIGIN", "ECA_CORS_ORIGINS"],
    ["ECA_LOGLEVEL", "ECA_LOG_LEVEL"],
    ["ECA_SESSION_IDEL", "ECA_SESSION_IDLE"],
    ["ECA_RATE_READS", "ECA_RATE_READ"],
    ["ECA_LLM_KEYS", "ECA_LLM_KEY"],
  ])("asks whether %s was meant to be %s", (variable, meant) => {
    expect(() => readConfig({ [variable]: "1" })).toThrow(`${variable} is not a setting; did you mean ${meant}?`);
  });

  it("names every setting that is equally near", () => {
    expect(() => readConfig({ ECA_RATE_REACH: "1" })).toThrow(/did you mean ECA_RATE_READ or ECA_RATE_SEARCH\?$/);
  });

  it.each(["ECA_X", "ECA_", "ECA_DATABASE_URL"])("lists the settings where %s is like none of them", (variable) => {
    expect(() => readConfig({ [variable]: "1" })).toThrow(
      `known are ${Object.values(settings)
        .map((setting) => setting.variable)
        .join(", ")}`,
    );
  });

  it("lists all errors at once", () => {
    const invalid = { ECA_PORT: "70000", ECA_SESSION_IDLE: "soon", ECA_PASSWORD: "short", ECA_CORS_ORIGINS: "here" };
    for (const variable of Object.keys(invalid)) expect(() => readConfig(invalid)).toThrow(variable);
  });

  it("splits origins", () => {
    const { corsOrigins } = readConfig({ ECA_CORS_ORIGINS: "https://a.example, http://localhost:3000" });
    expect(corsOrigins).toEqual(["https://a.example", "http://localhost:3000"]);
  });

  it("reads rates, and takes off for none", () => {
    expect(readConfig({ ECA_RATE_READ: "30/500ms" }).rateRead).toEqual({ count: 30, period: 500 });
    expect(readConfig({ ECA_RATE_READ: "off" }).rateRead).toBeUndefined();
    expect(readConfig({ ECA_LOGIN_FAILURES: "3/1h" }).loginFailures).toEqual({ count: 3, period: 3_600_000 });
  });

  it.each([
    ["ECA_RATE_READ", "30"],
    ["ECA_RATE_READ", "0/1s"],
    ["ECA_RATE_READ", "30/0s"],
    ["ECA_RATE_READ", "-1/1s"],
    ["ECA_LOGIN_FAILURES", "off"],
    ["ECA_LOGIN_CONCURRENCY", "0"],
    ["ECA_TRUSTED_PROXIES", "proxy.example.org"],
    ["ECA_TRUSTED_PROXIES", "10.0.0.0/33"],
    ["ECA_TRUSTED_PROXIES", "10.0.0.0/8/8"],
    ["ECA_RATE_EXEMPT", "10.0.0.1, *"],
    ["ECA_SESSION_LIFETIME", "36501d"],
    ["ECA_RATE_READ", "1/36501d"],
    ...["REQUEST_TIMEOUT", "REPLY_TIMEOUT", "DRAIN_DELAY", "DRAIN_TIMEOUT", "WS_PING", "LLM_TIMEOUT"].map((name) => [
      `ECA_${name}`,
      "25d",
    ]),
  ])("refuses %s=%s", (variable, value) => {
    expect(() => readConfig({ [variable]: value })).toThrow(variable);
  });

  it.each(["ECA_BODY_LIMIT", "ECA_DATA_LIMIT", "ECA_SEARCH_MEMORY", "ECA_WS_BYTES_PER_SECOND"])(
    "refuses a size in %s that has lost its unit, and names the units",
    (variable) => {
      const text = `${variable}: 8 bytes are hardly meant; give a unit: 8KiB, 8MiB, 8GiB, or 8B`;
      expect(() => readConfig({ [variable]: "8" })).toThrow(text);
      expect(() => readConfig({ [variable]: "1023" })).toThrow("give a unit: 1023KiB");
      expect(() => readConfig({ [variable]: "0" })).toThrow(`${variable}: must be more than zero`);
      expect(() => readConfig({ [variable]: "8MB" })).toThrow("512KiB, 8MiB, 2GiB");
      for (const meant of ["1024", "8B", "1KiB"]) expect(() => readConfig({ [variable]: meant })).not.toThrow();
    },
  );

  it("reads a limit that may be off", () => {
    expect(readConfig({ ECA_WS_BYTES_PER_SECOND: "off" }).wsBytesPerSecond).toBeUndefined();
    expect(readConfig({ ECA_WS_BYTES_PER_SECOND: "2MiB" }).wsBytesPerSecond).toBe(2 * 1024 ** 2);
    expect(() => readConfig({ ECA_WS_BYTES_PER_SECOND: "8" })).toThrow("or 8B; or off for no limit");
  });

  it("reads outside services, each with its address and its model", () => {
    const { llmUrl, llmModel, llmKey, embeddingUrl, llmTimeout } = readConfig({
      ECA_LLM_URL: "https://models.example.org/v1?version=7",
      ECA_LLM_MODEL: "model-7",
      ECA_LLM_TIMEOUT: "5s",
    });
    expect(llmUrl?.href).toBe("https://models.example.org/v1?version=7");
    expect([llmModel, llmKey, embeddingUrl, llmTimeout]).toEqual(["model-7", undefined, undefined, 5_000]);
  });

  it.each([
    [{ ECA_LLM_URL: "https://models.example.org" }, "ECA_LLM_MODEL is missing"],
    [{ ECA_LLM_MODEL: "model-7" }, "ECA_LLM_URL is missing"],
    [{ ECA_EMBEDDING_KEY: "k" }, "ECA_EMBEDDING_URL is missing"],
    [{ ECA_EMBEDDING_URL: "https://models.example.org" }, "ECA_EMBEDDING_MODEL is missing"],
    [{ ECA_LLM_URL: "models.example.org", ECA_LLM_MODEL: "m" }, "ECA_LLM_URL: must be an http or https address"],
    [{ ECA_LLM_URL: "file:///etc/passwd", ECA_LLM_MODEL: "m" }, "ECA_LLM_URL: must be an http or https address"],
    [{ ECA_LLM_URL: "https://user:secret@models.example.org", ECA_LLM_MODEL: "m" }, "without a user or password"],
    [
      { ECA_LLM_URL: "https://a.example", ECA_LLM_MODEL: "m", ECA_LLM_KEY: "secret\nkey" },
      "ECA_LLM_KEY: must be one word",
    ],
  ])("refuses %j, and repeats no secret", (environment, complaint) => {
    expect(() => readConfig(environment)).toThrow(complaint);
    expect(() => readConfig(environment)).not.toThrow("secret");
  });

  it("splits networks", () => {
    const { trustedProxies, rateExempt } = readConfig({ ECA_TRUSTED_PROXIES: "10.0.0.0/8, fd00::/8,192.0.2.1" });
    expect(trustedProxies).toEqual(["10.0.0.0/8", "fd00::/8", "192.0.2.1"]);
    expect(rateExempt).toEqual(["127.0.0.0/8", "::1"]);
  });

  it("has a default for every setting that its own schema takes", () => {
    for (const { schema, fallback } of Object.values(settings)) expect(schema.safeParse(fallback).success).toBe(true);
  });
});
