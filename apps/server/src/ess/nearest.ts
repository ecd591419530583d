import { BatchFiller, type RowBatches, weighRow } from "../lists/row-batches.js";
import { squaredDistance, toScore } from "../search/distance.js";
import { ExactSquares } from "../search/exact-square.js";
import { type Neighbour, NearestList } from "../search/nearest-list.js";
import type { StateIndex } from "../search/state-index.js";
import type { EssRow } from "../store/port/rows.js";
import type { TimeSlice } from "../event-loop/time-slice.js";
import type { Match } from "./match.js";

interface NearestSource {
  readonly index: Pick<StateIndex, "search">;
  /** Reads a row that the index knows. */
  readonly read: (id: number) => Promise<EssRow>;
  /** What long work waits for between its parts. */
  readonly timeSlice: TimeSlice;
}

/** How often a search is made anew because a row that it found was replaced before it was read. */
const maxSearches = 4;

/**
 * The `limit` states nearest to one, with their rows. A row may be replaced between the search and its
 * reading: where that is seen in the first batch, which most often is all, the search is made again. Each
 * row is returned with the distance of the state that it is returned with, so that the two always fit. Of a row
 * that is replaced later still, or each time, only the place in the order may be that of its earlier state.
 */
export async function findNearest(
  { index, read, timeSlice }: NearestSource,
  moduleId: string,
  state: Float32Array,
  limit: number,
): Promise<RowBatches<Match>> {
  for (let searches = 1; ; searches++) {
    const found = await index.search(moduleId, state, limit);
    const batches = readMatches(found, state, { read, timeSlice });
    const { value: first = [] } = (await batches.next()) as { value?: readonly Match[] };
    // The arithmetic is the search's own: of a state that was not replaced, the distance is the same to the bit.
    const isAsFound = first.every(({ ess }, place) => squaredDistance(state, ess.state, 0) === found[place]?.squared);
    if (isAsFound) return followedBy(first, batches);
    if (searches === maxSearches) return followedBy(byDistance(first, state), batches);
  }
}

async function* readMatches(
  found: readonly Neighbour[],
  state: Float32Array,
  { read, timeSlice }: Pick<NearestSource, "read" | "timeSlice">,
): AsyncGenerator<readonly Match[]> {
  const filler = new BatchFiller<Match>();
  const exact = new ExactSquares(state);
  for (const { id } of found) {
    if (timeSlice.isOver) await timeSlice.next();
    const ess = await read(id);
    const squared = squaredDistance(state, ess.state, 0);
    const score = toScore(squared, state.length, () => exact.of(ess.state, 0, squared));
    const batch = filler.add({ score, ess }, weighRow(ess));
    if (batch !== undefined) yield batch;
  }
  yield* filler.rest();
}

async function* followedBy<Item>(first: readonly Item[], rest: RowBatches<Item>): RowBatches<Item> {
  if (first.length > 0) yield first;
  yield* rest;
}

function byDistance(matches: readonly Match[], query: Float32Array): Match[] {
  const nearest = new NearestList(query, matches.length);
  for (const { ess } of matches) nearest.offer(ess.id, squaredDistance(query, ess.state, 0), ess.state, 0);
  const places = new Map(nearest.toArray().map(({ id }, place) => [id, place]));
  return matches.toSorted((a, b) => (places.get(a.ess.id) ?? 0) - (places.get(b.ess.id) ?? 0));
}
