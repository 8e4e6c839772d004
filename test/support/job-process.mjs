// A process of the fleet that runs one job, or only helps others with theirs. Its first message, a `JobProcessTask`, tells
// which. It says {ready}, and at the end of its job, or when it is sent "stop", a `JobProcessEnd`.
import os from "node:os";

// One place for a segment, on a machine of however many cores.
os.availableParallelism = () => 1;
(await import("node:module")).syncBuiltinESMExports();

const [{ openEngine }, { parseJob }, { openLog }, { openMetrics }, { openStore }, { runJob }] = await Promise.all(
  ["engine", "ingest/index", "log", "metrics", "open-store", "run-job"].map((name) => import(`../../dist/${name}.js`)),
);

const heard = (isWanted) =>
  new Promise((resolve) => {
    process.on("message", (message) => {
      if (isWanted(message)) resolve(message);
    });
  });
const stopped = heard((message) => message === "stop");
const { redisUrl, workDir, job } = await heard((message) => typeof message === "object");

const metrics = openMetrics();
const config = { allowHosts: [], allowLocal: [], models: undefined, workDir, redisUrl };
const engine = await openEngine({ config, trusted: true, models: true, log: openLog("error"), metrics });

async function runOwnJob() {
  const alerts = [];
  const store = openStore(job.folder);
  const running = runJob(parseJob(job.request), {
    engine: { ...engine, cores: job.cores },
    output: store,
    state: store,
    sinks: [{ name: "test", publish: async (alert) => void alerts.push(alert), close() {} }],
    lease: { check() {} },
    signal: new AbortController().signal,
  });
  process.send({ ready: true });
  return { report: (await running).report, alerts };
}

async function helpOthers() {
  process.send({ ready: true });
  await stopped;
  return { alerts: [] };
}

const end = await (job === undefined ? helpOthers() : runOwnJob());
const { values } = await metrics.framesAnalyzed.get();
await engine.close();
process.send({ ...end, frames: values[0]?.value ?? 0 }, () => process.disconnect());
