// Waits for a condition, with a deadline.

const DEADLINE_MS = 30000;

export async function until(what, check, deadline = DEADLINE_MS) {
  const end = Date.now() + deadline;
  for (;;) {
    const found = await check();
    if (found) return found;
    if (Date.now() > end) throw new Error(`not within ${deadline / 1000} s: ${what}`);
    await new Promise((resolve) => {
      setTimeout(resolve, 15);
    });
  }
}
