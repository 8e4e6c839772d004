/** The routes under `/api/`: how jobs and live streams are, and what silences a stream. */
import type { IncomingMessage } from "node:http";
import type { Api } from "../http.js";
import type { Log } from "../log.js";
import { type StreamEntry, streamEntry } from "./answers.js";
import { checkHost } from "./host-guard.js";
import { checkToken, readJson } from "./post-guard.js";
import { Refusal } from "./refusal.js";
import type { FollowedStream, RunningJobs } from "./running-jobs.js";
import { readAcknowledgement, readMaintenance } from "./silence-requests.js";

export interface ApiFacts {
  readonly running: RunningJobs;
  /** Where the server was told to listen: it may be called by this name. */
  readonly host: string;
  /** Whoever bears it may silence streams; nobody may where absent. */
  readonly token: string | undefined;
  readonly log: Log;
}

/** What there is, for who asked for something else. */
export const apiRoutes = ["/api/streams", "/api/streams/<name or job id>", "/api/jobs"] as const;

/** What a POST does to a stream. @throws Refusal */
type Silencing = (stream: FollowedStream, body: unknown, log: Log) => object;

const silencings: ReadonlyMap<string, Silencing> = new Map([
  ["acknowledge", acknowledge],
  ["maintenance", maintain],
]);

export function openApi({ running, host, token, log }: ApiFacts): Api {
  async function answer(request: IncomingMessage, path: string): Promise<object> {
    checkHost(request, host);
    const [what, name, action, ...rest] = wordsOf(path);
    const silencing = action === undefined ? undefined : silencings.get(action);
    if (rest.length === 0 && what === "streams" && name !== undefined && silencing !== undefined) {
      allow(request, ["POST"]);
      // Who may not change anything learns nothing of streams by trying.
      checkToken(request, token);
      const body = await readJson(request);
      return silencing(find(running, name), body, log);
    }
    if (action !== undefined) throw nothingThere();
    if (what === "streams") {
      allow(request, ["GET", "HEAD"]);
      if (name === undefined) return { version: 1, streams: running.streams().map(entryOf) };
      return entryOf(find(running, name));
    }
    if (what !== "jobs" || name !== undefined) throw nothingThere();
    allow(request, ["GET", "HEAD"]);
    return { version: 1, jobs: running.jobs() };
  }

  return async (request, path) => {
    try {
      return { status: 200, body: await answer(request, path) };
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      return { status: error.status, body: { error: error.message }, headers: error.headers };
    }
  };
}

/** What stands between the slashes behind `/api/`; names come percent-encoded and may hold anything, slashes too. */
function wordsOf(path: string): string[] {
  const [, ...words] = path.replace(/^\/api/, "").split("/");
  if (words.length === 0 || words.includes("")) throw nothingThere();
  try {
    return words.map(decodeURIComponent);
  } catch {
    throw new Refusal(400, "The path is not percent-encoded UTF-8.");
  }
}

function nothingThere(): Refusal {
  return new Refusal(404, `There is ${apiRoutes.join(", ")} here.`);
}

function allow({ method = "" }: IncomingMessage, methods: readonly string[]): void {
  if (!methods.includes(method))
    throw new Refusal(405, `Only ${methods.join(" and ")} is allowed.`, { allow: methods.join(", ") });
}

/** A job id is surer than a name, which several jobs may give their streams. @throws Refusal 404, 409 */
function find(running: RunningJobs, name: string): FollowedStream {
  const streams = running.streams();
  const named = streams.filter((stream) => stream.status().stream === name);
  const found = streams.find(({ jobId }) => jobId === name) ?? named[0];
  if (found === undefined) throw new Refusal(404, "No live stream of this name or job id runs in this process.");
  if (found.jobId !== name && named.length > 1)
    throw new Refusal(409, `Several streams have this name; ask by job id: ${named.map(({ jobId }) => jobId).join(", ")}.`);
  return found;
}

function entryOf(stream: FollowedStream): StreamEntry {
  return streamEntry(stream.status());
}

function acknowledge({ jobId, controls }: FollowedStream, body: unknown, log: Log): object {
  const { untilMilliseconds, ...named } = readAcknowledgement(body, Date.now());
  const until = untilMilliseconds === undefined ? {} : { until: new Date(untilMilliseconds).toISOString() };
  if (!controls.acknowledge({ ...named, ...(untilMilliseconds === undefined ? {} : { untilMilliseconds }) }))
    throw new Refusal(404, "No such incident of the stream is open.");
  log.info({ job: jobId, ...named, ...until }, "an incident was acknowledged");
  return { jobId, ...named, ...until };
}

function maintain({ jobId, controls }: FollowedStream, body: unknown, log: Log): object {
  const span = readMaintenance(body, Date.now());
  controls.maintenance(span.from, span.until);
  const said = { from: new Date(span.from).toISOString(), until: new Date(span.until).toISOString() };
  log.info({ job: jobId, ...said }, "a stream is in maintenance");
  return { jobId, ...said };
}
