import { describe, expect, it } from "vitest";
import { z } from "zod";
import { contract, rootContract } from "./contract.js";
import type { RoutePolicy } from "./dsl.js";
import { type AppRoute, routesOf } from "./route.js";
import { moduleKey } from "./scalars.js";

const routes = [...routesOf(contract), ...routesOf(rootContract)];
const policyOf = (route: AppRoute): RoutePolicy => route.metadata as RoutePolicy;

type JsonSchema = z.core.JSONSchema.JSONSchema;
type Field = readonly [name: string, schema: JsonSchema];

/** The fields of a schema, nested ones included. */
function fieldsIn(schema: unknown): Field[] {
  if (typeof schema !== "object" || schema === null) return [];
  const own = "properties" in schema ? Object.entries(schema.properties as Record<string, JsonSchema>) : [];
  return [...own, ...Object.values(schema).flatMap(fieldsIn)];
}

const bodyOf = (route: AppRoute): unknown => ("body" in route ? route.body : undefined);

function fieldsOf(part: unknown): Field[] {
  return part instanceof z.ZodType ? fieldsIn(z.toJSONSchema(part, { io: "input", unrepresentable: "any" })) : [];
}

/** All that a caller may send, at any depth: in the path, the query and the body. */
const sentTo = (route: AppRoute): Field[] => [route.pathParams, route.query, bodyOf(route)].flatMap(fieldsOf);
const namesIn = (route: AppRoute): string[] => sentTo(route).map(([name]) => name);

const isModule = ([, schema]: Field): boolean => JSON.stringify(schema).includes(`"${moduleKey}":true`);
const isSwitch = ({ type, anyOf = [] }: JsonSchema): boolean =>
  [type].flat().includes("boolean") || anyOf.some((each) => isSwitch(each));

describe.each(routes)("policy of %s", (name, route) => {
  const policy = policyOf(route);

  it("names modules where it says so, and only by the fields that are looked at", () => {
    const sent = sentTo(route);
    // The modules of a key are what it is limited to, not what the call touches.
    const unmarked = sent.filter((field) => /module/i.test(field[0]) && !isModule(field));
    expect(unmarked.map(([name]) => name)).toEqual(name === "key.create" ? ["modules"] : []);
    expect(policy.modules === "named").toBe(sent.some(isModule) && policy.modules !== "beyond");
  });

  it("is open to nobody unknown unless it touches no module", () => {
    expect(policy.access === "public" && policy.modules !== "none").toBe(false);
  });

  it("limits the calls of everybody but supervisors", () => {
    expect(policy.rate === "exempt" && policy.access !== "public").toBe(false);
    expect(policy.rate === "login" && !/password/.test(namesIn(route).join(" "))).toBe(false);
  });

  it("takes a writer for whatever writes", () => {
    const isRead = ["read", "search", "login", "exempt"].includes(policy.rate);
    expect(policy.rate === "write" && policy.access === "reader").toBe(false);
    expect(isRead && route.method !== "GET" && route.method !== "POST").toBe(false);
  });

  it("says what each switch in its body does, unless the route itself is closed to all who could not cause it", () => {
    const switches = fieldsOf(bodyOf(route)).filter(([, schema]) => isSwitch(schema));
    const isClosed = policy.access !== "reader" && policy.modules === "beyond";
    const declared = [...Object.keys(policy.effects ?? {}), ...(policy.replySwitches ?? [])];
    expect(declared.toSorted()).toEqual(isClosed ? [] : switches.map(([name]) => name).toSorted());
    // They are looked for at the top of the body alone.
    const body = bodyOf(route);
    const top = body instanceof z.ZodObject ? Object.keys(body.shape) : [];
    expect(top).toEqual(expect.arrayContaining(declared));
  });

  it("seals what is kept of a reply that holds a secret", () => {
    const success = Object.entries(route.responses).find(([status]) => Number(status) < 300)?.[1];
    const keys = success instanceof z.ZodObject ? Object.keys(success.shape) : [];
    const { secretReply = [] } = policy;
    expect(secretReply.length > 0).toBe(keys.some((key) => ["token", "session_id"].includes(key)));
    expect(keys).toEqual(expect.arrayContaining([...secretReply]));
  });

  it("seals what is kept of a request that holds a password", () => {
    const hasPassword = namesIn(route).some((name) => /password/.test(name));
    expect(policy.secretBody === true).toBe(hasPassword && "idempotency-key" in (route.headers ?? {}));
  });
});
