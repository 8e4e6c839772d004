import { expect, test } from "vitest";
import { metricTable, openMetrics } from "../src/metrics.js";

/** The list as it is published: renaming or dropping one breaks people's dashboards. */
const contract = {
  jobs_total: ["counter", "outcome"],
  jobs_running: ["gauge"],
  frames_analyzed_total: ["counter"],
  audio_seconds_analyzed_total: ["counter"],
  defects_total: ["counter", "type", "severity"],
  stream_defect_active: ["gauge", "stream", "type"],
  stream_quality_score: ["gauge", "stream"],
  stream_loudness_lufs: ["gauge", "stream", "window"],
  stream_up: ["gauge", "stream"],
  alert_delay_seconds: ["histogram"],
  alerts_total: ["counter", "sink", "outcome"],
  alerts_waiting: ["gauge", "sink"],
  alerts_held_back_total: ["counter", "reason"],
  stage_seconds: ["histogram", "stage"],
  real_time_factor: ["gauge"],
  inference_batch_size: ["histogram"],
  inference_seconds: ["histogram", "model", "provider"],
  inference_provider_info: ["gauge", "provider"],
  decoder_info: ["gauge", "decoder"],
  capacity_streams: ["gauge"],
  queue_oldest_message_age_seconds: ["gauge"],
  last_poll_timestamp_seconds: ["gauge"],
};

test("registers every metric of the contract with its kind and labels, and no other", async () => {
  const declared = Object.values(metricTable).map(({ name, kind, labels }) => [name, [kind, ...labels]]);
  expect(Object.fromEntries(declared)).toEqual(contract);
  const text = await openMetrics().text();
  for (const [name, [kind]] of Object.entries(contract)) expect(text).toContain(`# TYPE framewatch_${name} ${kind}`);
});

test("labels nothing by job, URL or object key, which would make a time series of each", () => {
  for (const { labels } of Object.values(metricTable)) {
    for (const label of labels) expect(["job", "id", "url", "source", "key", "file"]).not.toContain(label);
  }
});

test("shows the process's own metrics beside ours, and each opening counts for itself", async () => {
  const [one, other] = [openMetrics(), openMetrics()];
  one.jobs.inc({ outcome: "completed" });
  one.alertDelay.observe(0.2);
  const text = await one.text();
  expect(text).toContain('framewatch_jobs_total{outcome="completed"} 1');
  expect(text).toContain("framewatch_alert_delay_seconds_count 1");
  expect(text).toContain("process_resident_memory_bytes");
  expect(await other.text()).not.toContain('outcome="completed"');
});
