/** Where the user's code called from. */

/**
 * Where the library's own lines of a stack are, by which they are told from the user's: a folder, or one file when
 * built.
 */
const library = ((stack = ''): string => {
  const [, file = ''] = /((?:file:\/\/)?[^\s(]+):\d+:\d+/.exec(stack) ?? [];
  return file.replace(/base[\\/]stack\.[jt]s$/, '');
})(new Error().stack);

/** Frames that are looked at, the library's own included. */
const frames = 50;

/** The stack's lines as V8 writes them, but those of the library. */
export function userStack(): string[] {
  const holder: { stack?: string } = {};
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = frames;
  Error.captureStackTrace(holder, userStack);
  Error.stackTraceLimit = limit;
  const lines = (holder.stack ?? '').split('\n').slice(1);
  return library === '' ? lines : lines.filter((line) => !line.includes(library));
}
