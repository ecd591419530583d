/**
 * What the tests of all packages share: packages of this repository are taken from their sources and not from what was
 * built of them, so that a change in one shows at once in the tests of another.
 */
const conditions = ["@eca/source", "module", "node", "development|production"];

export const fromSource = { resolve: { conditions }, ssr: { resolve: { conditions } } };
