import type { Client, Ess } from "../src/index.js";

/** A smart room through its day, in the columns of `twins`; the first row comes back, as do single values. */
export const readings = [
  [30, 28.0, 4, 20, 1],
  [40, 24.0, 5, 20, 1],
  [45, 23.1, 6, 20, 1],
  [50, 24.0, 9, 18, 1],
  [18, 19, 2, 25, 2],
  [18, 19, 2, 25, 2],
  [18, 20, 2, 24, 2],
  [30, 28.0, 4, 20, 1],
];

export const twins = ["air_quality_index", "temperature", "occupancy", "air_conditioner", "purifier"];

/** Finds the state of a twin or stores it, and notes that it occurred. */
async function observe(client: Client, moduleId: string, value: number): Promise<Ess> {
  const { body: nearest } = await client.ess.search({ body: { module_id: moduleId, state: [value] } });
  const known = nearest[0]?.score === 0 ? nearest[0].ess : undefined;
  const ess = known ?? (await client.ess.create({ body: { module_id: moduleId, state: [value], valence: 50 } })).body;
  await client.sequence.create({
    body: { module_id: moduleId, instance_id: ess.id, status: known === undefined ? "n" : "e" },
  });
  return ess;
}

/** Feeds rows of readings to the twins, and one minimal aggregate a row to the room. */
export async function rememberRoom(client: Client, rows: readonly (readonly number[])[]): Promise<Ess[]> {
  const aggregates: Ess[] = [];
  for (const row of rows) {
    const components = await Promise.all(row.map((value, index) => observe(client, twins[index] ?? "", value)));
    const { body } = await client.ess.create({
      body: {
        module_id: "room",
        state: [],
        valence: 0,
        aggregate_id: components.map((ess) => ess.id),
        aggregate_module_id: components.map((ess) => ess.module_id),
      },
    });
    aggregates.push(body);
  }
  return aggregates;
}
