#!/usr/bin/env bash
# libsql, the SQLite driver for Node: a prepared statement that failed once in `get` is never reset.
# Every later `get` of it gives the first error again, with parameters that are right, and changes nothing.
# `run` and `all` recover. Whoever keeps prepared statements must prepare one anew after a failed `get`.
set -euo pipefail
version=0.5.29
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --prefix "$folder" "libsql@$version"
cat >seen.cjs <<'JS'
const Database = require("libsql");
const database = new Database(":memory:");
database.exec("CREATE TABLE t (k INTEGER PRIMARY KEY); INSERT INTO t VALUES (1)");
const outcome = (call) => {
  try {
    call();
    return "done";
  } catch (error) {
    return error.code;
  }
};
for (const method of ["get", "all", "run"]) {
  const statement = database.prepare(`INSERT INTO t VALUES (?) ${method === "run" ? "" : "RETURNING k"}`);
  const free = { get: 10, all: 20, run: 30 }[method];
  const [taken, next, after] = [1, free, free + 1].map((key) => outcome(() => statement[method]([key])));
  console.log(`${method}: a taken key ${taken}, then a free one ${next}, then another ${after}`);
}
JS
expected='get: a taken key SQLITE_CONSTRAINT_PRIMARYKEY, then a free one SQLITE_CONSTRAINT_PRIMARYKEY, then another SQLITE_CONSTRAINT_PRIMARYKEY
all: a taken key SQLITE_CONSTRAINT_PRIMARYKEY, then a free one done, then another done
run: a taken key SQLITE_CONSTRAINT_PRIMARYKEY, then a free one done, then another done'
seen=$(node seen.cjs)
echo "libsql $version on Node $(node --version)"
echo "$seen"
[[ $seen == "$expected" ]] || { echo "changed: expected"; echo "$expected"; exit 1; }
