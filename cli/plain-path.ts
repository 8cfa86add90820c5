import { normalize } from "node:path";

/**
 * A path without `./` and `x/..`, for whoever compares paths or looks them up in a repository. By its letters alone, the
 * file system unasked: GitHub knows no path with `..` in it, and whoever resolves a URI drops `..` in the same way (RFC
 * 3986, 5.2.4). Where the folder before `..` is a link, the path then names another file than was read, as those
 * readers have it in any case. What is no path, as `<stdin>`, stays as it is.
 */
export function plainPath(path: string): string {
  return path === "" ? path : normalize(path);
}
