import { streamEntry } from "../api/answers.js";
import type { StreamStatus } from "../live/stream-status.js";

/** Shows how a stream is, on standard error: on a terminal one line each second, written over; else a line of JSON now and then, as `/api/streams/` has it. */
export interface StatusView {
  close(): void;
}

const terminalMilliseconds = 1000;
const otherMilliseconds = 10_000;

/** @param read the status of now; undefined before there is a stream */
export function openStatusView(read: () => StreamStatus | undefined): StatusView {
  const { isTTY } = process.stderr;
  // A terminal that does not know its width says 0.
  const columns = process.stderr.columns || 120;
  function show(): void {
    const status = read();
    if (status === undefined) return;
    if (isTTY) process.stderr.write(`\r\u001B[2K${statusLine(status).slice(0, columns - 1)}`);
    else process.stderr.write(`${JSON.stringify(streamEntry(status))}\n`);
  }
  const timer = setInterval(show, isTTY ? terminalMilliseconds : otherMilliseconds);
  timer.unref();
  return {
    close() {
      clearInterval(timer);
      show();
      if (isTTY) process.stderr.write("\n");
    },
  };
}

/** State, speed, lag, loudness and open incidents in one line. */
export function statusLine(status: StreamStatus): string {
  const { stream, state, reason, mediaSeconds, framesPerSecond, lagSeconds, loudness, openIncidents } = status;
  const [main] = loudness;
  const open = openIncidents.map(({ defect }) => defect.type);
  return [
    `${stream}  ${state}`,
    ...(reason === undefined ? [] : [reason]),
    clock(mediaSeconds),
    ...(framesPerSecond === undefined ? [] : [`${framesPerSecond.toFixed(1)} fps`]),
    ...(lagSeconds === undefined ? [] : [`lag ${lagSeconds.toFixed(1)} s`]),
    ...(main?.momentaryLufs === undefined ? [] : [`M ${level(main.momentaryLufs)} LUFS`]),
    ...(main?.integratedLufs === undefined ? [] : [`I ${level(main.integratedLufs)} LUFS`]),
    open.length === 0 ? "no open incidents" : `open: ${open.join(", ")}`,
  ].join("  ");
}

/** Digital silence has none. */
function level(lufs: number): string {
  return Number.isFinite(lufs) ? lufs.toFixed(1) : "-inf";
}

function clock(seconds: number): string {
  const whole = Math.floor(seconds);
  return [whole / 3600, (whole / 60) % 60, whole % 60].map((part) => String(Math.floor(part)).padStart(2, "0")).join(":");
}
