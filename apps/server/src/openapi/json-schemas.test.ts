import { describe, expect, it } from "vitest";
import { z } from "zod";
import { toJsonSchemas } from "./json-schemas.js";

describe("toJsonSchemas", () => {
  it("shares a named schema that is the same in requests and replies", () => {
    const colour = z.enum(["red", "blue"]).meta({ id: "Colour" });
    const { requests, replies, components } = toJsonSchemas({ paint: colour }, { painted: z.array(colour) });
    expect(requests).toEqual({ paint: { $ref: "#/components/schemas/Colour" } });
    expect(replies).toEqual({ painted: { type: "array", items: { $ref: "#/components/schemas/Colour" } } });
    expect(components).toEqual({ Colour: { type: "string", enum: ["red", "blue"] } });
  });

  it("names the request's form apart where request and reply differ, in references too", () => {
    const point = z.object({ x: z.number() }).meta({ id: "Point" });
    const line = z.object({ from: point }).meta({ id: "Line" });
    const { requests, replies, components } = toJsonSchemas({ draw: line }, { drawn: line });
    expect(requests["draw"]).toEqual({ $ref: "#/components/schemas/LineRequest" });
    expect(replies["drawn"]).toEqual({ $ref: "#/components/schemas/Line" });
    expect(Object.keys(components)).toEqual(["Line", "LineRequest", "Point", "PointRequest"]);
    expect(components["LineRequest"]?.properties).toEqual({ from: { $ref: "#/components/schemas/PointRequest" } });
    expect(components["Line"]?.properties).toEqual({ from: { $ref: "#/components/schemas/Point" } });
    expect(components["Point"]?.additionalProperties).toBe(false);
    expect(components["PointRequest"]?.additionalProperties).toBeUndefined();
  });

  it("says what an absent field means", () => {
    const size = z
      .int()
      .nullish()
      .transform((given) => given ?? 7)
      .meta({ default: 7 });
    const { requests } = toJsonSchemas({ order: z.object({ size }) }, {});
    expect(requests["order"]?.required).toBeUndefined();
    expect(requests["order"]?.properties?.["size"]).toMatchObject({ default: 7 });
  });

  it("refuses two schemas of one name", () => {
    const one = z.string().meta({ id: "Twice" });
    const other = z.number().meta({ id: "Twice" });
    expect(() => toJsonSchemas({ one, other }, {})).toThrow(/Twice/u);
  });
});
