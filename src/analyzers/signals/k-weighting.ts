import type { Sections } from "../kernels/sound-filters.js";

/**
 * The K-weighting of ITU-R BS.1770-5, Annex 1, for any sample rate: the head's effect (a shelf of +4 dB above 1.7 kHz),
 * then the RLB high-pass.
 *
 * The recommendation gives coefficients for 48 kHz only and asks for the same frequency response at other rates. Here
 * the analog filters that those coefficients come from are transformed anew (bilinear, frequency prewarped). Their
 * frequencies, gains and qualities are those that libebur128 and ffmpeg's ebur128 use, found by solving the tables
 * for 48 kHz (Brecht De Man, "Evaluation of implementations of the EBU R128 loudness measurement", AES 145, 2018);
 * at 48 kHz they give the tables back to eleven digits.
 */
export function kWeighting(sampleRate: number): Sections {
  return { first: shelf(sampleRate), second: highPass(sampleRate) };
}

function shelf(sampleRate: number): Sections["first"] {
  const frequency = 1681.974450955533;
  const gain = 10 ** (3.999843853973347 / 20);
  const quality = 0.7071752369554196;
  const k = Math.tan((Math.PI * frequency) / sampleRate);
  const bandGain = gain ** 0.4996667741545416;
  const a0 = 1 + k / quality + k * k;
  return {
    b: [
      (gain + (bandGain * k) / quality + k * k) / a0,
      (2 * (k * k - gain)) / a0,
      (gain - (bandGain * k) / quality + k * k) / a0,
    ],
    a: [(2 * (k * k - 1)) / a0, (1 - k / quality + k * k) / a0],
  };
}

function highPass(sampleRate: number): Sections["second"] {
  const frequency = 38.13547087602444;
  const quality = 0.5003270373238773;
  const k = Math.tan((Math.PI * frequency) / sampleRate);
  const a0 = 1 + k / quality + k * k;
  return { a: [(2 * (k * k - 1)) / a0, (1 - k / quality + k * k) / a0] };
}
