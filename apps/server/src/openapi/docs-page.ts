/** Where the page is served; its parts lie below. */
export const docsPath = "/docs";

/** The page that browses the document: scripts and styles of its own server alone. */
export const docsPage = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>ECA API</title>
    <link rel="icon" href="data:,">
    <link rel="stylesheet" href="${docsPath}/swagger-ui.css">
    <script src="${docsPath}/swagger-ui-bundle.js" defer></script>
    <script src="${docsPath}/start.js" defer></script>
  </head>
  <body>
    <noscript>This page needs JavaScript. The document itself is at /v1/openapi.json.</noscript>
    <div id="docs"></div>
  </body>
</html>
`;

/** Starts the page; a file of its own because the policy allows no script inside the page. */
export function docsScript(documentPath: string): string {
  const options = {
    url: documentPath,
    dom_id: "#docs",
    deepLinking: true,
    displayOperationId: true,
    defaultModelsExpandDepth: 0,
    docExpansion: "list",
    // Would ask a validator on the network.
    validatorUrl: null,
  };
  return `SwaggerUIBundle(${JSON.stringify(options)});\n`;
}

/** Nothing from elsewhere; the style sheet carries its icons as `data:`. */
export const docsSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");
