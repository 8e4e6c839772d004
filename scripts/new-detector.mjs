/**
 * Starts a new detector: its file, its test and its planter, from its type. Refuses to overwrite.
 *
 *   npm run new:detector -- flash
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";

const repository = resolve(import.meta.dirname, "..");
const type = process.argv[2] ?? "";

function stop(text) {
  process.stderr.write(`new:detector: ${text}\n`);
  process.exit(2);
}

if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(type))
  stop("give the defect type in kebab-case, such as `npm run new:detector -- flash`");
const types = readFileSync(join(repository, "src/analyzers/defect-types.ts"), "utf8");
if (!types.includes(`"${type}"`)) stop(`"${type}" is no defect type: src/analyzers/defect-types.ts lists those of the contract`);
const name = type.replace(/-([a-z0-9])/g, (_, letter) => letter.toUpperCase());

const detector = `import { z } from "zod";
import { defineDetector } from "../detector.js";
import { sustained } from "../sustained.js";

/**
 * Say what is wrong with the media, as somebody who looks at it would say it.
 *
 * Not this: name what looks alike and belongs to another detector.
 */
export const ${name} = defineDetector({
  type: "${type}",
  version: "1.0.0",
  medium: "video",
  summary: "What an operator reads in the alert",
  standard: "Where definition and threshold come from: standard and clause, paper, or ffmpeg filter",
  signals: ["luma.mean"],

  parameters: z.object({
    minimumSeconds: z.number().positive().default(1).describe("Shortest ${type} that counts, in seconds"),
    minimumMean: z.number().min(0).max(255).default(250).describe("Mean luma (0..255) from which a frame counts"),
  }),

  begin: ({ minimumSeconds, minimumMean }) =>
    sustained({
      signal: "luma.mean",
      holds: (mean) => mean >= minimumMean,
      minimumSeconds,
      measured: (held) => ({ meanLuma: held.mean }),
      threshold: { minimumSeconds, minimumMean },
    }),
});
`;

const test = `import { ${name} } from "../../../src/analyzers/detectors/${type}.js";
import { signal, testDetector } from "../../support/test-detector.js";

const mean = signal("luma.mean");

testDetector(${name}, {
  finds: {
    "one that lasts two seconds": [mean([2, 100], [2, 255], [2, 100]), [2, 4]],
  },
  passes: {
    "one that is too short": mean([2, 100], [0.9, 255], [2, 100]),
  },
});
`;

const planter = `import { definePlanter, type Strength } from "../planter.js";

function lasting(lastsSeconds: number): Strength {
  return {
    name: \`\${lastsSeconds} s\`,
    actionable: true,
    lastsSeconds,
    picture: ({ startSeconds, endSeconds }) => \`lutyuv=y=255:enable='between(t,\${startSeconds},\${endSeconds})'\`,
  };
}

/** Say how such a fault comes about, and how this comes near it. */
export const planter = definePlanter({ type: "${type}", needs: "picture", strengths: [lasting(1.5), lasting(4)] });
`;

const files = {
  [`src/analyzers/detectors/${type}.ts`]: detector,
  [`test/analyzers/detectors/${type}.test.ts`]: test,
  [`test/accuracy/plant/${type}.ts`]: planter,
};
for (const path of Object.keys(files)) if (existsSync(join(repository, path))) stop(`${path} is there already`);
for (const [path, content] of Object.entries(files)) writeFileSync(join(repository, path), content);
process.stdout.write(`${Object.keys(files).join("\n")}

Next: write the test first, then the detector; take ${type} out of defectTypesNotBuilt in src/analyzers/defect-types.ts;
look at its severity in src/analyzers/policies/default.yaml; then \`npm run generate\`, \`npm test -- ${type}\` and
\`npm run accuracy -- ${type} --split tune --content DIR\` with clips of yours. docs/new-detector.md says more.
`);
