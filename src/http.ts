import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { FramewatchError } from "./errors.js";
import { redact } from "./log.js";

/** Resolves when the thing is ready; throws or rejects with the reason when it is not. */
export type ReadinessCheck = (signal: AbortSignal) => Promise<void>;

/** What is answered as JSON. */
export interface ApiAnswer {
  readonly status: number;
  readonly body: object;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Answers a request for a path under `/api/`, whatever its method. */
export type Api = (request: IncomingMessage, path: string) => Promise<ApiAnswer>;

export interface HttpOptions {
  readonly host: string;
  /** 0 takes a free port. */
  readonly port: number;
  readonly metrics: { text(): Promise<string>; readonly contentType: string };
  /** What must work before this process should be given work, by name: `queue`, `ffmpeg`, `models` … */
  readonly checks: Readonly<Record<string, ReadinessCheck>>;
  readonly api: Api;
}

export interface HttpServer {
  readonly url: string;
  readonly port: number;
  /** Stops listening and ends every connection. */
  close(): Promise<void>;
}

const requestTimeoutMilliseconds = 5_000;
const checkTimeoutMilliseconds = 3_000;

async function runCheck(check: ReadinessCheck): Promise<string> {
  const signal = AbortSignal.timeout(checkTimeoutMilliseconds);
  const timedOut = new Promise<never>((_, reject) => {
    signal.addEventListener("abort", () => reject(new Error(`no answer in ${checkTimeoutMilliseconds / 1000} s`)), {
      once: true,
    });
  });
  try {
    await Promise.race([check(signal), timedOut]);
    return "ok";
  } catch (error) {
    return redact(error instanceof Error ? error.message : String(error));
  }
}

function answer(response: ServerResponse, status: number, contentType: string, body: string): void {
  response.writeHead(status, { "content-type": contentType, "cache-control": "no-store", "x-content-type-options": "nosniff" });
  response.end(body);
}

function answerJson(response: ServerResponse, status: number, body: unknown): void {
  answer(response, status, "application/json; charset=utf-8", `${JSON.stringify(body)}\n`);
}

/**
 * Serves `/metrics` (Prometheus), `/healthz` (this process turns its event loop; 200 or no answer at all) and `/readyz`
 * (200 when every check passes, else 503 with the reason of each), which name no source and no job; and `/api/`, which does.
 * No answer holds a credential.
 * @throws FramewatchError `configuration` when host and port cannot be bound
 */
export async function openHttp({ host, port, metrics, checks, api }: HttpOptions): Promise<HttpServer> {
  const loopDelay = monitorEventLoopDelay();
  loopDelay.enable();

  const routes: Readonly<Record<string, (response: ServerResponse) => Promise<void> | void>> = {
    "/metrics": async (response) => answer(response, 200, metrics.contentType, await metrics.text()),
    "/healthz": (response) =>
      answerJson(response, 200, { alive: true, eventLoopDelayP99Seconds: loopDelay.percentile(99) / 1e9 }),
    "/readyz": async (response) => {
      const names = Object.keys(checks);
      const results = await Promise.all(Object.values(checks).map(runCheck));
      const ready = results.every((result) => result === "ok");
      const reasons = Object.fromEntries(names.map((name, index) => [name, results[index]]));
      answerJson(response, ready ? 200 : 503, { ready, checks: reasons });
    },
  };

  const server = createServer(
    { requestTimeout: requestTimeoutMilliseconds, headersTimeout: requestTimeoutMilliseconds, maxHeaderSize: 8192 },
    (request, response) => {
      // The path alone decides; nothing of a query is read or echoed.
      const path = (request.url ?? "").split("?", 1)[0] ?? "";
      const fail = (error: unknown): void => {
        answerJson(response, 500, { error: redact(error instanceof Error ? error.message : String(error)) });
      };
      if (path.startsWith("/api/")) {
        api(request, path)
          .then(({ status, body, headers = {} }) => {
            for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
            answerJson(response, status, body);
          })
          .catch(fail);
        return;
      }
      const route = routes[path];
      if (route === undefined) {
        return answerJson(response, 404, {
          error: `There is ${[...Object.keys(routes), "/api/streams", "/api/jobs"].join(", ")} here.`,
        });
      }
      if (request.method !== "GET" && request.method !== "HEAD") {
        response.setHeader("allow", "GET, HEAD");
        return answerJson(response, 405, { error: "Only GET and HEAD are allowed." });
      }
      Promise.resolve(route(response)).catch(fail);
    },
  );
  server.maxHeadersCount = 50;
  server.setTimeout(requestTimeoutMilliseconds, (socket) => socket.destroy());

  await new Promise<void>((resolve, reject) => {
    server.once("error", (cause) => {
      loopDelay.disable();
      reject(
        new FramewatchError("configuration", `The HTTP server cannot listen on ${host}:${port}: ${cause.message}`, { cause }),
      );
    });
    server.listen({ host, port }, resolve);
  });

  const boundPort = (server.address() as AddressInfo).port;
  const urlHost = host.includes(":") ? `[${host}]` : host;
  return {
    url: `http://${urlHost}:${boundPort}`,
    port: boundPort,
    close: () =>
      new Promise((resolve) => {
        loopDelay.disable();
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
