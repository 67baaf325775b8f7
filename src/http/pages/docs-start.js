/** Starts Swagger UI on this server's own description. */

// The validator badge would ask a public server about the description: off.
globalThis.SwaggerUIBundle({
  url: '/api/v1/openapi.json',
  dom_id: '#swagger-ui',
  validatorUrl: null,
  deepLinking: true,
  tryItOutEnabled: true,
});
