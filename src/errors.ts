/** What an error code means to the outside: exit code of the CLI, and what a person does about it. */
interface ErrorMeaning {
  readonly exitCode: 2 | 3 | 4 | 130;
  /**
   * `job`: the same job would fail again; it ends as failed. `rejected`: the message can never be a job.
   * `infrastructure`: something around us is away; the message stays in the queue and is tried again.
   */
  readonly blames: "job" | "rejected" | "infrastructure" | "operator";
  readonly meaning: string;
  readonly remedy: string;
}

/** Every error code that reaches a person: reports, alerts, logs, the CLI. Printed into `docs/errors.md`. */
export const errorTable = {
  "usage": {
    exitCode: 2,
    blames: "operator",
    meaning: "The command line is wrong.",
    remedy: "See `framewatch --help` or `framewatch <verb> --help`.",
  },
  "configuration": {
    exitCode: 2,
    blames: "operator",
    meaning: "A setting or policy holds a value that is not allowed.",
    remedy: "The message names the setting, what it held and what is allowed.",
  },
  "job-invalid": {
    exitCode: 2,
    blames: "rejected",
    meaning: "The message is no job: bad JSON, an unknown field or version, a wrong value.",
    remedy: "Compare with `framewatch schema job`; the message names the field.",
  },
  "source-forbidden": {
    exitCode: 3,
    blames: "rejected",
    meaning: "The source is not one that jobs may read: a private address, a local file, an unknown protocol.",
    remedy: "Allow it by FRAMEWATCH_ALLOW_HOSTS, FRAMEWATCH_ALLOW_LISTEN or FRAMEWATCH_ALLOW_LOCAL if you trust it.",
  },
  "source-unsupported": {
    exitCode: 3,
    blames: "rejected",
    meaning:
      "The source is of a kind that cannot be read, or not in this mode: a folder, a device, an unknown protocol or option.",
    remedy: "Give a file, s3://bucket/key or an http(s) URL; without an end also udp, srt, rtmp (docs/live.md).",
  },
  "output-forbidden": {
    exitCode: 2,
    blames: "rejected",
    meaning: "The job names an output outside the allowed ones.",
    remedy: "Allow the prefix by FRAMEWATCH_ALLOW_OUTPUTS.",
  },
  "id-conflict": {
    exitCode: 2,
    blames: "rejected",
    meaning: "A job of this id is done, with another source, policy or profile.",
    remedy: "Use another id, or leave the id out.",
  },
  "source-not-found": {
    exitCode: 3,
    blames: "job",
    meaning: "There is nothing at the source.",
    remedy: "Check the name; S3 keys in events are decoded for you, keys in jobs are taken as they are.",
  },
  "source-denied": {
    exitCode: 3,
    blames: "job",
    meaning: "The source refuses to be read.",
    remedy: "Give the service's role s3:GetObject on it, or check the URL's credentials.",
  },
  "source-changed": {
    exitCode: 3,
    blames: "job",
    meaning: "The source was replaced while it was read.",
    remedy: "Send the job again once it is written.",
  },
  "source-unreachable": {
    exitCode: 3,
    blames: "job",
    meaning: "The source's host does not answer.",
    remedy: "Check name, port and network.",
  },
  "source-unavailable": {
    exitCode: 4,
    blames: "infrastructure",
    meaning: "S3 does not answer, or there are no credentials to ask it with.",
    remedy: "Check AWS_REGION, endpoint and role; a job of the queue is tried again.",
  },
  "media-unreadable": {
    exitCode: 3,
    blames: "job",
    meaning: "ffmpeg finds no media in the source, or nothing that it can decode.",
    remedy: "Play the file with ffplay; a transfer may have been cut short.",
  },
  "media-encrypted": {
    exitCode: 3,
    blames: "job",
    meaning: "The media is encrypted.",
    remedy: "Give a source in the clear: Framewatch holds no keys.",
  },
  "media-stalled": {
    exitCode: 3,
    blames: "job",
    meaning: "The source was read but gave no media for too long.",
    remedy: "Check that the source still delivers; a playlist may be stale.",
  },
  "media-too-large": {
    exitCode: 3,
    blames: "job",
    meaning: "The picture is larger than 8192x4320, or there are too many tracks.",
    remedy: "Scale it down first.",
  },
  "segment-failed": {
    exitCode: 3,
    blames: "job",
    meaning: "A part of the media could not be analysed in several attempts.",
    remedy: "See the log for the reason of each attempt.",
  },
  "worker-lost": {
    exitCode: 4,
    blames: "infrastructure",
    meaning: "A worker thread of this process died.",
    remedy: "The job is tried again; see the log for the cause, and report it if it comes back.",
  },
  "signals-damaged": {
    exitCode: 3,
    blames: "infrastructure",
    meaning: "A file of stored signals is unfinished or damaged.",
    remedy: "Analyse the media again; a damaged segment is measured anew.",
  },
  "program-missing": {
    exitCode: 4,
    blames: "infrastructure",
    meaning: "A program that Framewatch needs is not installed, or too old.",
    remedy: "`framewatch doctor` tells what is missing and how to install it.",
  },
  "model-invalid": {
    exitCode: 4,
    blames: "infrastructure",
    meaning: "A model does not fit its manifest or does not load.",
    remedy: "`framewatch models verify`; restore the file from the release.",
  },
  "store-unavailable": {
    exitCode: 4,
    blames: "infrastructure",
    meaning: "The output (S3 or folder) cannot be written or read.",
    remedy: "Check bucket, role and disk; the job is tried again.",
  },
  "queue-unavailable": {
    exitCode: 4,
    blames: "infrastructure",
    meaning: "SQS, SNS or the webhook does not answer.",
    remedy: "Check endpoint, region and role; the service tries again.",
  },
  "alert-refused": {
    exitCode: 4,
    blames: "infrastructure",
    meaning: "A receiver of alerts refused one in a way that does not pass by itself.",
    remedy: "The message says what it answered; check FRAMEWATCH_WEBHOOK_URL and what the receiver wants.",
  },
  "redis-unavailable": {
    exitCode: 4,
    blames: "infrastructure",
    meaning: "Redis does not answer.",
    remedy: "Check REDIS_URL; jobs go on in this process meanwhile.",
  },
  "lease-lost": {
    exitCode: 4,
    blames: "infrastructure",
    meaning: "The queue gave the message to somebody else, so this process stopped working on it.",
    remedy: "Nothing: another process goes on with it.",
  },
  "cancelled": { exitCode: 130, blames: "job", meaning: "The job was cancelled.", remedy: "Nothing, if you meant it." },
  "interrupted": {
    exitCode: 130,
    blames: "infrastructure",
    meaning: "The process was told to stop.",
    remedy: "Nothing: the job goes on where another process takes it up.",
  },
} as const satisfies Record<string, ErrorMeaning>;

export type ErrorCode = keyof typeof errorTable;

/** An error that a person can act on. `message` says what happened, to what; the table says what to do. */
export class FramewatchError extends Error {
  override readonly name = "FramewatchError";
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.code = code;
  }

  get exitCode(): number {
    return errorTable[this.code].exitCode;
  }

  get blames(): ErrorMeaning["blames"] {
    return errorTable[this.code].blames;
  }
}

/** What an error is for report and alert: its code, and its message without a stack. */
export interface ErrorFacts {
  readonly code: ErrorCode;
  readonly message: string;
}

/** True for an error of the given code. */
export function isError(error: unknown, code: ErrorCode): error is FramewatchError {
  return error instanceof FramewatchError && error.code === code;
}
