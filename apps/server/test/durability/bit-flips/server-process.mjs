// Starts servers on data folders, one after the other, as it is told, and stops them: see `ServerHost`.
import { on } from "node:events";
import { startServer } from "../../../dist/server.js";

let server;

async function carryOut({ start, data }) {
  if (start) {
    const environment = { ECA_PORT: "0", ECA_DATA: data, ECA_LOG_LEVEL: "silent" };
    server = await startServer(environment);
    return { url: server.url };
  }
  await server.close();
  return {};
}

process.once("disconnect", () => process.exit());
for await (const [order] of on(process, "message")) {
  try {
    process.send(await carryOut(order));
  } catch (error) {
    process.send({ error: { name: error.name, message: error.message } });
  }
}
