/** Signs of 16 by 16, drawn with lines in the color of the text. */
const paths = {
  menu: "M3 8h.01M8 8h.01M13 8h.01",
  close: "M4 4l8 8M12 4l-8 8",
  down: "M4 6l4 4 4-4",
  left: "M10 4L6 8l4 4",
  right: "M6 4l4 4-4 4",
  calendar: "M3 4.5h10v8.5H3zM3 7h10M5.5 2.5v3M10.5 2.5v3",
  filter: "M2.5 4h11M4.5 8h7M6.5 12h3",
  globe: "M8 2a6 6 0 100 12A6 6 0 008 2zM2 8h12M8 2c2 2 2.5 4 2.5 6S10 12 8 14M8 2C6 4 5.500 6 5.500 8S6 12 8 14",
  gear: "M8 5.500a2.500 2.500 0 100 5 2.500 2.500 0 000-5zM8 1.800v2M8 12.200v2M1.800 8h2M12.200 8h2M3.600 3.600l1.400 1.400M11 11l1.400 1.400M12.400 3.600L11 5M5 11l-1.400 1.400",
  refresh: "M13 8a5 5 0 11-1.500-3.500L13 6M13 2.500V6H9.500",
  expand: "M9.500 3H13v3.500M13 3L9 7M6.500 13H3V9.500M3 13l4-4",
  shrink: "M13 6.500H9.500V3M9.500 6.500L13.500 2.500M3 9.500h3.500V13M6.500 9.500L2.500 13.500",
  table: "M2.500 3.500h11v9h-11zM2.500 6.500h11M2.500 9.500h11M6.500 6.500v6",
  chart: "M2.500 13.500h11M4.500 11V7M8 11V3.500M11.500 11V8.500",
  info: "M8 2a6 6 0 100 12A6 6 0 008 2zM8 7.500v3.500M8 5h.01",
  warn: "M8 2.500L14 13H2zM8 6.500V9.500M8 11.200h.01",
  file: "M4 2h5l3 3v9H4zM9 2v3h3",
  link: "M6.500 9.500l3-3M7 5l1.500-1.500a2.500 2.500 0 013.500 3.500L10.500 8.500M9 11l-1.500 1.500a2.500 2.500 0 01-3.500-3.500L5.500 7.500",
  search: "M7 2.500a4.500 4.500 0 100 9 4.500 4.500 0 000-9zM10.500 10.500L14 14",
  check: "M3 8.500l3.500 3.500L13 4.500",
  list: "M2.500 4h11M2.500 8h11M2.500 12h11",
  print: "M4.500 6V2.500h7V6M4.500 11.500h-2V6h11v5.500h-2M4.500 9.500h7v4h-7z",
} as const;

export function Icon({ name, mirrored }: { name: keyof typeof paths; mirrored?: boolean }) {
  return (
    <svg class={mirrored ? "icon mirrored" : "icon"} viewBox="0 0 16 16" aria-hidden="true">
      <path d={paths[name]} />
    </svg>
  );
}
