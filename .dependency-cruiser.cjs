/**
 * The arrows of docs/architecture.md, held by a check. Each rule says what breaks it.
 * Workspace packages are reached through their built files, so build before you run it.
 */
const test = String.raw`\.(test|fixture)\.ts$|/conformance\.ts$|/bench/|/soak/|/test/|vitest\.config\.ts$`;
const server = "^apps/server/src";
const tsRest = String.raw`(^|/)@ts-rest/`;

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    {
      name: "no-cycles",
      comment: "Two files that need each other are one file, or hide a third.",
      severity: "error",
      from: {},
      to: { circular: true },
    },
    {
      name: "no-unresolved",
      comment: "The import names nothing. Are the packages built?",
      severity: "error",
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: "no-undeclared-package",
      comment: "A package is named in the package.json of the one that imports it.",
      severity: "error",
      from: {},
      to: { dependencyTypes: ["npm-no-pkg", "npm-unknown"] },
    },
    {
      name: "no-dev-dependency-in-product",
      comment: "What is shipped cannot lean on what is not installed with it.",
      severity: "error",
      from: { path: "^(apps|packages)/[^/]+/src", pathNot: test },
      to: { dependencyTypes: ["npm-dev"], dependencyTypesNot: ["type-only"] },
    },
    {
      name: "no-test-code-in-product",
      comment: "Tests, fixtures and benches are imported by their like alone.",
      severity: "error",
      from: { pathNot: test },
      to: { path: `^(apps|packages)/.*(${test})` },
    },
    {
      name: "contract-imports-nothing-of-ours",
      comment: "The contract is the root of everything.",
      severity: "error",
      from: { path: "^packages/contract/" },
      to: { path: "^(apps/|packages/(?!contract/))" },
    },
    {
      name: "client-imports-only-contract",
      comment: "The client runs where the server does not.",
      severity: "error",
      from: { path: "^packages/client/", pathNot: test },
      to: { path: "^(apps/|packages/(?!(client|contract)/))" },
    },
    {
      name: "client-runs-anywhere",
      comment: "Node, browsers and workers: no Node module.",
      severity: "error",
      from: { path: "^packages/(client|contract)/src", pathNot: test },
      to: { dependencyTypes: ["core"] },
    },
    {
      name: "cortex-is-pure",
      comment: "Prediction does no I/O: no Node module, nothing of ours.",
      severity: "error",
      from: { path: "^packages/cortex/src", pathNot: test },
      to: {
        path: "^(apps/|packages/(?!cortex/))|^(node:)?(fs|net|http|https|child_process|worker_threads|dns|timers|process|os)(/|$)",
      },
    },
    {
      name: "two-files-know-ts-rest",
      comment: "So that it could be replaced in a day: the contract's dsl, the server's mount.",
      severity: "error",
      from: {
        path: "^(apps|packages)/",
        pathNot: `^packages/contract/src/dsl\\.ts$|${server}/http/mount-contract\\.ts$|/bench/`,
      },
      to: { path: tsRest },
    },
    {
      name: "http-is-mounted-by-the-composition-roots",
      comment: "HTTP is a shell: app.ts puts it around the services, server.ts listens with it.",
      severity: "error",
      from: { path: `${server}/`, pathNot: `${server}/(http/|app\\.ts$|server\\.ts$)|${test}` },
      to: { path: `${server}/http/` },
    },
    {
      name: "express-stays-in-http",
      comment: "Routes and services answer values; only the shell knows what carries them.",
      severity: "error",
      from: { path: `${server}/`, pathNot: `${server}/(http/|app\\.ts$)|${test}` },
      to: { path: "(^|/)(@types/)?(express|express-serve-static-core|cors|ws)(/|$)" },
    },
    {
      name: "routes-bind-services",
      comment: "routes.ts binds a route to its service and tells its rows: no query, no search, no configuration.",
      severity: "error",
      from: { path: `${server}/[^/]+/routes\\.ts$` },
      to: { path: `${server}/(store/(?!port/rows\\.ts$)|search/|config/)|${server}/(app|server|main)\\.ts$` },
    },
    {
      name: "nothing-imports-routes",
      comment: "Routes are bound by app.ts alone.",
      severity: "error",
      from: { path: `${server}/`, pathNot: `${server}/app\\.ts$|${test}` },
      to: { path: `${server}/[^/]+/routes\\.ts$` },
    },
    {
      name: "adapters-are-chosen-in-one-place",
      comment: "Services speak to the port; open-store.ts chooses the adapter behind it.",
      severity: "error",
      from: { path: `${server}/`, pathNot: `${server}/(store/(sqlite|postgres)/|open-store\\.ts$)|${test}` },
      to: { path: `${server}/store/(sqlite|postgres)/` },
    },
    {
      name: "adapters-know-the-port-alone",
      comment: "An adapter implements the port: no service, no HTTP, no other adapter.",
      severity: "error",
      from: { path: `${server}/store/(sqlite|postgres)/`, pathNot: test },
      to: {
        path: `${server}/`,
        pathNot: `${server}/(store/([^/]+\\.ts|port/|codecs/|phrases/|$1/)|clock\\.ts|text/decode-utf8\\.ts)`,
      },
    },
    {
      name: "port-imports-no-service",
      comment: "The port lies below the services.",
      severity: "error",
      from: { path: `${server}/store/([^/]+\\.ts$|port/|codecs/|phrases/)`, pathNot: test },
      to: { path: `${server}/`, pathNot: `${server}/(store/([^/]+\\.ts|port/|codecs/|phrases/)|clock\\.ts)` },
    },
    {
      name: "search-reads-the-port",
      comment: "The index follows the port's change log: no service, no adapter, no HTTP.",
      severity: "error",
      from: { path: `${server}/search/`, pathNot: test },
      to: {
        path: `${server}/`,
        pathNot: `${server}/(search/|store/port/|errors/domain-error\\.ts|event-loop/|clock\\.ts)`,
      },
    },
    {
      name: "openapi-reads-the-contract",
      comment: "The document follows from the contract alone.",
      severity: "error",
      // The one that is written down is that of a server with the default limits.
      from: { path: `${server}/openapi/`, pathNot: [test, `${server}/openapi/write-document\\.ts$`] },
      to: { path: `${server}/(?!(openapi/|errors/))` },
    },
  ],
  options: {
    tsPreCompilationDeps: true,
    combinedDependencies: false,
    doNotFollow: { path: "node_modules|(^|/)dist/" },
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["import", "default", "types"],
    },
  },
};
