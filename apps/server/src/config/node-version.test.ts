import { expect, it } from "vitest";
import { requireNode } from "./node-version.js";

it("is refused where it is older than the server, and told what to take", () => {
  expect(() => requireNode("18.20.8")).toThrow("this is Node 18.20.8; take Node 20.19 or later");
  for (const version of ["20.0.0", "20.19.0", "22.1.0", "100.0.0"]) requireNode(version);
});
