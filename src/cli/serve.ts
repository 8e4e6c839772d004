import { loadConfig } from "../config.js";
import { checkRegion } from "../ingest/index.js";
import { openLog } from "../log.js";
import { startService } from "../service.js";

/** Past this a stop is cut short: container runtimes kill after 30 s. */
const longestStopMilliseconds = 25_000;

/**
 * Runs the service until SIGTERM or SIGINT; a second signal, or 25 s, ends it at once.
 * @throws FramewatchError `configuration`, or what keeps the service from starting
 */
export async function serve(): Promise<number> {
  const config = loadConfig(process.env);
  // A queue that is away comes back, a region that is not set does not.
  if (config.queueUrl !== undefined) await checkRegion();
  const log = openLog(config.logLevel);
  for (const warning of config.warnings) log.warn(warning);

  let stopAsked: (signal: string) => void = () => {};
  const stopping = new Promise<string>((resolve) => {
    stopAsked = resolve;
  });
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, () => stopAsked(signal));

  const service = await startService(config, log);
  const reason = await Promise.race([stopping, service.failed]);
  log.info({ reason }, "stopping");
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    process.on(signal, () => {
      log.warn("stopped at once: asked twice");
      process.exit(0);
    });
  }
  const cut = setTimeout(() => {
    log.warn("stopped at once: the orderly stop took too long");
    process.exit(0);
  }, longestStopMilliseconds);
  await service.stop();
  // It still ends a process that something forgotten would keep alive.
  cut.unref();
  log.info("stopped");
  return reason === "failed" ? 4 : 0;
}
