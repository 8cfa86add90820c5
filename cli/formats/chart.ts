/** A chart of bars side by side, in letters that any terminal and any mail has: three steps to a line. */
const STEPS = [" ", ".", ":", "#"] as const;
const FULL = STEPS.length - 1;

/** Lines of `height` for values from 0 to `most`, one column each; a value above 0 shows, however small. */
export function barLines(values: readonly number[], most: number, height: number): string[] {
  const filled = values.map((value) => {
    const steps = most <= 0 ? 0 : Math.round((Math.min(value, most) / most) * height * FULL);
    return value > 0 ? Math.max(steps, 1) : 0;
  });
  return Array.from({ length: height }, (_, line) => {
    const below = (height - 1 - line) * FULL;
    return filled.map((steps) => STEPS[Math.min(Math.max(steps - below, 0), FULL)]!).join("");
  });
}
