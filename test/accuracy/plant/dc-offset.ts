import { definePlanter, type Strength } from "../planter.js";

function offset(ratio: number, lastsSeconds: number, actionable = true, channels: readonly number[] = [0, 1]): Strength {
  const lasting = lastsSeconds === Infinity ? "from start to end" : `${lastsSeconds} s`;
  const where = channels.length === 1 ? ", left only" : "";
  return {
    name: `${ratio * 100} % of full scale${where}, ${lasting}`,
    actionable,
    lastsSeconds,
    sound: ({ startSeconds, endSeconds }) => {
      const added = `${ratio}*between(t,${startSeconds},${endSeconds})`;
      const exprs = [0, 1].map((channel) =>
        channels.includes(channel) ? `0.8*val(${channel})+${added}` : `0.8*val(${channel})`,
      );
      return `aeval=exprs='${exprs.join("|")}':c=same`;
    },
  };
}

export const planter = definePlanter({
  type: "dc-offset",
  needs: "sound",
  strengths: [offset(0.05, 4), offset(-0.02, 4), offset(0.02, Infinity, true, [0]), offset(0.005, 4, false)],
  alsoRaises: ["dropout", "level-jump", "phase", "dual-mono", "channel-missing"],
});
