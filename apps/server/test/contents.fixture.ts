import type { TestServer } from "./test-server.fixture.js";

/** Collections beside the modules. The audit log is none of them: it grows with what is refused. */
const collections = ["document", "response", "user", "key"] as const;
const rowsOfModule = ["ess", "sequence", "embedding"] as const;

/** All that a server holds, as its own lists tell it to the administrator. */
export async function contentsOf(server: TestServer): Promise<Record<string, unknown>> {
  const contents: Record<string, unknown> = {};
  const read = async (path: string): Promise<unknown> => {
    const { status, json } = await server.get(path);
    // A module whose rows are of another kind has no list of these.
    contents[path] = status === 200 ? json : status;
    return json;
  };
  for (const collection of collections) {
    for (const row of (await read(`/v1/${collection}`)) as { last_used_at?: unknown }[]) delete row.last_used_at;
  }
  for (const { module_id } of (await read("/v1/module")) as { module_id: string }[]) {
    for (const kind of rowsOfModule) await read(`/v1/${kind}/${encodeURIComponent(module_id)}`);
  }
  return contents;
}
