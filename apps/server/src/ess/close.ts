/**
 * Equal to 1e-4 of the larger magnitude. Terms that cancel out leave a rounding error which has
 * nothing to do with the size of their sum, so that one of 1e-9 of the terms' own `scale` passes too.
 */
export function close(a: number, b: number, scale = 0): boolean {
  const distance = Math.abs(a - b);
  return Number.isFinite(distance) && distance <= Math.max(1e-4 * Math.max(Math.abs(a), Math.abs(b)), 1e-9 * scale);
}
