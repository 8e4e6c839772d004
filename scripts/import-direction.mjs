/**
 * The lint rule that holds the house's walls: who in `src/` may import what. An oxlint plug-in, because a table of rooms
 * and doors is easier to read and to extend than a regular expression per folder. `test/import-direction.test.ts` plants
 * each forbidden import and sees it refused.
 */

/** Data flows this way; a room may know the types of the rooms before it. */
const rooms = ["ingest", "decoder", "analyzers", "notifier"];

/** The one look ahead: how media is cut into segments follows from what the decoder's probe says of it. */
const looksAhead = (from, to) => from === "ingest" && to === "decoder";

/** The small files of `src/` that every room may use. */
const sharedFiles = [
  "config",
  "display-source",
  "errors",
  "ffmpeg",
  "log",
  "metrics",
  "pipes",
  "s3-settings",
  "store",
  "suggestion",
  "transport/framing",
  "transport/sections",
];

/** Files that put values of several rooms together. */
const wiring =
  /^(service|run-job|job-in-hand|analyse-media|judge-media|judge-again|run-segments|publish-report|read-beside|open-sinks|engine|worker(-pool)?|cli(-[\w-]+)?|(api|cli|demo|live)\/.+)\.ts$/;

/** Side doors of rooms, for files that must not load all of them. */
const sideDoors = { "worker.ts": ["analyzers/measuring.ts", "decoder/decoding.ts"] };

/** Each heavy package has one door: the file through which it is reached. */
const doors = {
  "fluent-ffmpeg": ["ffmpeg.ts"],
  "onnxruntime-node": ["analyzers/inference/worker.ts"],
  "bullmq": ["ingest/run-on-fleet.ts"],
  "ioredis": ["ingest/run-on-fleet.ts"],
  "sharp": ["notifier/evidence/grab-pictures.ts"],
  "@aws-sdk/client-sqs": ["ingest/sqs.ts"],
  "@aws-sdk/client-s3": ["ingest/s3-gateway.ts", "store-s3.ts"],
  "@aws-sdk/s3-request-presigner": ["store-s3.ts"],
  "@aws-sdk/client-sns": ["notifier/sinks/sns.ts"],
  "node:child_process": ["ffmpeg.ts", "doctor.ts", "thread-priority.ts"],
};

/** All that a detector may import: it is pure, so that judging again is exact. */
const detectorImports = [
  "zod",
  "../detector.js",
  "../sustained.js",
  "../stutter.js",
  "../same-shot.js",
  "../sync/sample-clock.js",
  "../sync/sync-meter.js",
];

/** `ingest/job.ts` for `/anywhere/src/ingest/job.ts`; undefined outside `src/`. */
function pathInSource(filename) {
  const parts = filename.replaceAll("\\", "/").split("/src/");
  return parts.length > 1 ? parts.at(-1) : undefined;
}

/** The imported file as a path in `src/`, `../` resolved against the importing file. */
function targetInSource(file, specifier) {
  const path = new URL(specifier, `file:///src/${file}`).pathname;
  return path.startsWith("/src/") ? path.slice("/src/".length).replace(/\.js$/, ".ts") : undefined;
}

function roomOf(file) {
  const [folder, ...rest] = file.split("/");
  return rest.length > 0 && rooms.includes(folder) ? folder : undefined;
}

/** Why `file` may not import `specifier`, or undefined when it may. */
export function whyForbidden(file, specifier, onlyTypes) {
  const isDemo = file.startsWith("demo/") || file.startsWith("cli");
  if (/^analyzers\/detectors\/(?!index\.ts$)[^/]+\.ts$/.test(file) && !detectorImports.includes(specifier)) {
    return `A detector is pure: it imports ${detectorImports.join(", ")} and nothing else.`;
  }
  const door = Object.entries(doors).find(([name]) => specifier === name || specifier.startsWith(`${name}/`));
  if (door !== undefined && !door[1].includes(file) && !isDemo) return `${door[0]} has one door: src/${door[1].join(", src/")}.`;
  if (!specifier.startsWith(".")) return undefined;

  const target = targetInSource(file, specifier);
  if (target === undefined) return "Nothing in src/ imports from outside it.";
  const [from, to] = [roomOf(file), roomOf(target)];
  if (from === to && from !== undefined) return undefined;
  if (to === undefined) {
    const isShared = sharedFiles.includes(target.replace(/\.ts$/, ""));
    return from === undefined || isShared ? undefined : `A room uses only these files of src/: ${sharedFiles.join(", ")}.`;
  }
  if (target !== `${to}/index.ts` && !sideDoors[file]?.includes(target)) return "Enter a room by its index.js.";
  if (from !== undefined && rooms.indexOf(to) > rooms.indexOf(from) && !looksAhead(from, to))
    return `Data flows ${rooms.join(" → ")}, and so do imports.`;
  if (!onlyTypes && !wiring.test(file)) return "Only the wiring files import values of a room; others know its types.";
  return undefined;
}

function isTypeOnly(node) {
  if (node.importKind === "type" || node.exportKind === "type") return true;
  return node.specifiers?.length > 0 && node.specifiers.every((one) => one.importKind === "type" || one.exportKind === "type");
}

function check(context, node, specifier, onlyTypes) {
  const file = pathInSource(context.filename);
  if (file === undefined || typeof specifier !== "string") return;
  const reason = whyForbidden(file, specifier, onlyTypes);
  if (reason !== undefined) context.report({ node, message: `"${specifier}": ${reason}` });
}

const rule = {
  create(context) {
    const checkStatement = (node) => {
      if (node.source) check(context, node, node.source.value, isTypeOnly(node));
    };
    return {
      ImportDeclaration: checkStatement,
      ExportNamedDeclaration: checkStatement,
      ExportAllDeclaration: checkStatement,
      ImportExpression: (node) => check(context, node, node.source.value, false),
      TSImportType: (node) => check(context, node, node.source?.value ?? node.argument?.literal?.value, true),
    };
  },
};

// The shape that oxlint asks of a plug-in.
export default { meta: { name: "framewatch" }, rules: { "import-direction": rule } };
