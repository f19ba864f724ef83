/** Whether transformations of functions that compute with whole batches are under way. */

let sharing = 0;

/**
 * Runs `body`, in which passes own no memory, since what computes gradients keeps what it likes of them, and gradients
 * may hold more than their form shows.
 */
export function sharingGradients<R>(body: () => R): R {
  sharing++;
  try {
    return body();
  } finally {
    sharing--;
  }
}

export const isSharing = (): boolean => sharing > 0;
