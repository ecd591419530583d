import { z } from "zod";
import { EndpointError, type ModelEndpoint } from "./model-endpoint.js";

/** Makes vectors of texts, such that texts of like meaning lie near each other. */
export interface VectorModel {
  readonly name: string;
  /**
   * One vector of length 1 for each text, all of the same shape.
   *
   * @param user For whom; users have their turns one after the other.
   * @throws EndpointError where there are none to be had.
   */
  vectorsOf(texts: readonly string[], user: string): Promise<Float32Array[]>;
  close(): void;
}

/** The models' own limits lie there or above; what comes later in a text is found by words alone. */
const maxCharacters = 8_000;

/** The part of a list of embeddings that counts; more numbers than in any model there is are refused. */
const embeddings = z.object({
  data: z.array(z.object({ index: z.int().min(0), embedding: z.array(z.number()).min(1).max(20_000) })),
});

/** A model behind an OpenAI-compatible `/embeddings`. */
export function createVectorModel(endpoint: ModelEndpoint, name: string): VectorModel {
  return {
    name,
    vectorsOf: async (texts, user) => {
      // Services refuse an empty text.
      const input = texts.map((text) => text.slice(0, maxCharacters).trim() || "-");
      const parsed = embeddings.safeParse(await endpoint.post({ model: name, input }, user));
      if (!parsed.success) throw new EndpointError("answered no list of embeddings");
      const vectors = new Map(parsed.data.data.map(({ index, embedding }) => [index, toUnit(embedding)]));
      const shape = vectors.get(0)?.length;
      return texts.map((_, index) => {
        const vector = vectors.get(index);
        if (vector === undefined || vector.length !== shape)
          throw new EndpointError("answered other embeddings than asked for");
        return vector;
      });
    },
    close: () => endpoint.close(),
  };
}

/** The same direction at length 1, for which the nearest by distance is the one with the greatest cosine. */
function toUnit(numbers: readonly number[]): Float32Array {
  const length = Math.hypot(...numbers);
  if (!(length > 0 && Number.isFinite(length))) throw new EndpointError("answered an embedding without a direction");
  return Float32Array.from(numbers, (number) => number / length);
}
