import type { Client, ECA, Ess, Sequence } from "../src/index.js";

export interface Tour {
  readonly ess: Ess;
  readonly entry: Sequence;
  readonly entries: Sequence[];
}

const state = { module_id: "aggregate001", state: [25.0, 70.0, 10.0], valence: 10, score: 5 };

/** The Python SDK's own tour: store a state, note that it occurred, list the log. */
export async function tourWithClient(client: Client): Promise<Tour> {
  const created = await client.ess.create({ body: state });
  if (created.status !== 201) throw new Error("no other status is a success");
  const ess = created.body;
  const { body: entry } = await client.sequence.create({
    body: { module_id: ess.module_id, instance_id: ess.id, status: "e" },
  });
  const { body: entries } = await client.sequence.getAll({ params: { module_id: entry.module_id } });
  return { ess, entry, entries };
}

/** The same through the facade. */
export async function tourWithFacade(eca: ECA): Promise<Tour> {
  const ess = await eca.ess.create({ data: state });
  const entry = await eca.sequence.create({
    data: { module_id: ess.module_id, instance_id: ess.id, status: "e" },
  });
  const entries = await eca.sequence.getAll({ moduleId: entry.module_id });
  return { ess, entry, entries };
}
