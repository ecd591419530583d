// Loaded before the built program: hashing a password at full cost would make up much of the time of a test that is
// about something else. Hashes keep the cost that they name; it is only not paid.
import crypto from "node:crypto";
import { syncBuiltinESMExports } from "node:module";

const { scrypt } = crypto;
crypto.scrypt = (password, salt, length, options, callback) =>
  scrypt(password, salt, length, { ...options, N: Math.min(options.N, 16) }, callback);
syncBuiltinESMExports();
