import { createHmac } from "node:crypto";
import { FramewatchError } from "../../errors.js";
import { type Sink, SinkBusy } from "./sink.js";

/** A receiver that does not answer in this time is asked again by the outbox. */
const timeoutMilliseconds = 10_000;

/** Refusals that pass: too slow, too many. All of 5xx are failures. */
const passing = [408, 429];

/**
 * The signature of Standard Webhooks (standardwebhooks.com, specification 1.0.0, "Signature scheme"): HMAC-SHA256 over id,
 * time in Unix seconds and body, with the bytes that stand in base64 behind `whsec_`.
 */
function signatureOf(secret: string, id: string, seconds: number, body: string): string {
  const key = Buffer.from(secret.replace(/^whsec_/, ""), "base64");
  return `v1,${createHmac("sha256", key).update(`${id}.${seconds}.${body}`).digest("base64")}`;
}

/** Milliseconds that a `Retry-After` asks for: seconds or a date (RFC 9110, 10.2.3); undefined where it says neither. */
function holdOf(retryAfter: string | null): number | undefined {
  if (retryAfter === null) return undefined;
  if (/^\d+$/.test(retryAfter)) return Number(retryAfter) * 1000;
  const date = Date.parse(retryAfter);
  return Number.isNaN(date) ? undefined : Math.max(0, date - Date.now());
}

/** The reason in one line, without the URL, whose path may be a secret: `fetch` itself says only that it failed. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === "TimeoutError") return `no answer in ${timeoutMilliseconds / 1000} s`;
  const { cause } = error;
  if (cause instanceof AggregateError) return cause.errors.map(reasonOf).join("; ");
  return cause instanceof Error ? cause.message || cause.name : error.message;
}

/** The answer's status and `Retry-After`; its body is not read. Redirects are answers. @throws FramewatchError `queue-unavailable` */
async function ask(url: string, request: RequestInit): Promise<{ status: number; retryAfter: string | null }> {
  const { host } = new URL(url);
  const timeout = AbortSignal.timeout(timeoutMilliseconds);
  const signal = request.signal ? AbortSignal.any([request.signal, timeout]) : timeout;
  try {
    const { status, headers, body } = await fetch(url, { ...request, redirect: "manual", signal });
    await body?.cancel();
    return { status, retryAfter: headers.get("retry-after") };
  } catch (cause) {
    request.signal?.throwIfAborted();
    throw new FramewatchError("queue-unavailable", `the webhook at ${host} did not answer (${reasonOf(cause)})`, { cause });
  }
}

/**
 * Posts each alert as a CloudEvent in structured mode (CloudEvents HTTP binding 1.0.2, 3.2), signed. It tries once:
 * repeating is the outbox' work.
 *
 * @param secret `whsec_` and base64
 */
export function webhookSink(url: string, secret: string): Sink {
  const { host } = new URL(url);
  return {
    name: "webhook",
    async publish(alert, signal) {
      const body = JSON.stringify(alert);
      const seconds = Math.floor(Date.now() / 1000);
      const headers = {
        "content-type": "application/cloudevents+json",
        "user-agent": "framewatch",
        "webhook-id": alert.id,
        "webhook-timestamp": String(seconds),
        "webhook-signature": signatureOf(secret, alert.id, seconds, body),
      };
      const { status, retryAfter } = await ask(url, { method: "POST", headers, body, signal });
      if (status >= 200 && status < 300) return;
      const answer = `the webhook at ${host} answered ${status}`;
      if (status < 500 && !passing.includes(status)) throw new FramewatchError("alert-refused", answer);
      const hold = holdOf(retryAfter);
      throw hold === undefined ? new FramewatchError("queue-unavailable", answer) : new SinkBusy(answer, hold);
    },
    close: () => {},
  };
}

/** That something answers there, whatever it thinks of a HEAD; says what. @throws FramewatchError `queue-unavailable` */
export async function verifyWebhook(url: string): Promise<string> {
  const { status } = await ask(url, { method: "HEAD" });
  return `${new URL(url).host} answers (${status} to a HEAD)`;
}
