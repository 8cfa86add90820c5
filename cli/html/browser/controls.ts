interface ButtonOptions {
  readonly label?: string;
  readonly isPressed?: () => boolean;
  readonly isOff?: () => boolean;
}

export function button(text: string, act: () => void, { label, isPressed, isOff }: ButtonOptions) {
  const element = document.createElement("button");
  element.type = "button";
  element.textContent = text;
  if (label !== undefined) element.setAttribute("aria-label", label);
  element.addEventListener("click", act);
  const refresh = () => {
    if (isPressed !== undefined) element.setAttribute("aria-pressed", String(isPressed()));
    // One that has the focus keeps it.
    if (isOff !== undefined) element.setAttribute("aria-disabled", String(isOff()));
  };
  return { element, refresh };
}

/** Calls `move` with the pixels that the pointer went while it was held. */
export function dragging(view: HTMLElement, move: (pixels: number) => void): void {
  let last: number | null = null;
  let isMoving = false;
  view.addEventListener("pointerdown", (event) => {
    if (event.button === 0) last = event.clientX;
    isMoving = false;
  });
  view.addEventListener("pointermove", (event) => {
    if (last === null) return;
    // A click that trembles is none the less a click.
    if (!isMoving && Math.abs(event.clientX - last) < 4) return;
    if (!isMoving) view.setPointerCapture(event.pointerId);
    isMoving = true;
    move(event.clientX - last);
    last = event.clientX;
  });
  const end = () => {
    last = null;
  };
  view.addEventListener("pointerup", end);
  view.addEventListener("pointercancel", end);
  view.addEventListener("click", (event) => isMoving && event.preventDefault(), true);
}
