/** What has the same name twice, among the properties or the children of a node. */

interface Named {
  readonly name: string;
}

/** As many as are sooner compared than looked up. */
const FEW = 16;

/** Whether two items have one name. Nearly always not: what is wrong is looked for when something is. */
export function hasDuplicate(items: readonly Named[]): boolean {
  if (items.length > FEW) {
    const names = new Set<string>();
    for (let i = 0; i < items.length; i++) names.add(items[i]!.name);
    return names.size < items.length;
  }
  for (let i = 1; i < items.length; i++) {
    const { name } = items[i]!;
    for (let j = 0; j < i; j++) if (items[j]!.name === name) return true;
  }
  return false;
}

/** Tells each item whose name an earlier one has, with the first of that name. */
export function eachDuplicate<T extends Named>(items: readonly T[], tell: (first: T, second: T) => void): void {
  const firsts = new Map<string, T>();
  for (const item of items) {
    const first = firsts.get(item.name);
    if (first === undefined) firsts.set(item.name, item);
    else tell(first, item);
  }
}
