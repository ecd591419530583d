/** This Node lacks what the server is written with. */
export class NodeTooOldError extends Error {
  override readonly name = "NodeTooOldError";
}

/**
 * Rejects a version of Node with which the server would fail later.
 *
 * @param version As `process.versions.node` has it: `20.19.0`.
 * @throws NodeTooOldError.
 */
export function requireNode(version: string): void {
  if (Number.parseInt(version, 10) >= 20) return;
  throw new NodeTooOldError(`this is Node ${version}; take Node 20.19 or later`);
}
