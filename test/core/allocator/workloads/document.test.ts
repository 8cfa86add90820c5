import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { WORKLOAD_MODELS } from "../../../../core/allocator/workloads/catalogue.ts";

/** Chapters by their title in backquotes. */
const chapters = new Map(
  readFileSync("docs/workloads.md", "utf8")
    .split(/^## /m)
    .map((chapter) => [/^`([\w-]+)`\n/.exec(chapter)?.[1], chapter] as const),
);

test.each(WORKLOAD_MODELS)(
  "docs/workloads.md has the parameters of $name, with defaults and bounds",
  ({ name, parameters }) => {
    const rows = [...chapters.get(name)!.matchAll(/^\| `([\w-]+)` +\| (.*?) +\|$/gm)].map(([, parameter, cells]) => [
      parameter,
      ...cells!.split(/ +\| +/),
    ]);
    expect(rows).toEqual(
      parameters.map((parameter) =>
        [parameter.name, parameter.default, parameter.least, parameter.most, parameter.description].map(String),
      ),
    );
  },
);
