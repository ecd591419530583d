#!/usr/bin/env bash
# libsql, the SQLite driver for Node: a text that holds U+0000 is stored whole and read back only as far as that
# character, without an error. SQLite itself keeps the whole text, as its length in bytes shows, and Python's driver
# gives it back. Texts from devices have to be refused or encoded before they are stored.
set -euo pipefail
version=0.5.29
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --prefix "$folder" "libsql@$version"
cat >seen.cjs <<'JS'
const Database = require("libsql");
const database = new Database("t.db");
database.exec("CREATE TABLE t (s TEXT)");
database.prepare("INSERT INTO t VALUES (?)").run(["pump\0valve"]);
const { s, bytes } = database.prepare("SELECT s, length(CAST(s AS BLOB)) AS bytes FROM t").get();
console.log(`written 10 characters, stored ${bytes} bytes, read ${JSON.stringify(s)}`);
database.close();
JS
seen=$(node seen.cjs; python3 -c "
import json, sqlite3
print('read by Python', json.dumps(sqlite3.connect('t.db').execute('SELECT s FROM t').fetchone()[0]))")
expected='written 10 characters, stored 10 bytes, read "pump"
read by Python "pump\u0000valve"'
echo "libsql $version on Node $(node --version)"
echo "$seen"
[[ $seen == "$expected" ]] || { echo "changed: expected"; echo "$expected"; exit 1; }
