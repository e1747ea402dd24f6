import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef, useState } from "preact/hooks";

interface Props {
  /** What the button shows, and its name where that is a sign. */
  button: ComponentChildren;
  label?: string | undefined;
  buttonClass?: string;
  /** At which end of the button it opens. */
  align?: "start" | "end";
  children: (close: () => void) => ComponentChildren;
}

/** A button that opens a panel below itself. Escape and a press elsewhere close it; the focus goes back to the button. */
export function Popover({ button, label, buttonClass = "control", align = "start", children }: Props) {
  const [open, setOpen] = useState(false);
  const root = useRef<HTMLDivElement>(null);
  const trigger = useRef<HTMLButtonElement>(null);
  const id = useId();
  const close = () => {
    setOpen(false);
    trigger.current?.focus();
  };
  useEffect(() => {
    if (!open) return;
    root.current?.querySelector<HTMLElement>("[data-first], .panel input, .panel button, .panel a, .panel select")?.focus();
    const outside = (e: Event) => {
      if (e.target instanceof Node && !root.current?.contains(e.target)) setOpen(false);
    };
    document.addEventListener("pointerdown", outside);
    document.addEventListener("focusin", outside);
    return () => {
      document.removeEventListener("pointerdown", outside);
      document.removeEventListener("focusin", outside);
    };
  }, [open]);
  return (
    <div
      class="popover"
      ref={root}
      onKeyDown={(e) => {
        if (e.key !== "Escape" || !open) return;
        e.stopPropagation();
        close();
      }}
    >
      <button
        type="button"
        class={buttonClass}
        ref={trigger}
        aria-label={label}
        title={label}
        aria-expanded={open}
        aria-controls={id}
        onClick={() => setOpen(!open)}
      >
        {button}
      </button>
      <div id={id} class={`panel ${align}`} hidden={!open}>
        {open && children(close)}
      </div>
    </div>
  );
}
