import type { Arrival, AudioBlock } from "../../decoder/index.js";

const windowsPerSecond = 100;

/** Cuts the sound of one track, however it comes, into windows of 10 ms. */
export interface SoundWindows {
  push(block: AudioBlock): void;
  /** Gives away the last window, which may be shorter. */
  finish(): void;
}

/**
 * Window k holds the samples [round(k · rate / 100), round((k + 1) · rate / 100)), counted from the track's first
 * sample, the last discontinuity or the last change of rate or channels. Its time is that of its first sample as its
 * own block tells it, so that a source whose clock drifts from its sample rate keeps its times.
 *
 * @param measure receives each window; its samples are views, valid until the call returns
 */
export function openSoundWindows(measure: (window: AudioBlock) => void): SoundWindows {
  let buffers: Float32Array[] = [];
  let sampleRate = 0;
  let track = 0;
  let index = 0;
  let filled = 0;
  let pts = Number.NEGATIVE_INFINITY;
  let decodeErrors = 0;
  /** How the blocks came that began in this window. */
  let arrival: Arrival = {};
  let source: AudioBlock["source"];
  let discontinuity: Pick<AudioBlock, "discontinuityBefore" | "previousEndSeconds"> = { discontinuityBefore: false };

  function samplesOfWindow(): number {
    return Math.round(((index + 1) * sampleRate) / windowsPerSecond) - Math.round((index * sampleRate) / windowsPerSecond);
  }

  function give(): void {
    if (filled === 0) return;
    const samples = buffers.map((buffer) => buffer.subarray(0, filled));
    measure({
      pts,
      track,
      sampleRate,
      channels: buffers.length,
      samples,
      decodeErrors,
      ...(source && { source }),
      ...arrival,
      ...discontinuity,
    });
    index++;
    filled = decodeErrors = 0;
    arrival = {};
    discontinuity = { discontinuityBefore: false };
  }

  function startAnew(block: AudioBlock): void {
    give();
    if (block.sampleRate !== sampleRate || block.channels !== buffers.length) {
      sampleRate = block.sampleRate;
      const longest = Math.ceil(sampleRate / windowsPerSecond) + 1;
      buffers = Array.from({ length: block.channels }, () => new Float32Array(longest));
    }
    track = block.track;
    index = 0;
    const { discontinuityBefore, previousEndSeconds } = block;
    if (!discontinuityBefore) return;
    discontinuity = { discontinuityBefore, ...(previousEndSeconds === undefined ? {} : { previousEndSeconds }) };
    pts = Number.NEGATIVE_INFINITY;
  }

  return {
    push(block) {
      if (block.discontinuityBefore || block.sampleRate !== sampleRate || block.channels !== buffers.length) startAnew(block);
      decodeErrors += block.decodeErrors;
      const { untimed, formatChanged, waitedSeconds } = block;
      source = block.source;
      if (untimed) arrival = { ...arrival, untimed };
      if (formatChanged) arrival = { ...arrival, formatChanged };
      if (waitedSeconds !== undefined) arrival = { ...arrival, waitedSeconds };
      const length = block.samples[0]?.length ?? 0;
      for (let at = 0; at < length; ) {
        // Small overlaps of blocks are no discontinuity, and must not turn time around.
        if (filled === 0) pts = Math.max(pts, block.pts + at / sampleRate);
        const wanted = samplesOfWindow();
        const taken = Math.min(wanted - filled, length - at);
        for (const [channel, buffer] of buffers.entries()) {
          const samples = block.samples[channel];
          if (samples) buffer.set(samples.subarray(at, at + taken), filled);
        }
        filled += taken;
        at += taken;
        if (filled === wanted) give();
      }
    },
    finish: give,
  };
}
