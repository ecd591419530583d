import { z } from "zod";
import { c, policy, routerOptions } from "./dsl.js";
import { idempotencyKey, idempotencyMismatch } from "./idempotency.js";
import { defaulted, float32, integer, moduleId, moduleOfRow, nullable, text } from "./scalars.js";

/** Maximum length of the chain of next states, and of the states before them that a caller may name. */
export const maxChainLength = 10_000;

export const nextStateRequest = z
  .object({
    module_id: moduleId,
    range: defaulted(integer.min(1), 2).meta({
      description:
        "How many states of context must have come before an earlier occurrence of the current state, itself included, " +
        "for what followed it to count; fewer where the log begins. As far as the server's `prediction_rows` reach.",
    }),
    recall: defaulted(integer.min(1), 2).meta({
      description:
        "How many of the newest earlier occurrences of the current state are looked at, as far as the server's " +
        "`prediction_rows` reach.",
    }),
    use_range_n_recall: defaulted(z.boolean(), true).meta({
      description:
        "Where it is false, `range` and `recall` limit nothing: of all occurrences those count before which most of the " +
        "context is found again.",
    }),
    n: defaulted(integer.min(0).max(maxChainLength), 1).meta({
      description:
        "The length of the chain. With the current state, its states may have as many numbers as `prediction_numbers` says.",
    }),
    status: nullable(text).meta({ description: "Learn from entries with this status alone." }),
    current_state: nullable(integer).meta({
      description: "The ESS to begin with; that of the newest sequence entry which was observed where it is null.",
    }),
    previous_state: nullable(
      z.array(integer).max(maxChainLength, { error: `must have at most ${maxChainLength} entries` }),
    ).meta({
      description:
        "The ESS before it, most recent first. Where it is null, those of the log if that ends with the current ESS, else none. The list may begin with the current " +
        "ESS itself: where the log ends with it, its end decides whether that came once more; else that counts where the " +
        "log knows what followed.",
    }),
    store_response: defaulted(z.boolean(), false).describe("Whether to store a `Response` for every step."),
    store_sequence: defaulted(z.boolean(), false).describe(
      "Whether to append the predicted states to the module's sequence, marked as predicted.",
    ),
  })
  .meta({
    id: "NextStateRequest",
    description: "What comes next in a module, and which part of its log to learn it from.",
    examples: [
      { module_id: "temperature", n: 1, range: 20, recall: 20 },
      { module_id: "temperature", n: 3, range: 20, recall: 20, current_state: 3, previous_state: [2, 1] },
    ],
  });

const twinFields = {
  aggregate_id: integer.describe("The id of the aggregate's state that this is a component of; 0 in a plain module."),
  ess_id: integer.describe("The id of the state."),
  module_id: moduleOfRow.describe("The module of the state: the component's, where the module is an aggregate."),
};

const twinExample = { aggregate_id: 0, ess_id: 3, module_id: "temperature" };

export const twin = z
  .object({
    ...twinFields,
    state: z
      .string()
      .describe("The text of its embedding input where it has one, else its numbers, as `8` or `30.48`."),
  })
  .meta({
    id: "Twin",
    description: "A state that a prediction begins with or arrives at, in text.",
    examples: [{ ...twinExample, state: "23.5" }],
  });

export const twinRaw = z
  .object({ ...twinFields, state: z.array(float32).describe("Its numbers, as 32-bit floats.") })
  .meta({
    id: "TwinRaw",
    description: "A state that a prediction begins with or arrives at, in numbers.",
    examples: [{ ...twinExample, state: [23.5] }],
  });

/** A reply of these twins. */
function nextStateOf<S extends typeof twin | typeof twinRaw>(schema: S) {
  return z.object({
    current_state: z.array(schema).describe("The state that the prediction begins with, one entry for each component."),
    next_state: z
      .array(z.object({ list: z.array(schema).describe("The state, one entry for each component.") }))
      .describe("The predicted states, the next one first."),
  });
}

export const nextState = nextStateOf(twin).meta({
  id: "NextState",
  description: "What comes next, in texts.",
  examples: [
    {
      current_state: [{ ...twinExample, state: "23.5" }],
      next_state: [{ list: [{ ...twinExample, ess_id: 4, state: "24" }] }],
    },
  ],
});

export const nextStateRaw = nextStateOf(twinRaw).meta({
  id: "NextStateRaw",
  description: "What comes next, in numbers.",
  examples: [
    {
      current_state: [{ ...twinExample, state: [23.5] }],
      next_state: [{ list: [{ ...twinExample, ess_id: 4, state: [24] }] }],
    },
  ],
});

/** Responses belong to no module. */
const effects = {
  store_response: { access: "writer", modules: "beyond" },
  store_sequence: { access: "writer", modules: "named" },
} as const;

const replySwitches = ["use_range_n_recall"];

const description =
  "To store what is predicted takes the role writer, and `store_response` a caller who is not limited to modules.";

export const predictionRouter = c.router(
  {
    predict: {
      method: "POST",
      path: "/predictions",
      summary: "Predict the next states, in texts",
      description,
      headers: idempotencyKey,
      body: nextStateRequest,
      responses: { 200: nextState, ...idempotencyMismatch },
      metadata: { ...policy.search, effects, replySwitches },
    },
    predictRaw: {
      method: "POST",
      path: "/predictions/raw",
      summary: "Predict the next states, in numbers",
      description,
      headers: idempotencyKey,
      body: nextStateRequest,
      responses: { 200: nextStateRaw, ...idempotencyMismatch },
      metadata: { ...policy.search, effects, replySwitches },
    },
  },
  routerOptions,
);

export type NextStateRequest = z.input<typeof nextStateRequest>;
export type NextStateQuestion = z.output<typeof nextStateRequest>;
export type Twin = z.infer<typeof twin>;
export type TwinRaw = z.infer<typeof twinRaw>;
export type NextState = z.infer<typeof nextState>;
export type NextStateRaw = z.infer<typeof nextStateRaw>;
