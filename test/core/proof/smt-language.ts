/**
 * A reader and an evaluator for the part of SMT-LIB 2.6 that carveout writes, and no more: whatever it does not know, a
 * symbol that is not declared or has another number of arguments included, it throws at.
 */
export type Expression = string | readonly Expression[];

export type Value = number | boolean;

/** What a script's constants stand for. */
export type Assignment = Readonly<Record<string, number>>;

/** One `check-sat`, with what stands between it and the one before. */
export interface SmtQuery {
  /** What `echo` says before it. */
  readonly label: string;
  readonly status: string;
  /** Constants whose values are asked for; empty where none are. */
  readonly constants: readonly string[];
  evaluate(assignment: Assignment): boolean;
}

export interface SmtScript {
  readonly queries: readonly SmtQuery[];
  /** The value of a definition without parameters. */
  term(name: string, assignment: Assignment): Value;
}

/** The S-expressions of a text. Throws where parentheses do not match. */
export function readExpressions(text: string): Expression[] {
  const open: Expression[][] = [[]];
  for (const [token] of text.matchAll(/;[^\n]*|"(?:[^"]|"")*"|[()]|[^\s()";]+/g)) {
    if (token.startsWith(";")) continue;
    if (token === "(") open.push([]);
    else if (token === ")") {
      const closed = open.pop()!;
      if (open.length === 0) throw new Error("a parenthesis too many");
      open.at(-1)!.push(closed);
    } else open.at(-1)!.push(token);
  }
  if (open.length !== 1) throw new Error("a parenthesis is not closed");
  return open[0]!;
}

/** A compiled term: gives its value for the constants of the script and the arguments of the definition that it is in. */
type Term = (constants: Assignment, parameters: readonly Value[]) => Value;

interface Definition {
  readonly parameters: readonly string[];
  readonly term: Term;
}

interface Scope {
  readonly constants: ReadonlySet<string>;
  readonly definitions: ReadonlyMap<string, Definition>;
  readonly parameters: readonly string[];
}

/** Division of the theory Ints: the remainder is 0 or more. Exact below 2^53. */
function modulo(a: number, b: number): number {
  if (!(b > 0)) throw new Error(`division by ${b}`);
  return ((a % b) + b) % b;
}

const OPERATORS: Readonly<Record<string, (a: number, b: number) => Value>> = {
  "+": (a, b) => a + b,
  "-": (a, b) => a - b,
  "*": (a, b) => a * b,
  div: (a, b) => (a - modulo(a, b)) / b,
  mod: modulo,
  "=": (a, b) => a === b,
  "<": (a, b) => a < b,
  "<=": (a, b) => a <= b,
  ">": (a, b) => a > b,
};

function compile(expression: Expression, scope: Scope): Term {
  if (typeof expression === "string") return compileSymbol(expression, scope);
  const [head, ...rest] = expression;
  if (typeof head !== "string") throw new Error(`no operator: ${JSON.stringify(expression)}`);
  const terms = rest.map((argument) => compile(argument, scope));
  if (head === "and") return (constants, parameters) => terms.every((term) => bool(term(constants, parameters)));
  if (head === "or") return (constants, parameters) => terms.some((term) => bool(term(constants, parameters)));
  if (head === "not" && terms.length === 1) return (constants, parameters) => !bool(terms[0]!(constants, parameters));
  if (head === "ite" && terms.length === 3) {
    const [condition, yes, no] = terms;
    return (constants, parameters) =>
      bool(condition!(constants, parameters)) ? yes!(constants, parameters) : no!(constants, parameters);
  }
  const definition = scope.definitions.get(head);
  if (definition !== undefined) {
    if (definition.parameters.length !== terms.length) throw new Error(`${head} has ${terms.length} arguments`);
    return (constants, parameters) => {
      const values = terms.map((term) => term(constants, parameters));
      return definition.term(constants, values);
    };
  }
  const operator = OPERATORS[head];
  if (operator === undefined) throw new Error(`${head} is not declared`);
  if ((head === "*" || head === "div" || head === "mod") && !rest.some(isNumeral)) {
    throw new Error(`not linear: ${JSON.stringify(expression)}`);
  }
  if ((head === "div" || head === "mod") && !isNumeral(rest[1]!)) throw new Error(`${head} by no numeral`);
  const [left, right] = terms;
  if (left === undefined || right === undefined || terms.length > 2) throw new Error(`${head} is of two numbers`);
  return (constants, parameters) => operator(number(left(constants, parameters)), number(right(constants, parameters)));
}

