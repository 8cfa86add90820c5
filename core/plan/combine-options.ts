/** One option for each bank, so that all of them together serve most memory. */
import type { BankOption } from "./bank-options.ts";

export interface Combination {
  readonly balance: number;
  readonly bytes: number;
  /** Rows of the region table, as far as costs tell: tags and memory in ascending order can make fewer by chance. */
  readonly rows: number;
  readonly options: readonly BankOption[];
}

interface State {
  readonly balance: number;
  readonly bytes: number;
  readonly cost: number;
  readonly isOpen: boolean;
  readonly option: BankOption | null;
  readonly before: State | null;
}

/**
 * The combinations worth a look, the best first: where there are fewer tags than memory could use, `unitBytes` are lost
 * for each unit that lacks. Where rows are not limited, that is one of each balance, and what is better in both never
 * stands behind.
 */
export function combineOptions(
  banks: readonly (readonly BankOption[])[],
  chunkBytes: number,
  mostRows: number,
): Combination[] {
  const isLimited = Number.isFinite(mostRows);
  // Tags that no later bank's memory, or an earlier one's, can use are of no use.
  const wanted = banks.map((options) => options.reduce((most, { balance }) => Math.max(most, -balance), 0));
  let toCome = wanted.reduce((sum, units) => sum + units, 0);
  let states: readonly State[] = [{ balance: 0, bytes: 0, cost: 0, isOpen: false, option: null, before: null }];
  banks.forEach((options, bank) => {
    toCome -= wanted[bank]!;
    const next = new Map<number, State>();
    for (const before of states) {
      for (const option of options) {
        const balance = before.balance + option.balance;
        const cost = before.cost + option.cost;
        const isOpen = before.isOpen || option.balance !== 0;
        if (balance > toCome + 1 && option.balance > 1) continue;
        if (isLimited && cost - (isOpen ? 1 : 0) > mostRows) continue;
        const bytes = before.bytes + option.bytes;
        const key = isLimited ? (balance * 128 + cost) * 2 + (isOpen ? 1 : 0) : balance;
        const known = next.get(key);
        if (known !== undefined && (known.bytes > bytes || (known.bytes === bytes && known.cost <= cost))) continue;
        next.set(key, { balance, bytes, cost, isOpen, option, before });
      }
    }
    states = isLimited ? [...next.values()] : undominated([...next.values()], chunkBytes);
  });
  return states
    .map((state) => ({
      balance: state.balance,
      bytes: state.bytes - chunkBytes * Math.max(0, -state.balance),
      rows: state.cost - (state.isOpen ? 1 : 0),
      options: optionsOf(state),
    }))
    .sort((a, b) => b.bytes - a.bytes || a.rows - b.rows);
}

/** Tags that are left over do no harm, and memory can go without them: a chunk for each unit. */
function undominated(states: State[], chunkBytes: number): State[] {
  states.sort((a, b) => b.balance - a.balance);
  const kept: State[] = [];
  let most = Number.NEGATIVE_INFINITY;
  for (const state of states) {
    if (state.bytes <= most) continue;
    most = state.bytes;
    kept.push(state);
  }
  const left: State[] = [];
  let mostWithout = Number.NEGATIVE_INFINITY;
  for (const state of kept.reverse()) {
    const without = state.bytes + chunkBytes * state.balance;
    if (without <= mostWithout) continue;
    mostWithout = without;
    left.push(state);
  }
  return left;
}

function optionsOf(state: State): BankOption[] {
  const options: BankOption[] = [];
  for (let at: State | null = state; at !== null; at = at.before) if (at.option !== null) options.unshift(at.option);
  return options;
}
