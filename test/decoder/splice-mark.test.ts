import fc from "fast-check";
import { expect, it } from "vitest";
import { spliceMarkIn } from "../../src/decoder/splice-mark.js";

/** Messages of SCTE 35 2023, 14, by their numbers there. */
it.each([
  [
    "14.1 time_signal, placement opportunity start",
    "/DA0AAAAAAAA///wBQb+cr0AUAAeAhxDVUVJSAAAjn/PAAGlmbAICAAAAAAsoKGKNAIAmsnRfg==",
    { command: "time-signal", spliceTicks: 0x0_72bd_0050, eventId: 0x4800_008e, segmentationType: 0x34, durationSeconds: 307 },
  ],
  [
    "14.2 splice_insert",
    "/DAvAAAAAAAA///wFAVIAACPf+/+c2nALv4AUsz1AAAAAAAKAAhDVUVJAAABNWLbowo=",
    {
      command: "splice-insert",
      eventId: 0x4800_008f,
      outOfNetwork: true,
      spliceTicks: 0x0_7369_c02e,
      durationSeconds: expect.closeTo(60.29, 2),
    },
  ],
])("reads %s", (_, message, expected) => {
  expect(spliceMarkIn(Buffer.from(message, "base64"))).toMatchObject(expected);
});

it("says nothing of what only keeps the line open, or is no message", () => {
  expect(spliceMarkIn(Buffer.from("/DARAAAAAAAAAP/wAAAAAHpPv/8=", "base64"))).toBeUndefined();
  expect(spliceMarkIn(Buffer.alloc(40))).toBeUndefined();
});

it("survives any bytes", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 80 }), fc.constantFrom(4, 5, 6, 255), (bytes, command) => {
      const section = Uint8Array.from([0xfc, ...bytes]);
      if (section.length > 13) section[13] = command;
      expect(() => spliceMarkIn(section)).not.toThrow();
    }),
  );
});