function compileSymbol(symbol: string, { constants, definitions, parameters }: Scope): Term {
  const index = parameters.indexOf(symbol);
  if (index >= 0) return (_constants, values) => values[index]!;
  if (isNumeral(symbol)) {
    const value = Number(symbol);
    return () => value;
  }
  if (constants.has(symbol)) {
    return (assignment) => {
      const value = assignment[symbol];
      if (value === undefined) throw new Error(`${symbol} has no value`);
      return value;
    };
  }
  const definition = definitions.get(symbol);
  if (definition === undefined || definition.parameters.length > 0) throw new Error(`${symbol} is not declared`);
  const { term } = definition;
  return (assignment) => term(assignment, []);
}

/** A term without parameters, which many others use: worked out once for an assignment. */
function remembered(term: Term): Term {
  let last: Assignment | undefined;
  let value: Value = 0;
  return (constants) => {
    if (constants !== last) {
      value = term(constants, []);
      last = constants;
    }
    return value;
  };
}

function isNumeral(expression: Expression): boolean {
  return typeof expression === "string" && /^(?:0|[1-9]\d*)$/.test(expression);
}

function bool(value: Value): boolean {
  if (typeof value !== "boolean") throw new Error(`${value} is no Bool`);
  return value;
}

function number(value: Value): number {
  if (typeof value !== "number" || !Number.isSafeInteger(value)) throw new Error(`${value} is no Int`);
  return value;
}

/** Reads a script. Throws at anything that is not in order. */
export function readScript(text: string): SmtScript {
  const constants = new Set<string>();
  const definitions = new Map<string, Definition>();
  const queries: SmtQuery[] = [];
  let query: { label?: string; status?: string; assertion?: Term } = {};
  let isLogicSet = false;

  const declare = (name: string) => {
    if (constants.has(name) || definitions.has(name)) throw new Error(`${name} is declared twice`);
    if (!isLogicSet) throw new Error(`${name} is declared before the logic is set`);
  };
  const commands: Record<string, (...args: Expression[]) => void> = {
    "set-info": (keyword, value) => {
      if (keyword === ":status") query.status = value as string;
    },
    "set-option": () => {},
    "set-logic": () => {
      isLogicSet = true;
    },
    "declare-const": (name, sort) => {
      if (sort !== "Int") throw new Error(`${name} is of no sort that is known`);
      declare(name as string);
      constants.add(name as string);
    },
    "define-fun": (name, parameters, _sort, body) => {
      declare(name as string);
      const names = (parameters as Expression[]).map((parameter) => (parameter as Expression[])[0] as string);
      const term = compile(body!, { constants, definitions, parameters: names });
      definitions.set(name as string, { parameters: names, term: names.length === 0 ? remembered(term) : term });
    },
    "reset-assertions": () => {
      query = {};
    },
    echo: (label) => {
      query.label = (label as string).slice(1, -1);
    },
    assert: (body) => {
      if (query.assertion !== undefined) throw new Error("two assertions in one query");
      query.assertion = compile(body!, { constants, definitions, parameters: [] });
    },
    "check-sat": () => {
      const { label, status, assertion } = query;
      if (label === undefined || status === undefined || assertion === undefined)
        throw new Error("an unfinished query");
      queries.push({ label, status, constants: [], evaluate: (assignment) => bool(assertion(assignment, [])) });
    },
    "get-value": (names) => {
      for (const name of names as string[]) if (!constants.has(name)) throw new Error(`${name} is not declared`);
      queries.push({ ...queries.pop()!, constants: names as string[] });
    },
  };
  for (const expression of readExpressions(text)) {
    const [name, ...args] = expression as Expression[];
    const command = commands[name as string];
    if (command === undefined) throw new Error(`${name} is no command that is known`);
    command(...args);
  }
  return {
    queries,
    term: (name, assignment) => compileSymbol(name, { constants, definitions, parameters: [] })(assignment, []),
  };
}
