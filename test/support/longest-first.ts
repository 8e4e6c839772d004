import { BaseSequencer, type TestSpecification } from "vitest/node";

/**
 * The files that take longest, so that none of them begins when all else is done. A fresh clone has no times of an earlier run
 * to go by; with them, vitest itself puts what took longest first.
 */
const longest = [
  "test/report-identity.test.ts",
  "test/service/live-jobs.test.ts",
  "test/broken-files.test.ts",
  "test/cli/check.test.ts",
  "test/report-identity-fleet.test.ts",
  "test/corpus.test.ts",
  "test/service/outages.test.ts",
  "test/service/live-take-over.test.ts",
  "test/decoder/incomplete.test.ts",
  "test/service/life-cycle.test.ts",
  "test/service/crash.test.ts",
  "test/cli/verbs.test.ts",
];

/** Files in processes of their own before those that share some: a shared process lives for as long as the next file may have it. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId, project }: TestSpecification): number => {
      const place = longest.findIndex((name) => moduleId.endsWith(`/${name}`));
      return place >= 0 ? place : longest.length + (project.config.isolate ? 0 : 1);
    };
    return (await super.sort(files)).sort((one, other) => rank(one) - rank(other));
  }
}
