/**
 * Folders of the product are rooms: no two of them need each other, not even by way of a third. Tests may look anywhere.
 * Runs beside `.dependency-cruiser.cjs`, as what is left out is left out of all rules.
 */
const { options } = require("./.dependency-cruiser.cjs");

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    {
      name: "no-two-rooms-import-each-other",
      comment: "Two rooms that need each other are one room, or hide a third.",
      severity: "error",
      scope: "folder",
      from: {},
      to: { circular: true },
    },
  ],
  options: { ...options, exclude: { path: String.raw`\.(test|fixture)\.ts$` } },
};
