// Bars as SVG, readable on light and on dark ground.

export type Bar = {
  readonly label: string;
  /** At least 0. */
  readonly value: number;
  /** What stands at its end. */
  readonly text: string;
  readonly isOurs: boolean;
};

export type Plot = {
  readonly title: string;
  readonly bars: readonly Bar[];
  /** A value that a thin line marks, and what it is. */
  readonly mark: { readonly value: number; readonly label: string };
};

const WIDTH = 720;
const LEFT = 110;
const RIGHT = 90;
const TOP = 64;
const BAR = 22;
const STEP = 32;

const STYLE = `
text { font: 14px system-ui, sans-serif; fill: #1f2328 }
.title { font-weight: 600 }
.small { font-size: 12px; fill: #59636e }
.label { text-anchor: end }
.bar { fill: #8c959f }
.ours { fill: #0969da }
.mark { stroke: #59636e; stroke-dasharray: 4 3 }
@media (prefers-color-scheme: dark) {
  text { fill: #f0f6fc }
  .small { fill: #9198a1 }
  .bar { fill: #6e7681 }
  .ours { fill: #4493f8 }
  .mark { stroke: #9198a1 }
}`;

const ESCAPES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
};
const escaped = (text: string) => text.replaceAll(/[&<>"]/g, (sign) => ESCAPES[sign] ?? sign);

/** Horizontal bars from a common zero, in the order given. */
export function drawBars({ title, bars, mark }: Plot): string {
  const most = Math.max(mark.value, ...bars.map(({ value }) => value));
  const x = (value: number) => (LEFT + ((WIDTH - LEFT - RIGHT) * value) / most).toFixed(1);
  const height = TOP + bars.length * STEP + 8;
  const rows = bars.map(({ label, value, text, isOurs }, index) => {
    const y = TOP + index * STEP;
    const baseline = y + BAR - 6;
    const width = (Number(x(value)) - LEFT).toFixed(1);
    return [
      `<text class="label" x="${LEFT - 8}" y="${baseline}">${escaped(label)}</text>`,
      `<rect class="${isOurs ? "ours" : "bar"}" x="${LEFT}" y="${y}" width="${width}" height="${BAR}" rx="2"/>`,
      `<text x="${Number(x(value)) + 6}" y="${baseline}">${escaped(text)}</text>`,
    ].join("\n");
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-label="${escaped(title)}">
<style>${STYLE}</style>
<text class="title" x="8" y="22">${escaped(title)}</text>
<text class="small" x="${Number(x(mark.value)) + 4}" y="${TOP - 14}">${escaped(mark.label)}</text>
<path class="mark" d="M${x(mark.value)} ${TOP - 10}V${height - 8}"/>
${rows.join("\n")}
</svg>
`;
}
