import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";
import { LongestFirst } from "./test/support/longest-first.js";

/**
 * Tests of parts, which need no process of their own: a process runs one of these files after the other, and loads what they
 * share once (measured: 190 s of processor time for 161 files instead of 240 s).
 */
const ofParts = [
  "accuracy",
  "analyzers",
  "api",
  "conformance",
  "decoder",
  "ingest/live",
  "ingest/manifest",
  "live",
  "notifier",
].map((folder) => `test/${folder}/**/*.test.ts`);

export default defineConfig({
  test: {
    projects: [
      { extends: true, test: { name: "whole", include: ["test/**/*.test.ts"], exclude: ofParts } },
      { extends: true, test: { name: "parts", include: ofParts, isolate: false } },
    ],
    setupFiles: ["test/support/leaks.ts"],
    // Processes, not threads: native add-ons and worker threads of our own live in the code under test.
    pool: "forks",
    // More than there are cores: many tests wait, for streams that play and for times that pass (measured on two cores: three
    // at a time leave an eighth of the processor idle).
    maxWorkers: availableParallelism() + 2,
    sequence: { sequencer: LongestFirst },
    testTimeout: 60_000,
    hookTimeout: 60_000,
    teardownTimeout: 20_000,
    // The SDK's reminder about Node 20 would stand between the lines that tests compare.
    env: { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: "true", AWS_EC2_METADATA_DISABLED: "true" },
  },
});
