/** The library as users get it, built. Its name leads nowhere from here: bench/ is a package of its own. */
export * from '../dist/index.mjs';
