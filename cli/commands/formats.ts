/** What a command on inputs says of its output formats. */
import type { TextContext } from "../formats/report-text.ts";
import type { InputReport, KernelsReport } from "../report.ts";

/**
 * Makes the output of a command in one format, which may be loaded first. `isSingle` says that one input was given,
 * readable or not.
 */
export type Render = (
  reports: readonly InputReport[],
  isSingle: boolean,
  context: TextContext,
) => string | Promise<string>;

/** The same where more than one kernel was named. */
export type RenderMatrix = (inputs: readonly KernelsReport[], isSingle: boolean, context: TextContext) => string;

export interface Formats {
  /** By the format's name, `text` among them: the default. */
  readonly renderers: Readonly<Record<string, Render>>;
  /** For several kernels at once, by the format's name; absent where the command takes one. */
  readonly matrixRenderers?: Readonly<Record<string, RenderMatrix>>;
  /** True where many inputs may be shared among threads: no work on one is long, or to be ended early. */
  readonly sharesWork?: boolean;
  /**
   * Where the command takes one kernel and shows what all others make of the input beside it: the first of the reports is
   * that kernel's, which alone counts; the rest are those of each series with each page size.
   */
  readonly isBesideAll?: boolean;
  /** Formats that have no room for findings: the errors are told on standard error. */
  readonly withoutFindings?: readonly string[];
  /** Puts the whole together from the texts of single inputs. */
  readonly join?: Join;
}

type Join = (texts: readonly string[], isSingle: boolean) => string;

/** Formats in which the whole is put together from the texts of single inputs. */
export const JOINS: Readonly<Record<string, Join>> = {
  text: (texts) => texts.filter((text) => text !== "").join("\n"),
  github: (texts) => texts.join(""),
  json: (texts, isSingle) => {
    if (isSingle) return texts[0]!;
    const indented = texts.map((text) => text.trimEnd().replaceAll(/^/gm, "  "));
    return texts.length === 0 ? "[]\n" : `[\n${indented.join(",\n")}\n]\n`;
  },
};

/** A text format from the lines of one input: blank lines between inputs, and none at all where all is quiet. */
export function textRenderer<Report>(lines: (report: Report, context: TextContext) => string[]) {
  return (reports: readonly Report[], _isSingle: boolean, context: TextContext): string => {
    const texts = reports.map((report) => lines(report, context)).filter((text) => text.length > 0);
    return texts.map((text) => `${text.join("\n")}\n`).join("\n");
  };
}
