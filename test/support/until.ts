/**
 * Waits for a condition that something else brings about and nothing tells of: a
 * process's state, a terminal's settings. Looked at every 10 ms.
 */
export async function until(what: string, is: () => boolean | Promise<boolean>, ms = 30_000): Promise<void> {
  const began = performance.now();
  while (!(await is())) {
    if (performance.now() - began > ms) throw new Error(`waited in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
