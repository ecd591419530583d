// The least that Node can do: reads what is sent, and answers the bytes that it was told, headers included.
import { createServer } from "node:http";

let reply;
process.on("message", (message) => {
  reply = { ...message, body: Buffer.from(message.body) };
  process.send("said");
});

const server = createServer((req, res) => {
  const answer = () => {
    res.writeHead(reply.status, reply.rawHeaders);
    res.end(reply.body);
  };
  if (req.method === "GET") {
    answer();
    return;
  }
  req.on("data", () => {});
  req.on("end", answer);
});
server.listen(0, "127.0.0.1", () => process.send(server.address().port));
