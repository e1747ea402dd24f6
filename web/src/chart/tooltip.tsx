import { useSurroundings } from "../context";

interface Props {
  /** Where the cursor is, in pixels from the left of the chart. */
  x: number;
  width: number;
  title: string;
  lines: { label: string; value: string; color?: string | undefined; before?: string | undefined }[];
}

/** What is under the cursor; beside it, on the side that has room. */
export function Tooltip({ x, width, title, lines }: Props) {
  const { say } = useSurroundings();
  const right = x > width / 2;
  return (
    <div class="tooltip" style={right ? { right: `${width - x + 12}px` } : { left: `${x + 12}px` }} aria-hidden="true">
      <strong>{title}</strong>
      {lines.map((line) => (
        <div key={line.label} class="tooltip-line">
          {line.color && <span class="swatch" style={{ background: line.color }} />}
          <bdi>{line.label}</bdi>
          <span class="number">{line.value}</span>
          {line.before !== undefined && <span class="number muted">{say("before", { value: line.before })}</span>}
        </div>
      ))}
    </div>
  );
}
