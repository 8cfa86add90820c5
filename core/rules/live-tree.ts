/** Rules about live trees, the folders in which Linux shows its device tree: what can be read of them. */
import { ruleList } from "./rule.ts";

/** What all of these have in common. */
const ABOUT_LIVE_TREES = { consequence: "none", series: null } as const;

export const LIVE_TREE_RULES = ruleList([
  {
    id: "live-tree-folder",
    title: "Every folder of a live tree can be read",
    severity: "error",
    ...ABOUT_LIVE_TREES,
    checks: "The folder of each node can be listed.",
    breach: "What is below it is not known, so there is no tree to look at.",
    mend: "Read it as root, or copy it as root and read the copy.",
    bad: "drwx------ root memory@80000000",
    good: "drwxr-xr-x root memory@80000000",
  },
  {
    id: "live-tree-property",
    title: "Every file of a live tree can be read",
    severity: "warning",
    ...ABOUT_LIVE_TREES,
    checks:
      "The file of each property can be opened; Linux lets root alone read those whose names begin with security-.",
    breach: "The property is left out, as dtc leaves it out: what is said of the tree holds without it.",
    mend: "Read it as root, or copy it as root and read the copy.",
    bad: "-r-------- root security-password",
    good: "-r--r--r-- root reg",
  },
  {
    id: "live-tree-entry",
    title: "A live tree holds folders and files alone",
    severity: "warning",
    ...ABOUT_LIVE_TREES,
    checks: "Nothing below the folder is a symbolic link, a device or a pipe; Linux makes none of these there.",
    breach: "The entry is passed over: following it could lead out of the tree.",
    mend: "Copy the tree itself, /sys/firmware/devicetree/base, with cp -r.",
    bad: "cpu -> cpu@0",
    good: "cpu@0/",
  },
  {
    id: "live-tree-limit",
    title: "A live tree stays within what carveout reads",
    severity: "error",
    ...ABOUT_LIVE_TREES,
    checks: "Depth, number of nodes and properties, bytes. Each limit is far above any board's needs.",
    breach: "Reading stops: the folder would take unbounded time or memory.",
    mend: "Give the top of the device tree itself, /proc/device-tree.",
    bad: "a folder of a million files",
    good: "a folder of ten thousand files",
  },
]);
