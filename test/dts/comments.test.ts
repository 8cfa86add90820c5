import { describe, expect, test } from "vitest";
import { findComments } from "../../dts/comments.ts";
import { findYamlComments } from "../../dts/yaml/comments.ts";

describe("comments of device tree source", () => {
  const commentsOf = (text: string) => findComments(text).map(({ start, end }) => text.slice(start, end));

  test.each([
    ["of both kinds", "/* a */ x; // b\n/* c\n d */", ["/* a */", "// b", "/* c\n d */"]],
    ["to the end of the text", "x; // a", ["// a"]],
    ["without an end", "x; /* a", ["/* a"]],
    ["over a backslash at the line's end, as cpp has it", "// a \\\nb\nc", ["// a \\\nb"]],
    ["one within the other kind", "/* // */ // /* \nx", ["/* // */", "// /* "]],
    ["not in strings", 'a = "/* b */", "// c", "\\"// d"; // e', ["// e"]],
    ["not in strings over two lines", 'a = "b\n// c"; // d', ["// d"]],
    ["not in characters", "a = <'/'>, <'\\''>, <'\"'>; // b", ["// b"]],
    ["after an apostrophe and a quote that nothing closes", "#error don't // a\nx = \"b // c\n// d", ["// a", "// d"]],
  ])("%s", (_, text, comments) => expect(commentsOf(text)).toEqual(comments));
});

describe("comments of YAML", () => {
  const commentsOf = (text: string) => findYamlComments(text).map(({ start, end }) => text.slice(start, end));

  test.each([
    ["at the beginning and after a value", "# a\nb: 1 # c\n", ["# a", "# c"]],
    ["within a flow", "a: [1, # b\n  2]\n", ["# b"]],
    ["not in quotes, nor where no blank is before it", "a: \"# b\"\nc: '# d'\ne: f#g\n", []],
    ["not in a text in a block", "a: |\n  # b\nc: 1 # d\n", ["# d"]],
    ["after an apostrophe", "a: it's # b\n", ["# b"]],
    ["with line ends of two characters, and in a second document", "a: 1 # b\r\n---\r\n# c\r\n", ["# b", "# c"]],
  ])("%s", (_, text, comments) => expect(commentsOf(text)).toEqual(comments));
});
