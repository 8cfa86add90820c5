import { expect, test } from "vitest";
import { detectInputFormat } from "../../cli/input-format.ts";

test.each([
  ["dtb", "\xd0\x0d\xfe\xed"],
  ["dts", "/dts-v1/;\n"],
  ["dts", "\xef\xbb\xbf/dts-v1/;\n"],
  ["dts", "// SPDX-License-Identifier: GPL-2.0\n/dts-v1/;\n"],
  ["dts", "/*\n * memory: a comment\n */\n/dts-v1/;\n"],
  ["dts", '#include "board.dtsi"\n'],
  ["dts", "#include <dt-bindings/gpio/gpio.h>\n"],
  ["dts", '# 1 "board.dts"\n/dts-v1/;\n'],
  ["dts", "#define X 1\n"],
  ["dts", "#ifdef X\n"],
  ["dts", "&uart0 {\n"],
  ["dts", "label: node {\n};\n"],
  ["dts", ""],
  ["dts", "nonsense"],
  ["yaml", "memory:\n  - base: 1\n"],
  ["yaml", "# a machine\n\nmemory:\n"],
  ["yaml", "# if memory is described:\nmemory:\n"],
  ["yaml", "---\n"],
  ["yaml", "%YAML 1.2\n---\n"],
  ["yaml", "- a\n"],
  ["yaml", "\xef\xbb\xbfmemory:\n"],
  ["yaml", "memory: [{ base: 1 }]\n"],
  ["yaml", "memory:\n\t- base: 1\n"],
  ["yaml", '"memory": []\r\n'],
])("is %s: %j", (format, text) => {
  expect(detectInputFormat(Buffer.from(text, "latin1"))).toBe(format);
});
