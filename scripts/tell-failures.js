/** Prints each failed test of a report that vitest wrote as JSON: its file, its name and what it says. */
import { readFileSync } from "node:fs";
import { argv, stdout } from "node:process";

const { testResults } = JSON.parse(readFileSync(argv[2], "utf8"));
for (const { name: file, status, message, assertionResults } of testResults) {
  const failed = assertionResults.filter((result) => result.status === "failed");
  for (const { fullName, failureMessages } of failed)
    stdout.write(`FAILED ${file}: ${fullName}\n${failureMessages.join("\n").slice(0, 4000)}\n`);
  if (status === "failed" && failed.length === 0) stdout.write(`FAILED ${file}\n${message.slice(0, 4000)}\n`);
}
