import type { Log } from "./log.js";
import type { Metrics } from "./metrics.js";
import type { PublishObserver } from "./notifier/index.js";

/** Counts and logs how alerts go out. `of`: what they belong to, for the log. */
export function observeAlerts(metrics: Metrics, log: Log, of: Readonly<Record<string, string>>): PublishObserver {
  return {
    accepted(sink, delaySeconds) {
      metrics.alerts.inc({ sink, outcome: "accepted" });
      // The delay is told of one sink only, SNS where there is one: two in one histogram would mean neither.
      if (delaySeconds !== undefined && sink !== "webhook") metrics.alertDelay.observe(delaySeconds);
    },
    failed(sink, error) {
      if (sink !== "outbox") metrics.alerts.inc({ sink, outcome: "failed" });
      log.warn({ err: error, ...of, sink }, "an alert was not accepted, it is tried again");
    },
    refused(sink, error) {
      metrics.alerts.inc({ sink, outcome: "refused" });
      log.error({ err: error, ...of, sink }, "an alert was refused and is given up");
    },
    waiting: (sink, change) => metrics.alertsWaiting.inc({ sink }, change),
  };
}
