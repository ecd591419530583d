// The same routes of the same contract as one gets them by the book: Express and ts-rest as they come,
// requests and replies validated. It knows no callers, keeps nothing, and answers what it was told.
import { contract } from "@eca/contract";
import { createExpressEndpoints } from "@ts-rest/express";
import express from "express";

let reply;
process.on("message", (message) => {
  reply = { status: message.status, body: JSON.parse(message.body) };
  process.send("said");
});
const answer = async () => reply;

const routes = {
  ess: { getOne: contract.ess.getOne, getAll: contract.ess.getAll, create: contract.ess.create },
  sequence: { create: contract.sequence.create },
};
const handlers = { ess: { getOne: answer, getAll: answer, create: answer }, sequence: { create: answer } };

const app = express();
app.use(express.json());
const v1 = express.Router();
createExpressEndpoints(routes, handlers, v1, { responseValidation: true });
app.use("/v1", v1);
const server = app.listen(0, "127.0.0.1", () => process.send(server.address().port));
