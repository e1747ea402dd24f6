import { useLayoutEffect, useRef, useState } from "preact/hooks";

/** The size of an element, kept up to date. */
export function useSize<E extends Element>(): [preactRef: { current: E | null }, width: number, height: number] {
  const ref = useRef<E>(null);
  const [size, setSize] = useState<[number, number]>([0, 0]);
  useLayoutEffect(() => {
    const element = ref.current;
    if (!element) return;
    const measure = () => {
      const { width, height } = element.getBoundingClientRect();
      setSize((old) => (old[0] === Math.floor(width) && old[1] === Math.floor(height) ? old : [Math.floor(width), Math.floor(height)]));
    };
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  return [ref, size[0], size[1]];
}
