/** Where the user's code called from. */

/** The folder of the library, by which its own lines of a stack are told from the user's. */
const library = /((?:file:\/\/)?[^\s(]+)[\\/]base[\\/]stack\.[jt]s/.exec(new Error().stack ?? '')?.[1] ?? '';

/** Frames that are looked at, the library's own included. */
const frames = 50;

/** The stack's lines as V8 writes them, from the first one outside of the library on. */
export function userStack(): string[] {
  const holder: { stack?: string } = {};
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = frames;
  Error.captureStackTrace(holder, userStack);
  Error.stackTraceLimit = limit;
  const lines = (holder.stack ?? '').split('\n').slice(1);
  const first = lines.findIndex((line) => !line.includes(library));
  return lines.slice(Math.max(first, 0));
}
