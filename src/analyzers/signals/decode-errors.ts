import { definePictureMeasurer, defineSoundMeasurer, type SignalDeclaration } from "../measurer.js";

const provides = {
  "decode.errorCount": {
    unit: "count",
    range: [0, 100],
    meaning: "Error messages that the decoder gave since the sample before it",
  },
  "decode.damagedTop": {
    unit: "pixels",
    range: [0, 8192],
    meaning: "First row of luma in which the decoder says that it failed; not measured where it does not say where, nor of sound",
  },
  "decode.damagedHeight": {
    unit: "pixels",
    range: [0, 8192],
    meaning: "How many rows of luma lie between the first and the last in which the decoder says that it failed",
  },
} as const satisfies Record<string, SignalDeclaration>;

/** What the picture's decoder complains about. */
export const pictureDecodeErrors = definePictureMeasurer({
  name: "decode errors of the picture",
  needs: "any",
  lookbackSeconds: 0,
  provides,
  begin:
    () =>
    ({ frame: { decodeErrors, damagedRows } }, write) => {
      write("decode.errorCount", decodeErrors);
      if (damagedRows === undefined) return;
      write("decode.damagedTop", damagedRows.top);
      write("decode.damagedHeight", damagedRows.height);
    },
});

/** What the decoder of a sound track complains about; the same signal, on the lane of that track. */
export const soundDecodeErrors = defineSoundMeasurer({
  name: "decode errors of the sound",
  needs: "any",
  lookbackSeconds: 0,
  provides,
  begin: () => (window, write) => write("decode.errorCount", window.decodeErrors),
});
