interface Props {
  items: { name: string; label: string; color: string }[];
  hidden: ReadonlySet<string>;
  onToggle: (hidden: ReadonlySet<string>) => void;
  /** What a dashed line means. */
  dashed: string | undefined;
}

/** The names of the lines; each can be switched off. */
export function Legend({ items, hidden, onToggle, dashed }: Props) {
  if (items.length < 2 && !dashed) return null;
  const toggle = (name: string) => {
    const next = new Set(hidden);
    if (!next.delete(name)) next.add(name);
    onToggle(next.size === items.length ? new Set() : next);
  };
  return (
    <ul class="legend">
      {items.map((item) => (
        <li key={item.name}>
          <button type="button" aria-pressed={!hidden.has(item.name)} onClick={() => toggle(item.name)}>
            <span class="swatch" style={{ background: item.color }} />
            <bdi>{item.label}</bdi>
          </button>
        </li>
      ))}
      {dashed && (
        <li class="dashed">
          <span class="dash" />
          {dashed}
        </li>
      )}
    </ul>
  );
}
