/**
 * The squared Euclidean distance between a query and the state at `offset` of `states`: the squared
 * differences added in order, in 64-bit floats. No difference of 32-bit floats over- or underflows
 * there, so it is 0 for identical states alone.
 */
export function squaredDistance(query: Float32Array, states: Float32Array, offset: number): number {
  let sum = 0;
  for (let place = 0; place < query.length; place++) {
    const difference = (states[offset + place] as number) - (query[place] as number);
    sum += difference * difference;
  }
  return sum;
}

/** The distance as the wire tells it: a 32-bit float, Infinity where none is large enough. */
export function toScore(squaredDistance: number): number {
  return Math.fround(Math.sqrt(squaredDistance));
}
