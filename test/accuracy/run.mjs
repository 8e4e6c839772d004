// npm run accuracy [-- TYPE… --split tune|report --limit N --content DIR --write]: plants defects, and tells which are found.
// The harness is TypeScript that runs from its sources, as tests do; the engine's workers come from dist/.
import { fileURLToPath } from "node:url";
import { createViteServer } from "vitest/node";

// The AWS SDK's reminder about Node 20 would stand between the rows.
process.env["AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED"] ??= "true";

const sources = await createViteServer({
  root: fileURLToPath(new URL("../..", import.meta.url)),
  configFile: false,
  appType: "custom",
  logLevel: "error",
  server: { middlewareMode: true, hmr: false, ws: false, watch: null },
  optimizeDeps: { noDiscovery: true, include: [] },
});
try {
  const { main } = await sources.ssrLoadModule("/test/accuracy/main.ts");
  process.exitCode = await main(process.argv.slice(2));
} finally {
  await sources.close();
}
