import { z } from "zod";
import { c, policy, routerOptions } from "./dsl.js";
import { errorBody } from "./errors.js";
import { ess, prettyEss } from "./ess.js";
import { defaulted, moduleId } from "./scalars.js";
import { sequence } from "./sequence.js";

/** What a live socket can tell of a module. */
export const liveObjects = ["ess", "sequence"] as const;

/** Tells the newest row of a module at each `sync_rate`; the text frame `/model {...}` carries it. */
export const modelCommand = z
  .object({
    /** `ess`: the state that the module is in. `sequence`: the newest entry of its log. */
    object: z.enum(liveObjects),
    module_id: moduleId,
    /** Tells one row, and ends. */
    sync_once: defaulted(z.boolean(), false),
    /** A duration as Go writes it: `500ms`, `1s`, `1m30s`. */
    sync_rate: defaulted(z.string(), "1s"),
    /** Tells a state in texts. */
    pretty: defaulted(z.boolean(), false),
  })
  .meta({ id: "ModelCommand" });

/** What the frames hold that come back: the row itself, as the REST API replies with it. */
export const liveFrames = { ess, prettyEss, sequence } as const;

/** What the server answers on the path of live sockets to calls that ask for none. */
export const upgradeRequiredStatus = 426;

/** The upgrade to a live socket. What it then tells is asked for frame by frame, and authorized so. */
export const liveContract = c.router({
  live: c.router(
    {
      connect: {
        method: "GET",
        path: "/ws",
        summary: "Open a live socket",
        description:
          "A WebSocket. The text frame `/model {...}` begins to tell the newest row of a module at each `sync_rate`.",
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
