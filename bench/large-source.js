/**
 * Device tree source like a board's, with macros, labels, references, expressions and comments in the measure that
 * kernel sources have them: so many devices on a bus, and what they refer to.
 */
export function largeSource(devices) {
  const parts = [
    "/dts-v1/;\n",
    "/* Made up for the benchmark. */\n",
    "#define GIC_SPI 0\n#define IRQ_TYPE_LEVEL_HIGH 4\n#define CLK(n) (((n) << 4) | 0x1)\n#define BASE 0x10000000\n\n",
    '/ {\n\t#address-cells = <2>;\n\t#size-cells = <2>;\n\tcompatible = "vendor,board", "vendor,soc";\n\tmodel = "A made-up board";\n',
    "\tinterrupt-parent = <&gic>;\n\n",
    '\tgic: interrupt-controller@2f000000 {\n\t\tcompatible = "arm,gic-v3";\n\t\tinterrupt-controller;\n\t\t#interrupt-cells = <3>;\n\t\treg = <0x0 0x2f000000 0x0 0x10000>;\n\t};\n\n',
    '\tclocks: clock-controller@2e000000 {\n\t\tcompatible = "vendor,clocks";\n\t\t#clock-cells = <1>;\n\t\treg = <0x0 0x2e000000 0x0 0x1000>;\n\t};\n\n',
    '\tsoc {\n\t\tcompatible = "simple-bus";\n\t\t#address-cells = <1>;\n\t\t#size-cells = <1>;\n\t\tranges = <0x0 0x0 0x10000000 0x40000000>;\n\n',
  ];
  for (let i = 0; i < devices; i++) {
    const address = (i * 0x1000).toString(16);
    parts.push(
      `\t\t/* Device ${i}: a serial port */\n`,
      `\t\tuart${i}: serial@${address} {\n`,
      '\t\t\tcompatible = "vendor,soc-uart", "ns16550a";\n',
      `\t\t\treg = <0x${address} 0x1000>;\n`,
      `\t\t\tinterrupts = <GIC_SPI ${i % 960} IRQ_TYPE_LEVEL_HIGH>;\n`,
      `\t\t\tclocks = <&clocks CLK(${i})>, <&clocks (BASE + ${i} * 2)>;\n`,
      '\t\t\tclock-names = "baudclk", "apb_pclk";\n',
      "\t\t\treg-shift = <2>; // word registers\n\t\t\treg-io-width = <4>;\n",
      '\t\t\tstatus = "disabled";\n\t\t};\n\n',
    );
  }
  parts.push("\t};\n};\n\n");
  for (let i = 0; i < devices; i += 10) {
    parts.push(
      `&uart${i} {\n\tpinctrl-names = "default";\n\tlocal-mac-address = [00 11 22 33 44 55];\n\tstatus = "okay";\n};\n\n`,
    );
  }
  return parts.join("");
}
