/** Draws an element as it is on screen: a copy with its computed styles, inside an SVG image, on a canvas. */
export async function png(element: HTMLElement): Promise<Blob> {
  const { width, height } = element.getBoundingClientRect();
  const scale = 2;
  const copy = styled(element);
  copy.style.margin = "0";
  const holder = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  holder.setAttribute("width", String(width));
  holder.setAttribute("height", String(height));
  const foreign = document.createElementNS("http://www.w3.org/2000/svg", "foreignObject");
  foreign.setAttribute("width", "100%");
  foreign.setAttribute("height", "100%");
  foreign.append(copy);
  holder.append(foreign);
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(new XMLSerializer().serializeToString(holder))}`;
  await image.decode();
  const canvas = document.createElement("canvas");
  canvas.width = Math.ceil(width * scale);
  canvas.height = Math.ceil(height * scale);
  const pen = canvas.getContext("2d");
  if (!pen) throw new Error("canvas");
  pen.scale(scale, scale);
  pen.drawImage(image, 0, 0);
  return new Promise((resolve, reject) => canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error("canvas"))), "image/png"));
}

/** Copies an element with all styles that it has by whatever rule; what is only for the screen is left out. */
function styled(element: Element): HTMLElement {
  const copy = element.cloneNode(false) as HTMLElement;
  const style = getComputedStyle(element);
  for (const name of style) copy.style?.setProperty(name, style.getPropertyValue(name));
  for (const child of element.childNodes) {
    if (child instanceof Element) {
      if (!child.matches(".popover, .hidden, .tooltip, dialog, footer")) copy.append(styled(child));
    } else if (child instanceof Text) copy.append(child.cloneNode());
  }
  return copy;
}
