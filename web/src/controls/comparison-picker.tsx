import { useSurroundings } from "../context";
import { Icon } from "../icon";
import { type Comparison, comparisons } from "../model/view";

/** What the page is compared with. */
export function ComparisonPicker({ shown, onPick }: { shown: Comparison; onPick: (comparison: Comparison) => void }) {
  const { say } = useSurroundings();
  return (
    <label class="control select">
      <Icon name="chart" />
      <span class="hidden">{say("compare")}</span>
      <select value={shown} onChange={(e) => onPick(e.currentTarget.value as Comparison)}>
        {comparisons.map((c) => (
          <option key={c} value={c}>
            {say(c)}
          </option>
        ))}
      </select>
    </label>
  );
}
