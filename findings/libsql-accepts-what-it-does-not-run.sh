#!/usr/bin/env bash
# libsql, the SQLite driver for Node, offers the methods of better-sqlite3 and lets pass what that one refuses:
# - a second statement in `prepare` is dropped in silence, where better-sqlite3 throws a RangeError;
# - a missing parameter becomes NULL and one too many is ignored, where better-sqlite3 throws a RangeError;
# - `run` of a statement with RETURNING changes rows and reports 0 changes.
# better-sqlite3 is not run here, as it needs a compiler; its errors are in its issues 486 and 530.
set -euo pipefail
version=0.5.29
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --prefix "$folder" "libsql@$version"
cat >seen.cjs <<'JS'
const Database = require("libsql");
const database = new Database(":memory:");
database.exec("CREATE TABLE t (k INTEGER PRIMARY KEY, v)");
const count = () => database.prepare("SELECT count(*) AS n FROM t").get().n;
database.prepare("INSERT INTO t VALUES (1, 'a'); INSERT INTO t VALUES (2, 'b')").run();
console.log(`two inserts in one text: ${count()} row`);
database.prepare("INSERT INTO t VALUES (?, ?)").run([3]);
console.log(`a missing parameter: ${database.prepare("SELECT v FROM t WHERE k = 3").get().v}`);
database.prepare("INSERT INTO t (k) VALUES (?)").run([4, 5]);
console.log(`one parameter too many: ${count()} rows`);
const { changes } = database.prepare("INSERT INTO t (k) VALUES (6), (7) RETURNING k").run();
console.log(`two rows by RETURNING: ${changes} changes, ${count()} rows`);
JS
expected='two inserts in one text: 1 row
a missing parameter: null
one parameter too many: 3 rows
two rows by RETURNING: 0 changes, 5 rows'
seen=$(node seen.cjs)
echo "libsql $version on Node $(node --version)"
echo "$seen"
[[ $seen == "$expected" ]] || { echo "changed: expected"; echo "$expected"; exit 1; }
