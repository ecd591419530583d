import { z } from "zod";
import { c, policy, routerOptions } from "./dsl.js";
import { errorBody } from "./errors.js";
import { ess, prettyEss } from "./ess.js";
import { defaulted, moduleId } from "./scalars.js";
import { sequence } from "./sequence.js";

/** What a live socket can send of a module. */
export const liveObjects = ["ess", "sequence"] as const;

export const modelCommand = z
  .object({
    object: z
      .enum(liveObjects)
      .describe("`ess`: the state that the module is in. `sequence`: the newest entry of its sequence."),
    module_id: moduleId,
    sync_once: defaulted(z.boolean(), false).describe("Whether to send one row, and no more."),
    sync_rate: defaulted(z.string(), "1s").describe("A duration as Go writes it: `500ms`, `1s`, `1m30s`."),
    pretty: defaulted(z.boolean(), false).describe("Whether to send a state in texts."),
  })
  .meta({
    id: "ModelCommand",
    description: "Sends the newest row of a module at each `sync_rate`; the text frame `/model {...}` carries it.",
    examples: [{ object: "ess", module_id: "temperature", sync_rate: "500ms" }],
  });

/** What the frames hold that come back: the row itself, as the REST API replies with it. */
export const liveFrames = { ess, prettyEss, sequence } as const;

/** The reply, on the path of live sockets, to calls that ask for none. */
export const upgradeRequiredStatus = 426;

/** The upgrade to a live socket. What it then sends is requested, and authorized, frame by frame. */
export const liveContract = c.router({
  live: c.router(
    {
      connect: {
        method: "GET",
        path: "/ws",
        summary: "Open a live socket",
        description:
          "A WebSocket. After the text frame `/model {...}` it sends the newest row of a module at each `sync_rate`.",
        responses: { 101: c.noBody(), [upgradeRequiredStatus]: errorBody },
        metadata: policy.read,
      },
    },
    routerOptions,
  ),
});

export type LiveObject = (typeof liveObjects)[number];
export type ModelCommandInput = z.input<typeof modelCommand>;
export type ModelCommand = z.output<typeof modelCommand>;
