import { definePlanter, type Strength } from "../planter.js";

function mono(name: string, lastsSeconds: number): Strength {
  return {
    name,
    actionable: true,
    lastsSeconds,
    sound: ({ startSeconds, endSeconds }) => {
      const between = `between(t,${startSeconds},${endSeconds})`;
      const [left, right] = [0, 1].map(
        // Pauses are not digital silence. A clip that is mono already is made wide: the other side has a noise of its own.
        (own) =>
          `if(${between},(val(0)+val(1))/2+0.0005*sin(n*n/1000),val(${own})*(1+0.1*(2*random(${own})-1))+0.002*(2*random(${own})-1))`,
      );
      return `aeval=exprs='${left}|${right}':c=same`;
    },
  };
}

export const planter = definePlanter({
  type: "dual-mono",
  needs: "sound",
  strengths: [mono("6 s", 6), mono("from start to end", Infinity)],
  alsoRaises: ["level-jump"],
});
