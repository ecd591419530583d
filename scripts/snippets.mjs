// Runs what the documentation shows: README.md, then the guides. Each says what came of it, and failures add up.
await import("./readme-snippets.mjs");
await import("./guide-snippets.mjs");
