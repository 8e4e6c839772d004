import { definePictureMeasurer, defineSoundMeasurer, type SignalDeclaration } from "../measurer.js";

const provides = {
  "decode.errorCount": {
    unit: "count",
    range: [0, 100],
    meaning: "Error messages that the decoder gave since the sample before it",
  },
} as const satisfies Record<string, SignalDeclaration>;

/** What the picture's decoder complains about. */
export const pictureDecodeErrors = definePictureMeasurer({
  name: "decode errors of the picture",
  needs: "any",
  lookbackSeconds: 0,
  provides,
  begin: () => (measured, write) => write("decode.errorCount", measured.frame.decodeErrors),
});

/** What the decoder of a sound track complains about; the same signal, on the lane of that track. */
export const soundDecodeErrors = defineSoundMeasurer({
  name: "decode errors of the sound",
  needs: "any",
  lookbackSeconds: 0,
  provides,
  begin: () => (window, write) => write("decode.errorCount", window.decodeErrors),
});
